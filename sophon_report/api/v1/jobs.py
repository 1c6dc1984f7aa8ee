"""Long work: how far it is, what came of it, and having it leave off."""

from typing import Container, List, Protocol

from sophon_report.api.call import Incoming, Need
from sophon_report.api.errors import Refusal
from sophon_report.api.job import Job
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Nothing

TAGS = ("jobs",)
ONE = "/jobs/{job_id}"


class JobList(Answer):
    """All jobs that are known, the newest first."""

    jobs: List[Job]


class JobService(Protocol):
    """Whoever does long work."""

    def list(self) -> List[Job]:
        """All jobs, the newest first."""

    def get(self, job_id: str) -> Job:
        """One of them.

        Raises:
            NotFound: none has the id.
        """

    def cancel(self, job_id: str) -> Job:
        """Have one leave off; raises as :meth:`get`, and WrongState when it cannot."""

    def forget(self, job_id: str) -> None:
        """Drop one that has ended; raises as :meth:`get`, and WrongState when it has not."""


class Rights(Protocol):
    """Whoever knows who may what."""

    def may(self, need: Need, incoming: Incoming) -> bool:
        """Whether the caller may do what needs ``need``."""


class JobCalls:
    """Operations over ``jobs``.

    Args:
        jobs: all of them.
        rights: of the moment.
        of_admins: kinds that only an admin begins: nobody else breaks one off.
    """

    def __init__(self, jobs: JobService, rights: Rights, of_admins: Container[str]) -> None:
        self._jobs, self._rights, self._of_admins = jobs, rights, of_admins

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation("GET", "/jobs", Need.READ, "Long work", self.list, JobList, tags=TAGS, tagged=True),
            Operation(
                "GET",
                ONE,
                Need.READ,
                "How far a job is",
                self.get,
                Job,
                tags=TAGS,
                errors=("NOT_FOUND",),
                tagged=True,
            ),
            Operation(
                "POST",
                ONE + "/cancel",
                Need.WRITE,
                "Have a job leave off at its next safe moment",
                self.cancel,
                Job,
                tags=TAGS,
                errors=("NOT_FOUND", "CONFLICT"),
            ),
            Operation(
                "DELETE",
                ONE,
                Need.WRITE,
                "Drop a job that has ended",
                self.forget,
                Nothing,
                tags=TAGS,
                errors=("NOT_FOUND", "CONFLICT"),
            ),
        ]

    async def list(self, _asked: Asked) -> JobList:
        """All jobs that are known, the newest first."""
        return JobList(jobs=self._jobs.list())

    async def get(self, asked: Asked) -> Job:
        """The job of the path."""
        return self._jobs.get(asked.part("job_id"))

    async def cancel(self, asked: Asked) -> Job:
        """Have the job of the path leave off."""
        self._check(asked)
        return self._jobs.cancel(asked.part("job_id"))

    async def forget(self, asked: Asked) -> Nothing:
        """Drop the job of the path."""
        self._check(asked)
        self._jobs.forget(asked.part("job_id"))
        return Nothing()

    def _check(self, asked: Asked) -> None:
        kind = self._jobs.get(asked.part("job_id")).kind
        if kind in self._of_admins and not self._rights.may(Need.ADMIN, asked.incoming):
            raise Refusal("FORBIDDEN", f"this needs the role admin: it is a job of kind {kind}")
