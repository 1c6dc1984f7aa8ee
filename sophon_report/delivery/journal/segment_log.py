"""Segments on the disk: recovery, durable batches, roll-over. What goes is decided in ``retention``.

One thread owns it; others read ``segments``.

A batch is whole and synced when :meth:`SegmentLog.commit` returns. After an error:

 * write refused for want of space, or the reserve would be touched: the half-written batch is cut off, the oldest
   segment goes, again. The last one to go is cut down to its header, since its name promises numbers;
 * write failed otherwise, or ``fdatasync`` failed: what the kernel says about those pages is never trusted again.
   The segment ends after its last synced batch and the batch is written anew into the next one. Copies of it
   that may be in the old file carry numbers of the new one, and a reader leaves them out.
"""

from pathlib import Path
from typing import AbstractSet, Callable, Mapping, Optional, Sequence, Tuple

import structlog

from sophon_report.delivery.journal import ages, reach
from sophon_report.delivery.journal import segment as layout
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.disk_room import DiskRoom
from sophon_report.delivery.journal.files import Files
from sophon_report.delivery.journal.heads import HeadMemory
from sophon_report.delivery.journal.ledger import Ledger
from sophon_report.delivery.journal.limits import Limits, LogCounters
from sophon_report.delivery.journal.open_visits import OpenVisits
from sophon_report.delivery.journal.recovery import recover
from sophon_report.delivery.journal.retention import Readers, Retention
from sophon_report.delivery.journal.rewrite import Rewritten
from sophon_report.delivery.journal.segment import Entry, Kind
from sophon_report.delivery.journal.segment_writer import NO_SPACE, SegmentWriter, remove
from sophon_report.delivery.journal.shelf import Shelf
from sophon_report.errors import JournalError

log = structlog.get_logger()


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
        self.room = DiskRoom(files, directory)
        self._directory, self._limits, self._clock_ms, self._files = directory, limits, clock_ms, files
        self._shelf = Shelf(files)
        self.next_seq = 1
        """First number to be given after this start."""
        try:
            self._writer = self._taken_up()
        except OSError as error:
            raise JournalError(f"journal cannot be opened: {error.strerror}") from error
        self.next_seq = max(self.next_seq, max(cursors().values(), default=0) + 1)
        self._retention = Retention(
            directory,
            self._shelf,
            self._writer,
            self.room,
            Readers(cursors, told),
            self.counters,
            clock_ms=clock_ms,
            files=files,
        )
        self.room.look()
        refused = self._insist(lambda: self._writer.begin(self.next_seq))
        if refused:
            log.error("journal has no room for a segment", error=refused.strerror)

    def _taken_up(self) -> SegmentWriter:
        """Go on from what the last run left: cut the torn tail, nothing before it is touched."""
        for name in self._files.list(self._directory):
            if name.endswith(".tmp"):
                remove(self._files, self._directory / name)
        found = recover(self._files, self._directory)
        self.next_seq = found.next_seq
        self._shelf.closed = found.segments
        writer = SegmentWriter(
            self._directory, found, self._shelf, self.counters, clock_ms=self._clock_ms, files=self._files
        )
        if found.torn_bytes:
            tail = found.segments[-1]
            self.counters.cut_bytes = found.torn_bytes
            log.warning(
                "journal tail torn", segment=tail.path.name, torn_bytes=found.torn_bytes, cut=writer.cut(tail)
            )
        self._shelf.publish()
        return writer

    @property
    def is_open(self) -> bool:
        """Whether there is a segment to write to; without one each :meth:`retire_idle` tries again."""
        return self._shelf.open is not None

    @property
    def segments(self) -> Tuple[Segment, ...]:
        """All accepted records, oldest first; any thread may read it."""
        return self._shelf.segments

    @property
    def closed(self) -> Tuple[Segment, ...]:
        """The segments that are not written to any more, oldest first."""
        return self._shelf.closed

    @property
    def heads(self) -> HeadMemory:
        """Of the open segment and of some others."""
        return self._shelf.heads

    @property
    def ledger(self) -> Ledger:
        """How much lies behind any place."""
        return self._shelf.ledger

    @property
    def open_visits(self) -> OpenVisits:
        """Recognitions that are still without their visit."""
        return self._writer.open_visits

    @property
    def last_seq(self) -> int:
        """Last accepted number, 0 for none."""
        return self._writer.last_seq

    @property
    def number_limit(self) -> int:
        """Numbers below it may be given away."""
        return self._writer.number_limit

    @property
    def size_bytes(self) -> int:
        """Of all segments."""
        return sum(segment.size_bytes for segment in self.segments)

    @property
    def rate_bytes_per_day(self) -> Optional[float]:
        """How fast it grew lately, see :func:`reach.bytes_per_day`."""
        return reach.bytes_per_day(self.segments, self._clock_ms())

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
        self.room.count_anew()
        error = _outcome(step)
        if error and error.errno not in NO_SPACE:
            error = _outcome(step)
        while error and error.errno in NO_SPACE and self._retention.make_room():
            error = _outcome(step)
        return error

    def _try_commit(self, entries: Sequence[Entry]) -> None:
        writer, limits = self._writer, self._limits
        writer.watched.age_ms(self._clock_ms(), limits.max_age_ms)
        size_bytes = _bytes(entries)
        self.room.heed(size_bytes + _bytes(writer.carry), limits.reserve_bytes)
        current = self._shelf.open
        if current is not None and (self._is_full(current, size_bytes) or self._is_old(current)):
            writer.finish()
        if self._shelf.open is None:
            writer.begin(entries[0].seq)
            self.retain()
        writer.commit(entries)

    def _is_full(self, current: Segment, more_bytes: int) -> bool:
        return current.size_bytes + more_bytes > self._limits.segment_bytes and self.last_seq >= current.first_seq

    # Rewriting

    def with_old_pictures(self) -> Optional[Segment]:
        """See :meth:`Retention.with_old_pictures`."""
        return self._retention.with_old_pictures(self._limits)

    def end_open(self, erased_keys: AbstractSet[int] = frozenset()) -> None:
        """End the open segment, so that it can be rewritten, and begin another.

        Args:
            erased_keys: of events whose visits are no longer counted as open.

        Raises:
            JournalError: the disk refused.
        """
        self.open_visits.forget(erased_keys)
        self._writer.finish()
        try:
            self._begin_next()
        except OSError as error:
            raise JournalError(f"journal cannot be written: {error.strerror}") from error

    def _begin_next(self) -> None:
        self._writer.begin(max(self.next_seq, self.last_seq + 1))

    def swap(self, old: Segment, fresh: Rewritten) -> bool:
        """Put a rewritten segment in the place of ``old``; ``False`` when retention took that meanwhile.

        Raises:
            JournalError: the disk refused; one of the two is there, whole.
        """
        at = [(each.first_seq, each.mark) for each in self.closed]
        if (old.first_seq, old.mark) not in at:
            remove(self._files, fresh.path)
            return False
        try:
            self._files.rename(fresh.path, old.path)
            self._shelf.swap(at.index((old.first_seq, old.mark)), fresh.segment, fresh.heads)
            self._shelf.publish()
            self._files.fsync_dir(self._directory)
        except OSError as error:
            raise JournalError(f"journal segment cannot be replaced: {error.strerror}") from error
        return True

    def clear(self) -> None:
        """Remove every record that is there, and the visits that are open; numbers stay given.

        Raises:
            JournalError: the disk refused; what is left is still there whole.
        """
        self.open_visits.keep_only(frozenset())
        self._writer.carry = []
        self.end_open()
        try:
            self._retention.discard()
        except OSError as error:
            raise JournalError(f"journal cannot be emptied: {error.strerror}") from error

    # Retention

    def retain(self) -> None:
        """Let go of what is over the bounds; the open segment stays.

        Raises:
            OSError: a still open visit's recognition could not be carried over; what held it stays.
        """
        self._retention.keep_bounds(self._limits)

    def retire_idle(self) -> None:
        """Begin a new segment when the open one has become old or there is none; let go what is over the bounds.

        Raises:
            JournalError: the disk refused.
        """
        current = self._shelf.open
        try:
            if current is not None and self._is_old(current):
                self._writer.finish()
            if self._shelf.open is None:
                self._begin_next()
            self.retain()
            self._retention.keep_reserve(self._limits)
            self._writer.write_carried()
        except OSError as error:
            raise JournalError(f"journal cannot be written: {error.strerror}") from error

    def _is_old(self, current: Segment) -> bool:
        is_old = ages.is_old(current.created_ms, self._clock_ms(), self._limits.max_age_ms)
        return is_old and self.last_seq >= current.first_seq

    # End

    def close(self, next_seq: int) -> None:
        """Note that no number from ``next_seq`` on was given, so that the next start goes on without a jump.

        Raises:
            JournalError: the disk refused; the next start jumps, nothing else is lost.
        """
        try:
            self._writer.close(next_seq)
        except OSError as error:
            raise JournalError(f"journal cannot be closed in order: {error.strerror}") from error


def _bytes(entries: Sequence[Entry]) -> int:
    return sum(layout.RECORD_BYTES + entry.length for entry in entries)


def _outcome(step: Callable[[], None]) -> Optional[OSError]:
    try:
        step()
    except OSError as error:
        return error
    return None
