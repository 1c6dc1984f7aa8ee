"""A camera tried out before it is added: what it gives, with a picture, or why nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Callable, List, Optional, Protocol

import pybase64
from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.errors import Refusal, WrongField
from sophon_report.api.v1.devices import address_of
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body
from sophon_report.model import Device, DeviceType
from sophon_report.vision.camera_found import Trial


class CameraTestBody(Body):
    """What to open: the address, or the stored device of an id, whose password nobody has to know."""

    device_id: Optional[str] = Field(None, max_length=128)
    """With ``url``: what the device would be with this address, ``***`` in it being the stored password."""
    url: Optional[str] = Field(None, max_length=2048)
    transport: Optional[str] = Field(None, pattern="^(tcp|udp)$")
    """RTSP only; left out: that of the device, or TCP."""


class CameraTestResult(Answer):
    """What came; what was not found out is null."""

    ok: bool
    reason: str
    """Why nothing came, and what to do; empty when pictures came."""
    reason_code: str
    """The same as a word, one of those that devices have."""
    address: str
    """Without its password."""
    codec: str
    width: int
    height: int
    told_fps: Optional[float]
    counted_fps: Optional[float]
    opening_ms: Optional[int]
    """Until the first picture."""
    faces: Optional[int]
    picture: Optional[str]
    """The last picture that came: a JPEG in base64."""


class Tester(Protocol):
    """Whoever opens a device once."""

    async def run(self, device: Device) -> Trial:
        """Return what came, or why nothing did.

        Raises:
            Unavailable: another one is being tried.
        """


class CameraTestCalls:
    """The one operation. What may be opened is what a device may be: streams, and files in the import folder.

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

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "POST",
                "/devices/test",
                Need.WRITE,
                "Open a camera or a file once, and tell what comes",
                self.test,
                CameraTestResult,
                body=CameraTestBody,
                tags=("devices",),
                errors=("NOT_FOUND", "UNAVAILABLE"),
                description="It takes up to 45 s. One at a time: 503 while another is being tried.",
            )
        ]

    async def test(self, asked: Asked) -> CameraTestResult:
        """Try the address of the body, or the stored device of an id."""
        wanted: CameraTestBody = asked.body
        former = None if wanted.device_id is None else self._known(wanted.device_id)
        device = former if former is not None and wanted.url is None else self._typed(wanted.url, former)
        if wanted.transport is not None:
            device = replace(device, transport=wanted.transport)
        return _told(await self._tester.run(device))

    def _known(self, device_id: str) -> Device:
        device = self._stored(device_id)
        if device.type is DeviceType.PHOTO:
            raise _wrong("device_id", "is that of a photo device: it sends its pictures by itself")
        return device

    def _typed(self, url: Optional[str], former: Optional[Device]) -> Device:
        if url is None:
            raise _wrong("url", "must be given, or device_id")
        device = self._device_at(url)
        try:
            return replace(device, url=address_of(device.url, device.type, former, self._import_folder))
        except ValueError as error:
            raise _wrong("url", str(error)) from None


def _wrong(name: str, problem: str) -> Refusal:
    return Refusal("INVALID_ARGUMENTS", f"{name} {problem}", [WrongField(problem, pointer=f"#/{name}")])


def _told(trial: Trial) -> CameraTestResult:
    return CameraTestResult(
        ok=not trial.reason,
        reason=trial.reason,
        reason_code=trial.code,
        address=trial.address,
        codec=trial.codec,
        width=trial.width,
        height=trial.height,
        told_fps=trial.told_fps or None,
        counted_fps=trial.counted_fps or None,
        opening_ms=trial.opening_ms or None,
        faces=trial.faces,
        picture=pybase64.b64encode(trial.jpeg).decode() if trial.jpeg else None,
    )
