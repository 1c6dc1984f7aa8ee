"""How long records have been waiting, as far as somebody looked. Pure: numbers and seconds in, seconds out.

Not the times in the events: those are the device's own, and a recording that is played, a camera or a clock that
was set may be hours away.
"""

import math
from collections import deque
from typing import Deque, Tuple

STEP_S = 0.1
"""Looks closer together share a mark, so that marks are few."""


class Arrivals:
    """Marks of how far the log had come at which time.

    A record counts as come at the look that saw it first, or up to :data:`STEP_S` before that.

    Args:
        last_seq: end of the log now; what it holds already has waited for ever.
        longest_s: waits above are not told apart; older marks go, so at most ``longest_s / STEP_S + 2`` stay.
    """

    def __init__(self, last_seq: int, longest_s: float) -> None:
        self._longest_s = longest_s
        self._marks: Deque[Tuple[int, float]] = deque([(last_seq, -math.inf)])

    @property
    def marks(self) -> int:
        """How many there are."""
        return len(self._marks)

    def look(self, last_seq: int, now_s: float) -> None:
        """Note how far the log is at ``now_s``, a clock that only goes forward."""
        while len(self._marks) > 1 and self._marks[1][1] < now_s - self._longest_s:
            self._marks.popleft()
        marked_seq, marked_s = self._marks[-1]
        if last_seq > marked_seq:
            if now_s - marked_s < STEP_S:
                now_s = self._marks.pop()[1]
            self._marks.append((last_seq, now_s))

    def waited_s(self, seq: int, now_s: float) -> float:
        """How long record ``seq`` has been there."""
        return now_s - next((at_s for last_seq, at_s in self._marks if seq <= last_seq), now_s)
