"""What a start finds in the journal's folder. Reading only; :mod:`segment_log` acts on it.

Only the end is read whole: the last segment, and those before it while they hold no number. For the open visits
the walk goes back to the newest whole snapshot, in the same segment as a rule. So a start takes as long with a
backlog of a hundred thousand events as with none.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import List, Tuple

from sophon_report.delivery.journal import catalog
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.files import Files
from sophon_report.delivery.journal.heads import Heads
from sophon_report.delivery.journal.open_visits import OpenVisits
from sophon_report.delivery.journal.segment import HEADER_BYTES, NUMBERED_KINDS, Found, Kind

NUMBERS_PER_SEGMENT = 1 << 20
"""Numbers a segment's name promises. At 100 events a second, three hours of a disk that takes nothing."""


@dataclass(frozen=True)
class Recovered:
    """The journal as the last run left it."""

    segments: Tuple[Segment, ...]
    """Oldest first; the size of the last ends at its last whole record."""
    torn_bytes: int
    """What the file of the last segment has beyond that."""
    empty: Tuple[Path, ...]
    """Segments without a record, there only for the numbers they promise."""
    last_seq: int
    """Last accepted number, 0 for none."""
    next_seq: int
    """First number that was certainly never shown."""
    open_visits: OpenVisits


@dataclass(frozen=True)
class _Tail:
    """One of the last segments, read whole."""

    last_seq: int
    end: int
    next_seq: int
    is_empty: bool
    heads: Heads


def recover(files: Files, directory: Path) -> Recovered:
    """Return what is there; ``OSError`` as it comes."""
    earlier = list(catalog.list_segments(files, directory))
    kept: List[Segment] = []
    empty: List[Path] = []
    last_seq, next_seq, torn_bytes = 0, 1, 0
    while earlier and not last_seq:
        segment = earlier.pop()
        tail = _examine(files, segment)
        last_seq, next_seq = tail.last_seq, max(next_seq, tail.next_seq, tail.last_seq + 1)
        if tail.is_empty:
            empty.append(segment.path)
            continue
        if not kept and segment.mark is not None:
            torn_bytes = segment.size_bytes - tail.end
            segment = replace(segment, size_bytes=tail.end)
        kept.insert(0, replace(segment, tally=tail.heads.after(0)))
    segments = (*earlier, *kept)
    return Recovered(segments, torn_bytes, tuple(empty), last_seq, next_seq, _open_visits(files, segments))


def _examine(files: Files, segment: Segment) -> _Tail:
    last_seq, carries, end, clean = 0, False, HEADER_BYTES, 0
    heads = Heads()
    with catalog.reading(files, segment.path) as read_at:
        for item in catalog.walk(read_at, segment, check_bodies=True):
            if isinstance(item, Found):
                end, head = item.end, item.head
                clean = head.seq if head.kind == Kind.CLOSED else 0
                if head.kind in NUMBERED_KINDS:
                    last_seq = head.seq
                    heads.add(head.kind, head.seq, head.time_ms, item.offset)
                carries = carries or head.kind == Kind.CARRIED
    is_empty = not last_seq and not carries and segment.mark is not None
    return _Tail(last_seq, end, clean or segment.first_seq + NUMBERS_PER_SEGMENT, is_empty, heads)


def _open_visits(files: Files, segments: Tuple[Segment, ...]) -> OpenVisits:
    """Go back to the newest segment whose snapshot is whole, and forward again from there."""
    visits, start = OpenVisits(), 0
    for index in range(len(segments) - 1, -1, -1):
        with catalog.reading(files, segments[index].path) as read_at:
            body = catalog.open_visits_record(read_at, segments[index])
        found = OpenVisits.from_snapshot(body) if body is not None else None
        if found is not None:
            visits, start = found, index
            break
    for segment in segments[start:]:
        _tell_all(files, segment, visits)
    visits.keep_only({segment.first_seq for segment in segments})
    return visits


def _tell_all(files: Files, segment: Segment, visits: OpenVisits) -> None:
    with catalog.reading(files, segment.path) as read_at:
        for item in catalog.walk(read_at, segment):
            if isinstance(item, Found):
                head = item.head
                visits.tell(head.kind, head.seq, head.event_key, head.time_ms, segment.first_seq)
