"""Long work of the running service: begun by one call, asked after by others, with how far it is.

::

    start ─► queued ─► running ─► done       of each kind one runs at a time, the others wait in order
                  │       ├─────► failed     with a problem in words
                  └───────┴─────► cancelled  at once while it waits, else at the work's next safe moment

The rules
    * Work is a coroutine on the event loop that takes what is heavy into threads. It gets a :class:`Ticket`, tells
      it how far it is (from any thread), and asks it whether to leave off.
    * At most ``MAX_OPEN`` jobs wait or run; one more is refused. At most ``MAX_KEPT`` that have ended are kept;
      the oldest goes, and :attr:`JobStats.forgotten` counts it.
    * When the service leaves, those that can are asked to leave off, and have ``STOP_S`` for it; all others are
      broken off. A restart knows no jobs: work that must go on then keeps its own note on the disk, and is begun
      again by whoever reads it.
    * A job holds no personal data: neither its kind nor its problem names anybody.
"""

import asyncio
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional

import structlog

from sophon_report.api.job import Job, JobProgress, JobState
from sophon_report.errors import NotFound, SophonReportError, Unavailable, WrongState

MAX_OPEN = 16
MAX_KEPT = 100
STOP_S = 5.0

log = structlog.get_logger()


class JobCancelled(Exception):  # noqa: N818 - an end like any other
    """The work leaves off, as it was asked to; with what it has done."""

    def __init__(self, result: Optional[Mapping[str, Any]] = None) -> None:
        self.result = result
        super().__init__()


class Ticket:
    """What a piece of work tells and asks; every method may be called from any thread."""

    def __init__(self) -> None:
        self._look: Callable[[], JobProgress] = JobProgress
        self._cancelled = threading.Event()

    def tell(self, done: int, total: Optional[int] = None, unit: str = "", step: str = "") -> None:
        """So far it is."""
        progress = JobProgress(done, total, unit, step)
        self._look = lambda: progress

    def follow(self, look: Callable[[], JobProgress]) -> None:
        """Whoever wants to know how far it is asks ``look``, on the event loop, instead of waiting to be told."""
        self._look = look

    @property
    def progress(self) -> JobProgress:
        """How far it is."""
        return self._look()

    @property
    def cancelled(self) -> bool:
        """Whether it is to leave off: asked where it is safe to, it raises :class:`JobCancelled` then."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Have it leave off."""
        self._cancelled.set()


Work = Callable[[Ticket], Awaitable[Mapping[str, Any]]]
"""Returns what came of it, JSON-ready and short: a long report is a file. Raises as the package does."""


@dataclass(frozen=True)
class JobStats:
    """Counters since the start."""

    open: int
    """That wait or run."""
    kept: int
    forgotten: int
    """That had ended, and went for newer ones."""
    refused: int
    """That were not taken on, because too many were open."""


class _Held:
    def __init__(self, job: Job, work: Work) -> None:
        self.job, self.work, self.ticket = job, work, Ticket()

    def told(self) -> Job:
        return self.job if self.job.ended else replace(self.job, progress=self.ticket.progress)


class Jobs:
    """All jobs of one service. Every method is called on the event loop.

    Args:
        clock_ms: milliseconds since the epoch.
        max_open: that wait or run.
        max_kept: that have ended.
    """

    def __init__(self, clock_ms: Callable[[], int], max_open: int = MAX_OPEN, max_kept: int = MAX_KEPT) -> None:
        self._clock_ms, self._max_open, self._max_kept = clock_ms, max_open, max_kept
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._running: Dict[str, asyncio.Task[None]] = {}
        """By kind."""
        self._forgotten = self._refused = 0
        self._leaving = False

    def start(self, kind: str, work: Work, *, actor: str = "", cancellable: bool = False) -> Job:
        """Take work on; it begins at once unless another of its kind runs.

        Raises:
            Unavailable: too many jobs are open, or the service is leaving.
        """
        if self._leaving or sum(not held.job.ended for held in self._held.values()) >= self._max_open:
            self._refused += 1
            raise Unavailable(f"{self._max_open} jobs wait or run already: try again when one has ended")
        job = Job(secrets.token_hex(8), kind, actor[:128], self._clock_ms(), cancellable=cancellable)
        held = self._held[job.job_id] = _Held(job, work)
        self._forget_oldest()
        self._begin(kind)
        return held.told()

    def list(self) -> List[Job]:
        """All jobs, the newest first."""
        return [held.told() for held in reversed(self._held.values())]

    def get(self, job_id: str) -> Job:
        """One of them.

        Raises:
            NotFound: none has the id; it may have been forgotten.
        """
        return self._find(job_id).told()

    def cancel(self, job_id: str) -> Job:
        """Have one leave off; returns how it stands now.

        Raises:
            NotFound: none has the id.
            WrongState: it has ended, or cannot leave off.
        """
        held = self._find(job_id)
        if held.job.ended:
            raise WrongState(f"the job has ended: it is {held.job.state.value}")
        if not held.job.cancellable:
            raise WrongState("this kind of job cannot leave off half done")
        held.ticket.cancel()
        held.job = replace(held.job, cancel_asked=True)
        if held.job.state is JobState.QUEUED:
            self._end(held, JobState.CANCELLED)
        return held.told()

    def forget(self, job_id: str) -> None:
        """Drop one that has ended.

        Raises:
            NotFound: none has the id.
            WrongState: it has not ended.
        """
        if not self._find(job_id).job.ended:
            raise WrongState("the job has not ended: cancel it first")
        del self._held[job_id]

    def stats(self) -> JobStats:
        """Counters since the start."""
        ended = sum(held.job.ended for held in self._held.values())
        return JobStats(len(self._held) - ended, ended, self._forgotten, self._refused)

    async def stop(self, patience_s: float = STOP_S) -> None:
        """Have all leave off; who cannot, or does not in time, is broken off."""
        self._leaving = True
        patient = {held.job.kind for held in self._held.values() if held.job.cancellable and not held.job.ended}
        for held in self._held.values():
            held.ticket.cancel()
        for kind, task in self._running.items():
            if kind not in patient:
                task.cancel()
        tasks = list(self._running.values())
        if tasks:
            _done, late = await asyncio.wait(tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _find(self, job_id: str) -> _Held:
        if job_id not in self._held:
            raise NotFound("there is no such job, or not any more")
        return self._held[job_id]

    def _begin(self, kind: str) -> None:
        waiting = (
            held for held in self._held.values() if held.job.kind == kind and held.job.state is JobState.QUEUED
        )
        held = next(waiting, None)
        if held is None or kind in self._running or self._leaving:
            return
        held.job = replace(held.job, state=JobState.RUNNING, started_ms=self._clock_ms())
        self._running[kind] = asyncio.get_running_loop().create_task(self._run(held), name=f"job {kind}")

    async def _run(self, held: _Held) -> None:
        try:
            result = await held.work(held.ticket)
        except JobCancelled as end:
            self._end(held, JobState.CANCELLED, result=end.result)
        except SophonReportError as error:
            self._end(held, JobState.FAILED, problem=str(error))
        except asyncio.CancelledError:
            self._end(held, JobState.FAILED, problem="the service is leaving")
            raise
        except Exception:
            log.exception("job_failed", kind=held.job.kind)
            self._end(held, JobState.FAILED, problem="internal error: see the service's log")
        else:
            self._end(held, JobState.DONE, result=result)
        finally:
            del self._running[held.job.kind]
            self._begin(held.job.kind)

    def _end(
        self, held: _Held, state: JobState, result: Optional[Mapping[str, Any]] = None, problem: str = ""
    ) -> None:
        told = dict(result) if result is not None else None
        held.job = replace(
            held.told(), state=state, finished_ms=self._clock_ms(), result=told, problem=problem[:1024]
        )
        log.info("job_ended", kind=held.job.kind, job_id=held.job.job_id, state=state.value)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        ended = [job_id for job_id, held in self._held.items() if held.job.ended]
        for job_id in ended[: max(0, len(ended) - self._max_kept)]:
            del self._held[job_id]
            self._forgotten += 1
