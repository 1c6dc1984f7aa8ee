"""Our own call that tries a camera out before it is added: what it gives, with a picture, or why nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Protocol

import pybase64

from sophon_report.api import device_rules as rules
from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.model import Device, DeviceType
from sophon_report.vision.camera_trial import Trial
from sophon_report.wire.devices import TRANSPORTS

PATH = "/api/v1/devices/test"


class Tester(Protocol):
    """Whoever opens a device once."""

    async def run(self, device: Device) -> Trial:
        """Return what came, or why nothing did.

        Raises:
            Unavailable: another one is being tried.
        """


class CameraTestCalls:
    """The one call. What may be opened is what a device may be: streams, and files in the import folder.

    Args:
        tester: opens it.
        stored: the device of an id; raises as the store.
        device_at: the device that an address means.
        import_folder: where files lie that may be named.
    """

    def __init__(
        self,
        tester: Tester,
        stored: Callable[[str], Device],
        device_at: Callable[[str], Device],
        import_folder: Path,
    ) -> None:
        self._tester, self._stored, self._device_at = tester, stored, device_at
        self._import_folder = import_folder

    def calls(self) -> List[Call]:
        """What is served."""
        return [Call("POST", PATH, Need.WRITE, self.test)]

    async def test(self, incoming: Incoming) -> Dict[str, Any]:
        """Try the address of the body, or the stored device of an id, whose password nobody has to know."""
        given = incoming.arguments
        device = self._known(given) if "device_id" in given else self._typed(given)
        if "transport" in given:
            device = replace(device, transport=given.text("transport", words=TRANSPORTS))
        trial = await self._tester.run(device)
        return {
            "ok": not trial.reason,
            "reason": trial.reason,
            "address": trial.address,
            "codec": trial.codec,
            "width": trial.width,
            "height": trial.height,
            "told_fps": trial.told_fps or None,
            "counted_fps": trial.counted_fps or None,
            "opening_ms": trial.opening_ms or None,
            "faces": trial.faces,
            "picture": pybase64.b64encode(trial.jpeg).decode() if trial.jpeg else None,
        }

    def _known(self, given: Arguments) -> Device:
        device = self._stored(given.text("device_id"))
        if device.type is DeviceType.PHOTO:
            raise bad("device_id", "is that of a photo device: it sends its pictures by itself")
        return device

    def _typed(self, given: Arguments) -> Device:
        device = self._device_at(given.text("url"))
        try:
            return replace(device, url=rules.address(device.type, device.url, self._import_folder))
        except ValueError as error:
            raise bad("url", str(error)) from None
