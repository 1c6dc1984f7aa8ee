"""Past events: lists, single ones, and their pictures, which lie in the journal as long as it keeps them."""

from typing import List, Optional

from aiohttp import web
from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.events import EventService
from sophon_report.api.long_answer import jpeg_answer
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Page
from sophon_report.errors import NotFound
from sophon_report.model import UserType
from sophon_report.store.event_index import EventPicture, EventQuery, picture_id
from sophon_report.wire.past_event import PastEvent

PATH = "/events"
TAGS = ("events",)
TYPES = "|".join(kind.value for kind in UserType)
LATEST_MS = 1 << 52
PICTURES = {
    "scene": EventPicture.SCENE,
    "face": EventPicture.FACE,
    "register": EventPicture.REGISTERED,
    "ir": EventPicture.INFRARED,
}


class EventToldShort(Answer):
    """Who was where and when."""

    event_id: str
    at_ms: int
    in_ms: int
    out_ms: int
    """0 while the visit is open."""
    device_id: str
    device_name: str
    identity_id: str
    name: str
    user_type: str
    score_pct: float
    register_photo_id: str


class EventPageAnswer(Answer):
    """A page of events, and how many there are in all."""

    events: List[EventToldShort]
    total: int


class EventsQuery(Page):
    """Which events; what is left out lets all pass."""

    from_ms: Optional[int] = Field(None, ge=0, le=LATEST_MS)
    to_ms: Optional[int] = Field(None, ge=0, le=LATEST_MS)
    """Itself included."""
    name: str = Field("", max_length=256)
    """A part of the name."""
    identity_id: str = Field("", max_length=128)
    device_id: str = Field("", max_length=128)
    user_type: str = Field("", pattern=f"^({TYPES})?$")
    oldest_first: bool = False


class PastCalls:
    """Operations over ``events``."""

    def __init__(self, events: EventService) -> None:
        self._events = events

    def operations(self) -> List[Operation]:
        """All of them."""
        unknown = ("NOT_FOUND", "UNAVAILABLE")
        one = PATH + "/{event_id}"
        return [
            Operation(
                "GET",
                PATH,
                Need.READ,
                "Past events",
                self.list,
                EventPageAnswer,
                query=EventsQuery,
                tags=TAGS,
                tagged=True,
            ),
            Operation(
                "GET", one, Need.READ, "An event", self.get, EventToldShort, tags=TAGS, errors=unknown, tagged=True
            ),
            Operation(
                "GET",
                one + "/pictures/{which}",
                Need.READ,
                "A picture of an event: scene, face, register or ir",
                self.picture,
                answer_type="image/jpeg",
                tags=TAGS,
                errors=unknown,
            ),
        ]

    async def list(self, asked: Asked) -> EventPageAnswer:
        """A page of events."""
        wanted: EventsQuery = asked.query
        query = EventQuery(
            from_ms=wanted.from_ms,
            to_ms=wanted.to_ms,
            name_part=wanted.name,
            identity_id=wanted.identity_id,
            user_types=(UserType(wanted.user_type),) if wanted.user_type else (),
            device_ids=(wanted.device_id,) if wanted.device_id else (),
            newest_first=not wanted.oldest_first,
        )
        page = await self._events.page(query, wanted.limit, wanted.offset)
        return EventPageAnswer(events=[_told(event) for event in page.events], total=page.total)

    async def get(self, asked: Asked) -> EventToldShort:
        """The event of the path."""
        return _told(await self._events.find(asked.part("event_id")))

    async def picture(self, asked: Asked) -> web.Response:
        """A picture of the event of the path."""
        which = PICTURES.get(asked.part("which"))
        if which is None:
            raise NotFound("which picture is one of " + ", ".join(PICTURES))
        return jpeg_answer(await self._events.picture(picture_id(asked.part("event_id"), which)))


def _told(event: PastEvent) -> EventToldShort:
    return EventToldShort(
        event_id=event.event_id,
        at_ms=event.at_ms,
        in_ms=event.in_ms,
        out_ms=event.out_ms or 0,
        device_id=event.device_id,
        device_name=event.device_name,
        identity_id=event.identity_id,
        name=event.name,
        user_type=event.user_type.value,
        score_pct=event.score_pct,
        register_photo_id=event.register_photo_id,
    )
