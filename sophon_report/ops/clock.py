"""The wall clock, and one that does not step while somebody is there.

The promise, of the times of events of cameras:

- Times are UTC milliseconds since the epoch. The difference of two times of one stay is what passed between them,
  whatever happened to the clock of the box meanwhile: NTP, a hand, a wake-up without a battery.
- So a step of the clock, forward or back, by any amount and at any moment, neither loses nor doubles a visit, and
  ``in_ms <= recognised_ms <= out_ms``.
- After a step the right time is taken up between two stays: when nobody was seen for so long that no visit is
  open. Where somebody is always seen, it is at the latest after the longest time that a visit may last; whoever is
  there then begins another one, as they would have anyway.

How: the system has a clock that only goes forward and takes no notice of steps (``CLOCK_MONOTONIC``; NTP does
bring it to the right pace). Each camera has a :class:`SteadyClock`: the wall clock's reading at one moment, and
what the other clock counted since. Only vision reads it; the report process lets all visits of a device live by
the times that come with its faces, and lets time pass by the steady clock while nothing comes. So there is no
second opinion to disagree with. A picture that is pushed is a moment and has the wall clock's time. Films keep the
time that they were begun with: theirs is made up anyway.
"""

import threading
import time
from dataclasses import dataclass
from typing import Callable, Optional

STEP_MS = 100
"""A smaller difference is two clocks being read one after the other by a busy thread, and hurts nobody."""


def clock_ms() -> int:
    """UTC milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def steady_ms() -> float:
    """Milliseconds of a clock that never steps; its beginning means nothing."""
    return time.monotonic() * 1000


@dataclass(frozen=True)
class Patience:
    """When a step of the wall clock is taken up."""

    quiet_ms: int = 5_500
    """Nobody seen for so long: no visit is open any more."""
    longest_ms: int = 3_600_000
    """So long after the step, whoever is there."""


class SteadyClock:
    """One camera's time. Safe from any thread.

    Args:
        wall_ms: may step.
        steady_ms: never does.
        patience: when a step is taken up; ``None``: never.
    """

    def __init__(
        self,
        wall_ms: Callable[[], int],
        steady_ms: Callable[[], float] = steady_ms,
        patience: Optional[Patience] = Patience(),
    ) -> None:
        self.patience = patience
        self.steps = 0
        """Steps that were taken up."""
        self._wall_ms, self._steady_ms = wall_ms, steady_ms
        self._lock = threading.Lock()
        self._offset_ms: Optional[float] = None
        self._seen_ms = self._right_ms = 0.0

    def now_ms(self) -> int:
        """UTC milliseconds; the wall clock's at the first call."""
        with self._lock:
            now_ms = self._steady_ms()
            wrong_ms = 0.0 if self._offset_ms is None else self._wall_ms() - now_ms - self._offset_ms
            if self._offset_ms is None:
                self._offset_ms, self._seen_ms, self._right_ms = self._wall_ms() - now_ms, -float("inf"), now_ms
            elif abs(wrong_ms) < STEP_MS:
                self._right_ms = now_ms
            elif self._may_step(now_ms):
                self._offset_ms += wrong_ms
                self._right_ms = now_ms
                self.steps += 1
            return round(now_ms + self._offset_ms)

    def somebody(self) -> None:
        """A face is in sight, or not given up yet."""
        with self._lock:
            self._seen_ms = self._steady_ms()

    def _may_step(self, now_ms: float) -> bool:
        patience = self.patience
        return patience is not None and (
            now_ms - self._seen_ms >= patience.quiet_ms or now_ms - self._right_ms >= patience.longest_ms
        )
