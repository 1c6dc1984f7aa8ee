"""How many pictures a second there are, counted. Pure: stepped by the time given in."""

SETTLE_MS = 1_000.0
"""Pictures that waited while the stream was opened come at once and say nothing about its rate."""
WINDOW_MS = 2_000.0
"""Counted anew after at least so long."""


class Rate:
    """Pictures a second over the last whole window; 0 before the first one is over."""

    def __init__(self) -> None:
        self._fps = 0.0
        self._since_ms = -1.0
        self._count = 0
        self._begun = False

    def add(self, now_ms: float) -> float:
        """Count a picture of ``now_ms``; returns the rate as known then."""
        if self._since_ms < 0:
            self._since_ms = now_ms + SETTLE_MS
        if now_ms < self._since_ms:
            return self._fps
        if not self._begun:
            self._begun, self._since_ms = True, now_ms
            return self._fps
        self._count += 1
        if now_ms - self._since_ms >= WINDOW_MS:
            self._fps = round(self._count * 1000 / (now_ms - self._since_ms), 1)
            self._since_ms, self._count = now_ms, 0
        return self._fps
