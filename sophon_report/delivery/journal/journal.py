"""The journal: every event, durable and in order, until all destinations have it.

The promise
    * An event is accepted when the future of its ``append`` resolves: it is then on the disk, synced, and survives
      ``kill -9`` and a pulled plug. Numbers rise in the order of the calls.
    * Readers see accepted events only, in order, each under the number it got.
    * A torn tail is cut at the start and nothing before it is touched. Damage in the middle costs the records it
      hits: the reader goes on at the next whole one and tells the numbers between.
    * No number is given twice, not even one that only a WebSocket client has seen: after a crash numbers jump.
    * A recognition that a crash left without its visit is in ``open_at_start`` with the last time known.

Whole segments go, the oldest first, delivered or not, and are counted per destination: over the bound of bytes
or age, and before the disk falls below its reserve; the one being written goes last. With none left events are
refused (see ``group_commit``) until there is room, and realtime goes on without them. One step of the clock,
forward or back, makes nothing old (see ``ages``). When ``fdatasync`` fails the segment ends there and a new one
begins (see ``segment_log``).

What is lost on a power cut: events whose future had not resolved, at most the last 20 ms and the sync; cursor
movement of the last 100 ms, which repeats events and loses none.

Threads: the event loop calls everything public. One thread owns the segments (``group_commit``); reads and cursor
writes run on a pool of two, so a drain of a backlog stops no append.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple, Type, Union

import structlog

from sophon_report import config
from sophon_report.delivery.journal import catalog, records
from sophon_report.delivery.journal.bounds import limits_of, room_bytes
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.cursors import CURSOR_DIR, Cursors
from sophon_report.delivery.journal.files import Files, RealFiles
from sophon_report.delivery.journal.group_commit import BATCH_BYTES, GroupCommit
from sophon_report.delivery.journal.housekeeping import Housekeeping
from sophon_report.delivery.journal.ledger import Behind
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reach import DAY_MS, reach_days
from sophon_report.delivery.journal.reader import Reader, Sealed
from sophon_report.delivery.journal.records import Event
from sophon_report.delivery.journal.segment import Entry, Kind
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.delivery.journal.stats import JournalStats
from sophon_report.delivery.journal.tending import ErasedRecords, Wanted
from sophon_report.errors import BadMessage, JournalError
from sophon_report.model import Recognition, Record, Visit
from sophon_report.ops.ending import ended

CURSOR_EVERY_S = 0.1
MAX_UNCLEAR = 2
"""Segments walked through at once to make a count exact; who asks then gets an estimate."""
STOP_TIMEOUT_S = 30.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Appended:
    """Answer of ``append``."""

    seq: int
    """The event's number; 0 when none could be promised, and then ``accepted`` has failed."""
    accepted: "asyncio.Future[None]"
    """Resolves when the event is durable; fails with ``JournalError`` when it will not be."""


class Journal:
    """See the module's docstring for what it promises."""

    def __init__(self, log_: SegmentLog, cursors: Cursors, files: Files, directory: Path, limits: Limits) -> None:
        """Use :meth:`open`."""
        self.cursors = cursors
        """How far each destination is; moved here, written within 100 ms."""
        self._open_at_start = tuple(log_.open_visits.all())
        self._log, self._files, self._directory, self._limits = log_, files, directory, limits
        self._reader = Reader(files, lambda: log_.segments, log_.heads)
        self._commit = GroupCommit(log_, self._on_batch, batch_bytes=min(BATCH_BYTES, limits.segment_bytes))
        self._housekeeping = Housekeeping(files, log_, self._commit, self._settled)
        self._pool = ThreadPoolExecutor(2, "journal-read")
        self._last_seq = log_.last_seq
        self._next_seq = log_.next_seq
        self._appended = 0
        self._waiting: Dict[int, asyncio.Future[None]] = {}
        self._readers: List[Tuple[int, asyncio.Future[None]]] = []
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._cursor_task: Optional[asyncio.Task[None]] = None
        self._count_task: Optional[asyncio.Task[None]] = None
        self._unclear: Set[int] = set()
        self._cursors_wait = False
        self._moved_s = 0.0
        """When a batch was last settled, or an event came while none waited; of the loop's clock."""
        self._closing = False

    @classmethod
    def open(
        cls,
        directory: Path,
        settings: config.Journal,
        *,
        clock_ms: Callable[[], int],
        files: Optional[Files] = None,
    ) -> "Journal":
        """Recover the journal of ``directory``, or begin one.

        Args:
            directory: a folder of its own; one process at a time.
            settings: bounds; ``max_bytes`` 0 is decided at the first start and kept.
            clock_ms: UTC milliseconds; it may step.
            files: file system, the real one by default.

        Raises:
            JournalError: the folder cannot be read or written.
        """
        files = files or RealFiles()
        try:
            files.make_dir(directory)
            files.fsync_dir(directory.parent)
            limits = limits_of(files, directory, settings, settings.segment_bytes)
        except OSError as error:
            raise JournalError(f"journal cannot be opened: {error.strerror}") from error
        cursors = Cursors(directory / CURSOR_DIR, files)
        segment_log = SegmentLog(
            directory, limits, clock_ms=clock_ms, files=files, cursors=cursors.all, told=cursors.kind
        )
        return cls(segment_log, cursors, files, directory, limits)

    def open_at_start(self) -> Iterator[Tuple[Recognition, int]]:
        """Yield the recognitions that the last run left without their visit, oldest first.

        Each comes with the last time its person was known to be there. They are read from the disk one by one,
        and stay open, also over further restarts, until their visit is appended. Those in a segment that goes
        meanwhile (closing them takes room) or cannot be read are left to the next start.
        """
        wanted = {visit.seq: visit for visit in self._open_at_start}
        places = {visit.segment_first_seq for visit in self._open_at_start}
        for segment in [segment for segment in self._log.segments if segment.first_seq in places]:
            try:
                for seq, body in catalog.recognitions(self._files, segment, wanted.keys()):
                    event = _recognition(seq, body)
                    if event and wanted[seq].segment_first_seq == segment.first_seq:
                        yield event, wanted[seq].last_seen_ms
            except OSError as error:
                log.warning("open visits stay for now", segment=segment.path.name, error=error.strerror)

    def apply(self, settings: config.Journal) -> None:
        """Go by new bounds of bytes and age from the next commit on; the size of segments stays that of the start.

        Raises:
            JournalError: the bound that was decided at the first start cannot be read.
        """
        try:
            self._limits = limits_of(self._files, self._directory, settings, self._limits.segment_bytes)
        except OSError as error:
            raise JournalError(f"bounds of the journal cannot be read: {error.strerror}") from error
        self._log.limit(self._limits)

    async def start(self) -> None:
        """Begin to take events."""
        self._loop = asyncio.get_running_loop()
        self._commit.start()
        self._housekeeping.start()
        self._cursor_task = self._loop.create_task(self._write_cursors())
        self._count_task = self._loop.create_task(self._count())

    async def close(self) -> None:
        """Make everything appended durable and write the cursors; later appends are refused."""
        if self._closing or self._loop is None:
            return
        self._closing = True
        await self._housekeeping.stop()
        stopped = await self._loop.run_in_executor(self._pool, self._commit.stop, self._next_seq, STOP_TIMEOUT_S)
        if not stopped:
            log.error("journal thread does not end, the disk hangs")
        for task in (self._cursor_task, self._count_task):
            if task:
                await ended(task)
        await self._flush_cursors()
        self._end_readers()
        self._pool.shutdown(wait=stopped)

    # Appending

    def append(self, event: Event) -> Appended:
        """Give ``event`` its number at once and make it durable soon. Called on the event loop.

        Raises:
            BadInput: an event that has no form on the disk (see ``records``); it gets no number.
        """
        assert self._loop is not None
        accepted: asyncio.Future[None] = self._loop.create_future()
        seq = self._next_seq
        if self._closing:
            return Appended(0, _failed(accepted, "journal is closed"))
        if seq >= self._log.number_limit:
            return Appended(0, _failed(accepted, "journal has no more numbers until the disk takes events"))
        entry = records.entry_of(seq, event)
        self._next_seq += 1
        self._appended += 1
        if not self._commit.put(entry):
            return Appended(seq, _failed(accepted, "journal queue is full"))
        if not self._waiting:
            self._moved_s = self._loop.time()
        self._waiting[seq] = accepted
        return Appended(seq, accepted)

    def _on_batch(self, batch: Sequence[Entry], error: Optional[JournalError]) -> None:
        """On the journal's thread: hand the outcome to the loop."""
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._settle, [entry.seq for entry in batch], error)
        except RuntimeError:
            log.warning("event loop ended before the journal")

    def _settle(self, seqs: Sequence[int], error: Optional[JournalError]) -> None:
        assert self._loop is not None
        self._moved_s = self._loop.time()
        for seq in seqs:
            accepted = self._waiting.pop(seq)
            if error:
                _failed(accepted, str(error))
            elif not accepted.done():
                accepted.set_result(None)
        if not error:
            self._last_seq = seqs[-1]
            self._wake_readers()

    def stuck_s(self) -> float:
        """For how long events have waited with no batch taken or given up by the disk; 0: none waits."""
        return self._loop.time() - self._moved_s if self._waiting and self._loop is not None else 0.0

    @property
    def thread_id(self) -> Optional[int]:
        """Of the thread that writes, as the kernel numbers it; ``None`` before the start."""
        return self._commit.thread_id

    async def _settled(self) -> None:
        """Return when everything appended so far is on the disk, or will not be."""
        if self._waiting:
            await asyncio.wait(tuple(self._waiting.values()))

    # Rewriting

    async def erase(self, wanted: Wanted) -> ErasedRecords:
        """Erase every record of some people, beside the appending; see ``housekeeping`` and ``tending``.

        Raises:
            JournalError: the disk refused, or the journal was closed; what is not erased yet is as it was.
        """
        return await self._housekeeping.erase(wanted)

    async def clear(self) -> None:
        """Remove every record that was appended so far, delivered or not: all destinations stand behind it.

        A visit whose recognition is among them must not be appended later.

        Raises:
            JournalError: the disk refused, or the journal was closed; some records may be left.
        """
        if self._closing or self._loop is None:
            raise JournalError("journal is closed")
        await self._settled()
        for name in self.cursors.names():
            self.cursors.advance(name, max(self.cursors.position(name), self._last_seq))
        await self._loop.run_in_executor(self._pool, self.cursors.flush)
        await self._housekeeping.clear()

    async def strip_pictures(self) -> bool:
        """Take the pictures out of one segment in which they are too old, as is done every minute anyway.

        Returns:
            Whether there was one.

        Raises:
            JournalError: the disk refused, or the journal was closed; nothing is changed then.
        """
        return await self._housekeeping.strip_pictures() is not None

    # Reading

    @property
    def last_seq(self) -> int:
        """Last accepted number, 0 for none."""
        return self._last_seq

    @property
    def next_seq(self) -> int:
        """First number that was not given away yet."""
        return self._next_seq

    def gone_after(self, seq: int) -> bool:
        """Whether an accepted record above ``seq`` was taken by retention."""
        segments = self._log.segments
        return (segments[0].prev_last_seq if segments else self._last_seq) > seq

    @property
    def oldest_seq(self) -> int:
        """No accepted number lies below it; ``last_seq + 1`` when the journal is empty."""
        segments = self._log.segments
        return segments[0].first_seq if segments else self._last_seq + 1

    @property
    def newest_event_us(self) -> int:
        """Greatest 16-digit event id so far as a number, for ``EventIds``; 0 for none."""
        return self._log.open_visits.newest_event_us

    def count_after(self, seq: int) -> int:
        """Return how many records lie behind ``seq``, as exactly as :meth:`behind`."""
        return self.behind(seq).records

    def behind(self, seq: int) -> Behind:
        """Return what lies behind ``seq``, at once and without the disk. Called on the event loop.

        Whole segments are counted exactly. In the one that ``seq`` is in, so it is when its heads are in memory:
        those of the segment being written and of those read lately are. Else it is divided by numbers, exact for
        records that are all alike, and its heads are read meanwhile for the next question. A segment whose tally
        was damaged is estimated until it was walked through, soon after the start. ``exact`` tells.
        """
        behind = self._log.ledger.behind(seq)
        if not behind.exact:
            self._make_clear(self._log.ledger.unclear(seq))
        return behind

    def tells(self, name: str, what: Type[Union[Recognition, Visit]]) -> None:
        """Take note what the destination ``name`` is told, to count what retention takes from it; else visits."""
        self.cursors.tells(name, Kind.RECOGNITION if what is Recognition else Kind.VISIT)

    def dropped(self, name: str) -> int:
        """Return how many events retention took before destination ``name`` had them, since the start."""
        return self._log.counters.dropped_undelivered.get(name, 0)

    def _make_clear(self, segment: Optional[Segment]) -> None:
        """Have the heads of ``segment`` read, unless that is under way or all are busy with it."""
        if segment is None or segment.first_seq in self._unclear or self._loop is None or self._closing:
            return
        if len(self._unclear) >= MAX_UNCLEAR:
            return
        self._unclear.add(segment.first_seq)
        done = self._loop.run_in_executor(self._pool, self._walk, segment)
        done.add_done_callback(lambda _: self._unclear.discard(segment.first_seq))

    async def _count(self) -> None:
        """Walk through the segments whose tally is not known: after damage, or from a former version."""
        assert self._loop is not None
        for segment in self._log.ledger.uncounted():
            await self._loop.run_in_executor(self._pool, self._walk, segment)

    def _walk(self, segment: Segment) -> None:
        """On the pool: learn the heads and the tally of ``segment``."""
        try:
            heads = self._reader.heads(segment)
        except OSError as error:
            log.warning("journal segment not counted", segment=segment.path.name, error=error.strerror)
        else:
            if segment.tally is None:
                self._log.ledger.learn(replace(segment, tally=heads.after(0)), segment.mark)

    async def read(self, after_seq: int, limit: int = 100, max_bytes: int = 8 << 20) -> List[Record]:
        """Return accepted records above ``after_seq``, oldest first.

        Args:
            after_seq: a cursor; 0 for everything there is.
            limit: greatest number of records.
            max_bytes: no further record once so many bytes are reached.

        Returns:
            Nothing only when nothing readable is left: then wait for what comes after the ``last_seq`` of before
            this call, since the last numbers may be damaged.

        Raises:
            JournalError: the disk refused.
        """
        assert self._loop is not None
        try:
            return await self._loop.run_in_executor(self._pool, self._reader.read, after_seq, limit, max_bytes)
        except OSError as error:
            raise JournalError(f"journal cannot be read: {error.strerror}") from error

    async def read_sealed(self, after_seq: int, limit: int, max_bytes: int) -> List[Sealed]:
        """Return accepted records above ``after_seq`` unopened; all else as :meth:`read`."""
        assert self._loop is not None
        try:
            return await self._loop.run_in_executor(self._pool, self._reader.sealed, after_seq, limit, max_bytes)
        except OSError as error:
            raise JournalError(f"journal cannot be read: {error.strerror}") from error

    async def get(self, seq: int) -> Optional[Record]:
        """Return the record with this number, ``None`` when it is gone; raises as :meth:`read`."""
        assert self._loop is not None
        try:
            return await self._loop.run_in_executor(self._pool, self._reader.get, seq)
        except OSError as error:
            raise JournalError(f"journal cannot be read: {error.strerror}") from error

    async def wait_for(self, after_seq: int) -> None:
        """Return once :attr:`last_seq` is above ``after_seq``.

        Raises:
            JournalError: the journal was closed.
        """
        assert self._loop is not None
        if self._last_seq > after_seq:
            return
        if self._closing:
            raise JournalError("journal is closed")
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._readers.append((after_seq, waiter))
        try:
            await waiter
        finally:
            self._readers = [item for item in self._readers if item[1] is not waiter]

    def _wake_readers(self) -> None:
        for after_seq, waiter in self._readers:
            if self._last_seq > after_seq and not waiter.done():
                waiter.set_result(None)

    def _end_readers(self) -> None:
        for _, waiter in self._readers:
            if not waiter.done():
                waiter.set_exception(JournalError("journal is closed"))

    # Cursors

    async def _write_cursors(self) -> None:
        while True:
            await asyncio.sleep(CURSOR_EVERY_S)
            await self._flush_cursors()

    async def _flush_cursors(self) -> None:
        assert self._loop is not None
        if not self.cursors.is_dirty:
            return
        try:
            await self._loop.run_in_executor(self._pool, self.cursors.flush)
        except JournalError as error:
            if not self._cursors_wait:  # it is tried ten times a second: a log on the same disk would fill it
                log.warning("cursors not written", error=str(error))
            self._cursors_wait = True
        else:
            if self._cursors_wait:
                log.info("cursors written again")
            self._cursors_wait = False

    def stats(self) -> JournalStats:
        """Return the counters of this moment."""
        counters, commit = self._log.counters, self._commit
        rate = self._log.rate_bytes_per_day
        room = room_bytes(self._limits, self._log.size_bytes, self._log.room.free_bytes)
        return JournalStats(
            segments=len(self._log.segments),
            size_bytes=self._log.size_bytes,
            max_bytes=self._limits.max_bytes,
            oldest_seq=self.oldest_seq,
            last_seq=self._last_seq,
            appended=self._appended,
            synced_batches=counters.synced_batches,
            pending_bytes=commit.pending_bytes,
            refused=commit.refused,
            failed=commit.failed,
            failing=commit.failing,
            gaps=self._reader.gaps,
            damaged_cursors=self.cursors.damaged,
            dropped_segments=counters.dropped_segments,
            dropped_undelivered=counters.dropped_undelivered,
            dropped_bytes=counters.dropped_bytes,
            dropped_visits=counters.dropped_visits,
            dropped_recognitions=counters.dropped_recognitions,
            free_bytes=self._log.room.free_bytes,
            reserve_bytes=self._limits.reserve_bytes,
            oldest_ms=self._log.ledger.behind(0).oldest_ms,
            rate_bytes_per_day=rate,
            reach_days=reach_days(rate, room, self._limits.max_age_ms / DAY_MS),
            distrusted_segments=counters.distrusted_segments,
            forgotten_open_visits=self._log.open_visits.forgotten,
            pictures_stripped=self._housekeeping.pictures_stripped,
            pictures_stripped_bytes=self._housekeeping.pictures_stripped_bytes,
        )


def _failed(future: "asyncio.Future[None]", reason: str) -> "asyncio.Future[None]":
    """Fail ``future``; one that nobody waits for makes no noise, the counters tell."""
    if not future.done():
        future.set_exception(JournalError(reason))
        future.exception()
    return future


def _recognition(seq: int, body: bytes) -> Optional[Recognition]:
    try:
        event = records.decode(Kind.RECOGNITION, seq, body)
    except BadMessage:
        return None
    return event if isinstance(event, Recognition) else None
