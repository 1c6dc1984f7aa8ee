"""Where each number of a segment lies, and what the numbers behind a place come to, without the disk.

25 bytes a record in flat arrays: 11 KB for a segment of 32 MiB with pictures. Those of the open segment grow with
it; of the others the most recently asked :data:`MAX_SEGMENTS` are kept. What is forgotten costs a walk through
that segment's heads, nothing else.
"""

import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from typing import Optional, Tuple

from sophon_report.delivery.journal import catalog
from sophon_report.delivery.journal.catalog import NO_LIMIT, Segment
from sophon_report.delivery.journal.segment import HEADER_BYTES, NUMBERED_KINDS, Found, Kind, ReadAt
from sophon_report.delivery.journal.tally import Tally

MAX_SEGMENTS = 32


class Heads:
    """Numbered records of one segment, rising. One thread adds; any may ask meanwhile and sees whole records."""

    def __init__(self) -> None:
        self._seqs, self._offsets, self._times = array("Q"), array("Q"), array("q")
        self._kinds = bytearray()

    def add(self, kind: int, seq: int, time_ms: int, offset: int) -> None:
        """Take note of a record on the disk; its number comes last, which is what others look for."""
        self._kinds.append(kind)
        self._times.append(time_ms)
        self._offsets.append(offset)
        self._seqs.append(seq)

    def after(self, seq: int) -> Tally:
        """Return what the records above ``seq`` come to; all of them for 0."""
        end = len(self._seqs)
        start = bisect_right(self._seqs, seq, 0, end)
        if start == end:
            return Tally()
        visits, recognitions = (self._kinds.count(kind, start, end) for kind in (Kind.VISIT, Kind.RECOGNITION))
        return Tally(
            end - start,
            visits,
            recognitions,
            self._first_ms(start, end),
            self._last_ms(start, end),
            self._seqs[end - 1],
        )

    def _first_ms(self, start: int, end: int) -> int:
        places = [self._kinds.find(kind, start, end) for kind in (Kind.VISIT, Kind.RECOGNITION)]
        return min(((place, self._times[place]) for place in places if place >= 0), default=(0, 0))[1]

    def _last_ms(self, start: int, end: int) -> int:
        place = max(self._kinds.rfind(kind, start, end) for kind in (Kind.VISIT, Kind.RECOGNITION))
        return self._times[place] if place >= 0 else 0

    def offset_above(self, seq: int) -> int:
        """Return the offset of the first record above ``seq``; far behind all of them when there is none."""
        index = bisect_right(self._seqs, seq)
        return self._offsets[index] if index < len(self._seqs) else NO_LIMIT

    def offset_of(self, seq: int) -> int:
        """Return the offset of the last record up to ``seq``, where a search for what follows may begin."""
        index = bisect_right(self._seqs, seq) - 1
        return self._offsets[index] if index >= 0 else HEADER_BYTES


def walked(read_at: ReadAt, segment: Segment) -> Heads:
    """Return the heads as they are on the disk; ``OSError`` as it comes."""
    heads = Heads()
    for item in catalog.walk(read_at, segment):
        if isinstance(item, Found) and item.head.kind in NUMBERED_KINDS:
            heads.add(item.head.kind, item.head.seq, item.head.time_ms, item.offset)
    return heads


class HeadMemory:
    """The heads of some segments; safe to use from several threads.

    A segment is known by its mark too: one that was written anew under its old name is another one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heads: OrderedDict[Tuple[int, Optional[bytes]], Heads] = OrderedDict()

    def put(self, segment: Segment, heads: Heads) -> None:
        """Remember the heads of ``segment``, from the thread that writes it."""
        with self._lock:
            self._heads.pop((segment.first_seq, segment.mark), None)
        self.add(segment, heads)

    def add(self, segment: Segment, heads: Heads) -> None:
        """Remember what a walk found, unless there is better: the segment may have grown since."""
        with self._lock:
            self._heads.setdefault((segment.first_seq, segment.mark), heads)
            while len(self._heads) > MAX_SEGMENTS:
                self._heads.popitem(last=False)

    def get(self, segment: Segment) -> Optional[Heads]:
        """Return the heads of ``segment``, ``None`` when they are not remembered."""
        key = (segment.first_seq, segment.mark)
        with self._lock:
            if key in self._heads:
                self._heads.move_to_end(key)
            return self._heads.get(key)
