"""The devices with their states."""

from typing import Any, Dict, List, Protocol

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer

TAGS = ("devices",)


class DeviceRow(Answer):
    """A device and how it does."""

    device_id: str
    name: str
    type: str
    url: str
    """Without a password."""
    permission_id: str
    region: List[int]
    """Left, top, right and bottom of what is looked at, in pixels; empty for all of it."""
    rtmp_address: str
    state: str
    """``starting``, ``online``, ``offline`` (tried again), ``ended`` (a file), ``failed`` (not tried again),
    ``inactive`` (outside of its hours), ``passive`` (a photo device)."""
    reason: str
    now_ms: int
    """The device's clock."""
    started_ms: int
    width: int
    height: int
    fps: float
    frames: int
    frames_skipped: int
    codec: str
    delay_ms: float
    share_pct: float
    faces: int
    """That are followed now."""


class DeviceList(Answer):
    """All devices, in the order in which they were added."""

    devices: List[DeviceRow]


class DeviceStates(Protocol):
    """Whoever knows how the devices do."""

    def devices(self) -> List[Dict[str, Any]]:
        """Fields of :class:`DeviceRow` of each."""


class DeviceCalls:
    """Operations over ``states``."""

    def __init__(self, states: DeviceStates) -> None:
        self._states = states

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation("GET", "/devices", Need.READ, "Devices with their states", self.list, DeviceList, tags=TAGS),
        ]

    async def list(self, _asked: Asked) -> DeviceList:
        """Devices with their states."""
        return DeviceList(devices=[DeviceRow(**row) for row in self._states.devices()])
