"""Devices whose decoder hung: how often, and how long they wait before they are opened again.

A decoder that hangs takes the whole vision process with it, and with that every camera for some seconds. Once may
be chance: the device comes back with the others. One that does it again waits, longer each time, so that the
others are restarted for it less and less. Pure: the time is passed in; it is forgotten when the service ends.
"""

from dataclasses import dataclass
from typing import Dict, Sequence, Tuple

from sophon_report.model import Device

PAUSES_S = (0.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
"""After the first, the second and each further hang; the last one for all after it."""
STEADY_S = 3600.0
"""A device that was open for so long without hanging begins anew."""


@dataclass(frozen=True)
class _Hung:
    footage: object
    """What it showed: an address that was changed is another matter."""
    times: int
    until_s: float
    reason: str


class HoldBack:
    """Remembers hangs; bound: one note a device of the list."""

    def __init__(self) -> None:
        self._hung: Dict[str, _Hung] = {}
        self._times: Dict[str, int] = {}

    def hung(self, device: Device, why: str, now_s: float) -> float:
        """Note a hang; returns for how many seconds the device waits."""
        before = self._hung.get(device.device_id)
        again = before is not None and before.footage == device.footage and now_s - before.until_s < STEADY_S
        times = before.times + 1 if before is not None and again else 1
        pause_s = PAUSES_S[min(times, len(PAUSES_S)) - 1]
        self._hung[device.device_id] = _Hung(device.footage, times, now_s + pause_s, _words(why, times, pause_s))
        self._times[device.device_id] = self._times.get(device.device_id, 0) + 1
        return pause_s

    def waiting(self, devices: Sequence[Device], now_s: float) -> Dict[str, str]:
        """Return those of ``devices`` that must not be opened now, with the reason; others are forgotten."""
        known = {device.device_id: device for device in devices}
        for gone in [device_id for device_id in self._times if device_id not in known]:
            self._hung.pop(gone, None)
            del self._times[gone]
        return {
            device_id: hung.reason
            for device_id, hung in self._hung.items()
            if now_s < hung.until_s and known[device_id].footage == hung.footage
        }

    def times(self) -> Tuple[Tuple[str, int], ...]:
        """Return how often each device hung since the service began, or since it is in the list."""
        return tuple(self._times.items())


def _words(why: str, times: int, pause_s: float) -> str:
    long = f"{pause_s / 60:g} min" if pause_s >= 60 else f"{pause_s:g} s"
    return f"{why}; that was the {times}. time, so it waits {long}: each time all cameras are restarted for it"
