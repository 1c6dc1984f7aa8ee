"""People: registered from a photo, and erased from everything."""

from typing import Any, Dict, List, Optional, Protocol, Tuple

import orjson
from pydantic import Field, JsonValue

from sophon_report.api.call import Need
from sophon_report.api.front import Note
from sophon_report.api.job import Job
from sophon_report.api.service import EnrolRequest
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.person_photos import POOR
from sophon_report.api.v1.photo_body import PHOTO_TYPE, Base64Photo, photo_of
from sophon_report.api.v1.registered import Id
from sophon_report.api.v1.shapes import Answer, Body, Query, refusal_of_fields
from sophon_report.api.v1.strangers import PersonToldShort
from sophon_report.model import UserType
from sophon_report.quality_limits import LEVEL_WORDS

PATH = "/people"
TAGS = ("people",)
TYPES = "|".join(kind.value for kind in UserType)
LEVELS = "|".join(LEVEL_WORDS)


class EnrolQuery(Query):
    """Who is on the photo."""

    identity_id: str = Field("", max_length=2048)
    """Needed where the body is the photo."""
    name: str = Field("", max_length=2048)
    """Left out: the id."""
    user_type: str = Field(UserType.EMPLOYEE.value, pattern=f"^({TYPES})$")
    fiqa_level: str = Field("", pattern=f"^({LEVELS})?$")
    """What is asked of the photo; left out: as the settings say."""
    replace: bool = False
    """Overwrite whoever has the id."""


class PersonToRegister(Body):
    """Who is on the photo, with it: nothing of them is in the address."""

    photo: Base64Photo
    identity_id: str = Field("", max_length=128)
    """Left out: it is made up."""
    name: str = Field("", max_length=256)
    """Left out: the id."""
    user_type: str = Field(UserType.EMPLOYEE.value, pattern=f"^({TYPES})$")
    permission_ids: List[Id] = Field([], max_length=256)
    ext: Dict[str, JsonValue] = Field(default_factory=dict)
    """Whatever else is to be kept beside the person: at most 16,384 letters of JSON."""
    fiqa_level: str = Field("", pattern=f"^({LEVELS})?$")
    accept_poor: bool = False
    """Take a face that is below the level; what it lacks is noted in the audit."""
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

    def __init__(self, service: ErasureService, note: Optional[Note] = None) -> None:
        self._service, self._note = service, note

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
                body=PersonToRegister,
                body_type=PHOTO_TYPE,
                tags=TAGS,
                description="With a JSON body everything is in it, and the query is empty.",
                errors=(
                    "NOT_FOUND",
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
        """Register the person of the query or the body from the photo in the body."""
        lacks: List[Tuple[str, ...]] = []
        request = (
            _of_body(asked, lacks) if isinstance(asked.body, PersonToRegister) else _of_query(asked.query, asked)
        )
        registered = await self._service.enrol(request)
        for items in lacks:
            if self._note is not None:
                self._note(asked.actor, POOR, ", ".join(items))
        return PersonToldShort(**registered)

    async def erase(self, asked: Asked) -> Erasing:
        """Begin to erase the person of the body."""
        whom: WhomToErase = asked.body
        job = self._service.erase_person(whom.identity_id, asked.actor)
        return Erasing(**{**self._service.erasing(), "job_id": job.job_id})

    async def erasing(self, _asked: Asked) -> Erasing:
        """How far it is."""
        return Erasing(**self._service.erasing())


def _of_query(who: EnrolQuery, asked: Asked) -> EnrolRequest:
    if not who.identity_id:
        raise refusal_of_fields([(("identity_id",), "is missing")], pointed=False)
    name, kind = who.name or who.identity_id, UserType(who.user_type)
    return EnrolRequest(who.identity_id, name, kind, asked.body, who.replace, who.fiqa_level)


def _of_body(asked: Asked, lacks: List[Tuple[str, ...]]) -> EnrolRequest:
    who: PersonToRegister = asked.body
    if asked.query.model_fields_set:
        raise refusal_of_fields([(("identity_id",), "belongs into the body, as all else")], pointed=False)
    if not who.name and not who.identity_id:
        raise refusal_of_fields([(("name",), "is missing, and so is the id")], pointed=True)
    return EnrolRequest(
        who.identity_id,
        who.name or who.identity_id,
        UserType(who.user_type),
        photo_of(asked),
        who.replace,
        who.fiqa_level,
        tuple(who.permission_ids),
        orjson.dumps(who.ext).decode(),
        lacks.append if who.accept_poor else None,
    )
