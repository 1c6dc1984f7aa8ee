"""When what came of events for one destination, in notes that cost no write an event. Pure.

::

    diary/<destination>.notes    32 bytes an entry, appended, little endian

     0  8  first record   │ these records, and no other that the destination was brought in between,
     8  4  how many more  │ came to this end ...
    12  8  from, ms       │ ... in this time, at most WINDOW_MS long; one event alone: exactly then
    20  4  how much longer│
    24  1  what came of them, 3 bytes zero
    28  4  CRC-32 of the first 28

Promise: what is told of an event is true, and only as exact as the entry it is in. Entries are written at most
once in :data:`WINDOW_MS` a destination, without a sync: a pulled plug may take the last half minute of them, and
then nothing is known of those events but that the destination's place is behind them. Over :data:`MAX_ENTRIES` the
older half is put together in pairs, so what is long past is told in longer spans; two ends that differ become
``MIXED``. A damaged entry is passed over.
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
    """One of these; which one is not kept any more."""


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

    def with_one_more(self, seq: int, end: End, now_ms: int) -> Optional["Entry"]:
        """This one and another event; ``None``: that is for an entry of its own.

        What was sent again comes in no order and has no neighbours.
        """
        if end is not self.end or end is End.RESENT or not 0 <= now_ms - self.first_ms <= WINDOW_MS:
            return None
        return replace(
            self,
            first_seq=min(self.first_seq, seq),
            last_seq=max(self.last_seq, seq),
            last_ms=max(self.last_ms, now_ms),
        )


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
    end = some[0].end if len({entry.end for entry in some}) == 1 else End.MIXED
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
