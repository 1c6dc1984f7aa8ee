"""Past events: lists, counts over time, single ones, their pictures, and a search by a picture.

Pictures lie in the journal as long as it keeps them. A list goes on from a place in it (``before``, ``after``):
that costs the same however far inside it is, while ``offset`` counts its way there.
"""

from contextlib import contextmanager
from dataclasses import replace
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

from aiohttp import web
from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.events import EventService, FaceQuestion
from sophon_report.api.long_answer import jpeg_answer
from sophon_report.api.pictures import Pictures
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.past_filters import (
    LATEST_MS,
    EventFilters,
    EventsQuery,
    HistogramQuery,
    all_times,
    cursor_of,
    edges_of,
    place_of,
    wrong,
)
from sophon_report.api.v1.past_told import (
    Bucket,
    EventPageAnswer,
    EventTold,
    FoundTold,
    HistogramAnswer,
    SearchAnswer,
    told_short,
    told_whole,
)
from sophon_report.errors import NotFound, Unavailable
from sophon_report.link.messages import FacesAsked
from sophon_report.score import PASS_PCT
from sophon_report.store.event_index import EventPicture, EventQuery, Place, picture_id
from sophon_report.store.events.event_number import number_of
from sophon_report.wire.past_event import PastEvent

PATH = "/events"
TAGS = ("events",)
PICTURES = {
    "scene": EventPicture.SCENE,
    "face": EventPicture.FACE,
    "register": EventPicture.REGISTERED,
    "ir": EventPicture.INFRARED,
}
ASKED = FacesAsked(attributes=False)
WINDOWS = 4
"""Of 50,000 events each, that one search by a picture looks through."""


class SearchQuery(EventFilters):
    """Among which events, and how alike."""

    min_likeness: float = Field(PASS_PCT, ge=0, le=100)
    """As a score: those above it are found."""
    limit: int = Field(100, ge=1, le=500)


class PastCalls:
    """Operations over ``events``.

    Args:
        events: the history.
        pictures: finds the face of a picture.
        clock_ms: milliseconds since the epoch.
    """

    def __init__(self, events: EventService, pictures: Pictures, clock_ms: Callable[[], int]) -> None:
        self._events, self._pictures, self._clock_ms = events, pictures, clock_ms
        self._searching = False

    def operations(self) -> List[Operation]:
        """All of them."""
        unknown = ("NOT_FOUND", "UNAVAILABLE", "TOO_MUCH")
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
                errors=("TOO_MUCH",),
                tagged=True,
                description="`older` and `newer` of the answer go on from this page at the same cost anywhere.",
            ),
            Operation(
                "GET",
                PATH + "/histogram",
                Need.READ,
                "How many events there were, over time",
                self.histogram,
                HistogramAnswer,
                query=HistogramQuery,
                tags=TAGS,
                errors=("TOO_MUCH",),
                tagged=True,
                description="What takes longer than about a second to count is null, the oldest first.",
            ),
            Operation(
                "POST",
                PATH + "/search-by-picture",
                Need.READ,
                "Past events with the face of a picture, the most alike first",
                self.search,
                SearchAnswer,
                query=SearchQuery,
                body_type="image/jpeg",
                tags=TAGS,
                errors=("NOT_AN_IMAGE", "IMAGE_TOO_LARGE", "NO_FACE", "UNAVAILABLE", "TOO_MUCH"),
                description="Looks through 200,000 events at most, the newest first, of the recognition model in "
                "use. One search runs at a time.",
            ),
            Operation(
                "GET", one, Need.READ, "An event", self.get, EventTold, tags=TAGS, errors=unknown, tagged=True
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
        query = wanted.query(newest_first=not wanted.oldest_first)
        before, after = place_of(wanted.before, "before"), place_of(wanted.after, "after")
        if before is None and after is None and (wanted.counted is not False or wanted.offset):
            page = await self._events.page(query, wanted.limit, wanted.offset)
            more = wanted.offset + len(page.events) < page.total
            ends = (more, wanted.offset > 0) if query.newest_first else (wanted.offset > 0, more)
            return _page(page.events, page.total, query, ends)
        if before is not None and after is not None:
            raise wrong("after", "cannot be given together with before")
        if wanted.offset:
            raise wrong("offset", "cannot be given together with before or after")
        found = await self._events.stretch(query, wanted.limit, before, after)
        total = (await self._events.page(query, 1, 0)).total if wanted.counted else None
        return _page(found.events, total, query, (found.has_older, found.has_newer))

    async def histogram(self, asked: Asked) -> HistogramAnswer:
        """Counts over time."""
        wanted: HistogramQuery = asked.query
        query = wanted.query()
        oldest_ms = newest_ms = 0
        if query.from_ms is None or query.to_ms is None:
            ends = await self._events.histogram(EventQuery(), ())
            oldest_ms, newest_ms = ends.oldest_ms or 0, ends.newest_ms or 0
        edges = edges_of(query, wanted.buckets, oldest_ms, newest_ms)
        counted = await self._events.histogram(all_times(query), edges)
        return HistogramAnswer(
            buckets=[
                Bucket(
                    from_ms=from_ms,
                    events=None if bar is None else bar.events,
                    strangers=None if bar is None else bar.strangers,
                )
                for from_ms, bar in zip(edges, counted.bars)
            ],
            end_ms=edges[-1],
            complete=None not in counted.bars,
            oldest_ms=counted.oldest_ms,
            newest_ms=counted.newest_ms,
        )

    async def search(self, asked: Asked) -> SearchAnswer:
        """Events with the face of the body."""
        wanted: SearchQuery = asked.query
        query = wanted.query()
        to_ms = self._clock_ms() if query.to_ms is None else query.to_ms
        with self._one_at_a_time():
            faces = await self._pictures.faces_of(asked.incoming.message.body, ASKED)
            question = FaceQuestion(
                faces[0].embedding,
                wanted.min_likeness,
                query.from_ms or 0,
                min(to_ms, LATEST_MS),
                query.device_ids,
                newest_first=True,
                filters=query,
            )
            found, from_ms, more = await self._looked_through(question)
        best = sorted(found, key=lambda each: (-each[1], -each[0].at_ms))
        return SearchAnswer(
            events=[
                FoundTold(likeness_pct=round(score, 4), event=told_short(event))
                for event, score in best[: wanted.limit]
            ],
            scanned_from_ms=from_ms,
            more=more,
            cut=len(best) > wanted.limit,
        )

    async def _looked_through(self, question: FaceQuestion) -> Tuple[Sequence[Tuple[PastEvent, float]], int, bool]:
        """What some windows found, from which time on was looked, and whether older ones are left."""
        found: List[Tuple[PastEvent, float]] = []
        to_ms, more = question.to_ms, True
        for _ in range(WINDOWS):
            page = await self._events.look_for(replace(question, to_ms=to_ms))
            found += page.events
            to_ms, more = page.next_ms, page.have_more
            if not more:
                return found, question.from_ms, False
        return found, to_ms + 1, more

    async def get(self, asked: Asked) -> EventTold:
        """The event of the path."""
        return told_whole(await self._events.whole(asked.part("event_id")))

    async def picture(self, asked: Asked) -> web.Response:
        """A picture of the event of the path."""
        which = PICTURES.get(asked.part("which"))
        if which is None:
            raise NotFound("which picture is one of " + ", ".join(PICTURES))
        return jpeg_answer(await self._events.picture(picture_id(asked.part("event_id"), which)))

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if self._searching:
            raise Unavailable("another search by picture runs: try again when it has ended")
        self._searching = True
        try:
            yield
        finally:
            self._searching = False


def _page(
    events: Sequence[PastEvent], total: Optional[int], query: EventQuery, ends: Tuple[bool, bool]
) -> EventPageAnswer:
    ordered = list(events) if query.newest_first else list(reversed(events))
    older, newer = "", ""
    if ordered:
        newer = cursor_of(_place(ordered[0])) if ends[1] else ""
        older = cursor_of(_place(ordered[-1])) if ends[0] else ""
    return EventPageAnswer(events=[told_short(event) for event in events], total=total, older=older, newer=newer)


def _place(event: PastEvent) -> Place:
    return Place(event.at_ms, number_of(event.event_id))
