"""Events as the bodies of records: msgpack maps with raw JPEG bytes, and back. Pure.

A body is complete in itself: name, gallery photo and feature, device and pictures as they were at the event.
The password of a device's URL is never in it. Pictures are the last values of the outer map. Maps carry a version
``v``; a reader ignores keys it does not know and fills in those that a former version did not have. Numbers of
records are in their heads, not here.
"""

import struct
from typing import Any, Callable, Dict, List, Optional, Tuple, Type, TypeVar, Union

import msgpack

from sophon_report.delivery.journal.segment import MAX_BODY_BYTES, Bytes, Entry, Kind, event_key
from sophon_report.errors import BadInput, BadMessage
from sophon_report.model import (
    Attributes,
    Device,
    DeviceType,
    Identity,
    Landmarks,
    Match,
    PhotoKind,
    Progress,
    Quality,
    Recognition,
    Shot,
    UserType,
    Visit,
)

VERSION = 1
PICTURES = frozenset(("face_jpeg", "scene_jpeg", "ir_jpeg", "photo_jpeg"))
_TIMES = 1 << 63
_BIN32 = struct.Struct(">BI")
T = TypeVar("T")
Event = Union[Recognition, Progress, Visit]


def encode(event: Event) -> Tuple[Kind, Tuple[bytes, ...]]:
    """Return the kind and the body of ``event``, in pieces: pictures are not copied.

    Raises:
        BadInput: a value that msgpack has no form for, or more than 16 MiB.
    """
    kind, values = _plain(event)
    pictures = _pictures(event)
    try:
        packed: bytes = msgpack.packb({"v": VERSION, **values}, use_bin_type=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput(f"event cannot be written down: {error}") from error
    # The map is reopened for the pictures: with up to 15 keys its header is one byte.
    body = [bytes([packed[0] + len(pictures)]) + packed[1:]]
    for key, picture in pictures.items():
        body[-1] += msgpack.packb(key) + _BIN32.pack(0xC6, len(picture))
        body += [picture, b""]
    size_bytes = sum(map(len, body))
    if size_bytes > MAX_BODY_BYTES:
        raise BadInput(f"event has {size_bytes} bytes, at most {MAX_BODY_BYTES} are possible")
    return kind, tuple(body)


def entry_of(seq: int, event: Event) -> Entry:
    """Return ``event`` as the record ``seq``; raises as :func:`encode`, and for a time of more than 64 bits."""
    kind, body = encode(event)
    time_ms = _time_of(event)
    if not -_TIMES <= time_ms < _TIMES:
        raise BadInput(f"event cannot be written down: its time {time_ms} has more than 64 bits")
    return Entry(kind, seq, event_key(event.event_id), time_ms, body)


def decode(kind: int, seq: int, body: Bytes) -> Event:
    """Return the event of a record's body.

    Raises:
        BadMessage: not this format, a missing or mistyped field, a kind that holds no event.
    """
    try:
        values = msgpack.unpackb(body, raw=False, strict_map_key=True)
    except (ValueError, msgpack.UnpackException) as error:
        raise BadMessage(f"record {seq} is no msgpack") from error
    read = _READERS.get(kind)
    if read is None:
        raise BadMessage(f"record {seq} is of kind {kind}, which holds no event")
    return read(_Fields(values), seq)


def without_pictures(body: bytes) -> Optional[bytes]:
    """Return an event's body with all its pictures empty, ``None`` when that changes nothing or it is no body."""
    try:
        values = msgpack.unpackb(body, raw=False, strict_map_key=True)
    except (ValueError, msgpack.UnpackException):
        return None
    if not isinstance(values, dict) or not any(values.get(key) for key in PICTURES):
        return None
    packed: bytes = msgpack.packb({key: b"" if key in PICTURES else value for key, value in values.items()})
    return packed


def _time_of(event: Event) -> int:
    if isinstance(event, Progress):
        return event.last_seen_ms
    return event.out_ms if isinstance(event, Visit) else event.recognised_ms


def _pictures(event: Event) -> Dict[str, bytes]:
    if isinstance(event, Progress):
        return {}
    pictures = {"face_jpeg": event.shot.face_jpeg, "scene_jpeg": event.shot.scene_jpeg}
    if event.shot.ir_jpeg:
        pictures["ir_jpeg"] = event.shot.ir_jpeg
    identity = event.match.identity
    return {**pictures, "photo_jpeg": identity.photo_jpeg} if identity else pictures


def _plain(event: Event) -> Tuple[Kind, Dict[str, Any]]:
    if isinstance(event, Progress):
        return Kind.PROGRESS, {"event_id": event.event_id, "last_seen_ms": event.last_seen_ms}
    values = {
        "event_id": event.event_id,
        "device": _plain_device(event.device),
        "in_ms": event.in_ms,
        "recognised_ms": event.recognised_ms,
        "shot": _plain_shot(event.shot),
        "match": {"identity": _plain_identity(event.match.identity), "score_pct": float(event.match.score_pct)},
        "post_action": event.post_action,
    }
    if isinstance(event, Recognition):
        return Kind.RECOGNITION, values
    return Kind.VISIT, {**values, "out_ms": event.out_ms, "ended_by": event.ended_by}


def _plain_device(device: Device) -> Dict[str, Any]:
    photo = {"photo_kind": device.photo_kind.value} if device.type is DeviceType.PHOTO else {}
    return {
        **photo,
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type.value,
        "url": device.safe_url,
        "permission_id": device.permission_id,
        "roi": list(device.roi) if device.roi else None,
    }


def _plain_shot(shot: Shot) -> Dict[str, Any]:
    pushed = {"camera_quality": shot.camera_quality} if shot.camera_quality else {}
    return {
        "device_id": shot.device_id,
        "track_id": shot.track_id,
        "in_ms": shot.in_ms,
        "captured_ms": shot.captured_ms,
        "box": [float(number) for number in shot.box],
        "landmarks": [float(number) for point in shot.landmarks for number in point],
        "detect_score": float(shot.detect_score),
        "quality": _plain_quality(shot.quality),
        "embedding": shot.embedding,
        "embedder": shot.embedder,
        "attributes": _plain_attributes(shot.attributes),
        **pushed,
    }


def _plain_quality(quality: Quality) -> Dict[str, Any]:
    return {
        "size_px": float(quality.size_px),
        "clarity": float(quality.clarity),
        "brightness": float(quality.brightness),
        "yaw_deg": float(quality.yaw_deg),
        "pitch_deg": float(quality.pitch_deg),
        "roll_deg": float(quality.roll_deg),
        "partial": bool(quality.partial),
    }


def _plain_attributes(attributes: Attributes) -> Dict[str, Any]:
    age = attributes.age_years
    return {
        "gender": attributes.gender,
        "age_years": None if age is None else float(age),
        "glasses": attributes.glasses,
        "mask": attributes.mask,
        "hat": attributes.hat,
    }


def _plain_identity(identity: Optional[Identity]) -> Optional[Dict[str, Any]]:
    if identity is None:
        return None
    return {
        "identity_id": identity.identity_id,
        "name": identity.name,
        "user_type": identity.user_type.value,
        "permission_ids": list(identity.permission_ids),
        "face_id": identity.face_id,
        "photo_id": identity.photo_id,
        "embedding": identity.embedding,
    }


class _Fields:
    """A map off the disk, read field by field with its types checked."""

    def __init__(self, values: Any) -> None:
        if not isinstance(values, dict):
            raise BadMessage(f"expected a map, got {type(values).__name__}")
        self._values = values

    def text(self, key: str) -> str:
        return self._get(key, str)

    def blob(self, key: str) -> bytes:
        return self._get(key, bytes)

    def integer(self, key: str) -> int:
        return self._get(key, int)

    def flag(self, key: str) -> bool:
        return self._get(key, bool)

    def number(self, key: str) -> float:
        return float(self._get(key, float))

    def table(self, key: str) -> "_Fields":
        return _Fields(self._values.get(key))

    def items(self, key: str, kind: "Type[T]") -> List[T]:
        items: List[T] = self._get(key, list)
        if any(type(item) is not kind for item in items):
            raise BadMessage(f"{key} must be a list of {kind.__name__}")
        return items

    def maybe(self, key: str, read: Callable[[str], Any]) -> Any:
        """``None`` when it is absent or nil, else what ``read`` makes of the key."""
        return None if self._values.get(key) is None else read(key)

    def _get(self, key: str, kind: "Type[T]") -> T:
        value = self._values.get(key)
        if type(value) is not kind:
            raise BadMessage(f"{key} must be {kind.__name__}, got {type(value).__name__}")
        return value


def _word(kind: Callable[[str], Any], text: str) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        raise BadMessage(str(error)) from error


def _device(fields: _Fields) -> Device:
    roi = fields.maybe("roi", lambda key: fields.items(key, int))
    if roi is not None and len(roi) != 4:
        raise BadMessage("roi must have four numbers")
    return Device(
        device_id=fields.text("device_id"),
        name=fields.text("name"),
        type=_word(DeviceType, fields.text("type")),
        url=fields.text("url"),
        permission_id=fields.text("permission_id"),
        photo_kind=_word(PhotoKind, fields.maybe("photo_kind", fields.text) or PhotoKind.GATE.value),
        roi=tuple(roi) if roi else None,
    )


def _shot(fields: _Fields, top: _Fields) -> Shot:
    box = fields.items("box", float)
    if len(box) != 4:
        raise BadMessage("box must have four numbers")
    return Shot(
        device_id=fields.text("device_id"),
        track_id=fields.integer("track_id"),
        in_ms=fields.integer("in_ms"),
        captured_ms=fields.integer("captured_ms"),
        box=(box[0], box[1], box[2], box[3]),
        landmarks=_landmarks(fields.items("landmarks", float)),
        detect_score=fields.number("detect_score"),
        quality=_quality(fields.table("quality")),
        embedding=fields.blob("embedding"),
        embedder=fields.text("embedder"),
        attributes=_attributes(fields.table("attributes")),
        face_jpeg=top.blob("face_jpeg"),
        scene_jpeg=top.blob("scene_jpeg"),
        ir_jpeg=top.maybe("ir_jpeg", top.blob) or b"",
        camera_quality=fields.maybe("camera_quality", fields.blob) or b"",
    )


def _landmarks(numbers: List[float]) -> Landmarks:
    if len(numbers) % 2:
        raise BadMessage("landmarks must be pairs")
    return tuple(zip(numbers[::2], numbers[1::2]))


def _quality(fields: _Fields) -> Quality:
    return Quality(
        size_px=fields.number("size_px"),
        clarity=fields.number("clarity"),
        brightness=fields.number("brightness"),
        yaw_deg=fields.number("yaw_deg"),
        pitch_deg=fields.number("pitch_deg"),
        roll_deg=fields.number("roll_deg"),
        partial=fields.flag("partial"),
    )


def _attributes(fields: _Fields) -> Attributes:
    return Attributes(
        gender=fields.maybe("gender", fields.text),
        age_years=fields.maybe("age_years", fields.number),
        glasses=fields.maybe("glasses", fields.flag),
        mask=fields.maybe("mask", fields.flag),
        hat=fields.maybe("hat", fields.flag),
    )


def _identity(fields: _Fields, top: _Fields) -> Identity:
    return Identity(
        identity_id=fields.text("identity_id"),
        name=fields.text("name"),
        user_type=_word(UserType, fields.text("user_type")),
        permission_ids=tuple(fields.items("permission_ids", str)),
        face_id=fields.text("face_id"),
        photo_id=fields.text("photo_id"),
        photo_jpeg=top.blob("photo_jpeg"),
        embedding=fields.blob("embedding"),
    )


def _match(fields: _Fields, top: _Fields) -> Match:
    identity = fields.maybe("identity", lambda key: _identity(fields.table(key), top))
    return Match(identity, fields.number("score_pct"))


def _recognition(fields: _Fields, seq: int) -> Recognition:
    return Recognition(
        event_id=fields.text("event_id"),
        device=_device(fields.table("device")),
        in_ms=fields.integer("in_ms"),
        recognised_ms=fields.integer("recognised_ms"),
        shot=_shot(fields.table("shot"), fields),
        match=_match(fields.table("match"), fields),
        post_action=fields.text("post_action"),
        seq=seq,
    )


def _visit(fields: _Fields, seq: int) -> Visit:
    return Visit(
        event_id=fields.text("event_id"),
        device=_device(fields.table("device")),
        in_ms=fields.integer("in_ms"),
        recognised_ms=fields.integer("recognised_ms"),
        out_ms=fields.integer("out_ms"),
        shot=_shot(fields.table("shot"), fields),
        match=_match(fields.table("match"), fields),
        post_action=fields.text("post_action"),
        ended_by=fields.text("ended_by"),
        seq=seq,
    )


def _progress(fields: _Fields, seq: int) -> Progress:
    del seq
    return Progress(fields.text("event_id"), fields.integer("last_seen_ms"))


_READERS: Dict[int, Callable[[_Fields, int], Event]] = {
    Kind.RECOGNITION: _recognition,
    Kind.PROGRESS: _progress,
    Kind.VISIT: _visit,
    Kind.CARRIED: _recognition,
}
