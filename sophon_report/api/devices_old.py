"""Devices as firmware V5R5C01 and later manage them, ``/SophonDevice/api/Devices``: one path, four methods, lists.

A list is not one change but many, as its reply says, which names the devices that it went well with: each is taken
by itself, in order. Those that are not are left out of the reply and told in the log; only when none is taken the
first reason is the answer.
"""

import asyncio
from typing import Any, Awaitable, Callable, Dict, List, Optional

import structlog

from sophon_report.api.arguments import Arguments
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.device_reader import DeviceReader
from sophon_report.api.preview import OLD_KEYS, read_choice
from sophon_report.api.service import DeviceService, PreviewService
from sophon_report.errors import SophonReportError
from sophon_report.model import Device
from sophon_report.wire.control import old_preview_keys
from sophon_report.wire.devices import old_device

PATH = "/SophonDevice/api/Devices"
LIST = "devices_list"
MAX_LISTED = 512
"""Devices in one request; more than the settings allow on a box."""
PREVIEW = "preview_list"

log = structlog.get_logger()


class DevicesOld:
    """The four calls.

    Args:
        devices: what they change.
        reader: of this interface's fields.
        preview: which of them programs preview.
    """

    def __init__(self, devices: DeviceService, reader: DeviceReader, preview: PreviewService) -> None:
        self._devices, self._reader, self._preview = devices, reader, preview

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", PATH, Need.WRITE, self.add),
            Call("GET", PATH, Need.OPEN, self.get),
            Call("PUT", PATH, Need.WRITE, self.update),
            Call("DELETE", PATH, Need.WRITE, self.delete),
        ]

    async def add(self, incoming: Incoming) -> Dict[str, Any]:
        """New devices, watched at once."""
        return await self._each(incoming.arguments, self._add)

    async def get(self, incoming: Incoming) -> Dict[str, Any]:
        """All devices, or the one that is named; what is previewed when asked for."""
        arguments = incoming.arguments
        wanted = arguments.text("device_id") if "device_id" in arguments else None
        data: Dict[str, Any] = {
            LIST: [old_device(each) for each in self._devices.list() if wanted in (None, each.device_id)]
        }
        if arguments.flag("need_preview_list", False):
            data[PREVIEW] = old_preview_keys(self._preview.choice())
        return {"data": data}

    async def update(self, incoming: Incoming) -> Dict[str, Any]:
        """Other names, addresses...: what is given of each. With ``preview_list`` that alone counts."""
        if PREVIEW in incoming.arguments:
            return await self._preview_other(incoming.arguments)
        return await self._each(incoming.arguments, self._update)

    async def delete(self, incoming: Incoming) -> Dict[str, Any]:
        """The devices that are named, or all with ``clear_all``."""
        if incoming.arguments.flag("clear_all", False):
            return _success(await self._devices.clear())
        return await self._each(incoming.arguments, self._delete)

    async def _preview_other(self, arguments: Arguments) -> Dict[str, Any]:
        """Preview what is given; names the devices that are shown now, as a list of devices does."""
        given = Arguments(arguments.table(PREVIEW), lenient=True)
        shown = set((await self._preview.choose(read_choice(given, OLD_KEYS))).previewed or ())
        return _success([each for each in self._devices.list() if each.device_id in shown])

    async def _add(self, given: Arguments) -> Device:
        device = self._reader.new(given)
        await self._devices.add(device)
        return device

    async def _update(self, given: Arguments) -> Device:
        device_id = self._reader.device_id(given)
        return await self._devices.change(device_id, lambda stored: self._reader.changed(stored, given))

    async def _delete(self, given: Arguments) -> Device:
        return await self._devices.delete(self._reader.device_id(given))

    async def _each(
        self, arguments: Arguments, change: Callable[[Arguments], Awaitable[Device]]
    ) -> Dict[str, Any]:
        arguments.needed(LIST)
        done: List[Device] = []
        first: Optional[SophonReportError] = None
        for number, given in enumerate(arguments.tables(LIST, most=MAX_LISTED)):
            try:
                done.append(await change(given))
            except SophonReportError as error:
                log.info("device_of_list_passed_over", number=number, reason=str(error))
                first = first or error
            await asyncio.sleep(0)  # events of the cameras do not wait for all that cannot be read
        if first is not None and not done:
            raise first
        return _success(done)


def _success(devices: List[Device]) -> Dict[str, Any]:
    rows = [{"device_id": each.device_id, "device_name": each.name} for each in devices]
    return {"data": {"success_devices": rows}}
