"""What is on the disk, said without the service: ``journal stat`` and ``show``. Nothing is changed.

Next to a running service the last segment may grow meanwhile; what is not synced yet may be counted.
"""

from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Collection, Dict, List, Mapping, Optional, Sequence, Tuple

from sophon_report import config
from sophon_report.delivery.journal import catalog
from sophon_report.delivery.journal.bounds import auto_bytes, limits_of, room_bytes
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.cursors import CURSOR_DIR, read_cursors
from sophon_report.delivery.journal.files import Files, RealFiles
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reach import DAY_MS, bytes_per_day, reach_days
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment import NUMBERED_KINDS, Found, Kind
from sophon_report.errors import JournalError, NotFound
from sophon_report.model import Record


@dataclass(frozen=True)
class DestinationStat:
    """How far a destination is."""

    cursor: int
    backlog: int
    """Events past the cursor of the kind that the destination is told."""


@dataclass(frozen=True)
class JournalStat:
    """The journal in numbers; numbers of records are 0 when there are none."""

    first_seq: int
    last_seq: int
    size_bytes: int
    segments: int
    records: Mapping[str, int]
    """Per kind: ``recognition``, ``progress``, ``visit``, ``erased``."""
    destinations: Mapping[str, DestinationStat]
    max_bytes: Optional[int]
    """``None`` before the first start decided it."""
    oldest_ms: Optional[int]
    """Time of the oldest visit or recognition, UTC; ``None`` when there is none."""
    rate_bytes_per_day: Optional[float]
    """How fast it grew in the last 24 hours, or since it began; ``None`` when that is not known."""
    reach_days: Optional[float]
    """How long an event stays at that rate; ``None`` when that is not known."""


def stat(
    directory: Path,
    files: Optional[Files] = None,
    *,
    realtime: Collection[str] = (),
    settings: Optional[config.Journal] = None,
    now_ms: int = 0,
) -> JournalStat:
    """Return the journal in numbers, from the heads of its records.

    Args:
        directory: of the journal.
        files: file system, the real one by default.
        realtime: names of the destinations that are told recognitions; all others are told visits.
        settings: the bounds, for how far it reaches.
        now_ms: UTC, for how fast it grew.

    Raises:
        JournalError: the folder cannot be read.
    """
    files = files or RealFiles()
    try:
        segments = catalog.list_segments(files, directory)
        found = [each.head for segment in segments for each in _heads(files, segment)]
        heads = [(head.kind, head.seq) for head in found]
        cursors = read_cursors(directory / CURSOR_DIR, files) if CURSOR_DIR in files.list(directory) else {}
        limits = _limits(files, directory, settings) if settings else None
        free_bytes = files.free_bytes(directory)
    except OSError as error:
        raise JournalError(f"journal cannot be read: {error.strerror}") from error
    size_bytes = sum(segment.size_bytes for segment in segments)
    rate = bytes_per_day(segments, now_ms)
    room = room_bytes(limits, size_bytes, free_bytes) if limits else None
    events = (head.time_ms for head in found if head.kind in (Kind.VISIT, Kind.RECOGNITION))
    seqs = {kind: [seq for each, seq in heads if each == kind] for kind in (Kind.VISIT, Kind.RECOGNITION)}
    return JournalStat(
        first_seq=heads[0][1] if heads else 0,
        last_seq=heads[-1][1] if heads else 0,
        size_bytes=size_bytes,
        segments=len(segments),
        records=_count(heads),
        destinations={
            name: _destination(cursor or 0, seqs[Kind.RECOGNITION if name in realtime else Kind.VISIT])
            for name, cursor in cursors.items()
        },
        max_bytes=limits.max_bytes if limits else None,
        oldest_ms=next(events, None),
        rate_bytes_per_day=rate,
        reach_days=reach_days(rate, room, limits.max_age_ms / DAY_MS) if limits and room else None,
    )


def _limits(files: Files, directory: Path, settings: config.Journal) -> Optional[Limits]:
    """``None`` before the first start decided what ``auto`` is."""
    known = settings.max_bytes or auto_bytes(files, directory)
    return limits_of(files, directory, settings, settings.segment_bytes) if known else None


def _destination(cursor: int, seqs: Sequence[int]) -> DestinationStat:
    return DestinationStat(cursor, len(seqs) - bisect_left(seqs, cursor + 1))


def _heads(files: Files, segment: Segment) -> List[Found]:
    with catalog.reading_segment(files, segment) as (read_at, there):
        items = catalog.walk(read_at, there)
        return [item for item in items if isinstance(item, Found) and item.head.kind in NUMBERED_KINDS]


def _count(heads: List[Tuple[int, int]]) -> Dict[str, int]:
    counts = {kind.name.lower(): 0 for kind in sorted(NUMBERED_KINDS)}
    for kind, _ in heads:
        counts[Kind(kind).name.lower()] += 1
    return counts


def show(directory: Path, seq: int, files: Optional[Files] = None) -> Record:
    """Return the record with this number.

    Raises:
        NotFound: it is gone, damaged, or was never there.
        JournalError: the folder cannot be read.
    """
    files = files or RealFiles()
    try:
        segments = catalog.list_segments(files, directory)
        record = Reader(files, lambda: segments).get(seq)
    except OSError as error:
        raise JournalError(f"journal cannot be read: {error.strerror}") from error
    if record is None:
        raise NotFound(f"no record {seq}")
    return record
