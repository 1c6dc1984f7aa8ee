"""The open segment: begun by rename, grown by synced batches, ended.

A segment comes to be by rename, complete with its snapshot of open visits and synced with its folder, before a
number that only it covers is given away: numbers below ``number_limit`` were promised by a file name that is on
the disk, and a start after a crash goes on from there. No second file has to agree with the segments.

All on the thread that owns the segments; ``OSError`` as it comes.
"""

import errno
import os
from pathlib import Path
from typing import Callable, List, Optional, Sequence

import structlog

from sophon_report.delivery.journal import ages, catalog
from sophon_report.delivery.journal import segment as layout
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.files import AppendFile, Files
from sophon_report.delivery.journal.limits import LogCounters
from sophon_report.delivery.journal.recovery import NUMBERS_PER_SEGMENT, Recovered
from sophon_report.delivery.journal.segment import NUMBERED_KINDS, Entry, Kind, SegmentHeader
from sophon_report.delivery.journal.shelf import Shelf
from sophon_report.delivery.journal.tally import Before

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)

log = structlog.get_logger()


class SegmentWriter:
    """Writes behind what ``found`` was left by the last run."""

    def __init__(
        self,
        directory: Path,
        found: Recovered,
        shelf: Shelf,
        counters: LogCounters,
        *,
        clock_ms: Callable[[], int],
        files: Files,
    ) -> None:
        self.last_seq = found.last_seq
        """Last accepted number, 0 for none."""
        self.number_limit = 0
        """Numbers below it may be given away."""
        self.open_visits = found.open_visits
        self.watched = ages.Watched(clock_ms())
        """How long the open segment has been there."""
        self.carry: List[Entry] = []
        """What open visits need of segments that are gone: written with the next batch."""
        self._directory, self._shelf, self._counters = directory, shelf, counters
        self._clock_ms, self._files = clock_ms, files
        self._file: Optional[AppendFile] = None
        self._litter = list(found.empty)

    def commit(self, entries: Sequence[Entry]) -> None:
        """Append and sync ``entries`` (rising numbers) and what is carried, or leave the segment as it was."""
        self.write([*self.carry, *entries])
        self.carry = []
        self.last_seq = entries[-1].seq

    def write_carried(self) -> None:
        """Put on the disk what is carried, if there is anything and a segment for it."""
        if self.carry and self._shelf.open is not None:
            self.write(self.carry)
            self.carry = []

    def write(self, entries: Sequence[Entry]) -> None:
        """Append and sync to the open segment, or leave it as it was."""
        file, current = self._file, self._shelf.open
        assert file is not None
        assert current is not None
        buffers = _encoded(current, entries)
        self._write_synced(file, current, buffers)
        self._shelf.grow(sum(map(len, buffers)))
        self._counters.synced_batches += 1
        self._tell(entries, current)
        self._shelf.publish()

    def _tell(self, entries: Sequence[Entry], into: Segment) -> None:
        offset, heads = into.size_bytes, self._shelf.open_heads
        for entry in entries:
            self.open_visits.tell(entry.kind, entry.seq, entry.event_key, entry.time_ms, into.first_seq)
            if entry.kind in NUMBERED_KINDS:
                heads.add(entry.kind, entry.seq, entry.time_ms, offset)
            offset += layout.RECORD_BYTES + entry.length

    def _write_synced(self, file: AppendFile, current: Segment, buffers: Sequence[bytes]) -> None:
        try:
            file.write(buffers)
        except OSError as error:
            if error.errno not in NO_SPACE or not self.cut(current):
                self._distrust(current, error)
            raise
        try:
            file.fdatasync()
        except OSError as error:
            self._distrust(current, error)
            raise

    def cut(self, segment: Segment) -> bool:
        """Cut what a file has beyond its segment; ``False`` when the disk refused."""
        try:
            self._files.truncate(segment.path, segment.size_bytes)
        except OSError:
            return False
        return True

    def _distrust(self, current: Segment, error: OSError) -> None:
        """End the open segment after its last synced batch."""
        log.error("journal segment given up", segment=current.path.name, error=error.strerror)
        self._counters.distrusted_segments += 1
        self.cut(current)
        self.finish()

    def finish(self) -> None:
        """Close the open segment; one that holds nothing goes when its successor is there."""
        file, self._file = self._file, None
        empty = self._shelf.end()
        if empty is not None:
            self._litter.append(empty.path)
        if file is not None:
            _close_quietly(file)

    def begin(self, first_seq: int) -> None:
        """Make a new segment that begins with this number and what is carried."""
        closed = self._shelf.closed
        if closed and closed[-1].first_seq == first_seq:
            self._take_over_name()
        before = self._shelf.closed[-1] if self._shelf.closed else None
        prev = (before.first_seq, self.last_seq) if before else (0, 0)
        header = SegmentHeader(os.urandom(4), first_seq, max(0, self._clock_ms()), *prev)
        path = self._directory / catalog.segment_name(first_seq)
        empty = Segment(path, first_seq, 0, header.mark, header.created_ms, *prev)
        snapshot = Entry(Kind.OPEN_VISITS, first_seq, 0, header.created_ms, (self._snapshot(before),))
        begun = [layout.encode_header(header), *_encoded(empty, [snapshot])]
        carried = _encoded(empty, self.carry)
        self._file = self._create(path, [*begun, *carried])
        self.watched = ages.Watched(header.created_ms)
        fresh = Segment(path, first_seq, sum(map(len, begun)), header.mark, header.created_ms, *prev)
        self._shelf.begin(fresh)
        self._shelf.grow(sum(map(len, carried)))
        self._tell(self.carry, fresh)
        self.carry = []
        self.number_limit = max(self.number_limit, first_seq + NUMBERS_PER_SEGMENT)
        self._clear_litter(path)
        self._shelf.publish()

    def _snapshot(self, before: Optional[Segment]) -> bytes:
        tally = before and self._shelf.tally_of(before)
        told = Before(before.first_seq, before.size_bytes, tally) if before and tally else None
        return self.open_visits.snapshot(told)

    def _take_over_name(self) -> None:
        """Move what a segment without numbers carries into the one that will replace its file."""
        closed = self._shelf.closed
        self.carry += self.carried_from(closed[-1])
        self._shelf.closed = closed[:-1]

    def _create(self, path: Path, buffers: Sequence[bytes]) -> AppendFile:
        fresh = path.with_name("next.tmp")
        file = self._files.create(fresh)
        try:
            file.write(buffers)
            file.fdatasync()
            self._files.rename(fresh, path)
            self._litter.append(path)
            self._files.fsync_dir(self._directory)
        except OSError:
            _close_quietly(file)
            raise
        return file

    def _clear_litter(self, keep: Path) -> None:
        """Unlink segments that hold nothing; their successor, which took over their promise, is durable."""
        for path in self._litter:
            if path != keep:
                remove(self._files, path)
        self._litter = []

    def hollow(self, newest: Segment) -> bool:
        """Cut the newest segment down to its header: its name promises numbers until another's does."""
        try:
            self._files.truncate(newest.path, layout.HEADER_BYTES)
        except OSError as error:
            log.warning("journal segment cannot be emptied", segment=newest.path.name, error=error.strerror)
            return False
        self._litter.append(newest.path)
        return True

    def carried_from(self, segment: Segment) -> List[Entry]:
        """The recognitions in ``segment`` whose visits are open, as records that may go elsewhere."""
        wanted = {
            visit.seq: visit for visit in self.open_visits.all() if visit.segment_first_seq == segment.first_seq
        }
        if not wanted or segment.path.name not in self._files.list(self._directory):
            return []
        return [
            Entry(Kind.CARRIED, seq, wanted[seq].event_key, wanted[seq].last_seen_ms, (body,))
            for seq, body in catalog.recognitions(self._files, segment, wanted.keys())
        ]

    def close(self, next_seq: int) -> None:
        """Note that no number from ``next_seq`` on was given."""
        try:
            if self._shelf.open is not None:
                self.write([Entry(Kind.CLOSED, next_seq, 0, self._clock_ms(), ())])
        finally:
            if self._file is not None:
                _close_quietly(self._file)
                self._file = None


def remove(files: Files, path: Path) -> None:
    """Unlink ``path``, a segment or a copy of one; what refuses to go is told and stays."""
    try:
        files.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("journal segment cannot be removed", segment=path.name, error=error.strerror)


def _encoded(into: Segment, entries: Sequence[Entry]) -> List[bytes]:
    assert into.mark is not None
    return [buffer for entry in entries for buffer in layout.encode_record(into.mark, entry)]


def _close_quietly(file: AppendFile) -> None:
    try:
        file.close()
    except OSError:
        log.warning("journal file did not close cleanly")
