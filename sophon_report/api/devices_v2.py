"""Devices as API 2.0 (firmware V6R1C01 and V6R2C01) manages them, ``/sophon/v2/face/*mediadevice*``.

A name of :data:`~sophon_report.api.errors.CODES` tells why something is refused. An id that nobody has matches
nothing in ``getmediadevices``, which documents no refusal for it.
"""

from typing import Any, Dict, List

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.device_reader import DeviceReader
from sophon_report.api.service import DeviceService
from sophon_report.model import Device
from sophon_report.wire.devices import v2_device

ID = "media_device_id"


class DevicesV2:
    """The five calls.

    Args:
        devices: what they change.
        reader: of this interface's fields.
    """

    def __init__(self, devices: DeviceService, reader: DeviceReader) -> None:
        self._devices, self._reader = devices, reader

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", "/sophon/v2/face/addmediadevice", Need.WRITE, self.add),
            Call("POST", "/sophon/v2/face/getmediadevices", Need.OPEN, self.get),
            Call("POST", "/sophon/v2/face/updatemediadevice", Need.WRITE, self.update),
            Call("POST", "/sophon/v2/face/deletemediadevice", Need.WRITE, self.delete),
            Call("POST", "/sophon/v2/face/deletemediadevices", Need.WRITE, self.delete_all),
        ]

    async def add(self, incoming: Incoming) -> Dict[str, Any]:
        """A new device, watched at once."""
        device = self._reader.new(incoming.arguments)
        await self._devices.add(device)
        return _named(device)

    async def get(self, incoming: Incoming) -> Dict[str, Any]:
        """All devices, or the one that is named."""
        wanted = incoming.arguments.text(ID) if ID in incoming.arguments else None
        return {"devices": [v2_device(each) for each in self._devices.list() if wanted in (None, each.device_id)]}

    async def update(self, incoming: Incoming) -> Dict[str, Any]:
        """Another name, address, region...: what is given."""
        given = incoming.arguments
        device_id = self._reader.device_id(given)
        return _named(await self._devices.change(device_id, lambda stored: self._reader.changed(stored, given)))

    async def delete(self, incoming: Incoming) -> Dict[str, Any]:
        """One device less. The vendor's table shows an error here; its example is this."""
        return _named(await self._devices.delete(self._reader.device_id(incoming.arguments)))

    async def delete_all(self, _incoming: Incoming) -> Dict[str, Any]:
        """No device any more."""
        gone = await self._devices.clear()
        return {
            "media_device_list": [each.device_id for each in gone],
            "deleted_device_count": len(gone),
            "total_device_count": len(gone),
        }


def _named(device: Device) -> Dict[str, Any]:
    return {ID: device.device_id, "media_device_name": device.name}
