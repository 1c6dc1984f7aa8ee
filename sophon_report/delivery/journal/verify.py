"""``journal verify``: every byte read, and said of each segment and cursor what is good and what is not.

Not damage: numbers that a crash skipped, what retention took, copies of a batch that was written anew in the next
segment. Nothing is changed. Next to a running service the end of the last segment may be half written: what still
grows is not called torn, and a segment that goes or is written anew meanwhile is no damage.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from sophon_report.delivery.journal import catalog
from sophon_report.delivery.journal.catalog import Gap, Segment
from sophon_report.delivery.journal.cursors import CURSOR_DIR, read_cursors
from sophon_report.delivery.journal.files import Files, RealFiles
from sophon_report.delivery.journal.segment import (
    EVENT_KINDS,
    HEADER_BYTES,
    NUMBERED_KINDS,
    Found,
    ReadAt,
    decode_header,
)
from sophon_report.errors import JournalError

_LOOKS = 5
"""So often the end of a segment that grows meanwhile is read again."""


@dataclass(frozen=True)
class DamagedBytes:
    """A stretch of a segment that is no record."""

    offset: int
    end: int
    lost: Optional[Gap]
    """Numbers that may have been in it; ``None`` when all are there, or when nobody knows: at the very end."""
    is_tail: bool
    """At the end of the last segment: torn, it is cut off at the next start."""


@dataclass(frozen=True)
class CheckedSegment:
    """One file."""

    name: str
    size_bytes: int
    first_seq: int
    last_seq: int
    """Last number that was read; 0 for none."""
    good_records: int
    """Whole events; marks of erased ones do not count."""
    header_damaged: bool
    damaged: Tuple[DamagedBytes, ...]
    missing_before: Optional[Gap] = None
    """Numbers of segments that were before it and are gone, not by retention."""
    cut_off: Optional[Gap] = None
    """Numbers that were at its end, as the next segment knows."""

    @property
    def is_whole(self) -> bool:
        return not (self.header_damaged or self.damaged or self.missing_before or self.cut_off)


@dataclass(frozen=True)
class CheckedCursor:
    """How far a destination is, as its file says."""

    name: str
    seq: Optional[int]
    """``None``: damaged, delivery repeats from the oldest event."""
    is_ahead: bool
    """Past the last number of the journal: events were lost behind it. Numbers of new events begin after it."""

    @property
    def is_whole(self) -> bool:
        return self.seq is not None and not self.is_ahead


@dataclass(frozen=True)
class JournalReport:
    """What ``verify`` found."""

    segments: Tuple[CheckedSegment, ...]
    cursors: Tuple[CheckedCursor, ...]

    @property
    def is_whole(self) -> bool:
        whole = [segment.is_whole for segment in self.segments] + [cursor.is_whole for cursor in self.cursors]
        return all(whole)

    @property
    def good_records(self) -> int:
        return sum(segment.good_records for segment in self.segments)

    @property
    def damaged_bytes(self) -> int:
        return sum(piece.end - piece.offset for segment in self.segments for piece in segment.damaged)

    @property
    def damaged_segments(self) -> Tuple[str, ...]:
        """Names of the files in which something is damaged."""
        return tuple(segment.name for segment in self.segments if segment.damaged or segment.header_damaged)

    @property
    def gaps(self) -> Tuple[Gap, ...]:
        """Numbers that may be lost, in order."""
        found: List[Optional[Gap]] = []
        for segment in self.segments:
            found += [segment.missing_before, *(piece.lost for piece in segment.damaged), segment.cut_off]
        return tuple(gap for gap in found if gap)


def verify(directory: Path, files: Optional[Files] = None) -> JournalReport:
    """Read every byte and return what is good and what is not.

    Raises:
        JournalError: the folder cannot be read.
    """
    files = files or RealFiles()
    try:
        there = catalog.list_segments(files, directory)
        looked = [(segment, _checked(files, segment, segment is there[-1])) for segment in there]
        cursors = read_cursors(directory / CURSOR_DIR, files) if CURSOR_DIR in files.list(directory) else {}
    except OSError as error:
        raise JournalError(f"journal cannot be read: {error.strerror}") from error
    segments, checked = [each for each, one in looked if one], [one for _, one in looked if one]
    last_seq = _last_seq(segments, checked)
    return JournalReport(
        _with_gaps(segments, checked),
        tuple(CheckedCursor(name, seq, seq is not None and seq > last_seq) for name, seq in cursors.items()),
    )


def _last_seq(segments: Sequence[Segment], checked: Sequence[CheckedSegment]) -> int:
    """Last number that there is or that a segment knows of."""
    return max((max(one.last_seq, each.prev_last_seq) for one, each in zip(checked, segments)), default=0)


def _with_gaps(segments: Sequence[Segment], checked: Sequence[CheckedSegment]) -> Tuple[CheckedSegment, ...]:
    """What each segment knows of the one before tells what is missing at its end or between the two."""
    told = list(checked)
    last_seq = 0
    for place, segment in enumerate(segments):
        before = told[place - 1] if place else None
        last_seq = max(last_seq, before.last_seq if before else segment.first_seq - 1)
        gap = catalog.lost_between(last_seq, segment)
        if not gap or not before:
            continue
        if segment.prev_first_seq == before.first_seq:
            told[place - 1] = replace(before, cut_off=replace(gap, reason="records cut off or damaged"))
        else:
            told[place] = replace(told[place], missing_before=gap)
    return tuple(told)


def _checked(files: Files, segment: Segment, is_last: bool) -> Optional[CheckedSegment]:
    """``None`` when retention took it meanwhile. One that was written anew meanwhile is read as it is now."""
    try:
        return _looked_through(files, segment, is_last)
    except FileNotFoundError:
        return None


def _looked_through(files: Files, segment: Segment, is_last: bool) -> CheckedSegment:
    check = _Check(segment)
    for _ in range(_LOOKS):
        with catalog.reading_segment(files, segment) as (read_at, there):
            segment = there
            check.walk(read_at, segment)
        size_bytes = files.size(segment.path)
        if not (is_last and check.is_torn and size_bytes > segment.size_bytes):
            return check.result(segment, is_last)
        segment = replace(segment, size_bytes=size_bytes)
    check.forget_tail()
    return check.result(segment, is_last)


class _Check:
    """A walk through one segment, which may be taken up again where it ended."""

    def __init__(self, segment: Segment) -> None:
        self._header_damaged = False
        self._offset = HEADER_BYTES
        self._last_seq = segment.first_seq - 1
        self._good_records = 0
        self._damaged: List[DamagedBytes] = []
        self._untold: List[DamagedBytes] = []
        """Damage behind which no number was read yet."""

    @property
    def is_torn(self) -> bool:
        return bool(self._untold) and self._untold[-1].end == self._offset

    def walk(self, read_at: ReadAt, segment: Segment) -> None:
        """Go on from where the walk before this ended."""
        header = decode_header(read_at(0, HEADER_BYTES))
        self._header_damaged = header is None or header.first_seq != segment.first_seq
        if self.is_torn:
            self._offset = self._untold.pop().offset
        for item in catalog.walk(read_at, segment, self._offset, check_bodies=True):
            if isinstance(item, Found):
                self._good(item)
                self._offset = item.end
            else:
                self._untold.append(DamagedBytes(item.offset, item.end, None, is_tail=False))
                self._offset = item.end

    def _good(self, item: Found) -> None:
        if item.head.kind not in NUMBERED_KINDS:
            return
        self._good_records += item.head.kind in EVENT_KINDS
        if self._untold:
            first, *others = self._untold
            lost = Gap(self._last_seq + 1, item.head.seq - 1, "records damaged")
            self._damaged += [replace(first, lost=lost if lost.first_seq <= lost.last_seq else None), *others]
            self._untold = []
        self._last_seq = item.head.seq

    def forget_tail(self) -> None:
        """It is being written."""
        if self.is_torn:
            self._untold.pop()

    def result(self, segment: Segment, is_last: bool) -> CheckedSegment:
        tail = [replace(piece, is_tail=is_last and piece.end >= segment.size_bytes) for piece in self._untold]
        last_seq = self._last_seq if self._last_seq >= segment.first_seq else 0
        return CheckedSegment(
            segment.path.name,
            segment.size_bytes,
            segment.first_seq,
            last_seq,
            self._good_records,
            header_damaged=self._header_damaged,
            damaged=(*self._damaged, *tail),
        )
