"""The times of a recording, however odd its own are.

Recordings repeat positions, jump back where two were joined, report 0 for each picture, or leap by hours where a
counter wrapped. Such a step counts as one picture's time at the recording's rate; every other is kept.
"""

from typing import Optional

LONGEST_GAP_MS = 60_000
"""A longer step is a broken counter, not a pause: nobody waits for hours for the next picture."""


class Timeline:
    """Times that begin at ``start_ms`` with the first picture and only go forward."""

    def __init__(self, start_ms: float, fps: float) -> None:
        self._start_ms, self._period_ms = start_ms, 1000.0 / fps
        self._offset_ms = 0.0
        self._last_ms: Optional[float] = None

    def at(self, position_ms: float) -> int:
        """Return the time of the next picture, which says that it is at ``position_ms``."""
        due_ms = self.next_ms
        step_ms = position_ms + self._offset_ms - (self._last_ms or 0.0)
        if self._last_ms is None or not 0 < step_ms <= max(LONGEST_GAP_MS, 2 * self._period_ms):
            self._offset_ms = due_ms - position_ms
        self._last_ms = position_ms + self._offset_ms
        return int(self._last_ms + 0.5)  # round() would give half steps to the even side, and a time twice

    @property
    def next_ms(self) -> float:
        """When the picture after the last one is due, as far as the rate tells."""
        return self._start_ms if self._last_ms is None else self._last_ms + self._period_ms
