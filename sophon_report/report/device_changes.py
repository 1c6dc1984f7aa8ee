"""Devices that change while the service runs: stored first, then told to the visits and to vision, at once.

Both are given the whole list and find out by themselves what is another: a device that nothing changed for goes on
without a missed frame. When vision is away it is told the list at its next start.
"""

from typing import Callable, List, Sequence

import structlog

from sophon_report.model import Device
from sophon_report.store.devices import DeviceStore

LOGGED = {"add": "device_added", "modify": "device_changed", "delete": "device_removed"}

log = structlog.get_logger()


class DeviceChanges:
    """The :class:`~sophon_report.api.service.DeviceService` of the running service.

    Args:
        store: keeps the devices.
        apply: called in turn with all devices after each change.
        tell: called after that with each device that changed, and the vendor's word for what became of it.
    """

    def __init__(
        self,
        store: DeviceStore,
        *apply: Callable[[Sequence[Device]], object],
        tell: Callable[[str, Device], object] = lambda _action, _device: None,
    ) -> None:
        self._store, self._apply, self._tell = store, apply, tell

    def list(self) -> List[Device]:
        """All devices, in the order in which they were added."""
        return self._store.list()

    def get(self, device_id: str) -> Device:
        """One device; raises as the store."""
        return self._store.get(device_id)

    def add(self, device: Device) -> None:
        """Watch one more; raises as the store, and nothing is changed then."""
        self._store.add(device)
        self._changed("add", device)

    def update(self, device: Device) -> None:
        """Go on with what is new of it; raises as the store, and nothing is changed then."""
        self._store.update(device)
        self._changed("modify", device)

    def begin_anew(self, devices: Sequence[Device]) -> None:
        """Watch those of the settings file as a first start would, and no others."""
        self._store.clear()
        self._store.seed(devices)
        for apply in self._apply:
            apply(self._store.list())

    def delete(self, device_id: str) -> Device:
        """Watch one less; returns it. Raises as the store."""
        device = self._store.get(device_id)
        self._store.delete(device_id)
        self._changed("delete", device)
        return device

    def clear(self) -> List[Device]:
        """Watch none any more; returns what there was."""
        gone = self._store.clear()
        self._changed("delete", *gone)
        return gone

    def _changed(self, action: str, *devices: Device) -> None:
        for device in devices:
            log.info(LOGGED[action], device_id=device.device_id, type=device.type.value, address=device.safe_url)
        everyone = self._store.list()
        for apply in self._apply:
            apply(everyone)
        for device in devices:
            self._tell(action, device)
