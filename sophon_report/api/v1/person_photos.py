"""The photos of a registered person: one more, one less, another one first."""

from typing import Callable, List, Tuple

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.front import Note
from sophon_report.api.people import FaceKey, FaceSource, PeopleService, RegisteredPerson
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.photo_body import PHOTO_TYPE, Base64Photo, photo_of
from sophon_report.api.v1.registered import ONE, TAGS, RegisteredOne, told
from sophon_report.api.v1.shapes import Body, Query
from sophon_report.api.v1.tags import Tags
from sophon_report.quality_limits import LEVEL_WORDS, Level

PATH = ONE + "/photos"
LEVELS = "|".join(LEVEL_WORDS)
POOR = "photo below its level taken"
"""Line of the audit; whose it is stands in none, since a person may be erased."""


class PhotoQuery(Query):
    """How good the photo must be."""

    fiqa_level: str = Field("", pattern=f"^({LEVELS})?$")
    """Left out: as the settings say."""
    accept_poor: bool = False
    """Take a face that is below the level; what it lacks is noted in the audit."""


class PhotoBody(Body):
    """The same as JSON."""

    photo: Base64Photo
    fiqa_level: str = Field("", pattern=f"^({LEVELS})?$")
    accept_poor: bool = False


class PersonPhotoCalls:
    """Operations over the photos of ``people``.

    Args:
        people: who is registered.
        level: what a word of the vendor's levels asks of a photo; ``""`` is that of the settings.
        note: of the audit.
        tags: those of people.
    """

    def __init__(self, people: PeopleService, level: Callable[[str], Level], note: Note, tags: Tags) -> None:
        self._people, self._level, self._note, self._tags = people, level, note, tags

    def operations(self) -> List[Operation]:
        """All of them."""
        one = PATH + "/{photo_id}"
        unknown = ("NOT_FOUND", "UNAVAILABLE")
        return [
            Operation(
                "POST",
                PATH,
                Need.WRITE,
                "Register one more photo of a person, the last",
                self.add,
                RegisteredOne,
                query=PhotoQuery,
                body=PhotoBody,
                body_type=PHOTO_TYPE,
                tags=TAGS,
                errors=(*unknown, "NOT_AN_IMAGE", "IMAGE_TOO_LARGE", "NO_FACE", "LOW_QUALITY", "FULL"),
                tagged=True,
            ),
            Operation(
                "DELETE",
                one,
                Need.WRITE,
                "Forget a photo of a person, with its face",
                self.remove,
                RegisteredOne,
                tags=TAGS,
                errors=unknown,
                tagged=True,
                guarded=True,
                description="Somebody without any photo stays registered, and is recognised by nothing.",
            ),
            Operation(
                "POST",
                one + "/first",
                Need.WRITE,
                "Let a photo change places with the first, which is the one that is shown",
                self.put_first,
                RegisteredOne,
                tags=TAGS,
                errors=unknown,
                tagged=True,
                guarded=True,
            ),
        ]

    async def add(self, asked: Asked) -> Reply:
        """Register the photo of the body."""
        given = asked.body if isinstance(asked.body, PhotoBody) else asked.query
        lacks: List[Tuple[str, ...]] = []
        source = FaceSource(
            image=photo_of(asked),
            level=self._level(given.fiqa_level),
            accept=lacks.append if given.accept_poor else None,
        )
        person = await self._people.add_face(asked.part("identity_id"), source)
        for items in lacks:
            self._note(asked.actor, POOR, ", ".join(items))
        return self._reply(person)

    async def remove(self, asked: Asked) -> Reply:
        """Forget the photo of the path."""
        identity_id, which = await self._meant(asked)
        return self._reply(await self._people.remove_face(identity_id, which))

    async def put_first(self, asked: Asked) -> Reply:
        """Let the photo of the path be the first."""
        identity_id, which = await self._meant(asked)
        return self._reply(await self._people.put_first(identity_id, which))

    async def _meant(self, asked: Asked) -> Tuple[str, FaceKey]:
        identity_id = asked.part("identity_id")
        asked.must_match(self._tags.of_value(await self._people.get(identity_id)))
        return identity_id, FaceKey(photo_id=asked.part("photo_id"))

    def _reply(self, person: RegisteredPerson) -> Reply:
        return Reply(told(person), tag=self._tags.of_value(person))
