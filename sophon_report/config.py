"""Settings: typed, complete, immutable; every problem of a file is told at once, each with its key.

Layers, later wins: defaults (here), ``config.toml``, the command line; ``store/settings.py`` lays stored ones over
them. A change makes a new :class:`Settings`; running parts receive it whole through their ``apply``.
"""

import ipaddress
import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union
from urllib.parse import urlsplit

import pydantic
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from sophon_report.errors import ConfigError
from sophon_report.model import Content, Destination, Device, DeviceType, PhotoKind

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BOX_DATA_DIR = Path("/data/sophon-report/var")
BOX_CONFIG = Path("/data/sophon-report/etc/config.toml")
"""On a box settings live on the data partition: an update of the vendor's SDK replaces ``/etc``."""

MAX_CONFIG_BYTES = 1 << 20
PRIVATE_NETWORKS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

MAX_NETWORKS = 64
MAX_URLS = 8
"""Addresses in one list of receivers."""
MAX_URL = 2048
"""Characters of one."""
SE3_TIMEOUT_S = 0.5
"""For each address of the SE3 realtime report (vendor, firmware V2R2C01)."""

Port = int
_UNITS = {"": 1, "B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}


def parse_size(value: Union[int, str]) -> int:
    """Return bytes for ``1048576``, ``"32 MiB"`` and the like.

    Raises:
        ValueError: not a whole number with an optional unit of B, KiB, MiB, GiB, TiB.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = re.fullmatch(r"\s*(\d+)\s*([A-Za-z]*)\s*", value) if isinstance(value, str) else None
    if not found or found.group(2).upper() not in _UNITS:
        raise ValueError('must be a number of bytes, or a text like "32 MiB"')
    return int(found.group(1)) * _UNITS[found.group(2).upper()]


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
    default_dialect: str = Field("v2", pattern="^v[12]$")
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
                _check_network(number, network)
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
    history_layout: str = Field("g1", pattern="^g[01]$")
    """Layout of receivers that are set by the old ``HistoryEventUrl``: V5 boxes send ``g1``, V2 boxes ``g0``."""
    greeter_mode: bool = False
    """No scene picture in realtime v1 and the SE3 report (the vendor's "welcome machine" mode)."""


class Status(_Section):
    """Who is told, by POST, which devices are online."""

    urls: Tuple[str, ...] = ()
    layout: str = Field("g2", pattern="^g[012]$")
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


def _check_network(number: int, text: str) -> None:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"network {number} is none: {error}") from None
    if network.version == 6 and getattr(network.network_address, "ipv4_mapped", None):
        raise ValueError(f"network {number} must be written as one of IPv4: such addresses count as IPv4")


def checked_urls(value: Any) -> Any:
    """A list of plain HTTP addresses as a tuple; what is no list of texts is left to the type's own check.

    Raises:
        ValueError: one of them is none, and which.
    """
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        return value
    if len(value) > MAX_URLS:
        raise ValueError(f"must not name more than {MAX_URLS} addresses")
    for number, url in enumerate(value, 1):
        try:
            check_http_url(url)
        except ValueError as error:
            raise ValueError(f"address {number} {error}") from None
    return tuple(value)


def check_http_url(url: str) -> None:
    """Refuse what is no plain HTTP address.

    Raises:
        ValueError: another scheme, no host, a bad port, credentials or blanks inside, or far too long.
    """
    if len(url) > MAX_URL:
        raise ValueError(f"is longer than {MAX_URL} characters")
    if not url.isprintable() or " " in url:  # urlsplit would pass over some of them
        raise ValueError("must not hold blanks or control characters")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("must begin with http:// or https://")
    if not parts.hostname:
        raise ValueError("has no host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry a user name or password")


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


def default_config_file() -> Optional[Path]:
    """The file that is read when none is named, or ``None`` when there is none."""
    return BOX_CONFIG if BOX_CONFIG.is_file() else None


def parse_settings(values: Mapping[str, Any]) -> Settings:
    """Check ``values`` (the shape of the TOML file) and return them as settings.

    Raises:
        ConfigError: with every problem: unknown keys, wrong types, values out of range, ids used twice.
    """
    problems: List[Tuple[str, str]] = []
    settings: Optional[Settings] = None
    try:
        settings = Settings.model_validate(values)
    except pydantic.ValidationError as error:
        problems += [(_key(item["loc"]), _say(dict(item))) for item in error.errors(include_url=False)]
    problems += _repeated(values, "device", "id") + _repeated(values, "destination", "name")
    if problems or settings is None:
        raise ConfigError(problems)
    return settings


def load_settings(path: Optional[Path], data_dir: Optional[Path] = None) -> Settings:
    """Read ``path`` (no file: the defaults); ``data_dir`` from the command line wins.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or holds any problem.
    """
    values: Dict[str, Any] = {}
    if path is not None:
        values = _read_toml(path)
    if data_dir is not None:
        values["data_dir"] = str(data_dir)
    return parse_settings(values)


def _read_toml(path: Path) -> Dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        raise ConfigError([(str(path), f"cannot be read: {error.strerror}")]) from error
    if len(raw) > MAX_CONFIG_BYTES:
        raise ConfigError([(str(path), f"is larger than {MAX_CONFIG_BYTES} bytes")])
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError([(str(path), f"is not UTF-8 at byte {error.start}")]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([(str(path), f"is not TOML: {error}")]) from error


def _key(location: Tuple[Union[int, str], ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text or "(file)"


def _say(item: Dict[str, Any]) -> str:
    """One problem in words for people, without the value: it may be a secret."""
    kind, context = item["type"], item.get("ctx", {})
    plain = {
        "extra_forbidden": "unknown key",
        "missing": "is missing",
        "int_type": "must be a whole number",
        "float_type": "must be a number",
        "string_type": "must be a text",
        "bool_type": "must be true or false",
        "tuple_type": "must be a list",
        "model_type": "must be a table",
    }
    if kind in plain:
        return plain[kind]
    if kind == "value_error":
        return str(context.get("error", item["msg"]))
    if kind == "string_pattern_mismatch":
        return f"must match {context.get('pattern')}"
    return str(item["msg"]).replace("Input should be", "must be")


def _repeated(values: Mapping[str, Any], table: str, key: str) -> List[Tuple[str, str]]:
    rows = values.get(table, ())
    names = [row.get(key) for row in rows if isinstance(row, Mapping)] if isinstance(rows, (list, tuple)) else []
    return [
        (f"{table}[{index}].{key}", "is used twice")
        for index, name in enumerate(names)
        if isinstance(name, str) and name in names[:index]
    ]
