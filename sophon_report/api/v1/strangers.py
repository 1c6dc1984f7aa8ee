"""The stranger library: who is filed, and registering one of them."""

from typing import List, Optional, Protocol

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body, Nothing, Page
from sophon_report.model import Person, UserType
from sophon_report.store.strangers import StrangerRow

PATH = "/strangers"
TAGS = ("strangers",)
TYPES = "|".join(kind.value for kind in UserType if kind is not UserType.STRANGER)


class FiledStranger(Answer):
    """Somebody unknown who is known again."""

    stranger_id: str
    first_ms: int
    last_ms: int
    visits: int
    photo_id: str
    """For ``GET /api/v1/photos/{photo_id}``; a better picture has another."""


class StrangerPage(Answer):
    """Filed strangers, and how many there are in all."""

    strangers: List[FiledStranger]
    total: int
    enabled: bool
    """Whether unknown people are filed and known again now: ``strangers.enabled``, and vision is there."""


class StrangerQuery(Page):
    """Which of them."""

    newest: bool = False
    """Who was seen last first, while the library is on; else in order of filing."""


class KnownPerson(Body):
    """Whom a stranger is taken for."""

    identity_id: str = Field(min_length=1, max_length=2048)


class NewPerson(Body):
    """Who a stranger is."""

    identity_id: str = Field(min_length=1, max_length=2048)
    name: Optional[str] = Field(None, max_length=2048)
    """Left out: the id."""
    user_type: str = Field(UserType.EMPLOYEE.value, pattern=f"^({TYPES})$")
    permission_ids: List[str] = Field([], max_length=256)


class PersonToldShort(Answer):
    """Somebody who was registered."""

    identity_id: str
    identity_name: str
    user_type: str


class StrangerList(Protocol):
    """Whoever knows who is filed."""

    @property
    def active(self) -> bool:
        """Whether unknown people are filed and known again now."""

    async def list(self, limit: int, offset: int) -> List[StrangerRow]:
        """Strangers in order of filing."""

    async def seen_last(self, limit: int, offset: int) -> List[StrangerRow]:
        """Who was seen last first, while it is on."""

    def count(self) -> int:
        """How many are filed."""

    async def remove(self, stranger_id: str) -> None:
        """Let one go.

        Raises:
            WrongState: they are registered already.
            NotFound: no stranger has or had the id.
            Unavailable: the disk refuses.
        """


class StrangerEnrolment(Protocol):
    """Whoever registers them."""

    async def enrol_stranger(self, stranger_id: str, person: Person) -> None:
        """Register a filed stranger.

        Raises:
            BadInput: what is wrong with the person.
            WrongState: they are registered already, or were filed by another model.
            NotFound: no stranger has or had the id.
            Unavailable: the disk refuses.
        """

    async def join_stranger(self, stranger_id: str, identity_id: str) -> Person:
        """Take a filed stranger for a registered person, whose face theirs is from now on; raises likewise."""


class StrangerCalls:
    """Operations over the library.

    Args:
        strangers: who is filed.
        enrolment: registers them.
    """

    def __init__(self, strangers: StrangerList, enrolment: StrangerEnrolment) -> None:
        self._strangers, self._enrolment = strangers, enrolment

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "GET",
                PATH,
                Need.READ,
                "Filed strangers",
                self.list,
                StrangerPage,
                query=StrangerQuery,
                tags=TAGS,
                errors=("UNAVAILABLE",),
                tagged=True,
            ),
            Operation(
                "POST",
                PATH + "/{stranger_id}/enrol",
                Need.WRITE,
                "Register a stranger as a person",
                self.enrol,
                PersonToldShort,
                body=NewPerson,
                tags=TAGS,
                errors=("NOT_FOUND", "TAKEN", "CONFLICT", "FULL", "UNAVAILABLE"),
                description="What was seen of them is theirs from now on. 409 `CONFLICT`: they are somebody "
                "already, or another model filed them.",
            ),
            Operation(
                "POST",
                PATH + "/{stranger_id}/join",
                Need.WRITE,
                "Take a stranger for a person who is registered",
                self.join,
                PersonToldShort,
                body=KnownPerson,
                tags=TAGS,
                errors=("NOT_FOUND", "CONFLICT", "FULL", "UNAVAILABLE"),
                description="The picture is one more of the person's; refused as a registration is.",
            ),
            Operation(
                "DELETE",
                PATH + "/{stranger_id}",
                Need.WRITE,
                "Remove a stranger from the library",
                self.remove,
                Nothing,
                tags=TAGS,
                errors=("NOT_FOUND", "CONFLICT", "UNAVAILABLE"),
                description="What was seen of them stays in the history; `DELETE /api/v1/people` erases that too. "
                "Seen again, they are filed anew under another id.",
            ),
        ]

    async def list(self, asked: Asked) -> StrangerPage:
        """Filed strangers, a page at a time."""
        page: StrangerQuery = asked.query
        listed = self._strangers.seen_last if page.newest else self._strangers.list
        rows = await listed(page.limit, page.offset)
        return StrangerPage(
            strangers=[_told(row) for row in rows], total=self._strangers.count(), enabled=self._strangers.active
        )

    async def enrol(self, asked: Asked) -> PersonToldShort:
        """Register the stranger of the path as the person of the body."""
        given: NewPerson = asked.body
        name = given.identity_id if given.name is None else given.name
        person = Person(given.identity_id, name, UserType(given.user_type), tuple(given.permission_ids))
        await self._enrolment.enrol_stranger(asked.part("stranger_id"), person)
        return _short(person)

    async def join(self, asked: Asked) -> PersonToldShort:
        """Take the stranger of the path for the person of the body."""
        given: KnownPerson = asked.body
        return _short(await self._enrolment.join_stranger(asked.part("stranger_id"), given.identity_id))

    async def remove(self, asked: Asked) -> Nothing:
        """Remove the stranger of the path."""
        await self._strangers.remove(asked.part("stranger_id"))
        return Nothing()


def _short(person: Person) -> PersonToldShort:
    return PersonToldShort(
        identity_id=person.identity_id, identity_name=person.name, user_type=person.user_type.value
    )


def _told(row: StrangerRow) -> FiledStranger:
    return FiledStranger(
        stranger_id=row.stranger_id,
        first_ms=row.first_ms,
        last_ms=row.last_ms,
        visits=row.visits,
        photo_id=row.photo_id,
    )
