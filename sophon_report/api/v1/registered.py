"""The registered people: seen, changed and taken out; their photos."""

from typing import List, Optional

import orjson
from aiohttp import web
from pydantic import Field, JsonValue
from typing_extensions import Annotated

from sophon_report.api.call import Need
from sophon_report.api.people import PeopleFilter, PeopleService, PersonChanges, RegisteredPerson
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.shapes import Answer, Body, Nothing, Page
from sophon_report.api.v1.tags import Tags
from sophon_report.errors import NotFound
from sophon_report.model import UserType

PATH = "/people"
ONE = PATH + "/{identity_id}"
TAGS = ("people",)
TYPES = "|".join(kind.value for kind in UserType)
Id = Annotated[str, Field(min_length=1, max_length=128)]


class RegisteredFace(Answer):
    """A face of a person."""

    face_id: str
    photo_id: str
    """Empty when it was registered without a photo."""


class RegisteredOne(Answer):
    """Somebody who is known, without pictures."""

    identity_id: str
    name: str
    user_type: str
    permission_ids: List[str]
    ext: JsonValue
    """What the vendor's interfaces keep beside a person."""
    faces: List[RegisteredFace]


class PeoplePageAnswer(Answer):
    """A page of people in order of registration, and how many there are in all."""

    people: List[RegisteredOne]
    total: int


class PeopleQuery(Page):
    """Whom to list; what is left out lets all pass."""

    name: str = Field("", max_length=256)
    """A part of the name."""
    permission_id: str = Field("", max_length=128)
    """Only people of this permission group."""


class PersonPatch(Body):
    """What becomes different; what is left out stays."""

    name: Optional[str] = Field(None, min_length=1, max_length=256)
    user_type: Optional[str] = Field(None, pattern=f"^({TYPES})$")
    permission_ids: Optional[List[Id]] = Field(None, max_length=1000)


class RegisteredCalls:
    """Operations over ``people``; what changes a person heeds ``If-Match``."""

    def __init__(self, people: PeopleService, tags: Tags) -> None:
        self._people, self._tags = people, tags

    def operations(self) -> List[Operation]:
        """All of them."""
        unknown = ("NOT_FOUND", "UNAVAILABLE")
        return [
            Operation(
                "GET",
                PATH,
                Need.READ,
                "Registered people",
                self.list,
                PeoplePageAnswer,
                query=PeopleQuery,
                tags=TAGS,
                tagged=True,
            ),
            Operation(
                "GET", ONE, Need.READ, "A person", self.get, RegisteredOne, tags=TAGS, errors=unknown, tagged=True
            ),
            Operation(
                "PATCH",
                ONE,
                Need.WRITE,
                "Change a person",
                self.patch,
                RegisteredOne,
                body=PersonPatch,
                tags=TAGS,
                errors=unknown,
                tagged=True,
                guarded=True,
            ),
            Operation(
                "DELETE",
                ONE,
                Need.WRITE,
                "Take a person out of the gallery",
                self.delete,
                Nothing,
                tags=TAGS,
                errors=unknown,
                guarded=True,
                description="What was seen of them stays in the history; `DELETE /api/v1/people` erases that too.",
            ),
            Operation(
                "GET",
                "/photos/{photo_id}",
                Need.READ,
                "The photo of a registered face",
                self.photo,
                answer_type="image/jpeg",
                tags=TAGS,
                errors=unknown,
            ),
        ]

    async def list(self, asked: Asked) -> PeoplePageAnswer:
        """A page of people."""
        wanted: PeopleQuery = asked.query
        groups = (wanted.permission_id,) if wanted.permission_id else ()
        filtered = PeopleFilter(name_part=wanted.name, permission_ids=groups)
        page = await self._people.page(filtered, wanted.limit, wanted.offset)
        return PeoplePageAnswer(people=[_told(one) for one in page.people], total=page.total)

    async def get(self, asked: Asked) -> Reply:
        """The person of the path."""
        return self._reply(await self._people.get(asked.part("identity_id")))

    async def patch(self, asked: Asked) -> Reply:
        """Change the person of the path."""
        identity_id, given = asked.part("identity_id"), asked.body
        groups = None if given.permission_ids is None else tuple(given.permission_ids)
        kind = None if given.user_type is None else UserType(given.user_type)
        changes = PersonChanges(given.name, kind, groups)
        return self._reply(
            await self._people.update(
                identity_id, changes, lambda former: asked.must_match(self._tags.of_value(former))
            )
        )

    async def delete(self, asked: Asked) -> Nothing:
        """Take the person of the path out of the gallery."""
        identity_id = asked.part("identity_id")
        asked.must_match(self._tags.of_value(await self._people.get(identity_id)))
        if not await self._people.delete([identity_id]):
            raise NotFound("nobody has this id")
        return Nothing()

    async def photo(self, asked: Asked) -> web.Response:
        """The photo of the path."""
        return jpeg(await self._people.photo(asked.part("photo_id")))

    def _reply(self, person: RegisteredPerson) -> Reply:
        return Reply(_told(person), tag=self._tags.of_value(person))


def jpeg(picture: bytes) -> web.Response:
    """A picture as an answer; under its address there will never be another one."""
    headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=picture, content_type="image/jpeg", headers=headers)


def _told(known: RegisteredPerson) -> RegisteredOne:
    person = known.person
    return RegisteredOne(
        identity_id=person.identity_id,
        name=person.name,
        user_type=person.user_type.value,
        permission_ids=list(person.permission_ids),
        ext=orjson.loads(person.ext_json),
        faces=[RegisteredFace(face_id=face_id, photo_id=photo_id) for face_id, photo_id in known.faces],
    )
