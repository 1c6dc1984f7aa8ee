"""Devices and receivers that the settings file brings along: its ``[[device]]`` and ``[[destination]]`` tables."""

from typing import Any, Dict, Optional, Tuple

from pydantic import Field, SecretStr, field_validator

from sophon_report.config.rules import check_headers, check_http_url, check_signing_secrets
from sophon_report.config.section import Section
from sophon_report.model import (
    Content,
    Destination,
    Device,
    DeviceType,
    EventFilter,
    PhotoKind,
    Transport,
    UserType,
)

VENDOR_LAYOUTS = ("g2", "g1", "g0", "se3")
"""Layouts that are there without any package."""
SE3_TIMEOUT_S = 0.5
"""For each address of the SE3 realtime report (vendor, firmware V2R2C01)."""


class DeviceSeed(Section):
    """A device of the file: added when its id is unknown, after that the stored one counts."""

    id: str = Field(min_length=1, max_length=128)
    name: str = Field("", max_length=256)
    type: str = Field("rtsp", pattern="^(rtsp|file|photo|gb28181)$")
    url: str = Field(min_length=1, max_length=2048, repr=False)
    permission_id: str = ""
    photo_kind: str = Field("gate", pattern="^(gate|capture_camera|door)$")
    """Photo devices only: what clients and receivers of firmware V5 and before are told of it."""
    roi: Tuple[int, ...] = ()
    loop: bool = False
    """Files only: begin again at the end."""
    speed: str = Field("realtime", pattern="^(realtime|fast)$")
    """Files only: at the recording's pace, or as fast as it can be read; times then run ahead of the clock."""
    transport: str = Field("tcp", pattern="^(tcp|udp)$")
    """RTSP only: how the pictures come; over UDP a lost packet smears half a second of them."""

    @field_validator("roi", mode="before")
    @classmethod
    def _roi(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        if value and (len(value) != 4 or any(not isinstance(number, int) for number in value)):
            raise ValueError("must be [x1, y1, x2, y2] in pixels")
        if value and not (0 <= value[0] < value[2] and 0 <= value[1] < value[3]):
            raise ValueError("must have x1 < x2 and y1 < y2, none negative")
        return tuple(value)

    def device(self) -> Device:
        """The device this seed describes."""
        roi = (self.roi[0], self.roi[1], self.roi[2], self.roi[3]) if self.roi else None
        return Device(
            device_id=self.id,
            name=self.name or self.id,
            type=DeviceType(self.type),
            url=self.url,
            permission_id=self.permission_id,
            photo_kind=PhotoKind(self.photo_kind),
            roi=roi,
            loop=self.loop,
            speed=self.speed,
            transport=self.transport,
        )


class DestinationSeed(Section):
    """A receiver of the file: added when its name is unknown, after that the stored one counts."""

    name: str = Field(max_length=128, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")
    url: str = Field(max_length=2048)
    layout: str = Field("g2", pattern="^[a-z0-9_-]{1,32}$")
    """``g2``, ``g1``, ``g0``, ``se3``, or one that an installed package brings."""
    enabled: bool = True
    timeout_s: Optional[float] = Field(None, ge=0.5, le=600)
    """Left out: the vendor's 0.5 s for ``se3``, else 30 s."""
    start: str = Field("now", alias="from", pattern="^(now|oldest)$")
    """Where a new destination begins: at now, or with the oldest event that is still there."""
    content_type: str = Field("json", pattern="^(json|form-data)$")
    register_photo: bool = True
    scene: bool = True
    face: bool = True
    infrared: bool = False
    attributes: bool = False
    feature: bool = True
    person_name: bool = True
    period_s: float = Field(0.0, ge=0, le=86_400)
    retry: bool = False
    devices: Tuple[str, ...] = Field((), max_length=256)
    user_types: Tuple[UserType, ...] = ()
    min_score_pct: float = Field(0.0, ge=0, le=100)
    connect_s: float = Field(10.0, ge=0.1, le=600)
    first_byte_s: float = Field(0.0, ge=0, le=600)
    ca_file: str = Field("", max_length=1024)
    client_cert_file: str = Field("", max_length=1024)
    client_key_file: str = Field("", max_length=1024)
    gzip: bool = False
    headers: Dict[str, SecretStr] = Field({}, max_length=32)
    signing_secrets: Tuple[SecretStr, ...] = Field((), max_length=4)
    in_flight: int = Field(1, ge=1, le=16)

    @field_validator("devices", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("user_types", mode="before")
    @classmethod
    def _user_types(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        words = [kind.value for kind in UserType]
        if any(word not in words for word in value):
            raise ValueError("must be a list of " + ", ".join(words))
        return tuple(UserType(word) for word in value)

    @field_validator("headers", mode="before")
    @classmethod
    def _headers(cls, value: Any) -> Any:
        return check_headers(value)

    @field_validator("signing_secrets", mode="before")
    @classmethod
    def _signing_secrets(cls, value: Any) -> Any:
        return check_signing_secrets(value)

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        check_http_url(value)
        return value

    def destination(self, newest_seq: int) -> Destination:
        """The destination this seed describes, added when the journal's newest record is ``newest_seq``."""
        usual_s = SE3_TIMEOUT_S if self.layout == "se3" else 30.0
        return Destination(
            name=self.name,
            url=self.url,
            layout=self.layout,
            enabled=self.enabled,
            timeout_s=usual_s if self.timeout_s is None else self.timeout_s,
            start_seq=newest_seq if self.start == "now" else 0,
            content_type=self.content_type,
            content=Content(
                self.register_photo,
                self.scene,
                self.face,
                self.infrared,
                self.attributes,
                self.feature,
                self.person_name,
            ),
            period_s=self.period_s,
            retry=self.retry,
            filter=EventFilter(self.devices, self.user_types, self.min_score_pct),
            transport=self._transport(),
            in_flight=self.in_flight,
        )

    def _transport(self) -> Transport:
        return Transport(
            connect_s=self.connect_s,
            first_byte_s=self.first_byte_s,
            ca_file=self.ca_file,
            client_cert_file=self.client_cert_file,
            client_key_file=self.client_key_file,
            gzip=self.gzip,
            headers=tuple((name, value.get_secret_value()) for name, value in self.headers.items()),
            signing_secrets=tuple(secret.get_secret_value() for secret in self.signing_secrets),
        )
