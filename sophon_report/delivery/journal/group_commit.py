"""One thread that makes appended records durable in batches.

A batch is what gathered within 20 ms of its first record, or 1 MiB: one ``fdatasync`` for all of it. On an eMMC a
sync costs 5 to 30 ms and wears the flash, so a shorter wait would gain no throughput and a longer one only delay.

When the disk is slower than the events, up to :data:`QUEUE_BYTES` wait in memory; then the newest is refused: its
future fails, ``refused`` counts it, the caller goes on at once. Those that wait are older and keep their place.
When the disk refuses a batch it is tried again every second for 10 s; then its futures fail, ``failed`` counts
them, and the next batch gets its own try.
"""

import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import Callable, Deque, List, Optional, Sequence, TypeVar

import structlog

from sophon_report.delivery.journal.segment import Entry
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.errors import JournalError

GATHER_S = 0.020
BATCH_BYTES = 1 << 20
QUEUE_BYTES = 32 << 20
RETRY_EVERY_S = 1.0
RETRY_FOR_S = 10.0
IDLE_S = 60.0
"""So often an idle journal looks at the age of what it keeps."""

T = TypeVar("T")
Done = Callable[[Sequence[Entry], Optional[JournalError]], None]

log = structlog.get_logger()


class GroupCommit:
    """The only owner of a :class:`SegmentLog` between ``start`` and ``stop``."""

    def __init__(self, segments: SegmentLog, done: Done, batch_bytes: int = BATCH_BYTES) -> None:
        """Take charge of ``segments`` from ``start`` on.

        Args:
            segments: nobody else writes to it any more.
            done: called on the thread once per batch with its entries, and ``None`` or why they failed.
            batch_bytes: a batch is full when it has so many.
        """
        self.pending_bytes = 0
        """Waiting or being written; at most :data:`QUEUE_BYTES` and one record."""
        self.refused = 0
        self.failed = 0
        self.failing = False
        """The last try to write went wrong."""
        self._segments, self._done, self._batch_bytes = segments, done, batch_bytes
        self._queue: Deque[Entry] = deque()
        self._queued_bytes = 0
        self._steps: Deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._next_seq = 0
        # A daemon: a journal that nobody closed (its owner failed) must not keep the process from ending. What is
        # cut off then was not accepted yet; it is as after a kill.
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def thread_id(self) -> Optional[int]:
        """Of the thread, as the kernel numbers it; ``None`` before it is started."""
        return self._thread.native_id

    def put(self, entry: Entry) -> bool:
        """Queue ``entry`` without waiting; ``False`` when the queue is full."""
        with self._changed:
            if self.pending_bytes >= QUEUE_BYTES or self._stopping.is_set():
                self.refused += 1
                return False
            self._queue.append(entry)
            self._queued_bytes += entry.length
            self.pending_bytes += entry.length
            if len(self._queue) == 1 or self._queued_bytes >= self._batch_bytes:
                self._changed.notify()
            return True

    def run(self, step: Callable[[SegmentLog], T]) -> "Future[T]":
        """Have ``step`` done on the thread between two batches; what it raises is in the future.

        It may be cancelled as long as it is not begun. Later than :meth:`stop` none is done.
        """
        done: Future[T] = Future()

        def do() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                done.set_result(step(self._segments))
            except Exception as error:  # noqa: BLE001 - handed to who asked; the thread must outlive it
                done.set_exception(error)

        with self._changed:
            if self._stopping.is_set():
                done.set_exception(JournalError("journal is closed"))
            else:
                self._steps.append(do)
                self._changed.notify()
        return done

    def stop(self, next_seq: int, timeout_s: float) -> bool:
        """Write what is queued, close the segments; ``False`` when the disk did not answer in time.

        Args:
            next_seq: first number that was not given away.
            timeout_s: a thread that hangs in the disk for longer is left behind.
        """
        self._next_seq = next_seq
        with self._changed:
            self._stopping.set()
            self._changed.notify()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The thread

    def _run(self) -> None:
        while not (self._stopping.is_set() and not self._queue and not self._steps):
            batch = self._gather()
            if batch:
                self._commit(batch)
            if self._steps:
                self._steps.popleft()()
            elif not batch and not self._stopping.is_set():
                self._tidy()
        try:
            self._segments.close(self._next_seq)
        except JournalError as error:
            log.warning("journal not closed in order", error=str(error))

    def _gather(self) -> List[Entry]:
        """Wait for a batch; none after a while without a record."""
        idle_s = IDLE_S if self._segments.is_open else RETRY_EVERY_S
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._steps or self._stopping.is_set(), idle_s)
            if not self._queue:
                return []
            self._changed.wait_for(
                lambda: self._queued_bytes >= self._batch_bytes or self._stopping.is_set(), GATHER_S
            )
            return self._take()

    def _take(self) -> List[Entry]:
        batch: List[Entry] = []
        taken_bytes = 0
        while self._queue and taken_bytes < self._batch_bytes:
            batch.append(self._queue.popleft())
            taken_bytes += batch[-1].length
        self._queued_bytes -= taken_bytes
        return batch

    def _commit(self, batch: List[Entry]) -> None:
        deadline = time.monotonic() + RETRY_FOR_S
        error = self._try(batch)
        while error and time.monotonic() < deadline and not self._stopping.wait(RETRY_EVERY_S):
            error = self._try(batch)
        with self._changed:
            self.pending_bytes -= sum(entry.length for entry in batch)
            self.failed += len(batch) if error else 0
        self._done(batch, error)

    def _try(self, batch: List[Entry]) -> Optional[JournalError]:
        error: Optional[JournalError] = None
        try:
            self._segments.commit(batch)
        except JournalError as refused:
            error = refused
        except Exception as surprise:  # the thread must outlive whatever it is: appends wait for it
            log.exception("journal thread failed")
            error = JournalError(f"internal error: {surprise}")
        self._note(error)
        return error

    def _tidy(self) -> None:
        try:
            self._segments.retire_idle()
        except JournalError as error:
            self._note(error)
        else:
            self._note(None)

    def _note(self, error: Optional[JournalError]) -> None:
        if error and not self.failing:
            log.error("journal does not take events", error=str(error))
        elif self.failing and not error:
            log.info("journal takes events again")
        self.failing = error is not None
