"""Accepted records by number, off the disk. Synchronous and safe to use from several threads.

A reader that goes on where it stopped finds its place without a search. For any other number the segment is
walked from head to head once, and its heads are kept. Both memories are bounded and cost only time when lost.
Both go by the segment's mark, which tells a file that was rewritten since.
"""

import threading
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Iterator, List, Optional, Tuple

import structlog

from sophon_report.delivery.journal import catalog, records
from sophon_report.delivery.journal import segment as layout
from sophon_report.delivery.journal.catalog import Gap, Segment
from sophon_report.delivery.journal.files import Files
from sophon_report.delivery.journal.heads import HeadMemory, Heads, walked
from sophon_report.delivery.journal.segment import EVENT_KINDS, HEADER_BYTES, NUMBERED_KINDS, Bytes, Found, ReadAt
from sophon_report.errors import BadMessage
from sophon_report.model import Record

MAX_PLACES = 256
MAX_TOLD_GAPS = 1000

READ_OVER_BYTES = 128 << 10
"""Read beyond what is asked for, so that the last record of a round is whole in the same block."""

_File = Tuple[int, Optional[bytes]]
"""A segment's first number and mark: another mark, and the file is another one."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Sealed:
    """A record off the disk that nobody has looked into yet.

    Opening costs as much as posting half an event: who reads many ahead opens each in its turn.
    """

    seq: int
    open: Callable[[], Optional[Record]]
    """Returns the record checked and decoded; ``None`` for a damaged one, which is told and counted."""


class Reader:
    """Reads what the snapshot of segments shows."""

    def __init__(
        self, files: Files, segments: Callable[[], Tuple[Segment, ...]], heads: Optional[HeadMemory] = None
    ) -> None:
        self.gaps = 0
        """Damaged places met so far, each counted once."""
        self._files, self._segments, self._heads = files, segments, heads or HeadMemory()
        self._lock = threading.Lock()
        self._places: OrderedDict[int, Tuple[_File, int]] = OrderedDict()
        self._told: OrderedDict[Tuple[int, int], None] = OrderedDict()

    def read(self, after_seq: int, limit: int, max_bytes: int) -> List[Record]:
        """Return up to ``limit`` records with numbers above ``after_seq``.

        At least one when there is any, then no more than ``max_bytes`` of bodies. Damage is skipped and told.
        """
        found: List[Record] = []
        used_bytes, last = 0, None
        for segment, item, body in self._events(after_seq, catalog.READ_BLOCK_BYTES):
            last = (item.head.seq, segment, item.end)
            record = self._opened(item, body)
            if record is not None:
                found.append(record)
                used_bytes += item.head.length
            if len(found) >= limit or (found and used_bytes >= max_bytes):
                break
        if last:
            self._remember(*last)
        return found

    def sealed(self, after_seq: int, limit: int, max_bytes: int) -> List[Sealed]:
        """Return what :meth:`read` would, unopened: damaged bodies are among them and count."""
        found: List[Sealed] = []
        used_bytes, last = 0, None
        for segment, item, body in self._events(after_seq, max_bytes + READ_OVER_BYTES):
            last = (item.head.seq, segment, item.end)
            found.append(Sealed(item.head.seq, partial(self._opened, item, body)))
            used_bytes += item.head.length
            if len(found) >= limit or used_bytes >= max_bytes:
                break
        if last:
            self._remember(*last)
        return found

    def get(self, seq: int) -> Optional[Record]:
        """Return the record with this number, ``None`` when it is gone or was never there."""
        for record in self.read(seq - 1, 1, 0):
            return record if record.seq == seq else None
        return None

    def heads(self, segment: Segment) -> Heads:
        """Return the heads of ``segment``, from a walk if need be; ``OSError`` as it comes."""
        with catalog.reading_segment(self._files, segment) as (read_at, there):
            return self._heads_of(read_at, there)

    def _heads_of(self, read_at: ReadAt, segment: Segment) -> Heads:
        heads = self._heads.get(segment)
        if heads is None:
            heads = walked(read_at, segment)
            self._heads.add(segment, heads)
        return heads

    def _events(self, after_seq: int, block_bytes: int) -> Iterator[Tuple[Segment, Found, Bytes]]:
        """Every event record above ``after_seq``, with the bytes of its body as they are."""
        segments = self._segments()
        firsts = [segment.first_seq for segment in segments]
        begin = max(0, bisect_right(firsts, after_seq + 1) - 1)
        last_seq = after_seq
        for index in range(begin, len(segments)):
            segment = segments[index]
            if index > begin and not self._is_oldest(segment):
                self._tell(catalog.lost_between(last_seq, segment))
            try:
                with catalog.reading_segment(self._files, segment) as (read_at, there):
                    blocks = layout.Blocks(read_at, block_bytes)
                    for item in self._from(read_at, blocks.read, there, after_seq, last_seq):
                        last_seq = item.head.seq
                        if item.head.kind in EVENT_KINDS:  # an erased one is passed over
                            yield there, item, blocks.view(item.body_offset, item.head.length)
            except FileNotFoundError:
                continue

    def _is_oldest(self, segment: Segment) -> bool:
        """Whether retention took everything before ``segment``, maybe since the reading began."""
        now = self._segments()
        return not now or segment.first_seq <= now[0].first_seq

    def _from(
        self, read_at: ReadAt, whole: ReadAt, segment: Segment, after_seq: int, last_seq: int
    ) -> Iterator[Found]:
        damaged = False
        for item in catalog.walk(whole, segment, self._place(read_at, segment, after_seq)):
            damaged = damaged or not isinstance(item, Found)
            if not isinstance(item, Found) or item.head.kind not in NUMBERED_KINDS or item.head.seq <= after_seq:
                continue
            if damaged and item.head.seq > last_seq + 1:
                self._tell(Gap(last_seq + 1, item.head.seq - 1, "records damaged"))
            damaged, last_seq = False, item.head.seq
            yield item

    def _opened(self, item: Found, body: Bytes) -> Optional[Record]:
        """``None`` for a damaged one, which is told."""
        if not layout.is_body_of(item.head, body):
            self._tell(Gap(item.head.seq, item.head.seq, "record damaged"))
            return None
        try:
            return Record(item.head.seq, records.decode(item.head.kind, item.head.seq, body))
        except BadMessage as error:
            self._tell(Gap(item.head.seq, item.head.seq, str(error)))
            return None

    # Places

    def _remember(self, seq: int, segment: Segment, offset: int) -> None:
        with self._lock:
            self._places[seq] = (_file(segment), offset)
            _bound(self._places, MAX_PLACES)

    def _place(self, read_at: ReadAt, segment: Segment, after_seq: int) -> int:
        """Offset in ``segment`` from which every record above ``after_seq`` follows."""
        if after_seq < segment.first_seq:
            return HEADER_BYTES
        with self._lock:
            known = self._places.get(after_seq)
        if known and known[0] == _file(segment):
            return known[1]
        return self._heads_of(read_at, segment).offset_of(after_seq)

    def _tell(self, gap: Optional[Gap]) -> None:
        if gap is None:
            return
        with self._lock:
            if (gap.first_seq, gap.last_seq) in self._told:
                return
            self._told[gap.first_seq, gap.last_seq] = None
            _bound(self._told, MAX_TOLD_GAPS)
            self.gaps += 1
        log.error("journal gap", first_seq=gap.first_seq, last_seq=gap.last_seq, reason=gap.reason)


def _file(segment: Segment) -> _File:
    return segment.first_seq, segment.mark


def _bound(memory: "OrderedDict[Any, Any]", size: int) -> None:
    while len(memory) > size:
        memory.popitem(last=False)
