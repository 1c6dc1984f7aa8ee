"""Today in figures: how many came, who was known, hour by hour and camera by camera."""

from typing import Dict, List, Optional, Protocol

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Query

OFFSETS_MIN = (-840, 840)
"""Of all the zones there are."""


class Hour(Answer):
    """An hour of the day."""

    known: int
    strangers: int


class DeviceToday(Answer):
    """What one device has seen."""

    device_id: str
    name: str
    known: int
    strangers: int


class Today(Answer):
    """The visits of a local day so far, those that are still going on among them."""

    from_ms: int
    """When the day began."""
    now_ms: int
    seq: int
    """Record of the journal up to which all is counted: what a client says in ``since`` to be told the rest."""
    visits: int
    known: int
    strangers: int
    types: Dict[str, int]
    """By kind of person; kinds of whom nobody came are left out."""
    hours: List[Hour]
    """All 24, from the day's beginning on."""
    devices: List[DeviceToday]
    """Those that have seen somebody, the busiest first, at most 64."""


class TodayQuery(Query):
    """Whose day."""

    utc_offset_min: Optional[int] = Field(None, ge=OFFSETS_MIN[0], le=OFFSETS_MIN[1])
    """Minutes that the local clock is ahead of UTC, 480 in China; left out: that of the box."""


class TodayService(Protocol):
    """Whoever counts."""

    async def today(self, utc_offset_min: Optional[int]) -> Today:
        """The day so far.

        Raises:
            Unavailable: the history cannot be asked now.
        """


class TodayCalls:
    """The one operation."""

    def __init__(self, service: TodayService) -> None:
        self._service = service

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET",
                "/today",
                Need.READ,
                "The visits of today in figures",
                self.look,
                Today,
                query=TodayQuery,
                tags=("events",),
            )
        ]

    async def look(self, asked: Asked) -> Today:
        """The day so far."""
        return await self._service.today(asked.query.utc_offset_min)
