"""The other side of every report: bytes somebody sent, read as events or as states of devices.

Made for whatever a box of any firmware sends, and for what a person tries by hand: JSON (one event or a list
of them) and form-data (one part a top-level key, tables and lists as JSON text). The vendor gives no layout for
form-data; this is the plain reading of it. Nothing is demanded of an event but that it is an object; names differ
between firmwares, so each fact is looked for under all the names it has had (:mod:`sophon_report.wire.names`).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple
from urllib.parse import parse_qsl

import orjson

from sophon_report.errors import BadMessage
from sophon_report.wire.names import NAMES, PICTURES, USER_TYPES, values

Event = Dict[str, Any]

MAX_PARTS = 256
"""Keys of a form. The widest layout has 16."""
MAX_PART_HEAD_BYTES = 4096
_MULTIPART, _URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"

_DEVICE = ("device_name", "device_id", "license_and_address", "device_ip")
"""What a device is called by, the friendliest first."""
_ROW_NAMES = ("media_device_name", "ep_name", "media_device_id", "ep_id", "media_device_ip", "ep_ip")
_ROW_STATES = ("media_device_status", "ep_status")


@dataclass(frozen=True)
class Summary:
    """What an event says, in the words of the newest layout; ``None`` is "it does not say"."""

    event_id: Optional[str]
    identity_id: str
    identity_name: str
    user_type: str
    score: Optional[float]
    """As sent: 0 to 100, or 0 to 1 from an SE3 and on realtime v1."""
    timestamp_ms: Optional[int]
    in_ms: Optional[int]
    out_ms: Optional[int]
    device: str
    """Name, id or address, whichever comes first."""


def parse_events(body: bytes, content_type: str) -> List[Event]:
    """The events of a request body; one, or as many as a list holds.

    Raises:
        BadMessage: what is wrong with it, in words for the sender.
    """
    kind, _ = _split_content_type(content_type)
    json_unsaid = kind == _URLENCODED and body.startswith((b"{", b"["))  # curl -d says so of JSON
    if kind in (_MULTIPART, _URLENCODED) and not json_unsaid:
        return [_form(form_fields(body, content_type))]
    return _json(body)


def form_fields(body: bytes, content_type: str) -> List[Tuple[str, bytes]]:
    """``(name, content)`` of each field of a form, multipart or urlencoded.

    Raises:
        BadMessage: what is wrong with it, in words for the sender.
    """
    kind, parameters = _split_content_type(content_type)
    return _multipart(body, parameters.get("boundary", "")) if kind == _MULTIPART else _urlencoded(body)


def summary(event: Event) -> Summary:
    """The facts of ``event``, from any layout; never raises."""
    return Summary(
        event_id=_first(values(event, "event_id")) or None,
        identity_id=_first(values(event, "identity_id")),
        identity_name=_first(values(event, "identity_name")),
        user_type=_user_type(event),
        score=_number(event.get("score")),
        timestamp_ms=_whole(event.get("timestamp")),
        in_ms=_whole(event.get("in_timestamp")),
        out_ms=_whole(event.get("out_timestamp")),
        device=_first(value for fact in _DEVICE for value in values(event, fact)),
    )


def device_states(report: Event) -> List[Tuple[str, str]]:
    """``(device, "online" or "offline" or whatever it says)`` of a device status report."""
    listed = report.get("media_devices") or report.get("sub_devices")
    rows = [_table(row) for row in listed] if isinstance(listed, list) else []
    return [(_first(map(row.get, _ROW_NAMES)), _first(map(row.get, _ROW_STATES))) for row in rows]


def box_state(report: Event) -> List[Tuple[str, str]]:
    """``(box and its address, state)`` of a report that tells of the box itself; nothing of any other."""
    name = _text(report.get("gateway_name"))
    address = _text(report.get("gateway_ip"))
    return [(f"{name} {address}".strip(), _text(report.get("gateway_status")))] if name or address else []


def pictures(event: Event) -> Tuple[Dict[str, bytes], List[str]]:
    """Pictures of ``event`` by key, and the keys whose text is no base64. Empty ones are left out."""
    found: Dict[str, bytes] = {}
    broken = []
    for path in (path for fact in PICTURES for path in NAMES[fact]):
        table, _, key = path.rpartition(".")
        text = (_table(event.get(table)) if table else event).get(key)
        if not text or key in found:
            continue
        picture = _picture(text)
        if picture is None:
            broken.append(key)
        else:
            found[key] = picture
    return found, broken


def without_pictures(event: Event, names: Mapping[str, str]) -> Event:
    """``event`` with each picture's text replaced by ``names[key]``."""
    shown: Event = {key: names.get(key, value) for key, value in event.items()}
    if isinstance(event.get("ext_data"), dict):
        shown["ext_data"] = {key: names.get(key, value) for key, value in event["ext_data"].items()}
    return shown


def _json(body: bytes) -> List[Event]:
    text = body[3:] if body.startswith(b"\xef\xbb\xbf") else body
    if not text.strip():
        raise BadMessage("the body is empty")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadMessage(f"the body is not JSON: {error}") from error
    events = value if isinstance(value, list) else [value]
    for index, event in enumerate(events):
        if not isinstance(event, dict):
            where = f"item {index} of the list" if isinstance(value, list) else "the body"
            raise BadMessage(f"{where} is no JSON object")
    return events


def _form(fields: List[Tuple[str, bytes]]) -> Event:
    if not fields:
        raise BadMessage("the form has no fields")
    return {name: _form_value(name, value) for name, value in fields}


def _form_value(name: str, value: bytes) -> Any:
    """Tables and lists come as JSON; anything else is a text, numbers too: an id may look like one."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadMessage(f"field {name!r} is not UTF-8 at byte {error.start}") from error
    if not text.startswith(("{", "[")):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _split_content_type(content_type: str) -> Tuple[str, Dict[str, str]]:
    kind, _, rest = content_type.partition(";")
    return kind.strip().lower(), _parameters(rest)


def _parameters(text: str) -> Dict[str, str]:
    # A name begins where no sign of a name stands before it: else a long word would be tried at each of its signs.
    found = re.findall(r'(?<![\w!#$&^.+-])([\w!#$&^.+-]+)\s*=\s*(?:"([^"]*)"|([^\s;"]+))', text)
    return {name.lower(): quoted or plain for name, quoted, plain in found}


def _urlencoded(body: bytes) -> List[Tuple[str, bytes]]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_PARTS)
        return [(name, value.encode("utf-8")) for name, value in pairs]
    except ValueError as error:
        raise BadMessage(f"the form cannot be read: {error}") from error


def _multipart(body: bytes, boundary: str) -> List[Tuple[str, bytes]]:
    """``(name, content)`` of each part, up to the closing boundary."""
    if not boundary:
        raise BadMessage("multipart/form-data without a boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("utf-8"), MAX_PARTS + 1)
    if len(pieces) > MAX_PARTS + 1:
        raise BadMessage(f"the form has more than {MAX_PARTS} fields")
    fields: List[Tuple[str, bytes]] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return fields
        fields.append(_part(piece))
    raise BadMessage("the form ends without its closing boundary")


def _part(piece: bytes) -> Tuple[str, bytes]:
    head, blank, content = piece.partition(b"\r\n\r\n")
    if not blank:
        raise BadMessage("a part of the form has no blank line behind its headers")
    if len(head) > MAX_PART_HEAD_BYTES:
        raise BadMessage(f"a part of the form has more than {MAX_PART_HEAD_BYTES} bytes of headers")
    for line in head.decode("utf-8", "replace").splitlines():
        header, _, value = line.partition(":")
        if header.strip().lower() == "content-disposition":
            name = _parameters(value).get("name")
            if name:
                return name, content
    raise BadMessage("a part of the form has no name")


def _picture(text: Any) -> Optional[bytes]:
    """Base64, bare or behind a data URI, with line breaks or without."""
    if not isinstance(text, str):
        return None
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _user_type(event: Event) -> str:
    """The word of V6, also for the numbers before."""
    number = next((_whole(value) for value in values(event, "person_type")), None)
    return _first(values(event, "user_type")).lower() or (USER_TYPES.get(number, "") if number is not None else "")


def _first(texts: Iterable[Any]) -> str:
    """The first that says something."""
    return next((text for text in map(_text, texts) if text), "")


def _table(value: Any) -> Event:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """Ids come as texts and, from forms and old firmware, as numbers."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _number(value: Any) -> Optional[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None


def _whole(value: Any) -> Optional[int]:
    number = _number(value)
    return None if number is None else int(number)
