"""The devices: how they do, and which there are."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Protocol, TypeVar

from aiohttp import web
from pydantic import Field

from sophon_report.api import device_rules as rules
from sophon_report.api.call import Need
from sophon_report.api.errors import Refusal, WrongField
from sophon_report.api.service import DeviceService
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.shapes import Answer, Body, Nothing
from sophon_report.api.v1.tags import Tags
from sophon_report.model import Device, DeviceType, PhotoKind

ONE = "/devices/{device_id}"
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
    transport: str
    """Of RTSP: ``tcp`` or ``udp``."""
    photo_kind: str
    """What a photo device is."""
    state: str
    """``starting``, ``online``, ``offline`` (tried again), ``ended`` (a file), ``failed`` (not tried again),
    ``inactive`` (outside of its hours), ``passive`` (a photo device)."""
    reason: str
    """Why it gives no pictures, or not all of them, in words."""
    reason_code: str
    """The same as a word that stays: ``unreachable``, ``password_wrong``, ``hours`` and such."""
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


class DevicePictures(Protocol):
    """Whoever has pictures of the devices."""

    async def picture(self, device_id: str) -> bytes:
        """The device's next picture, a JPEG.

        Raises:
            DeviceNotFound: no device has the id.
            NoPicture: it gives none now.
            Unavailable: too many want one now.
        """


class DeviceBody(Body):
    """A device as it is to be. The address may carry a password; it goes in and never comes out."""

    device_id: str = Field(min_length=1, max_length=rules.MAX_ID)
    name: str = Field("", max_length=rules.MAX_NAME)
    """Left out: the id."""
    type: str = Field("rtsp", pattern="^(rtsp|file|photo|gb28181)$")
    url: str = Field(min_length=1, max_length=rules.MAX_ADDRESS)
    """With ``***`` in place of the password, as it is told, the stored one stays, as long as user and host do."""
    permission_id: str = Field("", max_length=rules.MAX_ID)
    photo_kind: str = Field("gate", pattern="^(gate|capture_camera|door)$")
    region: List[int] = Field([], max_length=4)
    loop: bool = False
    speed: str = Field("realtime", pattern="^(realtime|fast)$")
    transport: str = Field("tcp", pattern="^(tcp|udp)$")


class DeviceTold(Answer):
    """A device as it is set; how it does is in the list."""

    device_id: str
    name: str
    type: str
    url: str
    """Without a password."""
    permission_id: str
    photo_kind: str
    region: List[int]
    loop: bool
    speed: str
    transport: str


class DeviceCalls:
    """Operations over the devices.

    Args:
        states: how they do.
        devices: stored and watched.
        pictures: of them.
        tags: of this service.
        import_folder: where files lie that may be named.
    """

    def __init__(
        self,
        states: DeviceStates,
        devices: DeviceService,
        pictures: DevicePictures,
        tags: Tags,
        import_folder: Path,
    ) -> None:
        self._states, self._devices, self._pictures, self._tags = states, devices, pictures, tags
        self._import_folder = import_folder

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "GET",
                "/devices",
                Need.READ,
                "Devices with their states",
                self.list,
                DeviceList,
                tags=TAGS,
                description="How they do changes every second, so this has no ETag: that of one device is of its "
                "configuration alone.",
            ),
            Operation(
                "POST",
                "/devices",
                Need.WRITE,
                "Add a device",
                self.add,
                DeviceTold,
                http_status=201,
                body=DeviceBody,
                tags=TAGS,
                errors=("TAKEN", "FULL"),
                tagged=True,
            ),
            Operation(
                "GET",
                ONE,
                Need.READ,
                "A device",
                self.get,
                DeviceTold,
                tags=TAGS,
                errors=("NOT_FOUND",),
                tagged=True,
            ),
            Operation(
                "PUT",
                ONE,
                Need.WRITE,
                "Change a device",
                self.put,
                DeviceTold,
                body=DeviceBody,
                tags=TAGS,
                errors=("NOT_FOUND", "TAKEN", "FULL"),
                tagged=True,
                guarded=True,
                description="The whole of it.",
            ),
            Operation(
                "DELETE",
                ONE,
                Need.WRITE,
                "Remove a device",
                self.remove,
                Nothing,
                tags=TAGS,
                errors=("NOT_FOUND",),
                guarded=True,
            ),
            Operation(
                "GET",
                ONE + "/picture",
                Need.READ,
                "A picture of a device, as it is now",
                self.picture,
                answer_type="image/jpeg",
                tags=TAGS,
                errors=("NOT_FOUND", "NO_PICTURE", "UNAVAILABLE"),
                description="As large as the preview's; regions are in pixels of the camera's own, whose size the "
                "list tells.",
            ),
        ]

    async def list(self, _asked: Asked) -> DeviceList:
        """Devices with their states."""
        return DeviceList(devices=[DeviceRow(**row) for row in self._states.devices()])

    async def get(self, asked: Asked) -> Reply:
        """The device of the path."""
        return self._reply(self._devices.get(asked.part("device_id")))

    async def add(self, asked: Asked) -> Reply:
        """Watch the device of the body."""
        given: DeviceBody = asked.body
        device = self._wanted(given, None)
        await self._devices.add(device)
        return self._reply(device, 201)

    async def put(self, asked: Asked) -> Reply:
        """Go on with what is new of the device of the path."""
        given: DeviceBody = asked.body

        def become(former: Device) -> Device:
            asked.must_match(self._tags.of_value(former))
            if given.device_id != former.device_id:
                raise _wrong("device_id", "must be that of the path: a device keeps its id")
            return self._wanted(given, former)

        return self._reply(await self._devices.change(asked.part("device_id"), become))

    async def remove(self, asked: Asked) -> Nothing:
        """Watch the device of the path no longer."""
        device_id = asked.part("device_id")
        await self._devices.delete(device_id, lambda former: asked.must_match(self._tags.of_value(former)))
        return Nothing()

    async def picture(self, asked: Asked) -> web.Response:
        """The next picture of the device of the path."""
        jpeg = await self._pictures.picture(asked.part("device_id"))
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=jpeg, content_type="image/jpeg", headers=headers)

    def _reply(self, device: Device, http_status: int = 200) -> Reply:
        return Reply(_told(device), http_status, self._tags.of_value(device))

    def _wanted(self, given: DeviceBody, former: Optional[Device]) -> Device:
        kind = DeviceType(given.type)
        device = Device(
            device_id=_ruled("device_id", lambda: rules.line(given.device_id, rules.MAX_ID, 1)),
            name=_ruled("name", lambda: rules.line(given.name or given.device_id, rules.MAX_NAME)),
            type=kind,
            url=self._address(given.url, kind, former),
            permission_id=given.permission_id,
            roi=_ruled("region", lambda: rules.region(list(given.region))),
            loop=given.loop,
            speed=given.speed,
            transport=given.transport,
            photo_kind=PhotoKind(given.photo_kind),
        )
        if former is None:
            return device
        return replace(device, rtmp_address=former.rtmp_address, vendor_json=former.vendor_json)

    def _address(self, url: str, kind: DeviceType, former: Optional[Device]) -> str:
        return _ruled("url", lambda: address_of(url, kind, former, self._import_folder))


def address_of(url: str, kind: DeviceType, former: Optional[Device], import_folder: Path) -> str:
    """The address that somebody means who was told that of ``former`` without its password.

    Raises:
        ValueError: what is wrong with it, in words that follow the field's name.
    """
    if former is None or kind is not former.type:
        return rules.address(kind, url, import_folder)
    if url in (former.url, former.safe_url):
        return former.url
    return rules.address(kind, rules.with_stored_password(url, former.url), import_folder)


T = TypeVar("T")


def _ruled(name: str, rule: Callable[[], T]) -> T:
    try:
        return rule()
    except ValueError as error:
        raise _wrong(name, str(error)) from None


def _wrong(name: str, problem: str) -> Refusal:
    return Refusal("INVALID_ARGUMENTS", f"{name} {problem}", [WrongField(problem, pointer=f"#/{name}")])


def _told(device: Device) -> DeviceTold:
    return DeviceTold(
        device_id=device.device_id,
        name=device.name,
        type=device.type.value,
        url=device.safe_url,
        permission_id=device.permission_id,
        photo_kind=device.photo_kind.value,
        region=list(device.roi or ()),
        loop=device.loop,
        speed=device.speed,
        transport=device.transport,
    )
