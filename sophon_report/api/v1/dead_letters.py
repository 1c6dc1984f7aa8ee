"""Events that a destination refused: see them, have them sent again, give them up."""

from typing import List, Optional, Protocol, Sequence, Tuple

from pydantic import Field, model_validator
from typing_extensions import Annotated

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body
from sophon_report.delivery.body_preview import BodyPreview
from sophon_report.delivery.letter import DeadLetter

PATH = "/destinations/{name}/dead"
TAGS = ("dead letters",)
MAX_ID = 128
"""Characters of an id."""
MAX_IDS = 1000
LetterId = Annotated[str, Field(min_length=1, max_length=MAX_ID)]


class Letters(Answer):
    """The refused events of one destination, oldest first, without pictures."""

    letters: List[DeadLetter]


class OneLetter(Answer):
    """A refused event, and the request that it would be now."""

    letter: DeadLetter
    request: BodyPreview
    """By what is set now, with pictures and features shortened."""


class WhichLetters(Body):
    """Record numbers and event ids as texts, or all of them."""

    ids: Optional[List[LetterId]] = Field(None, max_length=MAX_IDS)
    all: bool = False

    @model_validator(mode="after")
    def _one_of(self) -> "WhichLetters":
        if self.all and self.ids is not None:
            raise ValueError("ids must not be given together with all")
        if not self.all and self.ids is None:
            raise ValueError('ids must be given, or "all": true')
        return self


class Resending(Answer):
    """How many wait to be sent again now."""

    resending: int


class Dropped(Answer):
    """How many were given up."""

    dropped: int


class DeadLetterService(Protocol):
    """The refused events of a running service."""

    async def refused(self, name: str) -> List[DeadLetter]:
        """Those of destination ``name``, oldest first.

        Raises:
            NotFound: there is no such destination.
            JournalError: the disk refused.
        """

    async def letter(self, name: str, which: str) -> Tuple[DeadLetter, BodyPreview]:
        """One of them, by number or event id, and the request that it would be now. Raises as :meth:`refused`."""

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
    """Operations over ``letters``."""

    def __init__(self, letters: DeadLetterService) -> None:
        self._letters = letters

    def operations(self) -> List[Operation]:
        """All of them."""
        errors = ("NOT_FOUND", "UNAVAILABLE")
        return [
            Operation(
                "GET",
                PATH,
                Need.READ,
                "Refused events of a destination",
                self.list,
                Letters,
                tags=TAGS,
                errors=errors,
                tagged=True,
            ),
            Operation(
                "GET",
                PATH + "/{letter_id}",
                Need.READ,
                "A refused event with its body and the receiver's answer",
                self.get,
                OneLetter,
                tags=TAGS,
                errors=errors,
            ),
            Operation(
                "POST",
                PATH + "/resend",
                Need.WRITE,
                "Send refused events again",
                self.resend,
                Resending,
                body=WhichLetters,
                tags=TAGS,
                errors=errors,
            ),
            Operation(
                "POST",
                PATH + "/drop",
                Need.WRITE,
                "Give refused events up",
                self.drop,
                Dropped,
                body=WhichLetters,
                tags=TAGS,
                errors=errors,
            ),
        ]

    async def list(self, asked: Asked) -> Letters:
        """The refused events of the destination of the path, oldest first, without pictures."""
        return Letters(letters=await self._letters.refused(asked.part("name")))

    async def get(self, asked: Asked) -> OneLetter:
        """The refused event of the path, by its number or the event's id."""
        letter, request = await self._letters.letter(asked.part("name"), asked.part("letter_id"))
        return OneLetter(letter=letter, request=request)

    async def resend(self, asked: Asked) -> Resending:
        """Send again those of the body; answers how many wait for it now."""
        which: WhichLetters = asked.body
        return Resending(resending=await self._letters.resend(asked.part("name"), which.ids))

    async def drop(self, asked: Asked) -> Dropped:
        """Give up those of the body; answers how many."""
        which: WhichLetters = asked.body
        return Dropped(dropped=await self._letters.give_up(asked.part("name"), which.ids))
