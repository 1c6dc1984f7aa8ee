"""Who gets events, and what was not delivered: figures, and destinations held back, tried out or sent to again."""

from typing import Dict, List, Protocol, Tuple, Union

from sophon_report.api.call import Need
from sophon_report.api.v1.devices import DeviceRow
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Nothing
from sophon_report.delivery.hub import ClientRow
from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.standing import DestinationStats
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.delivery.trial import Trial
from sophon_report.recognition.stranger_lookup import StrangerStats

DESTINATIONS = ("destinations",)
MAY_FAIL = ("NOT_FOUND", "UNAVAILABLE")


class VisitFigures(Answer):
    """Stays of people, since the start."""

    open: int
    recognitions: int
    ended: int


class Delivery(Answer):
    """Clients, destinations and journal in figures."""

    now_ms: int
    vision: Dict[str, float]
    """Counters of the vision process."""
    devices: List[DeviceRow]
    visits: VisitFigures
    strangers: StrangerStats
    clients: Tuple[ClientRow, ...]
    destinations: Tuple[DestinationStats, ...]
    status: Tuple[StatusPostStats, ...]
    journal: JournalStats
    history: Dict[str, Union[bool, int, float, str, None]]
    """Of the event index."""


class DeliveryService(Protocol):
    """The running service, as far as delivery goes."""

    def delivery(self) -> Delivery:
        """Clients, destinations and journal in figures."""

    async def pause_destination(self, name: str) -> None:
        """Send nothing to it until it is resumed, over restarts too.

        Raises:
            NotFound: there is none of that name.
        """

    async def resume_destination(self, name: str) -> None:
        """Try again now what it lacks; raises as :meth:`pause_destination`."""

    async def reload_destinations(self) -> None:
        """Deliver as the store says now: another process has changed it."""

    async def test_destination(self, name: str) -> Trial:
        """Post a sample event to it; returns what came of it.

        Raises:
            NotFound: there is none of that name, or nobody has its layout.
        """


class DeliveryCalls:
    """Operations over one service."""

    def __init__(self, service: DeliveryService) -> None:
        self._service = service

    def operations(self) -> List[Operation]:
        """All of them."""
        one = "/destinations/{name}"
        return [
            Operation(
                "GET", "/delivery", Need.READ, "Delivery in figures", self.figures, Delivery, tags=("delivery",)
            ),
            Operation(
                "POST",
                one + "/pause",
                Need.WRITE,
                "Send nothing to a destination until it is resumed",
                self.pause,
                Nothing,
                tags=DESTINATIONS,
                errors=MAY_FAIL,
            ),
            Operation(
                "POST",
                one + "/resume",
                Need.WRITE,
                "Try again now what a destination lacks",
                self.resume,
                Nothing,
                tags=DESTINATIONS,
                errors=MAY_FAIL,
            ),
            Operation(
                "POST",
                one + "/test",
                Need.WRITE,
                "Post a sample event to a destination",
                self.test,
                Trial,
                tags=DESTINATIONS,
                errors=MAY_FAIL,
            ),
            Operation(
                "POST",
                "/destinations/reload",
                Need.ADMIN,
                "Deliver as the store says now",
                self.reload,
                Nothing,
                tags=DESTINATIONS,
                errors=("UNAVAILABLE",),
                description="For whoever has changed the store beside the service.",
            ),
        ]

    async def figures(self, _asked: Asked) -> Delivery:
        """Who gets events, and what was not delivered."""
        return self._service.delivery()

    async def pause(self, asked: Asked) -> Nothing:
        """Send nothing to the destination of the path until it is resumed."""
        await self._service.pause_destination(asked.part("name"))
        return Nothing()

    async def resume(self, asked: Asked) -> Nothing:
        """Try again now what the destination of the path lacks."""
        await self._service.resume_destination(asked.part("name"))
        return Nothing()

    async def reload(self, _asked: Asked) -> Nothing:
        """Deliver as the store says now."""
        await self._service.reload_destinations()
        return Nothing()

    async def test(self, asked: Asked) -> Trial:
        """Post a sample event to the destination of the path, and what came of it."""
        return await self._service.test_destination(asked.part("name"))
