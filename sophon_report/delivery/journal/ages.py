"""How old segments are, on a clock that may step. Pure.

Nothing tells a step of the clock from a time without power, so a long jump is believed late:

 * The segment being written is as old as the time that was watched go by since its begin, in small steps. An older
   one is as old as the next one and the step between their begins. A step back is none. A clock before 2020 was
   not set: what was begun then is as old as the segment after it.
 * A jump of more than a tenth of the bound (three days of thirty) counts as nothing until the journal has gone on
   for a thirtieth of the bound after it (a day of thirty). A clock that is set wrong and soon set right, by a year
   or by ten, drops nothing; after a month without power the old events go a day later.
 * No segment is older than its own begin says, when that is not in the future. So what a clock that was ahead for
   longer wrote between two steps makes nothing before it older.

What cannot be told apart, a clock that stays wrong for longer than that, is taken for right.
"""

from typing import Sequence

CLOCK_SET_MS = 1_577_836_800_000
"""2020-01-01: a time before it is a clock that was not set."""
ROLLS_PER_AGE = 30
"""An idle journal begins a new segment so often within its greatest age, else old events would never go."""
JUMPS_PER_AGE = 10


class Watched:
    """How long something has been there, without the jumps that the clock made meanwhile."""

    def __init__(self, now_ms: int) -> None:
        self._last_ms = now_ms
        self._age_ms = 0

    def age_ms(self, now_ms: int, max_age_ms: int) -> int:
        """Look at the clock and return the age; to be asked often."""
        step_ms, self._last_ms = now_ms - self._last_ms, now_ms
        self._age_ms += 0 if _is_jump(step_ms, max_age_ms) else max(0, step_ms)
        return self._age_ms


def overdue(begun_ms: Sequence[int], newest_age_ms: int, now_ms: int, max_age_ms: int) -> int:
    """Return how many of the oldest segments are past the bound.

    Args:
        begun_ms: when each segment was begun, oldest first. One is as old as the one after it, so the last stays.
        newest_age_ms: of the last of them, as it was :class:`Watched`.
        now_ms: UTC.
        max_age_ms: the bound.
    """
    if len(begun_ms) < 2 or (CLOCK_SET_MS <= begun_ms[1] <= now_ms and now_ms - begun_ms[1] <= max_age_ms):
        return 0  # as nearly always: nothing is older than its own time says
    ages = _ages(begun_ms, newest_age_ms, now_ms, max_age_ms)
    return next((place for place, age_ms in enumerate(ages[1:]) if age_ms <= max_age_ms), len(ages[1:]))


def is_old(begun_ms: int, now_ms: int, max_age_ms: int) -> bool:
    """Whether a segment begun then is to be ended although there is room in it: after a step of the clock too."""
    return abs(now_ms - begun_ms) > max_age_ms / ROLLS_PER_AGE


def _ages(begun_ms: Sequence[int], newest_age_ms: int, now_ms: int, max_age_ms: int) -> Sequence[int]:
    age_ms, next_ms = newest_age_ms, 0
    ages = []
    for own_ms in reversed(begun_ms):
        if own_ms >= CLOCK_SET_MS:
            age_ms += _believed(next_ms - own_ms, age_ms, max_age_ms) if next_ms else 0
            age_ms = min(age_ms, now_ms - own_ms) if own_ms <= now_ms else age_ms
            next_ms = own_ms
        ages.append(age_ms)
    return ages[::-1]


def _believed(step_ms: int, since_ms: int, max_age_ms: int) -> int:
    if _is_jump(step_ms, max_age_ms) and since_ms < max_age_ms / ROLLS_PER_AGE:
        return 0
    return max(0, step_ms)


def _is_jump(step_ms: int, max_age_ms: int) -> bool:
    return step_ms > max_age_ms / JUMPS_PER_AGE
