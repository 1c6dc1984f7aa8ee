"""What is in the journal's folder: its segments in order, and a walk through the records of one.

Reading only: the running service, its start and ``journal stat`` on a stopped box look through the same eyes.
"""

import errno
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import AbstractSet, Iterator, Optional, Tuple, Union

from sophon_report.delivery.journal import segment as layout
from sophon_report.delivery.journal.files import Files, ReadFile
from sophon_report.delivery.journal.segment import HEADER_BYTES, NUMBERED_KINDS, Damage, Found, Kind, ReadAt
from sophon_report.delivery.journal.tally import Before, Tally, before_of

SUFFIX = ".journal"
NO_LIMIT = 1 << 63
_PAGE_BYTES = 4096
WALK_BLOCK_BYTES = 4096
"""From head to head: a page, since most heads lie 76 KB apart."""
READ_BLOCK_BYTES = 256 << 10
"""With bodies: a few events at once."""


@dataclass(frozen=True)
class Segment:
    """One file, as far as its records count."""

    path: Path
    first_seq: int
    size_bytes: int
    mark: Optional[bytes]
    """``None`` when neither the header nor the first record could be read."""
    created_ms: int
    prev_first_seq: int = 0
    prev_last_seq: int = 0
    limit_seq: int = NO_LIMIT
    """First number of the next segment: a record with this number or a higher one is a discarded attempt."""
    without_pictures: bool = False
    """Its records were rewritten without their pictures."""
    counted_bytes: int = 0
    """As :attr:`sophon_report.delivery.journal.segment.SegmentHeader.counted_bytes`."""
    tally: Optional[Tally] = None
    """``None`` when it was not counted yet."""


@dataclass(frozen=True)
class Gap:
    """Numbers of which some were records once (or may have been) and cannot be read."""

    first_seq: int
    last_seq: int
    reason: str


def segment_name(first_seq: int) -> str:
    """Return the file name of the segment that begins with ``first_seq``."""
    return f"{first_seq:020d}{SUFFIX}"


def list_segments(files: Files, directory: Path) -> Tuple[Segment, ...]:
    """Return the segments on the disk in order, each with its size as the file has it.

    One page of each is read. The tally of each comes from the one after it; the last has none.
    """
    names = sorted(name for name in files.list(directory) if _first_seq(name) is not None)
    looks = [_look(files, directory / name) for name in names]
    segments = [segment for segment, _ in looks]
    limits = [segment.first_seq for segment in segments[1:]] + [NO_LIMIT]
    tallies = [_tally(segment, before) for segment, (_, before) in zip(segments, looks[1:])] + [None]
    return tuple(
        replace(segment, limit_seq=limit, tally=tally) for segment, limit, tally in zip(segments, limits, tallies)
    )


def _first_seq(name: str) -> Optional[int]:
    stem = name[: -len(SUFFIX)]
    return int(stem) if name.endswith(SUFFIX) and len(stem) == 20 and stem.isascii() and stem.isdigit() else None


def _look(files: Files, path: Path) -> Tuple[Segment, Optional[Before]]:
    size_bytes = files.size(path)
    first_seq = _first_seq(path.name) or 0
    with reading(files, path) as read_at:
        data = read_at(0, WALK_BLOCK_BYTES)
        header = layout.decode_header(data)
        if header is None or header.first_seq != first_seq:
            return Segment(path, first_seq, size_bytes, layout.salvage_mark(data), 0), None
        prev = (header.prev_first_seq, header.prev_last_seq)
        bare, counted = header.without_pictures, header.counted_bytes
        segment = Segment(
            path, first_seq, size_bytes, header.mark, header.created_ms, *prev, NO_LIMIT, bare, counted
        )
        return segment, _before(layout.buffered(read_at, WALK_BLOCK_BYTES, data), header.mark)


def _before(read_at: ReadAt, mark: bytes) -> Optional[Before]:
    """What the snapshot at the start of a segment says of the one before."""
    head = layout.decode_head(read_at(HEADER_BYTES, layout.RECORD_BYTES), mark)
    if head is None or head.kind != Kind.OPEN_VISITS:
        return None
    body = layout.body_of(read_at, Found(HEADER_BYTES, head))
    return before_of(body) if body is not None else None


def _tally(segment: Segment, before: Optional[Before]) -> Optional[Tally]:
    if before is None or before.first_seq != segment.first_seq:
        return None
    return before.tally if before.size_bytes == (segment.counted_bytes or segment.size_bytes) else None


@contextmanager
def reading(files: Files, path: Path) -> Iterator[ReadAt]:
    """Open ``path``; a page that the disk cannot read comes as zeros, which no checksum takes for a record."""
    file = files.open_read(path)
    try:
        yield lambda offset, size: _read_patiently(file, offset, size)
    finally:
        file.close()


@contextmanager
def reading_segment(files: Files, segment: Segment) -> Iterator[Tuple[ReadAt, Segment]]:
    """Open ``segment`` as :func:`reading`; with it the segment as the file has it.

    A file that was rewritten since the segment was listed is told by its mark, which every rewriting changes.
    """
    with reading(files, segment.path) as read_at:
        data = read_at(0, HEADER_BYTES + layout.RECORD_BYTES)
        header = layout.decode_header(data)
        mark = header.mark if header else layout.salvage_mark(data)
        if mark is not None and segment.mark is not None and mark != segment.mark:
            segment = replace(segment, mark=mark, size_bytes=files.size(segment.path))
        yield read_at, segment


def _read_patiently(file: ReadFile, offset: int, size: int) -> bytes:
    try:
        return file.read_at(offset, size)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
    pages = []
    while size > 0:
        step = min(size, _PAGE_BYTES - offset % _PAGE_BYTES)
        pages.append(_read_page(file, offset, step))
        offset, size = offset + step, size - step
    return b"".join(pages)


def _read_page(file: ReadFile, offset: int, size: int) -> bytes:
    try:
        return file.read_at(offset, size)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return bytes(size)


def walk(
    read_at: ReadAt, segment: Segment, start: int = HEADER_BYTES, *, check_bodies: bool = False
) -> Iterator[Union[Found, Damage]]:
    """Yield the segment's records from ``start`` on, and the damage between them.

    Numbers rise from record to record; one that does not, or that belongs to the next segment, is left out.
    """
    if segment.mark is None:
        if start < segment.size_bytes:
            yield Damage(start, segment.size_bytes)
        return
    last_seq = segment.first_seq - 1
    block_bytes = READ_BLOCK_BYTES if check_bodies else WALK_BLOCK_BYTES
    through = layout.buffered(read_at, block_bytes)
    for item in layout.scan(through, segment.mark, start, segment.size_bytes, check_bodies=check_bodies):
        if isinstance(item, Found) and item.head.kind in NUMBERED_KINDS:
            if not last_seq < item.head.seq < segment.limit_seq:
                continue
            last_seq = item.head.seq
        yield item


def lost_between(last_seq: int, after: Segment) -> Optional[Gap]:
    """Return the numbers that the segment ``after`` says were before it and that ``last_seq`` does not reach."""
    return (
        Gap(last_seq + 1, after.prev_last_seq, "segment missing or cut")
        if after.prev_last_seq > last_seq
        else None
    )


def open_visits_record(read_at: ReadAt, segment: Segment) -> Optional[bytes]:
    """Return the body of the snapshot a segment begins with, ``None`` when it is damaged."""
    for item in walk(read_at, segment):
        if isinstance(item, Found) and item.head.kind == Kind.OPEN_VISITS:
            return layout.body_of(read_at, item)
        return None
    return None


def recognitions(files: Files, segment: Segment, seqs: AbstractSet[int]) -> Iterator[Tuple[int, bytes]]:
    """Yield number and body of each recognition of ``seqs`` that the segment holds, carried ones too."""
    with reading_segment(files, segment) as (read_at, there):
        for item in walk(read_at, there):
            if (
                isinstance(item, Found)
                and item.head.kind in (Kind.RECOGNITION, Kind.CARRIED)
                and item.head.seq in seqs
            ):
                body = layout.body_of(read_at, item)
                if body is not None:
                    yield item.head.seq, body
