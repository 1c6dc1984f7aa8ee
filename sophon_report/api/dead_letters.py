"""Our own calls on the events that a destination refused: see them, have them sent again, give them up."""

from dataclasses import asdict
from typing import Any, Dict, List, Optional, Protocol, Sequence

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.delivery.letter import DeadLetter

PATH = "/api/v1/destinations/{name}/dead"
MAX_ID = 128
"""Characters of an id."""


class DeadLetterService(Protocol):
    """The refused events of a running service."""

    async def refused(self, name: str) -> List[DeadLetter]:
        """Those of destination ``name``, oldest first.

        Raises:
            NotFound: there is no such destination.
            JournalError: the disk refused.
        """

    async def resend(self, name: str, ids: Optional[Sequence[str]]) -> int:
        """Send them again, by number or event id, ``None``: all; how many wait for it now.

        Raises:
            NotFound: there is no such destination, or no such refused event.
            BadInput: it is a destination to which nothing is sent again.
            JournalError: the disk refused.
        """

    async def give_up(self, name: str, ids: Optional[Sequence[str]]) -> int:
        """Let them go; how many went. Raises as :meth:`refused`, and for unknown ids as :meth:`resend`."""


class DeadLetterCalls:
    """Handlers over ``letters``."""

    def __init__(self, letters: DeadLetterService) -> None:
        self._letters = letters

    def calls(self) -> List[Call]:
        """All of them."""
        return [
            Call("GET", PATH, Need.READ, self.list),
            Call("POST", PATH + "/resend", Need.WRITE, self.resend),
            Call("POST", PATH + "/drop", Need.WRITE, self.drop),
        ]

    async def list(self, incoming: Incoming) -> Dict[str, Any]:
        """The refused events of the destination of the path, oldest first, without pictures."""
        return {"letters": [asdict(letter) for letter in await self._letters.refused(incoming.path["name"])]}

    async def resend(self, incoming: Incoming) -> Dict[str, Any]:
        """Send again those of the body; answers how many wait for it now."""
        return {"resending": await self._letters.resend(incoming.path["name"], ids_of(incoming.arguments))}

    async def drop(self, incoming: Incoming) -> Dict[str, Any]:
        """Give up those of the body; answers how many."""
        return {"dropped": await self._letters.give_up(incoming.path["name"], ids_of(incoming.arguments))}


def ids_of(arguments: Arguments) -> Optional[List[str]]:
    """``ids``, a list of record numbers and event ids as texts, or ``None`` for ``"all": true``.

    Raises:
        Refusal: neither or both are given, or what is wrong with one.
    """
    if arguments.flag("all", default=False):
        if "ids" in arguments:
            raise bad("ids", "must not be given together with all")
        return None
    if "ids" not in arguments:
        raise bad("ids", 'must be given, or "all": true')
    ids = arguments.texts("ids")
    for number, one in enumerate(ids):
        if not 0 < len(one) <= MAX_ID:
            raise bad(f"ids[{number}]", f"must have 1 to {MAX_ID} characters")
    return ids
