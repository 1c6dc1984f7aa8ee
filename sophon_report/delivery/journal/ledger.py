"""How much lies behind any place of the journal, from sums over its segments; never from the disk.

Sums run over the closed segments, so a question costs a binary search and, for the one segment that the place is
in, a look into its remembered heads. Where a tally or the heads are not known yet, the answer is an estimate by
numbers and says so; :meth:`Ledger.uncounted` and :meth:`Ledger.unclear` tell what to walk to make it exact.
"""

import threading
from bisect import bisect_right
from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Sequence, Tuple

from sophon_report.delivery.journal.catalog import NO_LIMIT, Segment
from sophon_report.delivery.journal.heads import HeadMemory, Heads
from sophon_report.delivery.journal.segment import RECORD_BYTES
from sophon_report.delivery.journal.tally import Tally


@dataclass(frozen=True)
class Behind:
    """What is in the journal behind a place."""

    records: int = 0
    """Of any kind that has a number; numbers a crash skipped are none."""
    visits: int = 0
    recognitions: int = 0
    size_bytes: int = 0
    """On the disk."""
    oldest_ms: Optional[int] = None
    """Time of the first visit or recognition, UTC; ``None`` when there is neither."""
    exact: bool = True
    """Whether everything was counted; if not, what is not known of a segment is estimated by its numbers."""


class _Sums(NamedTuple):
    """Over a row of segments."""

    records: int = 0
    visits: int = 0
    recognitions: int = 0
    size_bytes: int = 0
    unknown: int = 0

    def plus(self, tally: Tally, size_bytes: int, unknown: int) -> "_Sums":
        return _Sums(
            self.records + tally.records,
            self.visits + tally.visits,
            self.recognitions + tally.recognitions,
            self.size_bytes + size_bytes,
            self.unknown + unknown,
        )

    def minus(self, other: "_Sums") -> "_Sums":
        return _Sums(*(mine - its for mine, its in zip(self, other)))


class Ledger:
    """Kept by the thread that writes; any thread may ask."""

    def __init__(self, memory: HeadMemory) -> None:
        """Count nothing yet; ``memory`` has the heads of some segments."""
        self._memory = memory
        self._lock = threading.Lock()
        self._segments: List[Segment] = []
        self._firsts: List[int] = []
        self._tallies: List[Tally] = []
        self._sums: List[_Sums] = []
        """Over each segment and all before it, gone ones too."""
        self._gone = _Sums()
        self._open: Optional[Segment] = None
        self._open_heads = Heads()

    def follow(self, closed: Sequence[Segment], open_: Optional[Segment], open_heads: Heads) -> None:
        """Take note of the journal's segments: at the front some went, at the back some came."""
        with self._lock:
            while self._firsts and not (closed and self._firsts[0] == closed[0].first_seq):
                self._pop(0)
            while self._firsts and not (
                len(self._firsts) <= len(closed) and self._firsts[-1] == closed[len(self._firsts) - 1].first_seq
            ):
                self._pop(-1)
            for place in range(len(self._firsts), len(closed)):
                after = closed[place + 1] if place + 1 < len(closed) else None
                self._append(closed[place], after)
            self._open, self._open_heads = open_, open_heads

    def learn(self, segment: Segment, was: Optional[bytes]) -> None:
        """Take note of what ``segment`` holds, if the one that is known under its number has the mark ``was``."""
        with self._lock:
            place = bisect_right(self._firsts, segment.first_seq) - 1
            known = self._segments[place] if place >= 0 else None
            if known is None or (known.first_seq, known.mark) != (segment.first_seq, was):
                return
            self._segments[place] = segment
            self._tallies[place] = segment.tally or _estimate(segment, None)
            sums = self._sums[place - 1] if place else self._gone
            for later in range(place, len(self._firsts)):
                sums = _after(sums, self._segments[later], self._tallies[later])
                self._sums[later] = sums

    def tally(self, segment: Segment) -> Optional[Tally]:
        """Return what a closed segment holds, ``None`` when it is not known."""
        with self._lock:
            place = bisect_right(self._firsts, segment.first_seq) - 1
            is_there = place >= 0 and self._firsts[place] == segment.first_seq
            return self._segments[place].tally if is_there else None

    def uncounted(self) -> List[Segment]:
        """Segments whose tally is not known, newest first."""
        with self._lock:
            return [segment for segment in reversed(self._segments) if segment.tally is None]

    def unclear(self, seq: int) -> Optional[Segment]:
        """Return the segment that ``seq`` is in, when only a walk can tell what follows in it."""
        with self._lock:
            place = bisect_right(self._firsts, seq) - 1
            if place < 0 or self._ends_by(place, seq) or self._memory.get(self._segments[place]):
                return None
            return self._segments[place]

    def behind(self, seq: int) -> Behind:
        """Return what lies above ``seq``."""
        with self._lock:
            place = bisect_right(self._firsts, seq) - 1
            here, here_bytes, exact = self._rest(place, seq)
            newest, newest_bytes = self._rest_of_open(seq)
            whole = (self._sums[-1] if self._sums else self._gone).minus(
                self._sums[place] if place >= 0 else self._gone
            )
            times = [here.first_ms, *self._first_time(place + 1), newest.first_ms]
        return Behind(
            whole.records + here.records + newest.records,
            whole.visits + here.visits + newest.visits,
            whole.recognitions + here.recognitions + newest.recognitions,
            whole.size_bytes + here_bytes + newest_bytes,
            next((time_ms for time_ms in times if time_ms), None),
            exact and not whole.unknown,
        )

    # With the lock held

    def _append(self, segment: Segment, after: Optional[Segment]) -> None:
        tally = segment.tally or _estimate(segment, after)
        self._sums.append(_after(self._sums[-1] if self._sums else self._gone, segment, tally))
        self._segments.append(segment)
        self._firsts.append(segment.first_seq)
        self._tallies.append(tally)

    def _pop(self, place: int) -> None:
        sums = self._sums.pop(place)
        if place == 0:
            self._gone = sums
        for row in (self._segments, self._firsts, self._tallies):
            row.pop(place)

    def _ends_by(self, place: int, seq: int) -> bool:
        return self._segments[place].tally is not None and self._tallies[place].last_seq <= seq

    def _rest(self, place: int, seq: int) -> Tuple[Tally, int, bool]:
        """What a closed segment holds above ``seq``, which is in it, its bytes, and whether that is counted."""
        if place < 0 or self._ends_by(place, seq):
            return Tally(), 0, True
        segment, tally = self._segments[place], self._tallies[place]
        heads = self._memory.get(segment)
        if heads:
            return heads.after(seq), max(0, segment.size_bytes - heads.offset_above(seq)), True
        return (*_share(segment, tally, seq), False)

    def _rest_of_open(self, seq: int) -> Tuple[Tally, int]:
        if self._open is None:
            return Tally(), 0
        rest = self._open_heads.after(seq)
        first_offset = self._open_heads.offset_above(seq)
        return rest, max(0, self._open.size_bytes - first_offset) if rest.records else 0

    def _first_time(self, place: int) -> List[int]:
        """Time of the first event from the segment ``place`` on."""
        return next(([tally.first_ms] for tally in self._tallies[place:] if tally.first_ms), [])


def _after(sums: _Sums, segment: Segment, tally: Tally) -> _Sums:
    return sums.plus(tally, segment.size_bytes, segment.tally is None)


def _estimate(segment: Segment, after: Optional[Segment]) -> Tally:
    """By its numbers: most are visits and their recognitions."""
    told = after.prev_last_seq if after else segment.limit_seq - 1 if segment.limit_seq < NO_LIMIT else 0
    records = max(0, min(told - segment.first_seq + 1, segment.size_bytes // RECORD_BYTES))
    last_seq = segment.first_seq + records - 1
    return Tally(records, records // 2, records // 2, segment.created_ms, segment.created_ms, last_seq)


def _share(segment: Segment, tally: Tally, seq: int) -> Tuple[Tally, int]:
    """The part of a segment above ``seq``, as if its records were all alike."""
    numbers = tally.last_seq - segment.first_seq + 1
    left = max(0, min(numbers, tally.last_seq - seq))
    if not left:
        return Tally(), 0
    part = left / numbers
    first_ms = tally.last_ms - int(part * (tally.last_ms - tally.first_ms))
    records, visits, recognitions = (
        round(count * part) for count in (tally.records, tally.visits, tally.recognitions)
    )
    rest = Tally(records, visits, recognitions, first_ms, tally.last_ms, tally.last_seq)
    return rest, round(segment.size_bytes * part)
