"""When what came of events for one destination, in notes that cost no write an event. Pure.

::

    diary/<destination>.notes    32 bytes an entry, appended, little endian

     0  8  first record   │ what the destination is told of these records, none of which was skipped,
     8  4  how many more  │ came to this end ...
    12  8  from, ms       │ ... in this time, at most WINDOW_MS long; one event alone: exactly then
    20  4  how much longer│
    24  1  what came of them, 3 bytes zero
    28  4  CRC-32 of the first 28

Promise: what is told of an event is true, and only as exact as the entry it is in. So an entry has no hole: a
record that the destination was never brought, because it was damaged or gone, is in none. Entries are written at
most once in :data:`WINDOW_MS` a destination, without a sync: a pulled plug may take the last half minute of them,
and then nothing is known of those events but that the destination's place is behind them. Over :data:`MAX_ENTRIES`
the older half is put together in pairs, so what is long past is told in longer spans; two ends that differ, and
two entries with a hole between them, become ``MIXED``. A damaged entry is passed over.
"""

import enum
import struct
import zlib
from dataclasses import dataclass, replace
from typing import Iterable, List, Optional, Sequence

WINDOW_MS = 10_000
MAX_ENTRIES = 4096
"""128 KiB a destination."""

_ENTRY = struct.Struct("<QIQIB3x")
_CRC = struct.Struct("<I")
ENTRY_BYTES = _ENTRY.size + _CRC.size
_MOST = (1 << 32) - 1


class End(enum.IntEnum):
    """What came of an event."""

    DELIVERED = 1
    LOST = 2
    """Realtime without retry: it was not taken, or was too late."""
    REFUSED = 3
    """Set aside as a dead letter."""
    RESENT = 4
    """Taken when the dead letter was sent again."""
    PASSED_OVER = 5
    """The filter or the layout kept it from the destination."""
    MIXED = 6
    """One of these, or none of them; which is not kept any more."""


@dataclass(frozen=True)
class Entry:
    """Neighbours that came to one end."""

    first_seq: int
    last_seq: int
    first_ms: int
    last_ms: int
    end: End

    def covers(self, seq: int) -> bool:
        """Whether it tells of this record."""
        return self.first_seq <= seq <= self.last_seq

    def with_next(self, following: "Entry") -> Optional["Entry"]:
        """This one and what came next; ``None``: that stays an entry of its own."""
        soon = 0 <= following.last_ms - self.first_ms <= WINDOW_MS
        if following.end is not self.end or not soon or not self.is_followed_by(following):
            return None
        return replace(self, last_seq=following.last_seq, last_ms=max(self.last_ms, following.last_ms))

    def is_followed_by(self, following: "Entry") -> bool:
        """Whether no record lies between them. What was sent again comes in no order and has no neighbours."""
        return following.first_seq == self.last_seq + 1 and End.RESENT not in (self.end, following.end)


def encode(entries: Iterable[Entry]) -> bytes:
    """Their bytes; spans that the form has no room for are cut at its greatest."""
    pieces = []
    for entry in entries:
        more, longer_ms = entry.last_seq - entry.first_seq, entry.last_ms - entry.first_ms
        body = _ENTRY.pack(entry.first_seq, min(more, _MOST), entry.first_ms, min(longer_ms, _MOST), entry.end)
        pieces.append(body + _CRC.pack(zlib.crc32(body)))
    return b"".join(pieces)


def decode(data: bytes) -> List[Entry]:
    """The whole entries of a file, in the order of their writing."""
    found = []
    for at in range(0, len(data) - ENTRY_BYTES + 1, ENTRY_BYTES):
        body = data[at : at + _ENTRY.size]
        if _CRC.unpack_from(data, at + _ENTRY.size)[0] == zlib.crc32(body):
            first_seq, more, first_ms, longer_ms, end = _ENTRY.unpack(body)
            if end in _ENDS:
                found.append(Entry(first_seq, first_seq + more, first_ms, first_ms + longer_ms, End(end)))
    return found


_ENDS = frozenset(int(end) for end in End)


def thinned(entries: Sequence[Entry], most: int = MAX_ENTRIES) -> List[Entry]:
    """At most ``most`` of them: the older half in pairs, as often as it takes.

    What was sent again has no neighbours to be told with: it goes.
    """
    kept = list(entries)
    while len(kept) > most:
        half = len(kept) // 2
        older = [entry for entry in kept[:half] if entry.end is not End.RESENT]
        pairs = [_together(older[at : at + 2]) for at in range(0, len(older), 2)]
        kept = pairs + kept[half:]
    return kept


def _together(some: Sequence[Entry]) -> Entry:
    whole = all(one.end is other.end and one.is_followed_by(other) for one, other in zip(some, some[1:]))
    end = some[0].end if whole else End.MIXED
    return Entry(
        min(entry.first_seq for entry in some),
        max(entry.last_seq for entry in some),
        min(entry.first_ms for entry in some),
        max(entry.last_ms for entry in some),
        end,
    )


def told_of(entries: Sequence[Entry], seq: int) -> Optional[Entry]:
    """What is noted last of this record; ``None``: nothing."""
    return next((entry for entry in reversed(entries) if entry.covers(seq)), None)
