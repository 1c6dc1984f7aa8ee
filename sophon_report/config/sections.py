"""The settings: every table and key with its default and its bounds; immutable."""

import os
from pathlib import Path
from typing import Any, List, Optional, Tuple

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from sophon_report.config.rules import check_http_url, check_network, checked_urls, parse_size
from sophon_report.model import Content, Destination, Device, DeviceType, PhotoKind

BOX_DATA_DIR = Path("/data/sophon-report/var")
"""On a box data and settings live on the data partition."""
PRIVATE_NETWORKS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
MAX_NETWORKS = 64
SE3_TIMEOUT_S = 0.5
"""For each address of the SE3 realtime report (vendor, firmware V2R2C01)."""

Port = int


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Server(_Section):
    """Where the service listens."""

    host: str = Field("0.0.0.0", min_length=1, max_length=255)  # noqa: S104 - clients call from afar
    event_port: Port = Field(5679, ge=0, le=65535)
    api_port: Port = Field(5555, ge=0, le=65535)
    preview_port: Port = Field(5678, ge=0, le=65535)
    control_port: Port = Field(54547, ge=0, le=65535)
    system_port: Port = Field(8888, ge=0, le=65535)
    tls_event_port: Port = Field(0, ge=0, le=65535)
    tls_api_port: Port = Field(0, ge=0, le=65535)
    default_dialect: str = Field("v2", pattern="^(v1|v2)$")
    max_clients: int = Field(256, ge=1, le=10_000)
    client_buffer_bytes: int = Field(8 << 20, ge=64 << 10, le=1 << 40)
    """Unsent bytes one client may hold; over it that client's oldest unsent events go."""
    all_clients_buffer_bytes: int = Field(256 << 20, ge=1 << 20, le=1 << 40)
    client_stall_s: float = Field(60.0, ge=1, le=3600)
    """A client whose unsent bytes have not moved for so long is closed."""

    @field_validator("client_buffer_bytes", "all_clients_buffer_bytes", mode="before")
    @classmethod
    def _size(cls, value: Any) -> int:
        return parse_size(value)


class Access(_Section):
    """Who may do what without a token; the table stands in ``api/gate.py``."""

    trusted_networks: Tuple[str, ...] = PRIVATE_NETWORKS
    """Addresses that see events, devices and health without a token; with ``[]`` none does."""
    open_reads: bool = False
    open_writes: bool = False
    tls_cert: str = ""
    tls_key: str = ""

    @field_validator("trusted_networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        if len(value) > MAX_NETWORKS:
            raise ValueError(f"must not name more than {MAX_NETWORKS} networks")
        for number, network in enumerate(value, 1):
            if isinstance(network, str):
                check_network(number, network)
        return tuple(value)


class Engine(_Section):
    """What computes: ``cpu``, ``sail`` or whichever is there (``auto``)."""

    kind: str = Field("auto", pattern="^(auto|cpu|sail)$")
    threads: int = Field(0, ge=0, le=64)
    """CPU threads a model may use; 0 leaves one core free for reporting."""
    attributes: bool = False
    """Age and gender of each shot (the vendor's ``ALG_ATTRIBUTE_DETECT``): about one embedding more a shot.
    Naming an own model for it switches it on as well."""


class VisitRules(_Section):
    """When a face becomes an event."""

    gap_s: float = Field(3.0, ge=0.1, le=600)
    """A person who comes back within this time has not left."""
    max_s: float = Field(3600.0, ge=10, le=86_400)
    """A stay is reported at the latest after this time; the next visit goes on from there."""
    stranger_after_s: float = Field(1.5, ge=0, le=60)
    """An unmatched face counts as a stranger after this time, or when it leaves."""


class Matching(_Section):
    """Who is who."""

    pass_pct: float = Field(82.0, ge=0, le=100)
    """A score above it passes (the vendor's ``MATCH_THRESHOLD``)."""
    min_face_px: int = Field(40, ge=20, le=300)
    """Shorter side of the smallest face that is looked at (the vendor's ``REGN_MIN_FACE``)."""
    duplicate_s: float = Field(6.0, ge=0, le=3600)
    """The same person before the same photo device within this time is answered and makes no second event (the
    vendor's ``GATE_DUPLICATE_REMOVAL_TIMEOUT``)."""


class Limits(_Section):
    """How much is taken on; the vendor states 16 streams and 32 photo devices for the SE5."""

    streams: int = Field(16, ge=1, le=64)
    photo_devices: int = Field(32, ge=0, le=256)


class Compat(_Section):
    """Where the vendor's documents contradict themselves: which reading clients get."""

    v1_score: str = Field("raw", pattern="^(raw|pct)$")
    """Scale of ``score`` in realtime v1 and the SE3 report: ``raw`` 0 to 1 as in the vendor's table and sample, or
    ``pct`` 0 to 100 as a V5 box with a newer configuration sends it."""
    empty_device_list: str = Field("all", pattern="^(all|none)$")
    """What a realtime client gets that sends an empty list of devices; a list left out always means all."""
    history_layout: str = Field("g1", pattern="^(g0|g1)$")
    """Layout of receivers that are set by the old ``HistoryEventUrl``: V5 boxes send ``g1``, V2 boxes ``g0``."""
    greeter_mode: bool = False
    """No scene picture in realtime v1 and the SE3 report (the vendor's "welcome machine" mode)."""


class Status(_Section):
    """Who is told, by POST, which devices are online."""

    urls: Tuple[str, ...] = ()
    layout: str = Field("g2", pattern="^(g0|g1|g2)$")
    """``g2`` and ``g1`` tell devices only, ``g0`` the box with them."""
    period_s: float = Field(60.0, ge=1, le=86_400)
    settle_s: float = Field(5.0, ge=0, le=600)
    """A device that comes or goes is told at once when it has stayed so for this long: blips are not told."""

    @field_validator("urls", mode="before")
    @classmethod
    def _urls(cls, value: Any) -> Any:
        return checked_urls(value)


class BoxStatus(_Section):
    """Who is told, by POST, how the box does (firmware V6's own report)."""

    urls: Tuple[str, ...] = ()
    period_s: float = Field(60.0, ge=1, le=86_400)
    reporter_id: str = Field("", max_length=128)

    @field_validator("urls", mode="before")
    @classmethod
    def _urls(cls, value: Any) -> Any:
        return checked_urls(value)


class Models(_Section):
    """Model files of the user's own; empty means the default ones of ``models list``."""

    detector: str = ""
    embedder: str = ""
    attributes: str = ""


class Journal(_Section):
    """What is kept of events until every destination has them, and after."""

    max_bytes: int = Field(0, ge=0, le=1 << 50)
    """0 is ``auto``: half of what is free at first start, at most 64 GiB."""
    max_age_days: float = Field(30.0, gt=0, le=3650)
    segment_bytes: int = Field(32 << 20, ge=64 << 10, le=1 << 30)

    @field_validator("max_bytes", "segment_bytes", mode="before")
    @classmethod
    def _size(cls, value: Any) -> int:
        return 0 if value == "auto" else parse_size(value)


class Log(_Section):
    """What goes to the log."""

    level: str = Field("info", pattern="^(debug|info|warning|error)$")
    format: str = Field("auto", pattern="^(auto|json|text)$")
    """``auto``: text on a terminal, JSON lines elsewhere."""


class DeviceSeed(_Section):
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
        )


class DestinationSeed(_Section):
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
    period_s: float = Field(0.0, ge=0, le=86_400)
    retry: bool = False

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
            content=Content(self.register_photo, self.scene, self.face, self.infrared, self.attributes),
            period_s=self.period_s,
            retry=self.retry,
        )


def default_data_dir() -> Path:
    """``/data/sophon-report/var`` on a box, else a folder of the user's own."""
    if BOX_DATA_DIR.parent.is_dir():
        return BOX_DATA_DIR
    home = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return Path(home) / "sophon-report"


class Settings(_Section):
    """All settings of one moment."""

    data_dir: Path = Field(default_factory=default_data_dir, strict=False)
    license_key: SecretStr = SecretStr("")
    server: Server = Server()
    access: Access = Access()
    engine: Engine = Engine()
    visit: VisitRules = VisitRules()
    match: Matching = Matching()
    limits: Limits = Limits()
    compat: Compat = Compat()
    status: Status = Status()
    box_status: BoxStatus = BoxStatus()
    models: Models = Models()
    journal: Journal = Journal()
    log: Log = Log()
    device: Tuple[DeviceSeed, ...] = ()
    destination: Tuple[DestinationSeed, ...] = ()

    @field_validator("data_dir", mode="before")
    @classmethod
    def _absolute(cls, value: Any) -> Any:
        return Path(value).expanduser().absolute() if isinstance(value, (str, Path)) else value

    @field_validator("license_key", mode="before")
    @classmethod
    def _secret(cls, value: Any) -> Any:
        return SecretStr(value) if isinstance(value, str) else value

    @field_validator("device", "destination", mode="before")
    @classmethod
    def _tables(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


WITHOUT_EFFECT = {
    "server": ("preview_port", "control_port", "system_port", "tls_event_port", "tls_api_port"),
    "access": ("tls_cert", "tls_key"),
}
"""Keys of the agreed file that nothing in this version reads; who sets one is told so."""


def without_effect(settings: Settings) -> List[str]:
    """Keys that were set and do nothing in this version."""
    return [
        f"{section}.{key}"
        for section, keys in WITHOUT_EFFECT.items()
        for key in keys
        if key in getattr(settings, section).model_fields_set
    ]
