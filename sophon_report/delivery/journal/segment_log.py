"""Segments on the disk: recovery, durable batches, roll-over, retention.

One thread owns it; others read ``segments``.

A batch is whole and synced when :meth:`SegmentLog.commit` returns. After an error:

 * write refused for want of space, or the reserve would be touched: the half-written batch is cut off, the oldest
   segment goes, again. The last one to go is cut down to its header, since its name promises numbers;
 * write failed otherwise, or ``fdatasync`` failed: what the kernel says about those pages is never trusted again.
   The segment ends after its last synced batch and the batch is written anew into the next one. Copies of it
   that may be in the old file carry numbers of the new one, and a reader leaves them out.

A segment comes to be by rename, complete with its snapshot of open visits and synced with its folder, before a
number that only it covers is given away: numbers below ``number_limit`` were promised by a file name that is on
the disk, and a start after a crash goes on from there. No second file has to agree with the segments.
"""

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import AbstractSet, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import structlog

from sophon_report.delivery.journal import ages, catalog, reach
from sophon_report.delivery.journal import segment as layout
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.files import AppendFile, Files
from sophon_report.delivery.journal.heads import HeadMemory, Heads, walked
from sophon_report.delivery.journal.ledger import Ledger
from sophon_report.delivery.journal.limits import Limits, LogCounters
from sophon_report.delivery.journal.open_visits import OpenVisits
from sophon_report.delivery.journal.recovery import NUMBERS_PER_SEGMENT, recover
from sophon_report.delivery.journal.rewrite import Rewritten
from sophon_report.delivery.journal.segment import NUMBERED_KINDS, Entry, Kind, SegmentHeader
from sophon_report.delivery.journal.tally import Before, Tally
from sophon_report.errors import JournalError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)

log = structlog.get_logger()


class _Lost(NamedTuple):
    """What is gone with a segment."""

    tally: Tally
    undelivered: Mapping[str, int]
    """Per destination."""


class SegmentLog:
    """The journal's segments, open for writing."""

    def __init__(
        self,
        directory: Path,
        limits: Limits,
        *,
        clock_ms: Callable[[], int],
        files: Files,
        cursors: Callable[[], Mapping[str, int]] = dict,
        told: Callable[[str], int] = lambda _: Kind.VISIT,
    ) -> None:
        """Recover what is in ``directory`` and begin a new segment.

        Args:
            directory: the journal's folder, there already.
            limits: see :class:`Limits`.
            clock_ms: UTC milliseconds.
            files: file system.
            cursors: per destination the last delivered number, to count what retention takes undelivered.
            told: the kind of records that a destination is told; those are counted for it.

        Raises:
            JournalError: the folder cannot be read. One that cannot be written gives no numbers, see ``is_open``.
        """
        self.counters = LogCounters()
        self.last_seq = 0
        """Last accepted number, 0 for none."""
        self.next_seq = 1
        """First number to be given after this start."""
        self.number_limit = 0
        """Numbers below it may be given away."""
        self.segments: Tuple[Segment, ...] = ()
        """All accepted records, oldest first; replaced as a whole, so that another thread may read it any time."""
        self._directory, self._limits, self._clock_ms, self._files = directory, limits, clock_ms, files
        self._cursors, self._told = cursors, told
        self.heads = HeadMemory()
        """Of the open segment and of some others."""
        self.ledger = Ledger(self.heads)
        """How much lies behind any place."""
        self.free_bytes = 0
        """On the disk, when it was looked at last."""
        self._room_bytes = 0
        self._file: Optional[AppendFile] = None
        self._open: Optional[Segment] = None
        self._open_heads = Heads()
        self._watched = ages.Watched(clock_ms())
        self._begun_bytes = 0
        self._carry: List[Entry] = []
        self._litter: List[Path] = []
        self.copy_bytes = 0
        """What a copy of a segment takes now, told by who makes it: no event is to go for that."""
        self.open_visits = OpenVisits()
        self._closed: Tuple[Segment, ...] = ()
        try:
            self._take_up()
        except OSError as error:
            raise JournalError(f"journal cannot be opened: {error.strerror}") from error
        self._look_at_disk()
        refused = self._insist(lambda: self._begin(self.next_seq))
        if refused:
            log.error("journal has no room for a segment", error=refused.strerror)

    @property
    def is_open(self) -> bool:
        """Whether there is a segment to write to; without one each :meth:`retire_idle` tries again."""
        return self._open is not None

    @property
    def size_bytes(self) -> int:
        return sum(segment.size_bytes for segment in self.segments)

    @property
    def rate_bytes_per_day(self) -> Optional[float]:
        """How fast it grew lately, see :func:`reach.bytes_per_day`."""
        return reach.bytes_per_day(self.segments, self._clock_ms())

    def _take_up(self) -> None:
        """Go on from what the last run left: cut the torn tail, nothing before it is touched."""
        for name in self._files.list(self._directory):
            if name.endswith(".tmp"):
                self._unlink(self._directory / name)
        found = recover(self._files, self._directory)
        self._closed, self._litter = found.segments, list(found.empty)
        self.open_visits, self.last_seq = found.open_visits, found.last_seq
        self.next_seq = max(found.next_seq, max(self._cursors().values(), default=0) + 1)
        if found.torn_bytes:
            tail = found.segments[-1]
            self.counters.cut_bytes = found.torn_bytes
            log.warning(
                "journal tail torn", segment=tail.path.name, torn_bytes=found.torn_bytes, cut=self._cut(tail)
            )
        self._publish()

    def limit(self, limits: Limits) -> None:
        """Go by ``limits`` from the next commit on; any thread may say so."""
        self._limits = limits

    # Writing

    def commit(self, entries: Sequence[Entry]) -> None:
        """Return once ``entries`` (rising numbers) are on the disk.

        Raises:
            JournalError: the disk takes them neither here nor in a new segment, and there is no segment left
                that could go. Nothing of what was accepted before is touched.
        """
        error = self._insist(lambda: self._try_commit(entries))
        if error:
            raise JournalError(f"journal cannot be written: {error.strerror}") from error

    def _insist(self, step: Callable[[], None]) -> Optional[OSError]:
        """Do ``step``, if need be once more, and with the oldest segments gone; return why it cannot be done."""
        self._room_bytes = 0
        error = _outcome(step)
        if error and error.errno not in _NO_SPACE:
            error = _outcome(step)
        while error and error.errno in _NO_SPACE and self._make_room():
            error = _outcome(step)
        return error

    def _try_commit(self, entries: Sequence[Entry]) -> None:
        self._watched.age_ms(self._clock_ms(), self._limits.max_age_ms)
        size_bytes = sum(layout.RECORD_BYTES + entry.length for entry in entries)
        self._heed_reserve(size_bytes + sum(layout.RECORD_BYTES + entry.length for entry in self._carry))
        if self._open is not None and self._is_full(self._open, size_bytes):
            self._finish()
        if self._open is None:
            self._begin(entries[0].seq)
            self.retain()
        self._write([*self._carry, *entries])
        self._carry = []
        self.last_seq = entries[-1].seq

    def _heed_reserve(self, more_bytes: int) -> None:
        """Raise ``ENOSPC`` when so many more bytes would leave less than the reserve.

        A segment that was let go counts as free at once: with a reader at its file the disk says so later, and
        the next segment must not go for that.
        """
        if not self._look_at_disk():
            return  # then the write itself will tell
        self._room_bytes = max(self._room_bytes, self.free_bytes + self.copy_bytes)
        if self._room_bytes - more_bytes < self._limits.reserve_bytes:
            raise OSError(errno.ENOSPC, "no space left but what is kept free for others")

    def _look_at_disk(self) -> bool:
        try:
            self.free_bytes = self._files.free_bytes(self._directory)
        except OSError:
            return False
        return True

    def _is_full(self, current: Segment, more_bytes: int) -> bool:
        return current.size_bytes + more_bytes > self._limits.segment_bytes and self.last_seq >= current.first_seq

    def _holds_records(self, current: Segment) -> bool:
        return current.size_bytes > self._begun_bytes

    def _publish(self) -> None:
        current = self._open
        self.segments = (*self._closed, current) if current and self._holds_records(current) else self._closed
        self.ledger.follow(self._closed, current, self._open_heads)

    def _write(self, entries: Sequence[Entry]) -> None:
        """Append and sync to the open segment, or leave it as it was."""
        file, current = self._file, self._open
        assert file is not None
        assert current is not None
        buffers = _encoded(current, entries)
        self._write_synced(file, current, buffers)
        self._open = _resized(current, current.size_bytes + sum(map(len, buffers)))
        self.counters.synced_batches += 1
        self._tell(entries, current)
        self._publish()

    def _tell(self, entries: Sequence[Entry], into: Segment) -> None:
        offset = into.size_bytes
        for entry in entries:
            self.open_visits.tell(entry.kind, entry.seq, entry.event_key, entry.time_ms, into.first_seq)
            if entry.kind in NUMBERED_KINDS:
                self._open_heads.add(entry.kind, entry.seq, entry.time_ms, offset)
            offset += layout.RECORD_BYTES + entry.length

    def _write_synced(self, file: AppendFile, current: Segment, buffers: Sequence[bytes]) -> None:
        try:
            file.write(buffers)
        except OSError as error:
            if error.errno not in _NO_SPACE or not self._cut(current):
                self._distrust(error)
            raise
        try:
            file.fdatasync()
        except OSError as error:
            self._distrust(error)
            raise

    def _cut(self, segment: Segment) -> bool:
        try:
            self._files.truncate(segment.path, segment.size_bytes)
        except OSError:
            return False
        return True

    def _distrust(self, error: OSError) -> None:
        """End the open segment after its last synced batch."""
        current = self._open
        assert current is not None
        log.error("journal segment given up", segment=current.path.name, error=error.strerror)
        self.counters.distrusted_segments += 1
        self._cut(current)
        self._finish()

    def _finish(self) -> None:
        """Close the open segment; one that holds nothing goes when its successor is there."""
        file, current = self._file, self._open
        self._file = self._open = None
        if current is not None and self._holds_records(current):
            self.heads.put(current, self._open_heads)
            self._closed = (*self._closed, replace(current, tally=self._open_heads.after(0)))
        elif current is not None:
            self._litter.append(current.path)
        if file is not None:
            _close_quietly(file)

    def _begin(self, first_seq: int) -> None:
        if self._closed and self._closed[-1].first_seq == first_seq:
            self._take_over_name()
        before = self._closed[-1] if self._closed else None
        prev = (before.first_seq, self.last_seq) if before else (0, 0)
        header = SegmentHeader(os.urandom(4), first_seq, max(0, self._clock_ms()), *prev)
        path = self._directory / catalog.segment_name(first_seq)
        fresh = Segment(path, first_seq, 0, header.mark, header.created_ms, *prev)
        snapshot = Entry(Kind.OPEN_VISITS, first_seq, 0, header.created_ms, (self._snapshot(before),))
        begun = [layout.encode_header(header), *_encoded(fresh, [snapshot])]
        carried = _encoded(fresh, self._carry)
        self._file = self._create(path, [*begun, *carried])
        self._watched = ages.Watched(header.created_ms)
        self._open_heads = Heads()
        self.heads.put(fresh, self._open_heads)
        self._begun_bytes = sum(map(len, begun))
        self._open = _resized(fresh, self._begun_bytes + sum(map(len, carried)))
        self._tell(self._carry, fresh)
        self._carry = []
        self.number_limit = max(self.number_limit, first_seq + NUMBERS_PER_SEGMENT)
        if before:
            self._closed = (*self._closed[:-1], replace(before, limit_seq=first_seq))
        self._clear_litter(path)
        self._publish()

    def _snapshot(self, before: Optional[Segment]) -> bytes:
        tally = before and self._tally_of(before)
        told = Before(before.first_seq, before.size_bytes, tally) if before and tally else None
        return self.open_visits.snapshot(told)

    def _tally_of(self, segment: Segment) -> Optional[Tally]:
        return segment.tally or self.ledger.tally(segment)

    def _take_over_name(self) -> None:
        """Move what a segment without numbers carries into the one that will replace its file."""
        self._carry += self._carried_from(self._closed[-1])
        self._closed = self._closed[:-1]

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
                self._unlink(path)
        self._litter = []

    def _unlink(self, path: Path) -> None:
        try:
            self._files.unlink(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            log.warning("journal segment cannot be removed", segment=path.name, error=error.strerror)

    # Rewriting

    @property
    def closed(self) -> Tuple[Segment, ...]:
        """The segments that are not written to any more, oldest first."""
        return self._closed

    def with_old_pictures(self) -> Optional[Segment]:
        """Return the oldest segment that has pictures past their bound, counted as retention counts.

        One that cannot be read keeps what it has.
        """
        max_age_ms = self._limits.pictures_max_age_ms
        if not max_age_ms or self._open is None:
            return None
        now_ms = self._clock_ms()
        begun_ms = [segment.created_ms for segment in (*self._closed, self._open)]
        newest_age_ms = self._watched.age_ms(now_ms, self._limits.max_age_ms)
        old = self._closed[: ages.overdue(begun_ms, newest_age_ms, now_ms, max_age_ms)]
        return next((each for each in old if not each.without_pictures and each.mark is not None), None)

    def end_open(self, erased_keys: AbstractSet[int] = frozenset()) -> None:
        """End the open segment, so that it can be rewritten, and begin another.

        Args:
            erased_keys: of events whose visits are no longer counted as open.

        Raises:
            JournalError: the disk refused.
        """
        self.open_visits.forget(erased_keys)
        self._finish()
        try:
            self._begin(max(self.next_seq, self.last_seq + 1))
        except OSError as error:
            raise JournalError(f"journal cannot be written: {error.strerror}") from error

    def swap(self, old: Segment, fresh: Rewritten) -> bool:
        """Put a rewritten segment in the place of ``old``; ``False`` when retention took that meanwhile.

        Raises:
            JournalError: the disk refused; one of the two is there, whole.
        """
        at = [(each.first_seq, each.mark) for each in self._closed]
        place = at.index((old.first_seq, old.mark)) if (old.first_seq, old.mark) in at else None
        if place is None:
            self._unlink(fresh.path)
            return False
        try:
            self._files.rename(fresh.path, old.path)
            now = replace(fresh.segment, limit_seq=self._closed[place].limit_seq)
            if self.heads.get(old):
                self.heads.put(now, fresh.heads)
            self.ledger.learn(now, old.mark)
            self._closed = (*self._closed[:place], now, *self._closed[place + 1 :])
            self._publish()
            self._files.fsync_dir(self._directory)
        except OSError as error:
            raise JournalError(f"journal segment cannot be replaced: {error.strerror}") from error
        return True

    # Retention

    def retain(self) -> None:
        """Let go of what is over the bounds; the open segment stays.

        Raises:
            OSError: a still open visit's recognition could not be carried over; what held it stays.
        """
        while self._closed and self._over_bounds():
            self._drop_oldest()

    def retire_idle(self) -> None:
        """Begin a new segment when the open one has become old or there is none; let go what is over the bounds.

        Raises:
            JournalError: the disk refused.
        """
        current = self._open
        try:
            if current is not None and self._is_old(current):
                self._finish()
            if self._open is None:
                self._begin(max(self.next_seq, self.last_seq + 1))
            self.retain()
            self._keep_reserve()
        except OSError as error:
            raise JournalError(f"journal cannot be written: {error.strerror}") from error

    def _is_old(self, current: Segment) -> bool:
        is_old = ages.is_old(current.created_ms, self._clock_ms(), self._limits.max_age_ms)
        return is_old and self.last_seq >= current.first_seq

    def _over_bounds(self) -> bool:
        room = self._limits.segment_bytes
        used = sum(segment.size_bytes for segment in self._closed)
        if used + room > self._limits.max_bytes:
            return True
        if self._open is None:
            return False
        now_ms, max_age_ms = self._clock_ms(), self._limits.max_age_ms
        begun_ms = [segment.created_ms for segment in (*self._closed, self._open)]
        return ages.overdue(begun_ms, self._watched.age_ms(now_ms, max_age_ms), now_ms, max_age_ms) > 0

    def _keep_reserve(self) -> None:
        """Let go of the oldest segments for the sake of the reserve, if others have filled the disk."""
        self._room_bytes = 0
        while True:
            try:
                return self._heed_reserve(0)
            except OSError:
                if not self._closed and not self._can_end_open():
                    raise
                if not self._closed:
                    return None  # the next batch will end the open segment and let it go
            self._room_bytes += self._closed[0].size_bytes
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Let the oldest segment go; recognitions of open visits are on the disk again before."""
        carried = self._carried_from(self._closed[0])
        if carried:
            self._write(carried)
        oldest = self._closed[0]
        self._forget(oldest, self._lost_with(oldest))
        self._unlink(oldest.path)

    def _make_room(self) -> bool:
        """Let the oldest segment go at once on a full disk, the open one last; ``False`` when there is none.

        What open visits need of it stays in memory until there is room again.
        """
        if not self._closed and self._can_end_open():
            self._finish()
        if not self._closed:
            return False
        oldest = self._closed[0]
        carried, lost = self._carried_anyway(oldest), self._lost_with(oldest)
        if self._open is not None or len(self._closed) > 1:
            self._unlink(oldest.path)
        elif not self._hollow(oldest):
            return False
        self._forget(oldest, lost)
        self._carry += carried
        self._room_bytes += oldest.size_bytes
        self._sync_quietly()
        return True

    def _can_end_open(self) -> bool:
        """Whether it holds a number: what only carries would be written again at once."""
        return self._open is not None and self.last_seq >= self._open.first_seq

    def _carried_anyway(self, segment: Segment) -> List[Entry]:
        try:
            return self._carried_from(segment)
        except OSError as error:
            log.warning("journal segment unreadable", segment=segment.path.name, error=error.strerror)
            return []

    def _hollow(self, newest: Segment) -> bool:
        """Cut the newest segment down to its header: its name promises numbers until another's does."""
        try:
            self._files.truncate(newest.path, layout.HEADER_BYTES)
        except OSError as error:
            log.warning("journal segment cannot be emptied", segment=newest.path.name, error=error.strerror)
            return False
        self._litter.append(newest.path)
        return True

    def _sync_quietly(self) -> None:
        """Make the disk know its free space."""
        try:
            self._files.fsync_dir(self._directory)
        except OSError as error:
            log.warning("journal folder not synced", error=error.strerror)

    def _forget(self, oldest: Segment, lost: _Lost) -> None:
        """Nobody reads the oldest segment from now on; it is counted."""
        self._closed = self._closed[1:]
        self._publish()
        counters, dropped = self.counters, self.counters.dropped_undelivered
        counters.dropped_undelivered = {
            name: dropped.get(name, 0) + lost.undelivered.get(name, 0) for name in {**dropped, **lost.undelivered}
        }
        counters.dropped_segments += 1
        counters.dropped_bytes += oldest.size_bytes
        counters.dropped_visits += lost.tally.visits
        counters.dropped_recognitions += lost.tally.recognitions
        log.info("journal segment dropped", segment=oldest.path.name, undelivered=lost.undelivered)

    def _lost_with(self, segment: Segment) -> _Lost:
        """What goes with ``segment``; asked while it is still there."""
        return _Lost(self._tally_of(segment) or self._heads_of(segment).after(0), self._undelivered(segment))

    def _undelivered(self, segment: Segment) -> Dict[str, int]:
        tally, heads = self._tally_of(segment), None
        counts = {}
        for name, cursor in self._cursors().items():
            rest = tally
            if tally is None or segment.first_seq <= cursor < tally.last_seq:
                heads = heads or self._heads_of(segment)
                rest = heads.after(cursor)
            elif tally.last_seq <= cursor:
                continue
            counts[name] = rest.of(self._told(name)) if rest else 0
        return {name: count for name, count in counts.items() if count}

    def _carried_from(self, segment: Segment) -> List[Entry]:
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

    def _heads_of(self, segment: Segment) -> Heads:
        try:
            with catalog.reading(self._files, segment.path) as read_at:
                return self.heads.get(segment) or walked(read_at, segment)
        except OSError as error:
            log.warning("journal segment unreadable", segment=segment.path.name, error=error.strerror)
            return Heads()

    # End

    def close(self, next_seq: int) -> None:
        """Note that no number from ``next_seq`` on was given, so that the next start goes on without a jump.

        Raises:
            JournalError: the disk refused; the next start jumps, nothing else is lost.
        """
        try:
            if self._open is not None:
                self._write([Entry(Kind.CLOSED, next_seq, 0, self._clock_ms(), ())])
        except OSError as error:
            raise JournalError(f"journal cannot be closed in order: {error.strerror}") from error
        finally:
            if self._file is not None:
                _close_quietly(self._file)
                self._file = None


def _encoded(into: Segment, entries: Sequence[Entry]) -> List[bytes]:
    assert into.mark is not None
    return [buffer for entry in entries for buffer in layout.encode_record(into.mark, entry)]


def _outcome(step: Callable[[], None]) -> Optional[OSError]:
    try:
        step()
    except OSError as error:
        return error
    return None


def _resized(segment: Segment, size_bytes: int) -> Segment:
    return replace(segment, size_bytes=size_bytes)


def _close_quietly(file: AppendFile) -> None:
    try:
        file.close()
    except OSError:
        log.warning("journal file did not close cleanly")
