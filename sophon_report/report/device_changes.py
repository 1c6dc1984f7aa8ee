"""Devices that change while the service runs: stored first, then told to the visits and to vision, at once.

Both are given the whole list and find out by themselves what is another: a device that nothing changed for goes on
without a missed frame. When vision is away it is told the list at its next start.
"""

from functools import partial
from typing import Callable, List, Sequence, Tuple

import structlog

from sophon_report.model import Device
from sophon_report.report.turn import Turn
from sophon_report.store.devices import DeviceStore

LOGGED = {"add": "device_added", "modify": "device_changed", "delete": "device_removed"}

log = structlog.get_logger()


def as_it_is(_device: Device) -> None:
    """Lets a device go, whatever it is now."""


class DeviceChanges:
    """The :class:`~sophon_report.api.service.DeviceService` of the running service.

    Args:
        store: read on the event loop.
        changing: the same devices, changed in the thread of ``turn``.
        turn: of devices.
        apply: called in turn with all devices after each change.
        tell: called after that with each device that changed, and the vendor's word for what became of it.
    """

    def __init__(
        self,
        store: DeviceStore,
        changing: DeviceStore,
        turn: Turn,
        *apply: Callable[[Sequence[Device]], object],
        tell: Callable[[str, Device], object] = lambda _action, _device: None,
    ) -> None:
        self._store, self._changing, self._turn = store, changing, turn
        self._apply, self._tell = apply, tell

    def list(self) -> List[Device]:
        """All devices, in the order in which they were added."""
        return self._store.list()

    def get(self, device_id: str) -> Device:
        """One device; raises as the store."""
        return self._store.get(device_id)

    async def add(self, device: Device) -> None:
        """Watch one more; raises as the store, and nothing is changed then."""
        await self._change("add", partial(self._add, device))

    async def change(self, device_id: str, become: Callable[[Device], Device]) -> Device:
        """Go on with what ``become`` makes of a device, and return that; raises as it and the store."""
        return (await self._change("modify", partial(self._become, device_id, become)))[0]

    async def begin_anew(self, devices: Sequence[Device]) -> None:
        """Watch those of the settings file as a first start would, and no others."""
        await self._change("add", partial(self._begin_anew, devices))

    async def delete(self, device_id: str, check: Callable[[Device], None] = as_it_is) -> Device:
        """Watch one less, unless ``check`` refuses; returns it. Raises as that and the store."""
        return (await self._change("delete", partial(self._delete, device_id, check)))[0]

    async def clear(self) -> List[Device]:
        """Watch none any more; returns what there was."""
        return await self._change("delete", self._changing.clear)

    def _add(self, device: Device) -> List[Device]:
        self._changing.add(device)
        return [device]

    def _become(self, device_id: str, become: Callable[[Device], Device]) -> List[Device]:
        device = become(self._changing.get(device_id))
        self._changing.update(device)
        return [device]

    def _begin_anew(self, devices: Sequence[Device]) -> List[Device]:
        self._changing.clear()
        self._changing.seed(devices)
        return []

    def _delete(self, device_id: str, check: Callable[[Device], None]) -> List[Device]:
        device = self._changing.get(device_id)
        check(device)
        self._changing.delete(device_id)
        return [device]

    async def _change(self, action: str, write: Callable[[], List[Device]]) -> List[Device]:
        def store() -> Tuple[List[Device], List[Device]]:
            return write(), self._changing.list()

        async def apply(stored: Tuple[List[Device], List[Device]]) -> None:
            self._changed(action, *stored)

        return (await self._turn.change(store, apply))[0]

    def _changed(self, action: str, devices: Sequence[Device], everyone: Sequence[Device]) -> None:
        for device in devices:
            log.info(LOGGED[action], device_id=device.device_id, type=device.type.value, address=device.safe_url)
        for apply in self._apply:
            apply(everyone)
        for device in devices:
            self._tell(action, device)
