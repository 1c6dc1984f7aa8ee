"""How each device fares: its share of the frames that were looked at, and how long they took. Pure."""

from collections import deque
from typing import Deque, Dict, Tuple

WINDOW_S = 5
"""Figures are of so many seconds, whole ones: the present one and those before it."""


class Pace:
    """Frames and their delays of the last seconds. Bounded by :data:`WINDOW_S` and the number of devices."""

    def __init__(self) -> None:
        self._seconds: Deque[Tuple[int, Dict[str, Tuple[int, float]]]] = deque(maxlen=WINDOW_S)

    def note(self, device_id: str, delay_s: float, now_s: float) -> None:
        """A frame of the device is done, ``delay_s`` after it arrived."""
        second = int(now_s)
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append((second, {}))
        frames, delays_s = self._seconds[-1][1].get(device_id, (0, 0.0))
        self._seconds[-1][1][device_id] = frames + 1, delays_s + delay_s

    def share_and_delay(self, device_id: str, now_s: float) -> Tuple[float, float]:
        """Return the device's share of all frames in per cent, and its mean delay in milliseconds."""
        everybodys = frames = 0
        delays_s = 0.0
        for second, devices in self._seconds:
            if now_s - second < WINDOW_S:
                everybodys += sum(count for count, _ in devices.values())
                count, delay_s = devices.get(device_id, (0, 0.0))
                frames, delays_s = frames + count, delays_s + delay_s
        return (100.0 * frames / everybodys, 1000.0 * delays_s / frames) if frames else (0.0, 0.0)
