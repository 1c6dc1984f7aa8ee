"""What a backup holds beside people, as values: taken from the running service, and read from a file.

Nothing in a file is trusted: devices and destinations are checked as those that somebody on the network describes.

Secrets (passwords in addresses, values of headers, signing keys, the licence key) are apart from all else. Without
them an address comes without its password; where this box has the same device or destination, its own stay.

What belongs to one box and not to another stays behind: ports, the address that is listened on, the certificate,
own model files, and who may log in.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Mapping, Optional, Tuple, Type, TypeVar

import orjson
import pydantic
from pydantic import Field

from sophon_report.api import device_rules
from sophon_report.api.v1.shapes import Body
from sophon_report.config import DestinationSeed, Settings, say_problem
from sophon_report.errors import BadInput
from sophon_report.model import Destination, Device, DeviceType, PhotoKind, redact_url

BOX_BOUND_SECTIONS = ("models", "device", "destination")
BOX_BOUND = ("data_dir", "license_key", "access.tls_cert", "access.tls_key", "server.host", "server.page_to_tls")
MAX_DEVICES = 1_000
MAX_DESTINATIONS = 100
_ORIGINS = ("", "history", "realtime")


class KeptDevice(Body):
    """A device in a backup."""

    device_id: str = Field(min_length=1, max_length=128)
    name: str = Field(max_length=256)
    type: str = Field(pattern="^(rtsp|file|photo|gb28181)$")
    url: str = Field(min_length=1, max_length=2048)
    permission_id: str = Field(max_length=128)
    photo_kind: str = Field(pattern="^(gate|capture_camera|door)$")
    region: List[int] = Field(max_length=4)
    loop: bool
    speed: str = Field(pattern="^(realtime|fast)$")
    transport: str = Field(pattern="^(tcp|udp)$")
    rtmp_address: str = Field(max_length=2048)
    vendor_json: str = Field("{}", max_length=8192)

    def device(self) -> Device:
        """As the service has it; whether it may be at that address is another's to say."""
        try:
            roi, vendor_json = device_rules.region(self.region), device_rules.further_text(self.vendor_json)
            device_rules.line(self.permission_id, device_rules.MAX_ID)
        except ValueError as error:
            raise BadInput(f"its region, permission group or further fields: {error}") from None
        return Device(
            device_id=self.device_id,
            name=self.name or self.device_id,
            type=DeviceType(self.type),
            url=self.url,
            permission_id=self.permission_id,
            roi=roi,
            loop=self.loop,
            speed=self.speed,
            transport=self.transport,
            photo_kind=PhotoKind(self.photo_kind),
            rtmp_address=self.rtmp_address,
            vendor_json=vendor_json,
        )


@dataclass(frozen=True)
class Contents:
    """All but people."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values by dotted key that are no default."""
    vendor: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the vendor's configuration that are kept and told."""
    devices: Tuple[Device, ...] = ()
    destinations: Tuple[Destination, ...] = ()
    secrets: Optional[Mapping[str, Any]] = field(default=None, repr=False)
    """``license_key``, ``devices`` (addresses by id), ``destinations`` (headers and keys by name); ``None``: left
    out."""


def settings_of(now: Settings) -> Dict[str, Any]:
    """What was set of ``now`` and is not bound to this box, by dotted key, JSON-ready."""
    found: Dict[str, Any] = {}
    for section, values in now.model_dump(mode="json", exclude_unset=True, by_alias=True).items():
        if section in BOX_BOUND_SECTIONS:
            continue
        rows = {f"{section}.{key}": each for key, each in values.items()} if isinstance(values, dict) else {}
        found.update(rows or ({} if isinstance(values, dict) else {section: values}))
    return {key: value for key, value in found.items() if not is_box_bound(key)}


def is_box_bound(key: str) -> bool:
    """Whether a setting belongs to one box: where it listens, files that lie on it."""
    section = key.partition(".")[0]
    return section in BOX_BOUND_SECTIONS or key in BOX_BOUND or (section == "server" and key.endswith("_port"))


def device_row(device: Device) -> Dict[str, Any]:
    """A device, JSON-ready, without passwords."""
    return {
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type.value,
        "url": device.safe_url,
        "permission_id": device.permission_id,
        "photo_kind": device.photo_kind.value,
        "region": list(device.roi or ()),
        "loop": device.loop,
        "speed": device.speed,
        "transport": device.transport,
        "rtmp_address": redact_url(device.rtmp_address),
        "vendor_json": device.vendor_json,
    }


def destination_row(one: Destination) -> Dict[str, Any]:
    """A destination in the shape of the settings file, without secrets."""
    transport = one.transport
    return {
        "name": one.name,
        "url": redact_url(one.url),
        "layout": one.layout,
        "enabled": one.enabled,
        "timeout_s": one.timeout_s,
        "content_type": one.content_type,
        **vars(one.content),
        "period_s": one.period_s,
        "retry": one.retry,
        "devices": list(one.filter.device_ids),
        "user_types": [kind.value for kind in one.filter.user_types],
        "min_score_pct": one.filter.min_score_pct,
        "connect_s": transport.connect_s,
        "first_byte_s": transport.first_byte_s,
        "ca_file": transport.ca_file,
        "client_cert_file": transport.client_cert_file,
        "client_key_file": transport.client_key_file,
        "gzip": transport.gzip,
        "in_flight": one.in_flight,
        "paused": one.paused,
        "origin": one.origin,
    }


def secrets_of(contents: Contents, license_key: str) -> Dict[str, Any]:
    """What :func:`device_row` and :func:`destination_row` leave out."""
    return {
        "license_key": license_key,
        "devices": {one.device_id: [one.url, one.rtmp_address] for one in contents.devices},
        "destinations": {
            one.name: {
                "headers": dict(one.transport.headers),
                "signing_secrets": list(one.transport.signing_secrets),
                "url": one.url,
            }
            for one in contents.destinations
        },
    }


def read_device(row: Any, secrets: Optional[Mapping[str, Any]]) -> Device:
    """The device of a row.

    Raises:
        BadInput: what is wrong with it.
    """
    device = _checked(KeptDevice, row).device()
    known = _table((secrets or {}).get("devices", {})).get(device.device_id)
    if isinstance(known, list) and len(known) == 2 and all(isinstance(one, str) for one in known):
        return replace(device, url=known[0][:2048], rtmp_address=known[1][:2048])
    return device


def read_destination(row: Any, secrets: Optional[Mapping[str, Any]]) -> Destination:
    """The destination of a row, to begin at now; raises as :func:`read_device`."""
    values = dict(_table(row))
    paused, origin = values.pop("paused", False), values.pop("origin", "")
    known = _table(_table((secrets or {}).get("destinations", {})).get(str(values.get("name")), {}))
    values.update({name: known[name] for name in ("headers", "signing_secrets", "url") if name in known})
    seed = _checked(DestinationSeed, values)
    return replace(seed.destination(0), paused=bool(paused), origin=origin if origin in _ORIGINS else "")


def json_of(content: bytes, what: str) -> Any:
    """The JSON of a member.

    Raises:
        BadInput: it is none.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadInput(f"{what} in the backup is no JSON") from None


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("an object in the backup is something else")
    return value


Model = TypeVar("Model", bound=pydantic.BaseModel)


def _checked(model: Type[Model], row: Any) -> Model:
    try:
        return model.model_validate(_table(row))
    except pydantic.ValidationError as error:
        problems = [f"{'.'.join(map(str, item['loc']))} {say_problem(dict(item))}" for item in error.errors()[:5]]
        raise BadInput("; ".join(problems)) from None
