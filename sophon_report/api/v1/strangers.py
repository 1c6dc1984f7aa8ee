"""The stranger library: who is filed, and registering one of them."""

from typing import List, Optional, Protocol

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body, Page
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


class StrangerPage(Answer):
    """Filed strangers in order of filing, without pictures."""

    strangers: List[FiledStranger]


class NewPerson(Body):
    """Who a stranger is."""

    identity_id: str = Field(min_length=1, max_length=2048)
    name: Optional[str] = Field(None, max_length=2048)
    """Left out: the id."""
    user_type: str = Field(UserType.EMPLOYEE.value, pattern=f"^({TYPES})$")


class PersonToldShort(Answer):
    """Somebody who was registered."""

    identity_id: str
    identity_name: str
    user_type: str


class StrangerList(Protocol):
    """Whoever knows who is filed."""

    async def list(self, limit: int, offset: int) -> List[StrangerRow]:
        """Strangers in order of filing."""


class StrangerEnrolment(Protocol):
    """Whoever registers them."""

    async def enrol_stranger(self, stranger_id: str, person: Person) -> None:
        """Register a filed stranger.

        Raises:
            BadInput: they are registered already, or what is wrong with the person.
            NotFound: no stranger has or had the id.
            Unavailable: the disk refuses.
        """


class StrangerCalls:
    """The two operations.

    Args:
        strangers: who is filed.
        enrolment: registers them.
    """

    def __init__(self, strangers: StrangerList, enrolment: StrangerEnrolment) -> None:
        self._strangers, self._enrolment = strangers, enrolment

    def operations(self) -> List[Operation]:
        """Both."""
        return [
            Operation(
                "GET",
                PATH,
                Need.READ,
                "Filed strangers",
                self.list,
                StrangerPage,
                query=Page,
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
                errors=("NOT_FOUND", "TAKEN", "FULL", "UNAVAILABLE"),
            ),
        ]

    async def list(self, asked: Asked) -> StrangerPage:
        """Filed strangers in order of filing, a page at a time."""
        page: Page = asked.query
        rows = await self._strangers.list(page.limit, page.offset)
        return StrangerPage(strangers=[_told(row) for row in rows])

    async def enrol(self, asked: Asked) -> PersonToldShort:
        """Register the stranger of the path as the person of the body."""
        given: NewPerson = asked.body
        name = given.identity_id if given.name is None else given.name
        person = Person(given.identity_id, name, UserType(given.user_type))
        await self._enrolment.enrol_stranger(asked.part("stranger_id"), person)
        return PersonToldShort(
            identity_id=person.identity_id, identity_name=person.name, user_type=person.user_type.value
        )


def _told(row: StrangerRow) -> FiledStranger:
    return FiledStranger(
        stranger_id=row.stranger_id, first_ms=row.first_ms, last_ms=row.last_ms, visits=row.visits
    )
