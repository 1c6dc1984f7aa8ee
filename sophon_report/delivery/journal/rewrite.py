"""A closed segment written anew: the records of one person erased, or the pictures taken out of all of them.

::

    NAME.journal ──walk──► change ──► NAME.journal.tmp ──fdatasync──► SegmentLog.swap: rename, fsync of the folder

The promise
    * Closed segments never change, so this runs beside the appending, on any thread. Only the swap belongs to the
      thread that owns the segments.
    * Numbers, their order, the segment's name and what its header says stay. The mark is a new one: who listed the
      old file notices (``catalog.reading_segment``), and no remembered offset is used on the new one.
    * When the power goes the old file or the new one is there, whole; a ``.tmp`` goes at the next start.
    * What cannot be read is not copied, since nobody can say whose it is; zeros in its place keep the gap told.
      Copies of a batch that was tried again elsewhere are left out.
    * The new file is never larger than the old one by more than a header. Without room for it and
      :data:`SPARE_BYTES` nothing is begun: a copy must not cost the events that come meanwhile their place. It may
      take of the journal's reserve for so long: else nobody could be erased on a full disk.
"""

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import AbstractSet, Callable, FrozenSet, Iterator, List, Optional, Sequence, Tuple, Union

from sophon_report.delivery.journal import catalog, records
from sophon_report.delivery.journal import segment as layout
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.files import AppendFile, Files
from sophon_report.delivery.journal.heads import Heads
from sophon_report.delivery.journal.open_visits import without_visits
from sophon_report.delivery.journal.segment import (
    EVENT_KINDS,
    HEADER_BYTES,
    NUMBERED_KINDS,
    RECORD_BYTES,
    Entry,
    Found,
    Head,
    Kind,
    ReadAt,
    SegmentHeader,
    event_key,
    is_numeric,
)
from sophon_report.errors import BadMessage, JournalError
from sophon_report.model import Progress

SUFFIX = ".tmp"
SPARE_BYTES = 16 << 20
"""What must stay free for others while a copy is there."""
_WRITE_BYTES = 1 << 20
_OWN_KINDS = frozenset((Kind.OPEN_VISITS, Kind.CLOSED))
_WITH_EVENT = EVENT_KINDS | {Kind.CARRIED}

Change = Callable[[Head, bytes], Optional[Tuple[Entry, ...]]]
"""``change(head, body)`` gives what takes a record's place: ``None`` for the record itself, ``()`` for nothing."""
Halted = Callable[[], bool]
"""Whether to leave off; asked at every record."""


@dataclass(frozen=True)
class Rewritten:
    """The new file of a segment, durable, beside the old one."""

    path: Path
    segment: Segment
    """As it is once it has taken the old one's place."""
    heads: Heads
    records: int
    """Numbered records that were changed."""
    freed_bytes: int


@dataclass(frozen=True)
class Traces:
    """What a segment holds of a person."""

    event_ids: FrozenSet[str]
    """Events whose record names the person."""
    loose: bool
    """The id lies in bytes that no reader can tell."""


class Erasing:
    """A :data:`Change`: each record of the given people or events becomes a mark with its number and nothing else.

    The visits of these events leave the snapshot of open visits, carried recognitions go without a mark. A record
    that holds an id and cannot be read goes too: nobody could ever tell it.

    Args:
        identity_ids: of the people.
        event_ids: of further events, whoever was recognised in them.
    """

    def __init__(self, identity_ids: AbstractSet[str], event_ids: AbstractSet[str] = frozenset()) -> None:
        self._identity_ids, self._event_ids = identity_ids, event_ids
        self._needles = needles(identity_ids)
        self.keys = frozenset(event_key(event_id) for event_id in event_ids)

    def __call__(self, head: Head, body: bytes) -> Optional[Tuple[Entry, ...]]:
        if head.kind == Kind.OPEN_VISITS:
            return self._snapshot(head, body)
        if not self._is_meant(head, body):
            return None
        return (Entry(Kind.ERASED, head.seq, 0, 0, ()),) if head.kind in NUMBERED_KINDS else ()

    def _is_meant(self, head: Head, body: bytes) -> bool:
        if head.kind in _OWN_KINDS or head.kind == Kind.ERASED:
            return False
        if head.event_key in self.keys and is_numeric(head.event_key):
            return True
        if head.event_key not in self.keys and not _holds(body, self._needles):
            return False
        known = _who_and_what(head, body)
        return known is None or known[0] in self._identity_ids or known[1] in self._event_ids

    def _snapshot(self, head: Head, body: bytes) -> Optional[Tuple[Entry, ...]]:
        left = without_visits(body, self.keys)
        return None if left is None else (Entry(head.kind, head.seq, head.event_key, head.time_ms, (left,)),)


def strip(head: Head, body: bytes) -> Optional[Tuple[Entry, ...]]:
    """A :data:`Change`: the record without its pictures."""
    if head.kind not in _WITH_EVENT or head.kind == Kind.PROGRESS:
        return None
    bare = records.without_pictures(body)
    return None if bare is None else (Entry(head.kind, head.seq, head.event_key, head.time_ms, (bare,)),)


def traces_in(files: Files, segment: Segment, identity_ids: AbstractSet[str], halted: Halted) -> Traces:
    """Read every byte of ``segment`` and return what is there of the people with these ids.

    Raises:
        JournalError: ``halted``.
        OSError: as it comes.
    """
    wanted, found, loose = needles(identity_ids), set(), False
    with catalog.reading(files, segment.path) as raw:
        read_at = layout.buffered(raw, catalog.READ_BLOCK_BYTES)
        end = 0 if segment.mark is None else HEADER_BYTES
        for item in _records(read_at, segment, halted):
            loose = loose or _lies_between(read_at, end, item.offset, wanted)
            end = item.end
            body = read_at(item.body_offset, item.head.length)
            if item.head.kind in _OWN_KINDS or not _holds(body, wanted):
                continue
            known = _who_and_what(item.head, body)
            if known is None:
                loose = True
            elif known[0] in identity_ids:
                found.add(known[1])
        loose = loose or _lies_between(read_at, end, files.size(segment.path), wanted)
    return Traces(frozenset(found), loose)


def records_of(files: Files, segment: Segment, keys: AbstractSet[int]) -> Optional[int]:
    """How many numbered records in ``segment`` are of the events with these keys, by their heads.

    ``None`` when nothing there is of them; 0 when only a carried recognition or a snapshot is.
    """
    count, concerned = 0, False
    with catalog.reading(files, segment.path) as read_at:
        for item in catalog.walk(read_at, segment):
            if not isinstance(item, Found):
                continue
            if item.head.event_key in keys and item.head.kind in _WITH_EVENT:
                concerned = True
                count += item.head.kind in NUMBERED_KINDS
            elif item.head.kind == Kind.OPEN_VISITS:
                concerned = concerned or _opened(layout.body_of(read_at, item), keys)
    return count if concerned else None


def rewrite(
    files: Files, segment: Segment, change: Change, halted: Halted, *, without_pictures: bool = False
) -> Rewritten:
    """Write ``segment`` anew beside its file; ``OSError`` as it comes, and then nothing is left beside.

    Args:
        files: file system.
        segment: a closed one.
        change: what becomes of each record.
        halted: whether to leave off.
        without_pictures: what the header is to say from now on.

    Raises:
        JournalError: there is no room for a copy, or ``halted``.
    """
    path = segment.path.with_name(segment.path.name + SUFFIX)
    _check_room(files, segment)
    bare = segment.without_pictures or without_pictures
    # Without its pictures a segment counts as before; with records erased it is counted anew.
    counted_bytes = (segment.counted_bytes or segment.size_bytes) if without_pictures else 0
    mark = None if segment.mark is None else os.urandom(4)
    fresh = replace(segment, mark=mark, without_pictures=bare, counted_bytes=counted_bytes)
    with _discarded_on_error(files, path):
        out = _Out(files.create(path))
        try:
            changed = _copy(files, segment, fresh, change, halted, out)
            out.finish()
        finally:
            out.close()
    fresh = replace(fresh, size_bytes=out.size_bytes, tally=out.heads.after(0))
    return Rewritten(path, fresh, out.heads, changed, segment.size_bytes - fresh.size_bytes)


def needles(identity_ids: AbstractSet[str]) -> Tuple[bytes, ...]:
    """Return the ids as they lie in a body."""
    return tuple(identity_id.encode("utf-8", "surrogatepass") for identity_id in sorted(identity_ids))


def _check_room(files: Files, segment: Segment) -> None:
    wanted, free = segment.size_bytes + SPARE_BYTES, files.free_bytes(segment.path.parent)
    if free < wanted:
        raise JournalError(f"a copy of a journal segment needs {wanted:,} bytes of disk, {free:,} are free")


def _copy(files: Files, old: Segment, fresh: Segment, change: Change, halted: Halted, out: "_Out") -> int:
    """Write the whole new file; returns how many numbered records were changed."""
    out.put(_header(fresh))
    if fresh.mark is None:
        return 0
    changed, end = 0, HEADER_BYTES
    with catalog.reading(files, old.path) as raw:
        read_at = layout.buffered(raw, catalog.READ_BLOCK_BYTES)
        for item in _records(read_at, old, halted):
            out.zeros(item.offset - end)
            end = item.end
            record = read_at(item.offset, RECORD_BYTES + item.head.length)
            instead = change(item.head, record[RECORD_BYTES:])
            if instead is None:
                out.note(item.head)
                out.put([fresh.mark, record[4:]])
                continue
            changed += item.head.kind in NUMBERED_KINDS
            for entry in instead:
                out.note(entry)
                out.put(layout.encode_record(fresh.mark, entry))
    out.zeros(old.size_bytes - end)
    return changed


def _header(fresh: Segment) -> List[bytes]:
    if fresh.mark is None:
        return [bytes(HEADER_BYTES)]  # nothing of the old file could be read, and nothing of this one can be
    before = (fresh.prev_first_seq, fresh.prev_last_seq)
    rewritten = (fresh.without_pictures, fresh.counted_bytes)
    return [
        layout.encode_header(SegmentHeader(fresh.mark, fresh.first_seq, fresh.created_ms, *before, *rewritten))
    ]


def _records(read_at: ReadAt, segment: Segment, halted: Halted) -> Iterator[Found]:
    """The whole records of ``segment``, their bodies checked."""
    for item in catalog.walk(read_at, segment, check_bodies=True):
        if halted():
            raise JournalError("the journal is closed")
        if isinstance(item, Found):
            yield item


@contextlib.contextmanager
def _discarded_on_error(files: Files, path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, JournalError):
        with contextlib.suppress(OSError):
            files.unlink(path)
        raise


class _Out:
    """The new file, written in blocks."""

    def __init__(self, file: AppendFile) -> None:
        self.size_bytes = 0
        self.heads = Heads()
        self._file = file
        self._buffers: List[bytes] = []
        self._waiting_bytes = 0

    def note(self, head: Union[Head, Entry]) -> None:
        """Take note of the record that is put next."""
        if head.kind in NUMBERED_KINDS:
            self.heads.add(head.kind, head.seq, head.time_ms, self.size_bytes)

    def put(self, buffers: Sequence[bytes]) -> None:
        size_bytes = sum(map(len, buffers))
        self._buffers += buffers
        self._waiting_bytes += size_bytes
        self.size_bytes += size_bytes
        if self._waiting_bytes >= _WRITE_BYTES:
            self._write()

    def zeros(self, count: int) -> None:
        while count > 0:
            step = min(count, _WRITE_BYTES)
            self.put([bytes(step)])
            count -= step

    def finish(self) -> None:
        """Return once all of it is on the disk."""
        self._write()
        self._file.fdatasync()

    def close(self) -> None:
        self._file.close()

    def _write(self) -> None:
        self._file.write(self._buffers)
        self._buffers, self._waiting_bytes = [], 0


def _who_and_what(head: Head, body: bytes) -> Optional[Tuple[Optional[str], str]]:
    """Ids of the person and of the event of a record; ``None`` for one that no reader can decode."""
    try:
        event = records.decode(head.kind, head.seq, body)
    except BadMessage:
        return None
    identity = None if isinstance(event, Progress) else event.match.identity
    return identity.identity_id if identity else None, event.event_id


def _holds(data: bytes, wanted: Sequence[bytes]) -> bool:
    return any(needle in data for needle in wanted)


def _lies_between(read_at: ReadAt, start: int, end: int, wanted: Sequence[bytes]) -> bool:
    """Whether one of ``wanted`` begins in these bytes and is whole there."""
    overlap = max(map(len, wanted), default=1) - 1
    while start < end:
        block = read_at(start, min(_WRITE_BYTES, end - start))
        if _holds(block, wanted):
            return True
        if len(block) <= overlap:
            return False
        start += max(1, len(block) - overlap)
    return False


def _opened(body: Optional[bytes], keys: AbstractSet[int]) -> bool:
    return body is not None and without_visits(body, keys) is not None
