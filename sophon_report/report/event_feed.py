"""The event index fed from the journal, and everything else that is written to it.

::

    journal ──► a slice of records ──► rows ──► put, with the cursor ──► trim ──► rest, or wait for more

The promise
    * A recognition is a row within about a second of being on the disk; its visit makes the row final. Records
      come in order and at least once, and a row is the same however often.
    * The event loop carries none of it: records are read and opened, rows are written in threads. Catching up
      takes half of the time, the rest between slices leaves the other half to events.
    * What the index lacks is counted: numbers that retention took before they were read (``missed``), records that
      are damaged (``damaged``), or that SQLite has no form for (``refused``). It goes on behind them.
    * A disk that refuses costs the index its time, never an event: it is tried again every :data:`RETRY_S`, and
      told. A file that turns out to be damaged is moved aside, and the journal read anew.
    * Between reading and putting nothing else is written: whoever was erased from the journal and then here does
      not come back from a slice that was read before.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import AbstractSet, Callable, List, Optional, Sequence, Tuple, TypeVar

import structlog

from sophon_report import config
from sophon_report.delivery.journal import Journal, Sealed
from sophon_report.errors import BadInput, JournalError, StoreError, StoreUnusable
from sophon_report.model import Progress
from sophon_report.ops.ending import ended
from sophon_report.report.row_ages import WatchedClock
from sophon_report.store.event_index import EventIndex, EventRow, row_of

SLICE = 64
"""Records read at once: opening them takes a few milliseconds."""
SLICE_BYTES = 4 << 20
SETTLE_S = 0.5
"""From the first new record to reading it: those that come with it are written together."""
STEADY_S = 1.0
"""Between two slices while records come steadily: half as many pages are written as with half of the time."""
LONGEST_REST_S = 0.5
BREATH_S = 0.0002
"""Before a record is opened: that long the event loop may have the interpreter, which opening takes from it."""
LOOK_EVERY_S = 60.0
"""With nothing to read: whether rows have become too old."""
RETRY_S = 10.0
SCRUB_TRIES = 50
SCRUB_REST_S = 0.1
DAY_MS = 86_400_000

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True)
class EventFeedStats:
    """Level of this moment and counters since the start."""

    rows: int
    size_bytes: int
    """Of the index's files."""
    lag: int
    """Records of the journal that are not in it yet."""
    put: int
    """Rows that were new or changed."""
    trimmed: int
    """Rows that went over the bounds."""
    missed: int
    """Numbers of records that retention took before they were read: at most so many."""
    damaged: int
    refused: int
    begun_anew: int
    """Files that could not be used."""
    problem: str
    """Why it does not go on, or that a question met damage; ``""``: neither."""


@dataclass(frozen=True)
class Reindexed:
    """What reading the whole journal again changed."""

    first_seq: int = 0
    last_seq: int = 0
    records: int = 0
    """Recognitions and visits that were read."""
    added: int = 0
    changed: int = 0
    damaged: int = 0


class EventFeed:
    """Feeds one index from one journal; everything is called on the event loop.

    Without :meth:`start` it does what it is asked for, once :meth:`open` was.

    Args:
        journal: what is read.
        index: what is written, from here alone.
        bounds: of the rows, as they are set now.
        clock_ms: UTC milliseconds; it may step.
        retry_s: how long to wait after a disk refused.
    """

    def __init__(
        self,
        journal: Journal,
        index: EventIndex,
        bounds: Callable[[], config.Events],
        clock_ms: Callable[[], int],
        retry_s: float = RETRY_S,
    ) -> None:
        self._journal, self._index, self._bounds = journal, index, bounds
        self._clock_ms, self._retry_s = clock_ms, retry_s
        self._alone = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "event-index")
        self._task: Optional[asyncio.Task[None]] = None
        self._clock = WatchedClock(0)
        self._looked_s = time.monotonic()
        self._problem = ""
        self._put = self._trimmed = self._missed = self._damaged = self._refused = self._begun_anew = 0

    # Life

    def start(self) -> None:
        """Begin to follow the journal."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="event index")

    async def stop(self) -> None:
        """Leave off and close the index; the next start goes on."""
        if self._task is not None:
            await ended(self._task)
        self._index.halt()
        await self._do(self._index.close)
        self._thread.shutdown(wait=False)

    async def open(self) -> None:
        """Open the index, and see that its place is one of this journal.

        Raises:
            StoreError: the disk refuses.
        """
        if not await self._do(self._index.open):
            self._begun_anew += 1
        self._clock = WatchedClock(self._index.newest_ms)
        if self._index.cursor > self._journal.last_seq:
            log.warning("event_index_of_another_journal", cursor=self._index.cursor, last=self._journal.last_seq)
            await self._do(partial(self._index.put, (), 0))

    async def _opened(self) -> None:
        if not self._index.stats().is_open:
            await self.open()

    async def _run(self) -> None:
        while True:
            try:
                await self.open()
                await self._follow()
            except (StoreError, JournalError) as error:
                await self._failed(error)
            except Exception:
                log.exception("event_feed_failed")
                self._problem = "internal error, see the log"
            await asyncio.sleep(self._retry_s)

    async def _failed(self, error: Exception) -> None:
        if not self._problem:
            log.error("events_not_indexed", reason=str(error))
        self._problem = str(error)
        if isinstance(error, StoreUnusable):
            try:
                await self._begin_anew(error)
            except StoreError as further:
                self._problem = str(further)

    async def _begin_anew(self, why: StoreUnusable) -> None:
        await self._do(partial(self._index.begin_anew, 0, why))
        self._begun_anew += 1

    async def _follow(self) -> None:
        while True:
            began_s = time.monotonic()
            more = await self.step()
            trimmed = await self.trim()
            if self._problem:
                log.info("events_indexed_again", lag=self._lag())
            self._problem = ""
            if more or trimmed:
                await asyncio.sleep(min(time.monotonic() - began_s, LONGEST_REST_S))
            elif await self._came():
                await asyncio.sleep(settle_s(time.monotonic() - began_s))

    async def _came(self) -> bool:
        try:
            await asyncio.wait_for(self._journal.wait_for(self._index.cursor), LOOK_EVERY_S)
        except asyncio.TimeoutError:
            return False
        return True

    # Steps

    async def step(self) -> bool:
        """Put one slice of records behind the cursor; whether there are more.

        Raises:
            StoreError: the index cannot be written; nothing of the slice is in it.
            JournalError: the journal cannot be read.
        """
        async with self._alone:
            cursor, newest = self._index.cursor, self._journal.last_seq
            if newest <= cursor:
                return False
            sealed = await self._journal.read_sealed(cursor, SLICE, SLICE_BYTES)
            self._count_missed(cursor, sealed[0].seq if sealed else newest + 1)
            _, added, changed = await self._do(partial(self._take, sealed, sealed[-1].seq if sealed else newest))
            self._put += added + changed
            return self._index.cursor < self._journal.last_seq

    def _count_missed(self, cursor: int, reached: int) -> None:
        """Whether retention was faster; an index that begins misses nothing, the journal is all it can have."""
        missed = min(self._journal.oldest_seq, reached) - 1 - cursor
        if cursor and missed > 0 and self._journal.gone_after(cursor):
            self._missed += missed
            log.error("events_gone_before_they_were_indexed", first_seq=cursor + 1, last_seq=cursor + missed)

    def _take(self, sealed: Sequence[Sealed], cursor: Optional[int]) -> Tuple[int, int, int]:
        """On the thread: open the records and put their rows; how many events, new rows and changed ones."""
        rows: List[EventRow] = []
        for each in sealed:
            time.sleep(BREATH_S)
            record = each.open()
            if record is None:
                self._damaged += 1
            elif not isinstance(record.value, Progress):
                rows.append(row_of(record.value))
        try:
            return (len(rows), *self._index.put(rows, cursor))
        except BadInput:
            return (len(rows), *self._put_singly(rows, cursor))

    def _put_singly(self, rows: Sequence[EventRow], cursor: Optional[int]) -> Tuple[int, int]:
        added = changed = 0
        for row in rows:
            try:
                new, other = self._index.put([row])
            except BadInput as error:
                self._refused += 1
                log.error("event_not_indexed", event_id=row.event_id, reason=str(error))
            else:
                added, changed = added + new, changed + other
        self._index.put((), cursor)
        return added, changed

    async def trim(self) -> int:
        """Remove some rows that are over the bounds; how many, 0 when none is any more.

        Raises:
            StoreError: the index cannot be written.
        """
        bounds, now_s = self._bounds(), time.monotonic()
        elapsed_ms, self._looked_s = int((now_s - self._looked_s) * 1000), now_s
        before_ms = None
        if bounds.max_age_days:
            max_age_ms = int(bounds.max_age_days * DAY_MS)
            before_ms = self._clock.look(self._clock_ms(), elapsed_ms, max_age_ms) - max_age_ms
        trimmed = await self._do(partial(self._index.trim, bounds.max_rows, before_ms))
        self._trimmed += trimmed
        return trimmed

    # Jobs

    async def reindex(self, told: Callable[[int, int], None]) -> Reindexed:
        """Read the whole journal again: rows that are missing are added, wrong ones overwritten, none removed.

        Args:
            told: ``told(seq, last_seq)``, how far it is.

        Raises:
            StoreError: the index cannot be written; what is put is put.
            JournalError: the journal cannot be read.
        """
        await self._opened()
        first, last = self._journal.oldest_seq, self._journal.last_seq
        damaged, at = self._damaged, first - 1
        totals = (0, 0, 0)
        while at < last:
            began_s = time.monotonic()
            async with self._alone:
                sealed = await self._journal.read_sealed(at, SLICE, SLICE_BYTES)
                found = await self._do(partial(self._take, sealed, None))
            totals = (totals[0] + found[0], totals[1] + found[1], totals[2] + found[2])
            at = sealed[-1].seq if sealed else last
            told(at, last)
            if self._task is not None:
                await asyncio.sleep(min(time.monotonic() - began_s, LONGEST_REST_S))
        await self._do(self._index.recount)
        return Reindexed(first, last, *totals, damaged=self._damaged - damaged)

    async def count_of(self, identity_ids: AbstractSet[str], event_ids: AbstractSet[str]) -> int:
        """How many rows are of these people or these events; 0 when the file is damaged there.

        Raises:
            StoreError: the index cannot be read.
        """
        await self._opened()
        try:
            return await self._do(partial(self._index.count_of, identity_ids, event_ids))
        except StoreUnusable:
            return 0

    async def forget(self, identity_ids: AbstractSet[str], event_ids: AbstractSet[str]) -> int:
        """Remove the rows of these people and events from the file and its log; how many there were.

        With people goes the file that was moved aside, which they may be in; and this one, when damage keeps
        them in it: then the index begins anew.

        Raises:
            StoreError: the disk refuses, or somebody reads for too long; a second call goes on.
        """
        await self._opened()
        async with self._alone:
            try:
                gone = await self._do(partial(self._index.forget, identity_ids, event_ids))
                await self._do(self._scrub)
            except StoreUnusable as error:
                if not identity_ids:
                    raise
                gone = 0
                await self._begin_anew(error)
            if identity_ids:
                await self._do(self._index.forget_aside)
        return gone

    async def wipe(self, up_to_seq: int) -> None:
        """Remove all rows, and go on behind the record ``up_to_seq`` of the journal.

        Raises:
            StoreError: the disk refuses.
        """
        async with self._alone:
            await self._do(partial(self._index.begin_anew, up_to_seq))

    def _scrub(self) -> None:
        for _ in range(SCRUB_TRIES):
            if self._index.scrub():
                return
            time.sleep(SCRUB_REST_S)
        raise StoreError("the event index is being read: what was deleted is still in its log")

    # Figures

    def stats(self) -> EventFeedStats:
        """Level and counters."""
        now = self._index.stats()
        return EventFeedStats(
            rows=now.rows,
            size_bytes=now.size_bytes,
            lag=self._lag(),
            put=self._put,
            trimmed=self._trimmed,
            missed=self._missed,
            damaged=self._damaged,
            refused=self._refused,
            begun_anew=self._begun_anew,
            problem=self._problem or (now.problem if now.is_open else ""),
        )

    def _lag(self) -> int:
        return self._journal.behind(self._index.cursor).records

    async def _do(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)


def settle_s(since_s: float) -> float:
    """How long to wait after a new record when the last slice was begun ``since_s`` ago."""
    return max(SETTLE_S, STEADY_S - since_s)
