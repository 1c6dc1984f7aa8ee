"""The settings: every table and key with its default and its bounds; immutable."""

import os
from pathlib import Path
from typing import Any, List, Mapping, Optional, Tuple

from pydantic import Field, SecretStr, field_validator

from sophon_report.config.rules import check_network, check_origin, checked_urls, parse_size
from sophon_report.config.section import Section
from sophon_report.config.seeds import DestinationSeed, DeviceSeed

BOX_DATA_DIR = Path("/data/sophon-report/var")
"""On a box data and settings live on the data partition."""
PRIVATE_NETWORKS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
DESTINATION_NETWORKS_REFUSED = (
    *("0.0.0.0/8", "::/128"),  # the box itself
    *("169.254.0.0/16", "fe80::/10"),  # link-local, with the metadata address of most clouds
    *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128"),
    *("224.0.0.0/4", "ff00::/8", "240.0.0.0/4"),  # many at once, or nobody
)
"""Metadata addresses that are not link-local: Alibaba's, Azure's, Oracle's, and those of IPv6."""
LOWEST_MASKED_PCT = 60.0
MAX_NETWORKS = 64
MAX_ORIGINS = 64
MAX_NAME = 64
"""Characters."""
ALL_DAY = "00:00:00,23:59:59"
PERIOD = r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d,([01]\d|2[0-3]):[0-5]\d:[0-5]\d$"
"""From and to, in the vendor's form."""

Port = int


class Server(Section):
    """Where the service listens."""

    host: str = Field("0.0.0.0", min_length=1, max_length=255)  # noqa: S104 - clients call from afar
    event_port: Port = Field(5679, ge=0, le=65535)
    api_port: Port = Field(5555, ge=0, le=65535)
    preview_port: Port = Field(5678, ge=0, le=65535)
    control_port: Port = Field(54547, ge=0, le=65535)
    system_port: Port = Field(8888, ge=0, le=65535)
    tls_event_port: Port = Field(0, ge=0, le=65535)
    """The event stream over TLS, beside the other port; 0 is none. So is the next one."""
    tls_api_port: Port = Field(0, ge=0, le=65535)
    page_port: Port = Field(0, ge=0, le=65535)
    """The page and all calls once more, on the port that browsers ask by themselves: 80 is usual, 0 is none."""
    page_to_tls: bool = False
    """Who opens the page on ``page_port`` is sent on to ``tls_api_port``, where there is one."""
    default_dialect: str = Field("v2", pattern="^(v1|v2)$")
    max_clients: int = Field(256, ge=1, le=10_000)
    max_clients_per_address: int = Field(64, ge=1, le=10_000)
    """Behind a proxy all clients have its address."""
    client_buffer_bytes: int = Field(8 << 20, ge=64 << 10, le=1 << 40)
    """Unsent bytes one client may hold; over it that client's oldest unsent events go."""
    all_clients_buffer_bytes: int = Field(256 << 20, ge=1 << 20, le=1 << 40)
    client_stall_s: float = Field(60.0, ge=1, le=3600)
    """A client whose unsent bytes have not moved for so long is closed."""

    @field_validator("client_buffer_bytes", "all_clients_buffer_bytes", mode="before")
    @classmethod
    def _size(cls, value: Any) -> int:
        return parse_size(value)


class Access(Section):
    """Who may do what without a token; the table stands in ``api/gate.py``."""

    trusted_networks: Tuple[str, ...] = PRIVATE_NETWORKS
    """Addresses that see events, devices and health without a token; with ``[]`` none does."""
    open_reads: bool = False
    open_writes: bool = False
    tls_cert: str = ""
    """PEM: the certificate, then those that signed it."""
    tls_key: str = ""
    """PEM, not encrypted."""
    destination_networks_refused: Tuple[str, ...] = DESTINATION_NETWORKS_REFUSED
    """Networks that nothing is posted to, neither events nor status reports, whatever address is set."""
    destination_own_ports: bool = False
    """Whether events may be posted to the ports of this service itself."""
    session_idle_s: float = Field(3600.0, ge=60, le=86_400)
    """A login that nobody used for so long is over."""
    session_max_s: float = Field(43_200.0, ge=60, le=30 * 86_400)
    """And so is one that began so long ago, however much it is used."""
    allowed_origins: Tuple[str, ...] = ()
    """Web pages of other sites that may read the event stream, such as ``https://board.example``; ``*`` is any."""

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        if len(value) > MAX_ORIGINS:
            raise ValueError(f"must not name more than {MAX_ORIGINS} origins")
        for number, origin in enumerate(value, 1):
            if isinstance(origin, str):
                check_origin(number, origin)
        return tuple(value)

    @field_validator("trusted_networks", "destination_networks_refused", mode="before")
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


class Engine(Section):
    """What computes: ``cpu``, ``sail`` or whichever is there (``auto``)."""

    kind: str = Field("auto", pattern="^(auto|cpu|sail)$")
    threads: int = Field(0, ge=0, le=64)
    """CPU threads a model may use; 0 leaves one core free for reporting."""
    attributes: bool = False
    """Age, gender and whatever ``models.attributes`` tells of each shot but masks (the vendor's
    ``ALG_ATTRIBUTE_DETECT``): about one embedding more a shot and model."""
    mask: bool = False
    """Whether a mask is worn (the vendor's ``ALG_SUPPORT_MASK``), by a model in ``models.attributes``."""


class VisitRules(Section):
    """When a face becomes an event."""

    gap_s: float = Field(3.0, ge=0.1, le=600)
    """A person who comes back within this time has not left."""
    max_s: float = Field(3600.0, ge=10, le=86_400)
    """A stay is reported at the latest after this time; the next visit goes on from there."""
    stranger_after_s: float = Field(1.5, ge=0, le=60)
    """An unmatched face counts as a stranger after this time, or when it leaves."""


class Matching(Section):
    """Who is who."""

    pass_pct: float = Field(82.0, ge=0, le=100)
    """A score above it passes (the vendor's ``MATCH_THRESHOLD``)."""
    min_face_px: int = Field(40, ge=20, le=300)
    """Shorter side of the smallest face that is looked at (the vendor's ``REGN_MIN_FACE``)."""
    masked_pass_pct: float = Field(0.0, ge=0, le=100)
    """The mark for a face that a model says is masked; 0: as ``pass_pct``. At 50 different people pass:
    without masks, two of the demo film's reach 51 (measured)."""
    duplicate_s: float = Field(6.0, ge=0, le=3600)
    """The same person before the same photo device within this time is answered and makes no second event (the
    vendor's ``GATE_DUPLICATE_REMOVAL_TIMEOUT``)."""

    @field_validator("masked_pass_pct")
    @classmethod
    def _low(cls, value: float) -> float:
        if 0 < value < LOWEST_MASKED_PCT:
            raise ValueError(f"must be 0 or at least {LOWEST_MASKED_PCT:g}")
        return value

    def mark_pct(self, mask: Optional[bool]) -> float:
        """The score above which a face with or without a mask passes; ``None``: no model has looked."""
        return self.masked_pass_pct if mask and self.masked_pass_pct else self.pass_pct


class QualityRules(Section):
    """How good a picture must be: the vendor's levels, :mod:`sophon_report.quality_limits`."""

    enrol_level: str = Field("normal", pattern="^(no|low|normal|middle|high|custom)$")
    """Of photos that the page and ``people import`` register, where the caller names none. The vendor's calls have
    ``high``, which wants faces of more than 112 px; on the one portrait that was measured smaller ones matched as
    well (cosine .97 at 61 px), and ``normal`` still refuses what is cut off, blurred or badly lit."""
    custom_level: str = Field("low", pattern="^(no|low|normal|middle|high)$")
    """What callers get who ask for the level ``custom``."""
    stream_fiqa: bool = True
    """Blurred faces of streams are not recognised (the vendor's ``REGN_VIDEO_FIQA``)."""
    stream_pose: str = Field("high", pattern="^(off|low|middle|high)$")
    """Nor are those turned by more than 120 (``low``), 90 (``middle``) or 60 degrees (``high``; the vendor's
    ``REGN_POSE_THRESH``)."""


class ActiveHours(Section):
    """When cameras are watched: two periods of the box's local time (the vendor's ``REGN_TIME_PART1`` and ``2``).

    With no switch on, always. A period may go over midnight.
    """

    part1: str = Field(ALL_DAY, pattern=PERIOD)
    part1_switch: bool = False
    part2: str = Field(ALL_DAY, pattern=PERIOD)
    part2_switch: bool = False


class Strangers(Section):
    """The stranger library (the vendor's ``GATE_SUPPORT_STRANGER_GROUP``): unknown people are known again."""

    enabled: bool = False
    capacity: int = Field(30_000, ge=1, le=100_000)
    """Over it who was not seen for longest goes (the vendor's ``GATE_STRANGER_GROUP_SIZE``)."""
    pass_pct: float = Field(88.0, ge=0, le=100)
    """A score above it is the same stranger; stricter than for people, whose photos were chosen. Where
    ``match.pass_pct`` is higher, that counts."""
    min_shots: int = Field(2, ge=1, le=20)
    """Good pictures of a face before it is filed."""


class Limits(Section):
    """How much is taken on; the vendor states 16 streams and 32 photo devices for the SE5."""

    streams: int = Field(16, ge=1, le=64)
    photo_devices: int = Field(32, ge=0, le=256)


class Compat(Section):
    """Where the vendor's documents contradict themselves: which reading clients get."""

    v1_score: str = Field("raw", pattern="^(raw|pct)$")
    """Scale of ``score`` in realtime v1 and the SE3 report: ``raw`` 0 to 1 as in the vendor's table and sample, or
    ``pct`` 0 to 100 as a V5 box with a newer configuration sends it."""
    empty_device_list: str = Field("all", pattern="^(all|none)$")
    """What a realtime client gets that sends an empty list of devices; a list left out always means all."""
    history_layout: str = Field("g1", pattern="^(g0|g1)$")
    """Layout of receivers that are set by the old ``HistoryEventUrl``: V5 boxes send ``g1``, V2 boxes ``g0``."""
    query_times: str = Field("ms", pattern="^(ms|s)$")
    """Times of past events in the replies of API 2.0: ``ms`` as the vendor's text has them, or ``s``, seconds with
    a fraction as its samples have them. What callers ask for is read in either."""
    greeter_mode: bool = False
    """No scene picture in realtime v1 and the SE3 report (the vendor's "welcome machine" mode)."""


class Status(Section):
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


class BoxStatus(Section):
    """Who is told, by POST, how the box does (firmware V6's own report)."""

    urls: Tuple[str, ...] = ()
    period_s: float = Field(60.0, ge=1, le=86_400)
    reporter_id: str = Field("", max_length=128)

    @field_validator("urls", mode="before")
    @classmethod
    def _urls(cls, value: Any) -> Any:
        return checked_urls(value)


class Preview(Section):
    """The live preview on ``server.preview_port``: pictures are made while somebody watches."""

    fps: float = Field(5.0, ge=0.2, le=25)
    """Pictures a second of each device, at most."""
    width_px: int = Field(960, ge=160, le=1920)
    """At most; smaller pictures are sent as they are."""
    jpeg_quality: int = Field(75, ge=10, le=95)
    """A chip's own encoder has one quality."""


class Models(Section):
    """Model files of the user's own; empty means the default ones of ``models list``."""

    detector: str = ""
    embedder: str = ""
    attributes: Tuple[str, ...] = Field((), max_length=8)
    """One file or several, each with its card; of two that tell the same the first counts, the default is last."""

    @field_validator("attributes", mode="before")
    @classmethod
    def _files(cls, value: Any) -> Any:
        if isinstance(value, str):
            return (value,) if value else ()
        return tuple(value) if isinstance(value, list) else value


class Journal(Section):
    """What is kept of events until every destination has them, and after."""

    max_bytes: int = Field(0, ge=0, le=1 << 50)
    """0 is ``auto``: half of what is free at first start, at most 64 GiB."""
    max_age_days: float = Field(30.0, gt=0, le=3650)
    pictures_max_age_days: float = Field(0.0, ge=0, le=3650)
    """After so long a record loses its pictures and stays otherwise; 0: as long as the record itself."""
    segment_bytes: int = Field(32 << 20, ge=64 << 10, le=1 << 30)
    reserve_bytes: int = Field(256 << 20, ge=0, le=1 << 40)
    """What is left free on the disk for everything else, but never more than a twentieth of it."""

    @field_validator("max_bytes", "segment_bytes", "reserve_bytes", mode="before")
    @classmethod
    def _size(cls, value: Any) -> int:
        return 0 if value == "auto" else parse_size(value)


class Events(Section):
    """How long the history of events can be asked: their rows stay when the pictures in the journal have gone."""

    max_rows: int = Field(2_000_000, ge=0, le=1 << 40)
    """About 0.9 KB each with a vector of 128 numbers, 3 KB with 512; over it the oldest go. 0: no bound."""
    max_age_days: float = Field(365.0, ge=0, le=36500)
    """0: no bound."""


class Log(Section):
    """What goes to the log."""

    level: str = Field("info", pattern="^(debug|info|warning|error)$")
    format: str = Field("auto", pattern="^(auto|json|text)$")
    """``auto``: text on a terminal, JSON lines elsewhere."""


def default_data_dir() -> Path:
    """``/data/sophon-report/var`` on a box, else a folder of the user's own."""
    if BOX_DATA_DIR.parent.is_dir():
        return BOX_DATA_DIR
    home = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return Path(home) / "sophon-report"


class Settings(Section):
    """All settings of one moment."""

    data_dir: Path = Field(default_factory=default_data_dir, strict=False)
    license_key: SecretStr = SecretStr("")
    name: str = Field("", max_length=MAX_NAME)
    """Of this box, for people: in the title of its page. No interface of the vendor's has a place for it."""
    server: Server = Server()
    access: Access = Access()
    engine: Engine = Engine()
    visit: VisitRules = VisitRules()
    match: Matching = Matching()
    quality: QualityRules = QualityRules()
    active: ActiveHours = ActiveHours()
    strangers: Strangers = Strangers()
    limits: Limits = Limits()
    compat: Compat = Compat()
    status: Status = Status()
    box_status: BoxStatus = BoxStatus()
    preview: Preview = Preview()
    models: Models = Models()
    journal: Journal = Journal()
    events: Events = Events()
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

    @field_validator("name")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line of text")
        return value.strip()

    @field_validator("device", "destination", mode="before")
    @classmethod
    def _tables(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


WITHOUT_EFFECT: Mapping[str, Tuple[str, ...]] = {}
"""Keys of the agreed file that nothing in this version reads; who sets one is told so."""


def without_effect(settings: Settings) -> List[str]:
    """Keys that were set and do nothing in this version."""
    return [
        f"{section}.{key}"
        for section, keys in WITHOUT_EFFECT.items()
        for key in keys
        if key in getattr(settings, section).model_fields_set
    ]
