"""Our own calls on the stranger library: who is filed, and registering one of them."""

from dataclasses import asdict
from typing import Any, Dict, List, Protocol

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.model import Person, UserType
from sophon_report.store.strangers import StrangerRow

PATH = "/api/v1/strangers"
MOST = 500
TYPES = tuple(kind.value for kind in UserType if kind is not UserType.STRANGER)


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
    """The two calls.

    Args:
        strangers: who is filed.
        enrolment: registers them.
    """

    def __init__(self, strangers: StrangerList, enrolment: StrangerEnrolment) -> None:
        self._strangers, self._enrolment = strangers, enrolment

    def calls(self) -> List[Call]:
        """Both."""
        return [
            Call("GET", PATH, Need.READ, self.list),
            Call("POST", PATH + "/{stranger_id}/enrol", Need.WRITE, self.enrol),
        ]

    async def list(self, incoming: Incoming) -> Dict[str, Any]:
        """Filed strangers in order of filing, a page at a time, without pictures."""
        limit = incoming.arguments.whole("limit", 100, low=1, high=MOST)
        offset = incoming.arguments.whole("offset", 0, low=0, high=1 << 30)
        return {"strangers": [_told(row) for row in await self._strangers.list(limit, offset)]}

    async def enrol(self, incoming: Incoming) -> Dict[str, Any]:
        """Register the stranger of the path as the person of the body."""
        given = incoming.arguments
        identity_id = given.text("identity_id")
        person = Person(
            identity_id,
            given.text("name", identity_id),
            UserType(given.text("user_type", UserType.EMPLOYEE.value, words=TYPES)),
        )
        await self._enrolment.enrol_stranger(incoming.path["stranger_id"], person)
        return {"identity_id": identity_id, "identity_name": person.name, "user_type": person.user_type.value}


def _told(row: StrangerRow) -> Dict[str, Any]:
    shown = asdict(row)
    return {key: shown[key] for key in ("stranger_id", "first_ms", "last_ms", "visits")}
