"""Past events, by both generations of the vendor's calls.

==========================================  ==============================================================
call                                        what is told
==========================================  ==============================================================
POST getevents                              a page of records, and how many there are
POST getevent                               one record, by its id
GET, POST getspotimage/<id>                 a picture of an event
POST checkeventimagepath                    where pictures are, and whether that can be used
GET ``/SophonFace/api/events``              a page of rows
DELETE ``/SophonFace/api/events``           takes events out
GET ``/SophonFace/api/event_images/<id>``   a picture of an event
==========================================  ==============================================================

Where the documents leave a choice:

- The newest events come first: no page says, and whoever asks without any filter wants to see what happened last.
  Who pages through many gives ``datetime_lte`` as well, so that new events do not move the pages.
- A page holds at most :data:`MOST` events. ``page_index`` begins at 0, as its default says; ``page`` of the older
  call at 1, as pages with ``num_pages`` do, and 0 is the first one too. ``top_k`` cuts the answer after so many.
- A picture wants the event's ``timestamp`` as it was told (``datetime`` in the older call), in either unit. The
  vendor finds its file by it; here the id says it all, so it is needed, read and not compared.
- A picture that retention took, and one that there never was, are 404 with words that say which.
- Only the index is told of a deletion: the events are found no more, and nor are their pictures. The journal's
  records stay until retention takes them; ``sophon-report journal reindex`` before that brings the rows back, and
  so does the end of a visit that was deleted while the person was there. Who has to be gone from everything is
  erased (``people erase``). That an event's pictures are deleted alone is not offered: they are part of records
  that are never changed.
"""

from concurrent.futures import Executor
from math import ceil
from typing import Any, Callable, Dict, List

from aiohttp import web

from sophon_report.api.arguments import Arguments
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.event_filters import Wanted, filters_of, old_filters_of, texts_of, time_of
from sophon_report.api.events import EventService, PastPage
from sophon_report.api.long_answer import jpeg_answer, long_answer
from sophon_report.wire import event_record, event_record_old

V2 = "/sophon/v2/face/"
OLD = "/SophonFace/api/"
MOST = 1000
"""Events of a page: five megabytes, since each carries its vector."""
FURTHEST = 1 << 40
"""Place in an answer."""


class EventCalls:
    """All of them.

    Args:
        events: the history.
        times: unit of the times that API 2.0 tells, ``ms`` or ``s``.
        license_key: the box's.
        threads: where long answers are written down.
    """

    def __init__(
        self,
        events: EventService,
        times: Callable[[], str],
        license_key: Callable[[], str],
        threads: Executor,
    ) -> None:
        self._events, self._times, self._license_key = events, times, license_key
        self._threads = threads

    def calls(self) -> List[Call]:
        """What is served."""
        picture = V2 + "getspotimage/{image_id}"
        return [
            Call("POST", V2 + "getevents", Need.READ, self.page),
            Call("POST", V2 + "getevent", Need.READ, self.one),
            Call("GET", picture, Need.READ, self.picture),
            Call("POST", picture, Need.READ, self.picture, takes_query=True),
            Call("POST", V2 + "checkeventimagepath", Need.READ, self.picture_folder, reads_body=False),
            Call("GET", OLD + "events", Need.READ, self.old_page),
            Call("DELETE", OLD + "events", Need.WRITE, self.delete),
            Call("GET", OLD + "event_images/{image_id}", Need.READ, self.old_picture),
        ]

    async def page(self, incoming: Incoming) -> web.Response:
        """``getevents``: a page of records."""
        given = incoming.arguments
        wanted = filters_of(Arguments(given.table("filters", {})))
        limit = given.whole("page_limit", 10, low=1, high=MOST)
        index = given.whole("page_index", 0, low=0, high=FURTHEST // MOST)
        found = await self._page(wanted, limit, index * limit)
        unit = self._times()
        return await long_answer(
            self._threads,
            lambda: {
                "events": [event_record.record(event, unit) for event in found.events],
                "pagination": {"page_index": index, "page_limit": limit, "total_count": found.total},
            },
        )

    async def one(self, incoming: Incoming) -> Dict[str, Any]:
        """``getevent``: one record, in nothing."""
        return event_record.record(await self._events.find(incoming.arguments.text("event_id")), self._times())

    async def picture(self, incoming: Incoming) -> web.Response:
        """``getspotimage``: a picture of an event."""
        return await self._picture(incoming, "timestamp")

    async def picture_folder(self, _incoming: Incoming) -> Dict[str, Any]:
        """``checkeventimagepath``: where pictures are."""
        folder = await self._events.picture_folder()
        return {"event_image_path": folder.path, "available": folder.available}

    async def old_page(self, incoming: Incoming) -> web.Response:
        """``events``: a page of rows."""
        given = incoming.arguments
        wanted = old_filters_of(given)
        limit = given.whole("per_page", 10, low=1, high=MOST)
        page = max(1, given.whole("page", 1, low=0, high=FURTHEST // MOST))
        top = given.whole("top_k", FURTHEST, low=1, high=FURTHEST)
        offset = (page - 1) * limit
        found = await self._page(wanted, limit, offset)
        total, rows, license_key = min(found.total, top), found.events[: max(0, top - offset)], self._license_key()
        return await long_answer(
            self._threads,
            lambda: {
                "data": [event_record_old.record(event, license_key) for event in rows],
                "pagination": {
                    "num_pages": ceil(total / limit),
                    "page": page,
                    "per_page": limit,
                    "total_count": total,
                },
            },
        )

    async def old_picture(self, incoming: Incoming) -> web.Response:
        """``event_images``: a picture of an event."""
        return await self._picture(incoming, "datetime")

    async def delete(self, incoming: Incoming) -> Dict[str, Any]:
        """Take the events of ``event_id_list`` out; ids that none has are passed over."""
        incoming.arguments.needed("event_id_list")
        await self._events.erase(texts_of(incoming.arguments, "event_id_list"))
        return {"data": {}}

    async def _page(self, wanted: Wanted, limit: int, offset: int) -> PastPage:
        return PastPage((), 0) if wanted.nothing else await self._events.page(wanted.query, limit, offset)

    async def _picture(self, incoming: Incoming, time: str) -> web.Response:
        incoming.arguments.needed(time)
        time_of(incoming.arguments, time)
        return jpeg_answer(await self._events.picture(incoming.path["image_id"]))
