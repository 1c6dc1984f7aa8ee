"""The segments in their order, and what is known of each without the disk.

The thread that owns the segments changes it. Others read :attr:`Shelf.segments`, the ledger and the heads at
any time.
"""

from dataclasses import replace
from typing import Optional, Tuple

import structlog

from sophon_report.delivery.journal import catalog
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.files import Files
from sophon_report.delivery.journal.heads import HeadMemory, Heads, walked
from sophon_report.delivery.journal.ledger import Ledger
from sophon_report.delivery.journal.tally import Tally

log = structlog.get_logger()


class Shelf:
    """The closed segments and the open one."""

    def __init__(self, files: Files) -> None:
        self.segments: Tuple[Segment, ...] = ()
        """All accepted records, oldest first; replaced as a whole, so that another thread may read it any time."""
        self.closed: Tuple[Segment, ...] = ()
        """Those that are not written to any more."""
        self.heads = HeadMemory()
        """Of the open segment and of some others."""
        self.ledger = Ledger(self.heads)
        """How much lies behind any place."""
        self.open: Optional[Segment] = None
        self.open_heads = Heads()
        self._begun_bytes = 0
        self._files = files

    @property
    def holds_records(self) -> bool:
        """Whether the open segment has more than what each begins with."""
        return self.open is not None and self.open.size_bytes > self._begun_bytes

    def publish(self) -> None:
        """Let everybody see what was changed."""
        current = self.open
        self.segments = (*self.closed, current) if current and self.holds_records else self.closed
        self.ledger.follow(self.closed, current, self.open_heads)

    def begin(self, fresh: Segment) -> None:
        """Let ``fresh``, which holds nothing but what each begins with, be the open one."""
        self.open_heads = Heads()
        self.heads.put(fresh, self.open_heads)
        self._begun_bytes = fresh.size_bytes
        self.open = fresh
        if self.closed:
            self.closed = (*self.closed[:-1], replace(self.closed[-1], limit_seq=fresh.first_seq))

    def grow(self, size_bytes: int) -> None:
        """Take note that the open segment has so many bytes more."""
        assert self.open is not None
        self.open = replace(self.open, size_bytes=self.open.size_bytes + size_bytes)

    def end(self) -> Optional[Segment]:
        """Close the open segment; returns it when it holds nothing, and then it is none of them."""
        current, is_kept = self.open, self.holds_records
        self.open = None
        if current is None or not is_kept:
            return current
        self.heads.put(current, self.open_heads)
        self.closed = (*self.closed, replace(current, tally=self.open_heads.after(0)))
        return None

    def swap(self, place: int, fresh: Segment, heads: Heads) -> None:
        """Put a segment that was written anew in its place among the closed ones."""
        old = self.closed[place]
        now = replace(fresh, limit_seq=old.limit_seq)
        if self.heads.get(old):
            self.heads.put(now, heads)
        self.ledger.learn(now, old.mark)
        self.closed = (*self.closed[:place], now, *self.closed[place + 1 :])

    def tally_of(self, segment: Segment) -> Optional[Tally]:
        """What a closed segment holds, ``None`` when it was not counted."""
        return segment.tally or self.ledger.tally(segment)

    def heads_of(self, segment: Segment) -> Heads:
        """The heads of ``segment``, from the disk if need be; none when that cannot be read."""
        try:
            with catalog.reading(self._files, segment.path) as read_at:
                return self.heads.get(segment) or walked(read_at, segment)
        except OSError as error:
            log.warning("journal segment unreadable", segment=segment.path.name, error=error.strerror)
            return Heads()
