"""Past events as the HTTP edge asks for them: rows out of the index, pictures out of the journal.

The index is asked in threads of its own, as many as it has connections, and bounds how long a question may take;
who asks while all are busy waits for one. A search by face compares there too, in turns of 10,000 faces; when its
caller is gone it ends after a turn.
"""

import asyncio
import os
import threading
from functools import partial
from pathlib import Path
from typing import Callable, Mapping, Optional, Sequence, Tuple, TypeVar

from sophon_report.api.events import (
    FacePage,
    FaceQuestion,
    PastPage,
    PastStretch,
    PictureFolder,
    WholeEvent,
)
from sophon_report.api.people import PermissionService
from sophon_report.errors import NotFound, PermissionNotFound, Unavailable
from sophon_report.model import Destination, DeviceType, Jpeg, Recognition, Visit
from sophon_report.recognition.known_people import KnownPeople, unit_row
from sophon_report.recognition.past_faces import StoredFaces, WantedFaces, Window, look_through
from sophon_report.report.event_pictures import picture_of
from sophon_report.report.history import History
from sophon_report.report.whereabouts import Whereabouts
from sophon_report.score import cosine_of, score_pct
from sophon_report.store.event_index import (
    EventPicture,
    EventQuery,
    EventRow,
    Histogram,
    Place,
    event_of_picture,
    picture_id,
)
from sophon_report.wire.layouts import LAYOUTS
from sophon_report.wire.past_event import PastEvent

T = TypeVar("T")
WORDS: Mapping[EventPicture, str] = {
    EventPicture.SCENE: "scene",
    EventPicture.FACE: "face",
    EventPicture.REGISTERED: "register",
    EventPicture.INFRARED: "ir",
}


class EventDesk:
    """The :class:`sophon_report.api.events.EventService` of the running service.

    Args:
        history: rows and pictures.
        people: whose model's vectors are compared.
        groups: know their names.
        folder: of the journal.
        sent_seq: journal record up to which every receiver of the history has all.
        shown: an event that was shown a moment ago, by its id: it is pushed before it is in the index.
        whereabouts: know what came of an event at each destination.
    """

    def __init__(
        self,
        history: History,
        people: KnownPeople,
        groups: PermissionService,
        folder: Path,
        sent_seq: Callable[[], int],
        shown: Callable[[str], Optional[Recognition]] = lambda _event_id: None,
        whereabouts: Optional[Whereabouts] = None,
    ) -> None:
        self._shown = shown
        self._index, self._feed, self._pictures = history.index, history.feed, history.pictures
        self._people, self._groups, self._folder, self._sent_seq = people, groups, folder, sent_seq
        self._threads, self._whereabouts = history.questions, whereabouts

    async def page(self, query: EventQuery, limit: int, offset: int) -> PastPage:
        """A page of the events that ``query`` lets pass."""
        page = await self._aside(partial(self._index.page, query, limit, offset))
        return PastPage(await self._told(page.rows), page.total)

    async def stretch(
        self, query: EventQuery, limit: int, before: Optional[Place], after: Optional[Place]
    ) -> PastStretch:
        """Events just older than ``before``, just newer than ``after``, or the first."""
        found = await self._aside(partial(self._index.stretch, query, limit, before, after))
        return PastStretch(await self._told(found.rows), found.has_older, found.has_newer)

    async def histogram(self, query: EventQuery, edges: Sequence[int]) -> Histogram:
        """How many events lie between neighbours of ``edges``."""
        return await self._aside(partial(self._index.histogram, query, edges))

    async def whole(self, event_id: str) -> WholeEvent:
        """An event with all that is known of it."""
        row = await self._aside(partial(self._index.find, event_id))
        [event] = await self._told([row])
        pictures = await self._pictures.there(row)
        told = await self._whereabouts.of(row) if self._whereabouts is not None else ()
        return WholeEvent(event, tuple(WORDS[which] for which in pictures), told)

    async def find(self, event_id: str) -> PastEvent:
        """One event."""
        [event] = await self._told([await self._aside(partial(self._index.find, event_id))])
        return event

    async def picture(self, image_id: str) -> Jpeg:
        """A picture of an event, off the journal, or out of memory as long as the event is in no index."""
        event_id, which = event_of_picture(image_id)
        try:
            row = await self._aside(partial(self._index.find, event_id))
        except (NotFound, Unavailable):
            shown = self._shown(event_id)
            if shown is None:
                raise
            return picture_of(shown, which)
        return await self._pictures.of(row, which)

    async def look_for(self, question: FaceQuestion) -> FacePage:
        """Events with that face, as many as one call may look through."""
        people, left = self._people, threading.Event()
        seek = partial(self._seek, question, people.embedder, people.pass_cosine, left.is_set)
        try:
            window, rows = await self._aside(seek)
        finally:
            left.set()
        scores = {face.number: score_pct(face.cosine, people.pass_cosine) for face in window.found}
        # Who was erased since the faces were read has no row any more.
        found = zip(await self._told(rows), (scores[row.number] for row in rows))
        return FacePage(tuple(found), window.next_ms, window.have_more)

    async def erase(self, event_ids: Sequence[str]) -> int:
        """Take events out of the index; the journal's records stay."""
        return await self._feed.forget(frozenset(), frozenset(event_ids))

    async def picture_folder(self) -> PictureFolder:
        """The journal's folder."""
        folder = str(self._folder)
        return PictureFolder(folder, await self._aside(partial(os.access, folder, os.R_OK | os.W_OK | os.X_OK)))

    def _seek(
        self, question: FaceQuestion, embedder: str, pass_cosine: float, left: Callable[[], bool]
    ) -> Tuple[Window, Sequence[EventRow]]:
        """In a thread: a window, and the rows of what it found."""
        face = unit_row(question.embedding, len(question.embedding) // 4)
        newest_first = question.newest_first

        def read(from_ms: int, to_ms: int, limit: int) -> StoredFaces:
            faces = self._index.face_vectors(
                from_ms, to_ms, question.device_ids, embedder, newest_first, limit, question.filters
            )
            if len(faces.numbers) and faces.vectors.shape[1] != face.size:
                raise Unavailable("the model was changed while the picture was looked at; try again")
            return StoredFaces(faces.numbers, faces.at_ms, faces.vectors, faces.more)

        mark = cosine_of(question.threshold_pct, pass_cosine)
        wanted = WantedFaces(face, mark, question.from_ms, question.to_ms, newest_first)
        window = look_through(read, wanted, stopped=left)
        return window, self._index.rows([found.number for found in window.found])

    async def _told(self, rows: Sequence[EventRow]) -> Tuple[PastEvent, ...]:
        names = {group: await self._name_of(group) for group in {row.permission_id for row in rows}}
        sent_seq = self._sent_seq()
        return await self._aside(
            lambda: tuple(past_event(row, names[row.permission_id], sent_seq) for row in rows)
        )

    async def _name_of(self, permission_id: str) -> str:
        try:
            return (await self._groups.find(permission_id)).name if permission_id else ""
        except PermissionNotFound:
            return ""

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def past_event(row: EventRow, permission_name: str, sent_seq: int) -> PastEvent:
    """What is told of a row."""
    pushed = row.device_type == DeviceType.PHOTO.value
    return PastEvent(
        event_id=row.event_id,
        at_ms=row.at_ms,
        in_ms=row.in_ms,
        out_ms=row.out_ms,
        device_id=row.device_id,
        device_name=row.device_name,
        device_type=row.device_type,
        device_ip=row.device_ip,
        device_url=row.device_url,
        permission_id=row.permission_id,
        permission_name=permission_name,
        identity_id=row.identity_id,
        name=row.name,
        user_type=row.user_type,
        score_pct=row.score_pct,
        register_photo_id=row.register_photo_id,
        post_action=row.post_action,
        shot=row.shot,
        face_image_id=picture_id(row.event_id, EventPicture.FACE),
        scene_image_id=picture_id(row.event_id, EventPicture.SCENE),
        infrared_image_id=picture_id(row.event_id, EventPicture.INFRARED) if pushed else "",
        is_sent=bool(row.out_ms) and row.seq <= sent_seq,
        seq=row.seq,
        ended_by=row.ended_by,
    )


def sent_up_to(destinations: Sequence[Destination], cursors: Mapping[str, int]) -> int:
    """Journal record up to which every receiver of the vendor's history layouts has all; 0 without one."""
    history = [each for each in destinations if each.layout in LAYOUTS and LAYOUTS[each.layout].tells is Visit]
    return min((cursors.get(each.name, 0) for each in history if each.enabled), default=0)
