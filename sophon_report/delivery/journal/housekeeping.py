"""Rewriting beside a journal that runs: one worker thread, one job at a time, its results on the event loop.

Pictures that are too old are looked for every minute, and taken out of one segment after the other with a rest
between. While the journal cannot write nothing is begun. At the end a job is left off at its next record.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import replace
from typing import AbstractSet, Any, Awaitable, Callable, Optional, Set, TypeVar

import structlog

from sophon_report.delivery.journal.files import Files
from sophon_report.delivery.journal.group_commit import GroupCommit
from sophon_report.delivery.journal.rewrite import Rewritten
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.delivery.journal.tending import ErasedRecords, Tending, Wanted
from sophon_report.errors import JournalError
from sophon_report.ops.ending import ended

PICTURES_EVERY_S = 60.0
REST_S = 1.0
"""Between two segments; a copy of 32 MiB takes an eMMC about that long."""
OWNER_TIMEOUT_S = 60.0
"""How long the thread that owns the segments may be busy with batches that the disk does not take."""
STOP_TIMEOUT_S = 30.0

T = TypeVar("T")
log = structlog.get_logger()


class Housekeeping:
    """Jobs on the closed segments of a running journal.

    Args:
        files: file system.
        segments: of the journal.
        commit: owns them.
        settled: returns when everything appended so far is on the disk, or will not be.
    """

    def __init__(
        self, files: Files, segments: SegmentLog, commit: GroupCommit, settled: Callable[[], Awaitable[None]]
    ) -> None:
        self.pictures_stripped = 0
        """Records that lost their pictures to their age, since the start."""
        self.pictures_stripped_bytes = 0
        self._commit, self._settled = commit, settled
        self._tending = Tending(files, segments, self._on_owner, lambda: self._stopping)
        self._pool = ThreadPoolExecutor(1, "journal-rewrite")
        self._jobs: Set[asyncio.Future[Any]] = set()
        self._stopping = self._in_trouble = False
        self._looking: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Begin to look for old pictures."""
        self._looking = asyncio.get_running_loop().create_task(self._look(), name="old pictures")

    async def stop(self) -> None:
        """Leave off; what is not rewritten stays as it is."""
        self._stopping = True
        if self._looking:
            await ended(self._looking)
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=STOP_TIMEOUT_S)
        self._pool.shutdown(wait=False)

    async def erase(self, wanted: Wanted) -> ErasedRecords:
        """Do :meth:`Tending.erase`; ``wanted.forget`` is called on the event loop, the rest on the worker thread.

        Raises:
            JournalError: as that, or the journal is closed.
        """
        loop = asyncio.get_running_loop()

        def forget(event_ids: AbstractSet[str]) -> AbstractSet[str]:
            return asyncio.run_coroutine_threadsafe(self._forgotten(wanted, event_ids), loop).result()

        return await self._job(lambda: self._tending.erase(replace(wanted, forget=forget)))

    async def clear(self) -> None:
        """Remove every record that is on the disk; raises as :meth:`erase`."""
        await self._settled()
        await self._job(lambda: self._on_owner(lambda segments: segments.clear()))

    async def strip_pictures(self) -> Optional[Rewritten]:
        """Take the pictures out of one segment if they are too old anywhere.

        Raises:
            JournalError: as :meth:`Tending.strip_next`, or the journal is closed.
        """
        done = await self._job(self._tending.strip_next)
        if done:
            self.pictures_stripped += done.records
            self.pictures_stripped_bytes += done.freed_bytes
            log.info("old pictures taken out", segment=done.segment.path.name, records=done.records)
        return done

    async def _job(self, job: Callable[[], T]) -> T:
        if self._stopping:
            raise JournalError("journal is closed")
        running = asyncio.get_running_loop().run_in_executor(self._pool, job)
        self._jobs.add(running)
        running.add_done_callback(self._jobs.discard)
        return await asyncio.shield(running)

    async def _forgotten(self, wanted: Wanted, event_ids: AbstractSet[str]) -> AbstractSet[str]:
        dropped = wanted.forget(event_ids)
        await self._settled()
        return dropped

    def _on_owner(self, step: Callable[[SegmentLog], T]) -> T:
        """On the worker thread: have ``step`` done by the owner of the segments."""
        done: Future[T] = self._commit.run(step)
        try:
            return done.result(OWNER_TIMEOUT_S)
        except TookTooLong:
            if done.cancel():
                raise JournalError("the journal is busy with a disk that takes nothing") from None
            return done.result()  # it is at it: its end must be known

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(PICTURES_EVERY_S)
            try:
                await self._strip_all()
            except JournalError as error:
                if not self._in_trouble:
                    log.warning("old pictures stay for now", reason=str(error))
                self._in_trouble = True
            except Exception:  # pictures must go although one look failed in a way that nobody thought of
                log.exception("old pictures were not looked for")
            else:
                self._in_trouble = False

    async def _strip_all(self) -> None:
        while not self._commit.failing:
            if not await self.strip_pictures():
                return
            await asyncio.sleep(REST_S)
