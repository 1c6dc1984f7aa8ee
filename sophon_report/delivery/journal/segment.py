"""The bytes of a segment file. Pure: buffers in, values out.

::

    00000000000000000001.journal            named by its first sequence number
    ┌────────┬────────┬────────┬────────┬──
    │ header │ record │ record │ record │ …          little endian, no padding between
    └────────┴────────┴────────┴────────┴──

    header, 64 bytes                              record, 48 bytes + body
     0  8  magic "SREPORTJ"                        0  4  mark, as in the header
     8  4  CRC-32 of bytes 12 to 64                4  4  CRC-32 of bytes 8 to 48
    12  2  version, 1                              8  4  length of the body
    14  2  flags, see below                       12  4  CRC-32 of the body
    16  4  mark: four random bytes                16  1  kind
    20  4  zero                                   17  7  zero
    24  8  first sequence number                  24  8  sequence number
    32  8  written first at, ms                   32  8  event key
    40  8  first number of the segment before     40  8  time of the event, ms (signed)
    48  8  last number of the segment before      48     body: a msgpack map, pictures as raw bytes
    56  8  bytes it had when it was counted

The head's CRC covers length, number and the body's CRC, so one check answers for the whole record, and yet a
reader may walk from head to head without touching a picture. The mark differs from segment to segment and nobody
outside knows it: after damage the next record is found by searching for it, and no picture can pretend to be a
record. With a broken header the mark is still in the first record. What the segment before was called and where
it ended tells a deleted or shortened segment from numbers that were never given.

Flag 1 says that the segment's records were rewritten without their pictures. Versions that know neither flags
nor counted bytes pass over them.

The event key is the event id as a number when it is 16 digits, else 63 bits of its BLAKE2b with the top bit set.
"""

import enum
import hashlib
import struct
import zlib
from dataclasses import dataclass, field
from typing import Callable, Iterator, List, Optional, Tuple, Union

MAGIC = b"SREPORTJ"
VERSION = 1
MAX_BODY_BYTES = 16 << 20
"""No record is larger: a face, a scene and a gallery photo are some 100 KB together."""

_HEADER = struct.Struct("<8sIHHI4xQqQQQ")
_RECORD = struct.Struct("<4sIIIB7xQQq")
HEADER_BYTES = _HEADER.size
RECORD_BYTES = _RECORD.size
_SEARCH_BYTES = 256 << 10
_HASHED = 1 << 63
_WITHOUT_PICTURES = 1

Bytes = Union[bytes, memoryview]
ReadAt = Callable[[int, int], bytes]
"""``read_at(offset, size)`` gives up to ``size`` bytes, fewer at the end."""


class Kind(enum.IntEnum):
    """What a record is. From 16 on they are the journal's own and take no sequence number."""

    RECOGNITION = 1
    PROGRESS = 2
    VISIT = 3
    ERASED = 4
    """Stands, with its number, for a record whose person was erased."""
    OPEN_VISITS = 16
    """First of each segment: the visits that were open then."""
    CARRIED = 17
    """A recognition whose visit is still open, copied from a segment that retention took."""
    CLOSED = 18
    """Last of a journal that was closed in order; its number is the next to be given."""


EVENT_KINDS = frozenset((Kind.RECOGNITION, Kind.PROGRESS, Kind.VISIT))
NUMBERED_KINDS = EVENT_KINDS | {Kind.ERASED}


@dataclass(frozen=True)
class SegmentHeader:
    """First bytes of a segment."""

    mark: bytes
    first_seq: int
    created_ms: int
    prev_first_seq: int = 0
    prev_last_seq: int = 0
    without_pictures: bool = False
    counted_bytes: int = 0
    """Size of the file before its pictures were taken out, for which the segment after it has the tally; or 0."""


@dataclass(frozen=True)
class Head:
    """What is known of a record without its body."""

    kind: int
    seq: int
    event_key: int
    time_ms: int
    length: int
    body_crc: int


@dataclass(frozen=True)
class Entry:
    """A record on its way to the disk.

    The body stays in pieces, pictures as the very bytes they came in, and is summed here, by who appends: the
    writing thread then has nothing to do but write, and no picture is copied on its way.
    """

    kind: int
    seq: int
    event_key: int
    time_ms: int
    body: Tuple[bytes, ...] = field(repr=False)
    length: int = field(init=False)
    """Bytes of the body."""
    body_crc: int = field(init=False)

    def __post_init__(self) -> None:
        crc = 0
        for piece in self.body:
            crc = zlib.crc32(piece, crc)
        object.__setattr__(self, "length", sum(map(len, self.body)))
        object.__setattr__(self, "body_crc", crc)


@dataclass(frozen=True)
class Found:
    """A whole record at ``offset``."""

    offset: int
    head: Head

    @property
    def body_offset(self) -> int:
        return self.offset + RECORD_BYTES

    @property
    def end(self) -> int:
        return self.offset + RECORD_BYTES + self.head.length


@dataclass(frozen=True)
class Damage:
    """Bytes that are no record; the next begins at ``end``, or nothing does."""

    offset: int
    end: int


def event_key(event_id: str) -> int:
    """Return the 64-bit number that stands for ``event_id`` in a record's head."""
    if len(event_id) == 16 and event_id.isascii() and event_id.isdigit():
        return int(event_id)
    digest = hashlib.blake2b(event_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") | _HASHED


def is_numeric(key: int) -> bool:
    """Whether the key is the event id itself."""
    return not key & _HASHED


def encode_header(header: SegmentHeader) -> bytes:
    """Return the 64 bytes."""

    def pack(crc: int) -> bytes:
        mark = int.from_bytes(header.mark, "little")
        prev = (header.prev_first_seq, header.prev_last_seq)
        flags = _WITHOUT_PICTURES if header.without_pictures else 0
        numbers = (header.first_seq, header.created_ms, *prev, header.counted_bytes)
        return _HEADER.pack(MAGIC, crc, VERSION, flags, mark, *numbers)

    return pack(zlib.crc32(pack(0)[12:]))


def decode_header(data: bytes) -> Optional[SegmentHeader]:
    """Return the header at the start of ``data``, or ``None`` when it is damaged or of another version."""
    if len(data) < HEADER_BYTES:
        return None
    magic, crc, version, flags, mark, first_seq, created_ms, before, last, counted = _HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION or zlib.crc32(data[12:HEADER_BYTES]) != crc:
        return None
    bare = bool(flags & _WITHOUT_PICTURES)
    return SegmentHeader(mark.to_bytes(4, "little"), first_seq, created_ms, before, last, bare, counted)


def salvage_mark(data: bytes) -> Optional[bytes]:
    """Return the mark as the first record tells it, for a segment with a damaged header."""
    mark = data[HEADER_BYTES : HEADER_BYTES + 4]
    return mark if decode_head(data[HEADER_BYTES:], mark) else None


def encode_record(mark: bytes, entry: Entry) -> List[bytes]:
    """Return the record as buffers to be written in this order, the head first."""
    fields = (entry.kind, entry.seq, entry.event_key, entry.time_ms)
    head = _RECORD.pack(mark, 0, entry.length, entry.body_crc, *fields)
    return [mark + struct.pack("<I", zlib.crc32(head[8:])) + head[8:], *entry.body]


def decode_head(data: bytes, mark: bytes) -> Optional[Head]:
    """Return the head at the start of ``data``, or ``None`` when there is none."""
    if len(data) < RECORD_BYTES or data[:4] != mark:
        return None
    _, head_crc, length, body_crc, kind, seq, key, time_ms = _RECORD.unpack_from(data)
    if length > MAX_BODY_BYTES or zlib.crc32(data[8:RECORD_BYTES]) != head_crc:
        return None
    return Head(kind, seq, key, time_ms, length, body_crc)


def body_of(read_at: ReadAt, found: Found) -> Optional[bytes]:
    """Return the record's body, or ``None`` when it is damaged."""
    body = read_at(found.body_offset, found.head.length)
    return body if is_body_of(found.head, body) else None


def is_body_of(head: Head, body: Bytes) -> bool:
    """Whether these are the bytes that were written behind ``head``."""
    return len(body) == head.length and zlib.crc32(body) == head.body_crc


def scan(
    read_at: ReadAt, mark: bytes, start: int, end: int, *, check_bodies: bool
) -> Iterator[Union[Found, Damage]]:
    """Yield the records between two offsets, and what lies between them when it is no record.

    Args:
        read_at: the segment's bytes.
        mark: of this segment.
        start: where a record begins (or should).
        end: no record reaches past it.
        check_bodies: read the bodies too and call a record with a damaged one damage.
    """
    offset = start
    while offset < end:
        found = _record_at(read_at, mark, offset, end, check_bodies)
        if found:
            yield found
            offset = found.end
        else:
            after = _next_record(read_at, mark, offset + 1, end, check_bodies)
            yield Damage(offset, after)
            offset = after


def _record_at(read_at: ReadAt, mark: bytes, offset: int, end: int, check_body: bool) -> Optional[Found]:
    head = decode_head(read_at(offset, RECORD_BYTES), mark)
    if head is None or offset + RECORD_BYTES + head.length > end:
        return None
    found = Found(offset, head)
    return found if not check_body or body_of(read_at, found) is not None else None


def _next_record(read_at: ReadAt, mark: bytes, start: int, end: int, check_body: bool) -> int:
    """Offset of the next record, or ``end``."""
    offset = start
    while offset < end:
        block = read_at(offset, min(_SEARCH_BYTES, end - offset))
        if not block:
            return end
        place = block.find(mark)
        while place >= 0:
            if _record_at(read_at, mark, offset + place, end, check_body):
                return offset + place
            place = block.find(mark, place + 1)
        offset += max(1, len(block) - len(mark) + 1)
    return end


class Blocks:
    """Bytes of a file, of which at least ``block_bytes`` are fetched at once and the last block is kept.

    ``block`` is what the file begins with, when that was read before.
    """

    def __init__(self, read_at: ReadAt, block_bytes: int, block: bytes = b"") -> None:
        self._read_at, self._block_bytes = read_at, block_bytes
        self._base, self._block = 0, block

    def read(self, offset: int, size: int) -> bytes:
        """A copy of up to ``size`` bytes at ``offset``."""
        start = self._start(offset, size)
        return self._block[start : start + size]

    def view(self, offset: int, size: int) -> memoryview:
        """The same, not copied: it keeps its whole block in memory."""
        start = self._start(offset, size)
        return memoryview(self._block)[start : start + size]

    def _start(self, offset: int, size: int) -> int:
        if not self._base <= offset <= offset + size <= self._base + len(self._block):
            self._base, self._block = offset, self._read_at(offset, max(size, self._block_bytes))
        return offset - self._base


def buffered(read_at: ReadAt, block_bytes: int, block: bytes = b"") -> ReadAt:
    """Return a ``read_at`` through :class:`Blocks`."""
    return Blocks(read_at, block_bytes, block).read
