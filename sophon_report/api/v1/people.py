"""People: registered from a photo, and erased from everything."""

from typing import Any, Dict, List, Optional, Protocol

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.job import Job
from sophon_report.api.service import EnrolRequest
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body, Query
from sophon_report.api.v1.strangers import PersonToldShort
from sophon_report.model import UserType
from sophon_report.quality_limits import LEVEL_WORDS

PATH = "/people"
TAGS = ("people",)
TYPES = "|".join(kind.value for kind in UserType)
LEVELS = "|".join(LEVEL_WORDS)


class EnrolQuery(Query):
    """Who is on the photo."""

    identity_id: str = Field(min_length=1, max_length=2048)
    name: str = Field("", max_length=2048)
    """Left out: the id."""
    user_type: str = Field(UserType.EMPLOYEE.value, pattern=f"^({TYPES})$")
    fiqa_level: str = Field("", pattern=f"^({LEVELS})?$")
    """What is asked of the photo; left out: as the settings say."""
    replace: bool = False
    """Overwrite whoever has the id."""


class WhomToErase(Body):
    """The id is in the body, since addresses may be logged."""

    identity_id: str = Field(min_length=1, max_length=2048)


class Erasing(Answer):
    """How far the erasing of a person is, or what became of the last one; what is not known yet is null."""

    state: str
    """``idle``, ``running``, ``done`` or ``failed``."""
    job_id: Optional[str] = None
    step: Optional[str] = None
    done_bytes: Optional[int] = None
    all_bytes: Optional[int] = None
    error: Optional[str] = None
    faces: Optional[int] = None
    records: Optional[int] = None
    dead_letters: Optional[int] = None
    rows: Optional[int] = None
    """Of the event index."""


class ErasureService(Protocol):
    """Whoever registers people from a photo and erases them."""

    async def enrol(self, request: EnrolRequest) -> Dict[str, Any]:
        """Register a person; returns the fields of who.

        Raises:
            BadInput: the id is taken.
            BadImage: the photo cannot be used, and why.
            Unavailable: vision is not there to look at it.
        """

    def erase_person(self, identity_id: str, actor: str) -> Job:
        """Begin to erase a person from everything.

        Raises:
            Unavailable: somebody else is being erased.
        """

    def erasing(self) -> Dict[str, Any]:
        """How far it is, or what became of the last one: fields of :class:`Erasing`."""


class PeopleCalls:
    """Operations over one service."""

    def __init__(self, service: ErasureService) -> None:
        self._service = service

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "POST",
                PATH,
                Need.WRITE,
                "Register a person from the photo in the body",
                self.enrol,
                PersonToldShort,
                query=EnrolQuery,
                body_type="image/*",
                tags=TAGS,
                errors=(
                    "NOT_AN_IMAGE",
                    "IMAGE_TOO_LARGE",
                    "NO_FACE",
                    "LOW_QUALITY",
                    "TAKEN",
                    "FULL",
                    "UNAVAILABLE",
                ),
            ),
            Operation(
                "DELETE",
                PATH,
                Need.WRITE,
                "Begin to erase a person from everything: gallery, journal, dead letters",
                self.erase,
                Erasing,
                body=WhomToErase,
                tags=TAGS,
                errors=("UNAVAILABLE",),
                description="One at a time: 503 while another is being erased. The job tells how far it is.",
            ),
            Operation(
                "GET",
                PATH + "/erasing",
                Need.READ,
                "How far the erasing of a person is",
                self.erasing,
                Erasing,
                tags=TAGS,
            ),
        ]

    async def enrol(self, asked: Asked) -> PersonToldShort:
        """Register the person of the query from the photo in the body."""
        who: EnrolQuery = asked.query
        return PersonToldShort(
            **await self._service.enrol(
                EnrolRequest(
                    who.identity_id,
                    who.name or who.identity_id,
                    UserType(who.user_type),
                    asked.body,
                    who.replace,
                    who.fiqa_level,
                )
            )
        )

    async def erase(self, asked: Asked) -> Erasing:
        """Begin to erase the person of the body."""
        whom: WhomToErase = asked.body
        job = self._service.erase_person(whom.identity_id, asked.actor)
        return Erasing(**{**self._service.erasing(), "job_id": job.job_id})

    async def erasing(self, _asked: Asked) -> Erasing:
        """How far it is."""
        return Erasing(**self._service.erasing())
