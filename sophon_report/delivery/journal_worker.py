"""A task that follows the journal: reads ahead, has the records dealt with one by one, waits when nothing is left.

- A backlog is read in rounds of 50 records or 2 MiB, one after the other without a pause: while the records of one
  are dealt with, the next one is read; while one record is under way, the next is opened.
- With a period, the next look is that long after the one that found nothing; without, a record wakes the worker.
- :meth:`JournalWorker.stop` and what wakes the worker work at once, whatever it waits for.
- Nothing ends it but ``stop``: an error is told, followed by a rest, and the same record is tried again.
"""

import abc
import asyncio
import contextlib
from itertools import zip_longest
from typing import Awaitable, Callable, List, NamedTuple, Optional, Tuple

import structlog

from sophon_report.delivery.event_log import EventLog
from sophon_report.delivery.journal import Behind, Sealed
from sophon_report.errors import SophonReportError
from sophon_report.model import Record
from sophon_report.ops.ending import ended

READ_RECORDS = 50
READ_BYTES = 2 << 20
"""Of one round. A worker holds two in memory: a hundred records, which is also the vendor's round."""

CRASH_REST_S = 10.0
"""Rest after an error that should not exist, so that it cannot become a busy loop."""

log = structlog.get_logger()


class _Ahead(NamedTuple):
    """A round that is being read while the one before it is dealt with."""

    after_seq: int
    reading: "asyncio.Task[List[Sealed]]"


class JournalWorker(abc.ABC):
    """Follows ``log``.

    Args:
        name: what its log lines and its task are called.
        log: read from the place on.
        rest_s: rest after the journal could not be read.
        period_s: once nothing is left, how long until the next look; 0: woken by the next record.
    """

    def __init__(self, name: str, log: EventLog, rest_s: float, period_s: float = 0.0) -> None:
        self._name = name
        self._log = log
        self._rest_s = rest_s
        self._period_s = period_s
        self._looked_through_seq = 0
        self._damaged_seq = 0
        self._stopping = False
        self._drain_until = 0.0
        self._ahead: Optional[_Ahead] = None
        self._next: Optional[Sealed] = None
        self._early: Optional[Tuple[Sealed, Optional[Record]]] = None
        self._wake = asyncio.Event()
        self._task: Optional[asyncio.Task[None]] = None

    @abc.abstractmethod
    def position(self) -> int:
        """Number of the last record that is dealt with; moved by :meth:`_deal`."""

    @abc.abstractmethod
    async def _deal(self, record: Record) -> bool:
        """Bring one record to its end; ``False`` when the worker is to leave before that."""

    @abc.abstractmethod
    def _nothing_left(self, next_look_s: Optional[float]) -> None:
        """Told when everything is dealt with; the next look is in so many seconds, or when a record comes."""

    @abc.abstractmethod
    def _failed(self, reason: str, rest_s: float) -> None:
        """Told of an error, before a rest."""

    def start(self) -> None:
        """Begin; once."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"deliver {self._name}")

    async def stop(self, finish_s: float, drain_s: float = 0.0) -> None:
        """End the worker; what it has not dealt with stays in the journal.

        Args:
            finish_s: how long the request in flight may take; cut off after that.
            drain_s: before that, how long records are dealt with as long as that succeeds.
        """
        self._stopping = True
        self._drain_until = asyncio.get_running_loop().time() + drain_s
        self._wake.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=drain_s + finish_s)
            if late:
                await ended(self._task)

    def behind(self) -> Behind:
        """What is not dealt with; numbers in which nothing was found to read do not count."""
        return self._log.behind(max(self.position(), self._looked_through_seq))

    def _begun_seq(self) -> int:
        """Number of the last record that was given to :meth:`_deal`; what comes behind it is read."""
        return self.position()

    async def _run(self) -> None:
        try:
            while not self._leaving():
                await self._guarded(self._round)
        finally:
            self._forget_ahead()

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work``; an error in it is told, followed by a rest."""
        try:
            await work()
        except (SophonReportError, OSError) as error:
            self._failed(str(error), self._rest_s)
            await self._rest(self._rest_s)
        except Exception:
            # A worker that dies delivers nothing ever again.
            log.exception("delivery_error", destination=self._name)
            self._failed("internal error, see the log", CRASH_REST_S)
            await self._rest(CRASH_REST_S)

    async def _round(self) -> None:
        """Deal with one read-ahead, or wait until there is something."""
        looked_s = asyncio.get_running_loop().time()
        seen_seq = self._log.last_seq
        records = await self._read()
        if not records:
            self._looked_through_seq = seen_seq
            await self._idle(seen_seq, looked_s + self._period_s - asyncio.get_running_loop().time())
        for sealed, following in zip_longest(records, records[1:]):
            record = self._opened(sealed)
            if following is not None:
                self._open_next(following)
            if record is None:
                self._damaged_seq = sealed.seq
            elif not await self._deal(record) or self._leaving():
                return

    def _open_next(self, sealed: Sealed) -> None:
        """Open a record and make it ready while the one before it is under way."""
        self._next = sealed
        asyncio.get_running_loop().call_soon(self._open_early, sealed)

    def _open_early(self, sealed: Sealed) -> None:
        if self._next is not sealed:
            return
        try:
            record = sealed.open()
            self._early = (sealed, record)
            if record is not None:
                self._make_ready(record)
        except Exception:  # noqa: BLE001 - it comes again in its turn, and is told there
            self._early = None

    def _opened(self, sealed: Sealed) -> Optional[Record]:
        """``None`` for a damaged record."""
        early, self._next, self._early = self._early, None, None
        return early[1] if early is not None and early[0] is sealed else sealed.open()

    def _make_ready(self, record: Record) -> None:  # noqa: B027 - most have nothing to prepare
        """Told of a record before its turn, while there is time."""

    async def _read(self) -> List[Sealed]:
        """The records behind the place, of which the next ones are then read already."""
        after_seq = max(self._begun_seq(), self._damaged_seq)
        records = await self._read_ahead(after_seq) or await self._log.read_sealed(
            after_seq, READ_RECORDS, READ_BYTES
        )
        if records and self._log.last_seq > records[-1].seq:
            reading = self._log.read_sealed(records[-1].seq, READ_RECORDS, READ_BYTES)
            self._ahead = _Ahead(records[-1].seq, asyncio.ensure_future(reading))
        return records

    async def _read_ahead(self, after_seq: int) -> List[Sealed]:
        """What was read behind this place, if anything was."""
        ahead = self._ahead
        if ahead is None or ahead.after_seq != after_seq:
            self._forget_ahead()
            return []
        self._ahead = None
        return await ahead.reading

    def _forget_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            # Why it failed, if it did, is told by who reads there again.
            ahead.reading.add_done_callback(lambda read: read.cancelled() or read.exception())
            ahead.reading.cancel()

    async def _idle(self, seen_seq: int, next_look_s: float) -> None:
        """Wait for the next look, or for a record behind ``seen_seq``.

        The place may stay below ``seen_seq`` where numbers were skipped.
        """
        self._wake.clear()
        if self._stopping:
            self._leave_now()
        elif self._period_s:
            self._nothing_left(max(0.0, next_look_s))
            await self._woken_within(max(0.0, next_look_s))
        else:
            self._nothing_left(None)
            await self._news(seen_seq)

    async def _news(self, seen_seq: int) -> None:
        waits = [asyncio.ensure_future(self._log.wait_for(seen_seq)), asyncio.ensure_future(self._wake.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            news, _ = await asyncio.gather(*waits, return_exceptions=True)
        if isinstance(news, Exception):
            raise news

    async def _rest(self, delay_s: Optional[float]) -> None:
        """Do nothing for ``delay_s`` (``None``: without end), or until somebody wakes or stops the worker."""
        self._wake.clear()
        if not self._stopping:
            await self._woken_within(delay_s)
        if self._stopping:
            self._leave_now()

    async def _woken_within(self, delay_s: Optional[float]) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._wake.wait(), delay_s)

    def _leave_now(self) -> None:
        self._drain_until = 0.0

    def _leaving(self) -> bool:
        return self._stopping and asyncio.get_running_loop().time() >= self._drain_until
