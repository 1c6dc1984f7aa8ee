"""A dead letter as a file. Pure: values in, bytes out.

::

    00000000000000000042.letter       named by the number of its record; .resend while it waits to be sent again
    ┌────────┬──────┬──────┐
    │ start  │ head │ body │          little endian, no padding between
    └────────┴──────┴──────┘

    start, 32 bytes                               head: a msgpack map, at most 8 KiB: why and when it was set
     0  8  magic "SREPORTD"                             aside, and what it is about, without the person
     8  4  CRC-32 of bytes 12 to the head's end   body: as in the journal's record, pictures as raw bytes
    12  2  version, 1
    14  2  kind, as in the journal's record
    16  4  length of the head
    20  4  length of the body
    24  4  CRC-32 of the body
    28  4  zero

The first 8 KiB and 32 bytes of a file are enough for its head, so that a list reads no picture.
"""

import struct
import zlib
from dataclasses import asdict, dataclass
from typing import Any, Dict, Optional, Tuple

import msgpack

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.segment import MAX_BODY_BYTES
from sophon_report.delivery.reason import code_of
from sophon_report.errors import BadMessage
from sophon_report.model import Progress, Visit
from sophon_report.wire.layouts import Event

MAGIC = b"SREPORTD"
VERSION = 1
MAX_HEAD_BYTES = 8 << 10
MAX_ANSWER_BYTES = 2 << 10
MAX_REASON_BYTES = 1 << 10
MAX_NAME_BYTES = 512
"""Of the event's id, of the device's id and its name."""

_START = struct.Struct("<8sIHHIII4x")
START_BYTES = _START.size
LOOK_BYTES = START_BYTES + MAX_HEAD_BYTES
"""What is read of a file to know its head."""


@dataclass(frozen=True)
class DeadLetter:
    """One event that a destination refused, without the event itself."""

    seq: int
    event_id: str = ""
    reason: str = ""
    code: str = ""
    """Of the reason, as ``reason.py`` lists them; ``""`` in letters of versions that had none."""
    status: Optional[int] = None
    """HTTP status of the last answer; ``None`` when it never got as far as one."""
    answer: str = ""
    """Beginning of that answer's body."""
    set_aside_ms: int = 0
    """When it was refused last."""
    attempts: int = 0
    """All of them, those of a resend too."""
    event: str = ""
    """``visit`` or ``recognition``."""
    event_ms: int = 0
    """When the person had left, or was recognised."""
    device_id: str = ""
    device_name: str = ""
    user_type: str = ""
    resending: bool = False
    """It waits to be sent again. The file's name says so, not its head."""
    damaged: bool = False
    """The file does not pass its checksum: only its number is known."""


def letter_of(
    seq: int, event: Event, *, reason: str, status: Optional[int], answer: str, attempts: int, now_ms: int
) -> DeadLetter:
    """The letter of an event that was refused now, its texts cut to their bounds."""
    return DeadLetter(
        seq,
        event_id=_cut(event.event_id, MAX_NAME_BYTES),
        reason=_cut(reason, MAX_REASON_BYTES),
        code=code_of(reason),
        status=status,
        answer=_cut(answer, MAX_ANSWER_BYTES),
        set_aside_ms=now_ms,
        attempts=attempts,
        event="visit" if isinstance(event, Visit) else "recognition",
        event_ms=event.out_ms if isinstance(event, Visit) else event.recognised_ms,
        device_id=_cut(event.device.device_id, MAX_NAME_BYTES),
        device_name=_cut(event.device.name, MAX_NAME_BYTES),
        user_type=event.user_type.value,
    )


def encode(letter: DeadLetter, event: Event) -> Tuple[bytes, ...]:
    """The file in pieces; raises as :func:`records.encode`."""
    kind, body = records.encode(event)
    told = {key: value for key, value in asdict(letter).items() if key not in ("resending", "damaged")}
    head: bytes = msgpack.packb(told)
    body_crc = 0
    for piece in body:
        body_crc = zlib.crc32(piece, body_crc)
    lengths = (len(head), sum(map(len, body)), body_crc)
    rest = _START.pack(MAGIC, 0, VERSION, kind, *lengths)[12:] + head
    return (MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest, *body)


def decode_head(data: bytes, seq: int) -> DeadLetter:
    """The head at the beginning of ``data``, the first :data:`LOOK_BYTES` of the file of record ``seq``.

    Raises:
        BadMessage: damaged, or not this format.
    """
    _, letter = _opened(data, seq)
    return letter


def decode(data: bytes, seq: int) -> Tuple[DeadLetter, Event]:
    """The letter and its event; raises as :func:`decode_head`."""
    start, letter = _opened(data, seq)
    body = data[start.body_offset :]
    if len(body) != start.body_length or zlib.crc32(body) != start.body_crc:
        raise BadMessage(f"dead letter {seq} is damaged")
    event = records.decode(start.kind, seq, body)
    if isinstance(event, Progress):
        raise BadMessage(f"dead letter {seq} holds no event")
    return letter, event


@dataclass(frozen=True)
class _Start:
    kind: int
    body_offset: int
    body_length: int
    body_crc: int


def _opened(data: bytes, seq: int) -> Tuple[_Start, DeadLetter]:
    damaged = BadMessage(f"dead letter {seq} is damaged")
    if len(data) < START_BYTES:
        raise damaged
    magic, crc, version, kind, head_length, body_length, body_crc = _START.unpack_from(data)
    end = START_BYTES + head_length
    if magic != MAGIC or head_length > MAX_HEAD_BYTES or body_length > MAX_BODY_BYTES:
        raise damaged
    if zlib.crc32(data[12:end]) != crc or len(data) < end:
        raise damaged
    if version != VERSION:
        raise BadMessage(f"dead letter {seq} is of version {version}, not {VERSION}")
    try:
        letter = _letter(msgpack.unpackb(data[START_BYTES:end]))
    except (ValueError, TypeError, AttributeError, msgpack.UnpackException) as error:
        raise damaged from error
    if letter.seq != seq:
        raise BadMessage(f"dead letter {seq} holds record {letter.seq}")
    return _Start(kind, end, body_length, body_crc), letter


def _letter(fields: Dict[str, Any]) -> DeadLetter:
    """Keys that are not known are passed over; the checksum has vouched for the rest."""
    return DeadLetter(**{key: value for key, value in fields.items() if key in DeadLetter.__dataclass_fields__})


def _cut(text: str, most_bytes: int) -> str:
    return text.encode("utf-8", "replace")[:most_bytes].decode("utf-8", "ignore")
