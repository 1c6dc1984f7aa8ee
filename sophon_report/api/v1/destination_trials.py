"""A sample event posted, and its exact body shown, before a destination is saved.

What is tried is what would be saved: secrets and files that are left out, or masked, are those of the stored
destination of the same name, by the same rules as in a change of it.
"""

from typing import List, Optional, Protocol

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.destination_seeds import SeedRules, with_former
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Query
from sophon_report.config import DestinationSeed
from sophon_report.delivery.body_preview import BodyPreviews
from sophon_report.delivery.trial import Trial
from sophon_report.errors import NotFound
from sophon_report.model import Destination

TAGS = ("destinations",)


class TrialService(Protocol):
    """The running service, as far as trials go."""

    async def destination(self, name: str) -> Destination:
        """The stored one of that name.

        Raises:
            NotFound: none has the name.
        """

    async def try_out(self, destination: Destination) -> Trial:
        """Post a sample event to a destination that need not be stored; returns what came of it."""

    async def preview(self, destination: Destination, only: Optional[str], whole: bool) -> BodyPreviews:
        """What a sample event looks like to it, in every layout or ``only`` one.

        Raises:
            NotFound: there is no such layout.
        """


class WhichPreview(Query):
    """What of the bodies is wanted."""

    layout: Optional[str] = Field(None, max_length=32)
    """Only this one; left out: all."""
    whole: bool = False
    """Pictures and features in full."""


class TrialCalls:
    """Operations over ``service``, with ``rules`` for what may be set."""

    def __init__(self, service: TrialService, rules: SeedRules) -> None:
        self._service, self._rules = service, rules

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "POST",
                "/destinations/test",
                Need.WRITE,
                "Post a sample event to a destination that is not saved",
                self.test,
                Trial,
                body=DestinationSeed,
                tags=TAGS,
                errors=("ADDRESS_REFUSED", "UNAVAILABLE"),
                description="Secrets that are left out or `***` are those of the saved destination of that name.",
            ),
            Operation(
                "POST",
                "/destinations/preview",
                Need.WRITE,
                "The exact body of a sample event in each layout",
                self.preview,
                BodyPreviews,
                query=WhichPreview,
                body=DestinationSeed,
                tags=TAGS,
                errors=("ADDRESS_REFUSED", "NOT_FOUND"),
                description="Nothing is sent. Signatures are made with a sample secret, which is told.",
            ),
        ]

    async def test(self, asked: Asked) -> Trial:
        """Post a sample event to the destination of the body."""
        return await self._service.try_out(await self._wanted(asked.body))

    async def preview(self, asked: Asked) -> BodyPreviews:
        """What a sample event looks like to the destination of the body, in each layout."""
        which: WhichPreview = asked.query
        return await self._service.preview(await self._wanted(asked.body), which.layout, which.whole)

    async def _wanted(self, seed: DestinationSeed) -> Destination:
        former = await self._former(seed.name)
        seed = self._rules.checked(seed, former)
        return with_former(seed, former) if former else seed.destination(0)

    async def _former(self, name: str) -> Optional[Destination]:
        try:
            return await self._service.destination(name)
        except NotFound:
            return None
