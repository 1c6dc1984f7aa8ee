"""The registered people: seen, changed and taken out; their photos."""

from typing import Dict, List, Optional

import orjson
from aiohttp import web
from pydantic import Field, JsonValue, field_validator
from typing_extensions import Annotated

from sophon_report.api.call import Need
from sophon_report.api.people import PeopleFilter, PeopleService, PersonChanges, RegisteredPerson
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.shapes import Answer, Body, Nothing, Page, Query
from sophon_report.api.v1.tags import Tags
from sophon_report.errors import NotFound
from sophon_report.model import UserType
from sophon_report.store.people_query import PeopleOrder

PATH = "/people"
ONE = PATH + "/{identity_id}"
TAGS = ("people",)
TYPES = "|".join(kind.value for kind in UserType)
ORDERS = "|".join(order.value for order in PeopleOrder)
WIDTHS_PX = (96, 192)
"""That photos are shrunk to: for lists, and for lists on screens with twice the pixels."""
Id = Annotated[str, Field(min_length=1, max_length=128)]


class RegisteredFace(Answer):
    """A face of a person."""

    face_id: str
    photo_id: str
    """There is none under it when it was registered by its vector alone."""


class RegisteredOne(Answer):
    """Somebody who is known, without pictures."""

    identity_id: str
    name: str
    user_type: str
    permission_ids: List[str]
    ext: JsonValue
    """What the vendor's interfaces keep beside a person."""
    faces: List[RegisteredFace]
    """The photo of the first is the one to show."""


class PeoplePageAnswer(Answer):
    """A page of people, and how many there are in all."""

    people: List[RegisteredOne]
    total: int


class PeopleQuery(Page):
    """Whom to list; what is left out lets all pass."""

    name: str = Field("", max_length=256)
    """A part of the name."""
    permission_id: str = Field("", max_length=128)
    """Only people of this permission group."""
    q: str = Field("", max_length=256)
    """A part of the name, or the beginning of the id."""
    user_type: str = Field("", pattern=f"^({TYPES})?$")
    sort: str = Field(PeopleOrder.REGISTERED.value, pattern=f"^({ORDERS})$")
    """``registered``: as they were registered; ``newest``: the other way round; ``name``, ``id``."""


class PhotoSize(Query):
    """How large the photo is wanted."""

    width: int = Field(0, json_schema_extra={"enum": [0, *WIDTHS_PX]})
    """In pixels; 0: as it is, head and shoulders, 480 at most. One that is no wider comes as it is."""

    @field_validator("width")
    @classmethod
    def _one_of_them(cls, width: int) -> int:
        if width not in (0, *WIDTHS_PX):
            raise ValueError(f"must be one of {', '.join(map(str, WIDTHS_PX))}, or left out")
        return width


class PersonPatch(Body):
    """What becomes different; what is left out stays."""

    name: Optional[str] = Field(None, min_length=1, max_length=256)
    user_type: Optional[str] = Field(None, pattern=f"^({TYPES})$")
    permission_ids: Optional[List[Id]] = Field(None, max_length=1000)
    ext: Optional[Dict[str, JsonValue]] = None
    """What is kept beside the person, whole."""


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
                query=PhotoSize,
                tags=TAGS,
                errors=unknown,
            ),
        ]

    async def list(self, asked: Asked) -> PeoplePageAnswer:
        """A page of people."""
        wanted: PeopleQuery = asked.query
        groups = (wanted.permission_id,) if wanted.permission_id else ()
        filtered = PeopleFilter(
            name_part=wanted.name,
            permission_ids=groups,
            words=wanted.q,
            user_types=(UserType(wanted.user_type),) if wanted.user_type else (),
            order=PeopleOrder(wanted.sort),
        )
        page = await self._people.page(filtered, wanted.limit, wanted.offset)
        return PeoplePageAnswer(people=[told(one) for one in page.people], total=page.total)

    async def get(self, asked: Asked) -> Reply:
        """The person of the path."""
        return self._reply(await self._people.get(asked.part("identity_id")))

    async def patch(self, asked: Asked) -> Reply:
        """Change the person of the path."""
        identity_id, given = asked.part("identity_id"), asked.body
        groups = None if given.permission_ids is None else tuple(given.permission_ids)
        kind = None if given.user_type is None else UserType(given.user_type)
        ext = None if given.ext is None else orjson.dumps(given.ext).decode()
        changes = PersonChanges(given.name, kind, groups, ext)
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
        return jpeg(await self._people.photo(asked.part("photo_id"), asked.query.width))

    def _reply(self, person: RegisteredPerson) -> Reply:
        return Reply(told(person), tag=self._tags.of_value(person))


def jpeg(picture: bytes) -> web.Response:
    """A picture as an answer; under its address there will never be another one."""
    headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=picture, content_type="image/jpeg", headers=headers)


def told(known: RegisteredPerson) -> RegisteredOne:
    """A person as our own calls tell them."""
    person = known.person
    return RegisteredOne(
        identity_id=person.identity_id,
        name=person.name,
        user_type=person.user_type.value,
        permission_ids=list(person.permission_ids),
        ext=orjson.loads(person.ext_json),
        faces=[RegisteredFace(face_id=face_id, photo_id=photo_id) for face_id, photo_id in known.faces],
    )
