"""Reading the whole journal into the event index again, as a job: begun by one call, asked after by others."""

from dataclasses import asdict
from typing import Any, Dict, Mapping, Optional

import structlog

from sophon_report.api.job import Job, JobState
from sophon_report.errors import Unavailable
from sophon_report.report.event_feed import EventFeed
from sophon_report.report.jobs import JobCancelled, Jobs, Ticket

KIND = "events_reindex"

log = structlog.get_logger()


class ReindexDesk:
    """One such job at a time; what became of the last one is told as long as the jobs remember it."""

    def __init__(self, feed: EventFeed, jobs: Jobs) -> None:
        self._feed, self._jobs = feed, jobs

    def begin(self, actor: str) -> Dict[str, Any]:
        """Begin; returns as :meth:`state`.

        Raises:
            Unavailable: it is under way already, or too many jobs are open.
        """
        last = self._last()
        if last is not None and not last.ended:
            raise Unavailable("the journal is being read again already: try again when that is done")
        self._jobs.start(KIND, self._do, actor=actor, cancellable=True)
        return self.state()

    def state(self) -> Dict[str, Any]:
        """``idle``, ``running`` and how far, ``done`` and what it changed, ``failed`` or ``cancelled``."""
        job = self._last()
        return {"state": "idle"} if job is None else _told(job)

    def _last(self) -> Optional[Job]:
        return next((job for job in self._jobs.list() if job.kind == KIND), None)

    async def _do(self, ticket: Ticket) -> Mapping[str, Any]:
        def told(seq: int, last_seq: int) -> None:
            ticket.tell(seq, last_seq, "records", "reading")
            if ticket.cancelled:
                raise JobCancelled

        done = asdict(await self._feed.reindex(told))
        log.info("journal_reindexed", **done)
        return done


def _told(job: Job) -> Dict[str, Any]:
    known = {"job_id": job.job_id}
    if not job.ended:
        seq, last_seq = job.progress.done or None, job.progress.total
        return {**known, "state": "running", "seq": seq, "last_seq": last_seq}
    if job.state is JobState.DONE:
        return {**known, "state": "done", **(job.result or {})}
    if job.state is JobState.CANCELLED:
        return {
            **known,
            "state": "cancelled",
            "error": "it was cancelled; what was read until then is in the index",
        }
    return {**known, "state": "failed", "error": job.problem}
