"""A device read from a request: one reader, told by :class:`Names` how an interface calls the fields.

A new device needs the fields that the interface's table calls required. A change takes what is given and leaves
the rest. What a client read and sends back is no change, also where replies show ``***`` for a password; so a file
that only the settings may name stays where it is when such a device gets another name.
"""

import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Tuple, TypeVar

import orjson

from sophon_report.api import device_rules as rules
from sophon_report.api.arguments import Arguments, bad
from sophon_report.model import Device, DeviceType, PhotoKind, redact_url
from sophon_report.wire.devices import (
    ATTRIBUTES,
    FORWARD,
    GROUP,
    KEPT,
    OLD_KEYS,
    RELAY,
    RELAY_OF_OLD,
    TRANSPORT,
    TRANSPORTS,
    V2_KEYS,
    renamed,
    unmasked,
)
from sophon_report.wire.names import PHOTO_KINDS, STREAM

T = TypeVar("T")
PERMISSION, RTMP, REGION = "permission_id", "rtmp_address", "roi_area"
FURTHER = "what is only kept and told of a device"


@dataclass(frozen=True)
class Names:
    """How an interface calls the fields of a device; those it lacks are ``""``."""

    device_id: str
    name: str
    type: str
    url: str
    forward: str
    relay: str
    region: str
    group: str
    attributes: str
    relay_keys: Mapping[str, str]
    """Keys inside ``relay`` that API 2.0 calls otherwise."""
    needed: Tuple[str, ...]
    """Of a new device."""
    types: Mapping[str, DeviceType]
    photo_kinds: Mapping[str, PhotoKind]
    """Types that say more than ``photo``."""


_WORDS = {kind.value: kind for kind in (DeviceType.RTSP, DeviceType.PHOTO, DeviceType.FILE, DeviceType.GB28181)}

V2 = Names(
    device_id="media_device_id",
    name="media_device_name",
    type="media_device_type",
    url="media_device_url",
    forward=FORWARD,
    relay=RELAY,
    region=REGION,
    group="",
    attributes="",
    relay_keys={},
    needed=("media_device_name", "media_device_type", "media_device_url"),
    types=_WORDS,
    photo_kinds={},
)
OLD = Names(
    device_id="device_id",
    name="device_name",
    type="device_type",
    url="device_key",
    forward="is_start_rtmp",
    relay="netRelay",
    region="",
    group=GROUP,
    attributes=ATTRIBUTES,
    relay_keys=RELAY_OF_OLD,
    needed=("device_name", "group_id", "permission_id", "device_key", "device_type"),
    types={**_WORDS, STREAM: DeviceType.RTSP, **dict.fromkeys(PHOTO_KINDS, DeviceType.PHOTO)},
    photo_kinds=PHOTO_KINDS,
)
"""Before V5R5 types were numbers. 2, a static camera, went with protocol 2.2.1 and is not taken."""


class DeviceReader:
    """Reads the devices of one interface.

    Args:
        names: of its fields.
        import_folder: where files lie that it may name.
        new_id: makes an id for a device that came without.
    """

    def __init__(
        self, names: Names, import_folder: Path, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._names, self._import_folder, self._new_id = names, import_folder, new_id

    def device_id(self, given: Arguments) -> str:
        """The id of the device that is meant.

        Raises:
            Refusal: none is given, or it can be none.
        """
        name = self._names.device_id
        return _checked(name, rules.line, given.text(name), rules.MAX_ID)

    def new(self, given: Arguments) -> Device:
        """The device that is to be added.

        Raises:
            Refusal: a field is missing, or what is wrong with one.
        """
        given.needed(*self._names.needed)
        device_id = self.device_id(given) if self._names.device_id in given else ""
        blank = Device(device_id or self._new_id(), "", DeviceType.RTSP, "")
        return self.changed(blank, given)

    def changed(self, stored: Device, given: Arguments) -> Device:
        """``stored`` with what is given.

        Raises:
            Refusal: what is wrong with a field.
        """
        names = self._names
        kind, photo_kind = stored.type, stored.photo_kind
        if names.type in given:
            word = given.text(names.type, words=tuple(names.types))
            kind, photo_kind = names.types[word], names.photo_kinds.get(word, photo_kind)
        return replace(
            stored,
            name=_line(given, names.name, stored.name, rules.MAX_NAME),
            type=kind,
            photo_kind=photo_kind,
            url=self._url(stored, kind, given),
            permission_id=_line(given, PERMISSION, stored.permission_id, rules.MAX_ID),
            roi=self._region(stored, given),
            rtmp_address=_rtmp_address(stored, given),
            transport=given.text(TRANSPORT, stored.transport, words=TRANSPORTS),
            vendor_json=self._further(stored, given),
        )

    def _region(self, stored: Device, given: Arguments) -> Optional[rules.Region]:
        name = self._names.region
        return _checked(name, rules.region, given.items(name)) if name and name in given else stored.roi

    def _url(self, stored: Device, kind: DeviceType, given: Arguments) -> str:
        name = self._names.url
        url = given.text(name) if name in given else stored.safe_url
        if url == stored.safe_url:
            url = stored.url
        if url and (kind, url) == (stored.type, stored.url):
            return url
        return _checked(name, rules.address, kind, url, self._import_folder)

    def _further(self, stored: Device, given: Arguments) -> str:
        names = self._names
        kept: Dict[str, Any] = orjson.loads(stored.vendor_json)
        new = {name: given.raw(name) for name in given.names() if name not in V2_KEYS | OLD_KEYS}
        if names.forward in given:
            new[FORWARD] = given.flag(names.forward)
        if names.relay in given:
            new[RELAY] = renamed(given.table(names.relay), names.relay_keys)
        if names.group in given:
            new[GROUP] = given.text(names.group)
        if names.attributes in given:
            new[ATTRIBUTES] = given.table(names.attributes)
        _checked(FURTHER, rules.further, new)  # bounded before it is walked
        kept.update(unmasked(new, kept))
        return _checked(
            FURTHER, rules.further, {key: value for key, value in kept.items() if value != KEPT.get(key)}
        )


def _line(given: Arguments, name: str, stored: str, longest: int) -> str:
    return _checked(name, rules.line, given.text(name), longest) if name in given else stored


def _rtmp_address(stored: Device, given: Arguments) -> str:
    if RTMP not in given or given.text(RTMP) == redact_url(stored.rtmp_address):
        return stored.rtmp_address
    return _checked(RTMP, rules.unmasked_line, given.text(RTMP))


def _checked(name: str, rule: Callable[..., T], *values: Any) -> T:
    """What ``rule`` makes of the values; its refusal named.

    Raises:
        Refusal: what is wrong with the argument ``name``.
    """
    try:
        return rule(*values)
    except ValueError as error:
        raise bad(name, str(error)) from None
