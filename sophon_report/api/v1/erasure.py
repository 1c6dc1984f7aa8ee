"""What erasing a person would take, told before anybody begins it."""

from dataclasses import dataclass
from typing import List, Protocol

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.registered import ONE, TAGS
from sophon_report.api.v1.shapes import Answer


@dataclass(frozen=True)
class WhatGoes:
    """What is kept of a person."""

    is_registered: bool
    photos: int
    strangers: int
    events: int
    events_with_pictures: int
    undelivered: int
    dead_letters: int
    files: int


class ErasureTold(Answer):
    """What erasing a person takes from this box; what receivers have got stays there."""

    is_registered: bool
    """``false``: only events are left of them."""
    photos: int
    """Registered ones, and those of the stranger they were."""
    strangers: int
    """Ids that they had as a stranger, which lead to them."""
    events: int
    """In the history."""
    events_with_pictures: int
    """Those of them whose pictures the journal still has."""
    undelivered: int
    """Those of them that a receiver still has to get: it will not get them."""
    dead_letters: int
    """Events that a receiver refused and that are kept."""
    files: int
    """Exports, backups and reports of imports: all of them go, whoever is in them."""


class ErasureCounter(Protocol):
    """Whoever knows what is kept of people."""

    async def what_goes(self, identity_id: str) -> WhatGoes:
        """What erasing a person would take.

        Raises:
            NotFound: nobody has the id, and no event is of it.
            Unavailable: the history cannot be asked now.
        """


class ErasureCalls:
    """The one operation."""

    def __init__(self, counter: ErasureCounter) -> None:
        self._counter = counter

    def operations(self) -> List[Operation]:
        """It."""
        return [
            Operation(
                "GET",
                ONE + "/erasure",
                Need.READ,
                "What erasing a person would take",
                self.tell,
                ErasureTold,
                tags=TAGS,
                errors=("NOT_FOUND", "UNAVAILABLE"),
                description="Nothing is changed. `DELETE /api/v1/people` erases them.",
            )
        ]

    async def tell(self, asked: Asked) -> ErasureTold:
        """Of the person of the path."""
        goes = await self._counter.what_goes(asked.part("identity_id"))
        return ErasureTold(
            is_registered=goes.is_registered,
            photos=goes.photos,
            strangers=goes.strangers,
            events=goes.events,
            events_with_pictures=goes.events_with_pictures,
            undelivered=goes.undelivered,
            dead_letters=goes.dead_letters,
            files=goes.files,
        )
