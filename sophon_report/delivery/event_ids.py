"""Ids of events: 16 digits, microseconds since the epoch, as the vendor's box writes them.

Each id is greater than all before it, also when the clock steps back and over a restart: the caller passes in the
greatest id the journal knows. Ids that were shown and lost with a power cut lie at most a minute past that one, so
a clock that is behind it continues a minute past it; a clock that is ahead is simply right.
"""

from typing import Callable

RESTART_MARGIN_US = 60_000_000
_MAX_US = 10**16 - 1


class EventIds:
    """Maker of unique, increasing event ids."""

    def __init__(self, clock_us: Callable[[], int], last_us: int = 0) -> None:
        """``clock_us`` gives UTC microseconds; ``last_us`` is the greatest id of former runs, 0 for none."""
        self._clock_us = clock_us
        self._last_us = last_us + RESTART_MARGIN_US if clock_us() <= last_us else last_us

    def next(self) -> str:
        """Return a fresh id."""
        self._last_us = max(self._clock_us(), self._last_us + 1)
        if not 0 <= self._last_us <= _MAX_US:
            raise OverflowError("the clock is beyond the 16 digits of an event id")
        return f"{self._last_us:016d}"
