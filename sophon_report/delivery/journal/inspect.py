"""What is on the disk, said without the service: ``journal stat``, ``verify`` and ``show``. Nothing is changed.

Next to a running service the last segment may grow meanwhile; what is not synced yet may be counted.
"""

from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Collection, Dict, List, Mapping, Optional, Sequence, Tuple

from sophon_report.delivery.journal import catalog
from sophon_report.delivery.journal.catalog import Gap, Segment
from sophon_report.delivery.journal.cursors import CURSOR_DIR, read_cursors
from sophon_report.delivery.journal.files import Files, RealFiles
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment import EVENT_KINDS, NUMBERED_KINDS, Found, Kind
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


@dataclass(frozen=True)
class JournalReport:
    """What ``verify`` found."""

    segments: int
    good_records: int
    damaged_bytes: int
    damaged_segments: Tuple[str, ...]
    """File names."""
    gaps: Tuple[Gap, ...]
    """Numbers that damage may have cost; the last one's tail is cut at the next start."""

    @property
    def is_whole(self) -> bool:
        return not self.damaged_bytes and not self.gaps


def stat(directory: Path, files: Optional[Files] = None, *, realtime: Collection[str] = ()) -> JournalStat:
    """Return the journal in numbers, from the heads of its records.

    Args:
        directory: of the journal.
        files: file system, the real one by default.
        realtime: names of the destinations that are told recognitions; all others are told visits.

    Raises:
        JournalError: the folder cannot be read.
    """
    files = files or RealFiles()
    try:
        segments = catalog.list_segments(files, directory)
        heads = [(found.head.kind, found.head.seq) for segment in segments for found in _heads(files, segment)]
        cursors = read_cursors(directory / CURSOR_DIR, files) if CURSOR_DIR in files.list(directory) else {}
    except OSError as error:
        raise JournalError(f"journal cannot be read: {error.strerror}") from error
    seqs = {kind: [seq for each, seq in heads if each == kind] for kind in (Kind.VISIT, Kind.RECOGNITION)}
    return JournalStat(
        first_seq=heads[0][1] if heads else 0,
        last_seq=heads[-1][1] if heads else 0,
        size_bytes=sum(segment.size_bytes for segment in segments),
        segments=len(segments),
        records=_count(heads),
        destinations={
            name: _destination(cursor or 0, seqs[Kind.RECOGNITION if name in realtime else Kind.VISIT])
            for name, cursor in cursors.items()
        },
    )


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


def verify(directory: Path, files: Optional[Files] = None) -> JournalReport:
    """Read every byte and return what is good and what is not.

    Raises:
        JournalError: the folder cannot be read.
    """
    files = files or RealFiles()
    check = _Check()
    try:
        segments = catalog.list_segments(files, directory)
        for index, segment in enumerate(segments):
            check.look(files, segment, is_oldest=index == 0)
    except OSError as error:
        raise JournalError(f"journal cannot be read: {error.strerror}") from error
    return JournalReport(
        segments=len(segments),
        good_records=check.good_records,
        damaged_bytes=check.damaged_bytes,
        damaged_segments=tuple(check.damaged_segments),
        gaps=tuple(check.gaps),
    )


class _Check:
    def __init__(self) -> None:
        self.good_records = 0
        self.damaged_bytes = 0
        self.damaged_segments: List[str] = []
        self.gaps: List[Gap] = []
        self._last_seq = 0

    def look(self, files: Files, segment: Segment, *, is_oldest: bool) -> None:
        if is_oldest:
            self._last_seq = segment.first_seq - 1
        else:
            gap = catalog.lost_between(self._last_seq, segment)
            self.gaps += [gap] if gap else []
        damaged_bytes = self._walk(files, segment)
        if damaged_bytes or not segment.created_ms:
            self.damaged_segments.append(segment.path.name)
        self.damaged_bytes += damaged_bytes

    def _walk(self, files: Files, segment: Segment) -> int:
        damaged_bytes = 0
        told = True
        with catalog.reading_segment(files, segment) as (read_at, there):
            for item in catalog.walk(read_at, there, check_bodies=True):
                if not isinstance(item, Found):
                    damaged_bytes += item.end - item.offset
                    told = False
                elif item.head.kind in NUMBERED_KINDS:
                    if not told and item.head.seq > self._last_seq + 1:
                        self.gaps.append(Gap(self._last_seq + 1, item.head.seq - 1, "records damaged"))
                    self._last_seq, told = item.head.seq, True
                    self.good_records += item.head.kind in EVENT_KINDS
        return damaged_bytes


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
