"""Registering a person while the service runs: vision looks at the photo, the gallery takes the face at once."""

import asyncio
import itertools
from typing import Callable, Dict

from sophon_report.api.service import EnrolRequest
from sophon_report.errors import BadImage, Unavailable
from sophon_report.link.messages import Photo, PhotoResult
from sophon_report.model import Person
from sophon_report.recognition.enrol import check_identity, registered_face
from sophon_report.recognition.known_people import KnownPeople

MAX_WAITING = 32
"""Photos on their way to vision; one more is refused with a plain word."""
ANSWER_S = 30.0


class Enrolment:
    """Photos on their way to vision and back.

    Args:
        people: the gallery and its store.
        send: hands a message to vision; ``False`` when it is not there.
        min_face_px: smallest face that is accepted, asked at each photo.
    """

    def __init__(self, people: KnownPeople, send: Callable[[Photo], bool], min_face_px: Callable[[], int]) -> None:
        self._people, self._send, self._min_face_px = people, send, min_face_px
        self._waiting: Dict[int, asyncio.Future[PhotoResult]] = {}
        self._ids = itertools.count(1)

    async def enrol(self, request: EnrolRequest) -> Person:
        """Register the person of ``request``.

        Raises:
            BadImage: the photo cannot be used.
            BadInput: the id is taken, or it or the name cannot be used.
            Unavailable: vision is not there, too busy or too slow.
        """
        check_identity(request.identity_id, request.name)
        result = await self._look_at(request.photo)
        face = registered_face(result, self._people.embedder)
        person = Person(request.identity_id, request.name, request.user_type)
        self._people.add(person, [face], replace=request.replace)
        return person

    def answered(self, result: PhotoResult) -> None:
        """Vision has looked."""
        waiting = self._waiting.pop(result.request_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def vision_gone(self) -> None:
        """Nobody will answer what is under way."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Unavailable("vision stopped while it looked at the photo; try again"))
        self._waiting.clear()

    async def _look_at(self, photo: bytes) -> PhotoResult:
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("too many photos are waiting to be looked at; try again")
        request_id = next(self._ids)
        answer = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        try:
            if not self._send(Photo(request_id, photo, self._min_face_px())):
                raise Unavailable("vision is not there to look at the photo; try again in a moment")
            result: PhotoResult = await asyncio.wait_for(answer, ANSWER_S)
        except asyncio.TimeoutError:
            raise Unavailable("vision did not look at the photo in time; try again") from None
        finally:
            self._waiting.pop(request_id, None)
        if result.refused == "busy":
            raise Unavailable(result.detail)
        if result.refused:
            raise BadImage(result.refused, result.detail)
        return result
