"""Erasing as a job of the running service: begun by one call, asked after by others.

What was broken off, by a kill or a disk that refused, is gone on with at the start and every :data:`RETRY_S`.
"""

import asyncio
from dataclasses import asdict
from typing import Any, Dict, Mapping, Optional

import structlog

from sophon_report.api.job import Job, JobProgress
from sophon_report.errors import SophonReportError, Unavailable
from sophon_report.ops.ending import ended
from sophon_report.report.erasing import PersonEraser
from sophon_report.report.former_strangers import FormerStrangers
from sophon_report.report.jobs import Jobs, Ticket

KIND = "erase a person"
RETRY_S = 60.0

log = structlog.get_logger()


class ErasureDesk:
    """One erasing at a time; what became of the last one is told until the next.

    Args:
        eraser: does it.
        jobs: where it is told as one.
        retry_s: how long to wait before what could not be finished is tried again.
    """

    def __init__(self, eraser: PersonEraser, jobs: Jobs, retry_s: float = RETRY_S) -> None:
        self._eraser, self._jobs, self._retry_s = eraser, jobs, retry_s
        self._finishing: Optional[asyncio.Task[None]] = None
        self._begun = False
        self._ended: Dict[str, Any] = {"state": "idle"}

    def start(self) -> None:
        """Go on with what was broken off, now and whenever something was."""
        self._finishing = asyncio.get_running_loop().create_task(self._finish(), name="erase on")

    async def _finish(self) -> None:
        while True:
            try:
                await self._eraser.go_on()
            except Exception:
                log.exception("erasing_failed")
            await asyncio.sleep(self._retry_s)

    async def stop(self) -> None:
        """Leave off; the next start goes on. A job is broken off by whoever stops the jobs."""
        if self._finishing is not None:
            await ended(self._finishing)

    def begin(self, identity_id: str, actor: str) -> Job:
        """Begin to erase a person; returns the job.

        Raises:
            Unavailable: somebody else is being erased, or too many jobs are open.
        """
        if self._is_busy():
            raise Unavailable("a person is being erased already: try again when that is done")
        job = self._jobs.start(KIND, lambda ticket: self._do(ticket, identity_id, actor), actor=actor)
        self._begun = True
        return job

    def state(self) -> Dict[str, Any]:
        """``idle``, ``running`` and how far, ``done`` and what was removed, or ``failed`` and why."""
        if not self._is_busy():
            return self._ended
        progress = self._eraser.progress
        how_far = (
            {}
            if progress is None
            else {"step": progress.step, "done_bytes": progress.done_bytes, "all_bytes": progress.all_bytes}
        )
        return {"state": "running", **how_far}

    @property
    def strangers(self) -> FormerStrangers:
        """What people were before."""
        return self._eraser.strangers

    def is_erasing(self, identity_id: str) -> bool:
        """Whether this person is being erased now."""
        return self._eraser.is_erasing(identity_id)

    def _is_busy(self) -> bool:
        return self._eraser.progress is not None or self._begun

    def _how_far(self) -> JobProgress:
        progress = self._eraser.progress
        if progress is None:
            return JobProgress()
        return JobProgress(progress.done_bytes, progress.all_bytes or None, "bytes", progress.step)

    async def _do(self, ticket: Ticket, identity_id: str, actor: str) -> Mapping[str, Any]:
        ticket.follow(self._how_far)
        self._ended = {"state": "failed", "error": "the service is leaving: its next start goes on"}
        try:
            erased = await self._eraser.erase(identity_id, actor)
        except SophonReportError as error:
            self._ended = {"state": "failed", "error": str(error)}
            raise
        except Exception:
            self._ended = {"state": "failed", "error": "internal error, see the log; it is tried again"}
            raise
        finally:
            self._begun = False
        self._ended = {"state": "done", **asdict(erased)}
        return asdict(erased)
