"""Pictures on their way to vision and back: whoever has one looked at waits here for the answer.

The promise: each picture that was taken is answered or refused within :data:`ANSWER_S`, also when vision dies over
it. At most :data:`MAX_WAITING` wait; one more is refused at once with a plain word and counted in ``refused``.
"""

import asyncio
import itertools
from dataclasses import dataclass
from typing import Callable, Dict

from sophon_report.errors import BadImage, Unavailable, VisionAway
from sophon_report.link.messages import FacesAsked, Photo, PhotoResult, PhotoUse

MAX_WAITING = 64
"""Vision keeps as many. Their bytes are those of the bodies that they came in, which have a bound of their own."""
ANSWER_S = 30.0
FOR_A_MATCH = FacesAsked()
IN_BULK = 2
"""Photos of an import under way at once: while vision looks at one the next is there already."""
CALM_S = 0.005
PAUSE_S = 0.5
PATIENCE_S = 60.0
TRIES = 3
"""How often vision may fail over a photo of an import."""


@dataclass(frozen=True)
class PhotoDeskStats:
    """Level of this moment and counters since the start."""

    waiting: int
    refused: int
    """Pictures turned away because too many waited."""
    unanswered: int
    """Pictures that vision did not answer in time, or died over."""


class PhotoDesk:
    """Has pictures looked at.

    Args:
        send: hands a message to vision; ``False`` when it is not there.
    """

    def __init__(self, send: Callable[[Photo], bool]) -> None:
        self._send = send
        self._waiting: Dict[int, asyncio.Future[PhotoResult]] = {}
        self._ids = itertools.count(1)
        self._refused = self._unanswered = self._in_bulk = 0

    async def look_at(
        self,
        image: bytes,
        min_face_px: int,
        use: PhotoUse = PhotoUse.FACES,
        infrared: bytes = b"",
        asked: FacesAsked = FOR_A_MATCH,
    ) -> PhotoResult:
        """Return the faces of a picture, at least one, and what ``use`` needs of it.

        Args:
            image: as it came from outside.
            min_face_px: smallest face that is accepted.
            use: what it is looked at for.
            infrared: the picture beside it, for an event.
            asked: what is to be told of the faces, when it is looked at for nothing else.

        Raises:
            BadImage: one of the pictures cannot be used, or holds no face.
            VisionAway: vision is not there, or died over it.
            Unavailable: too many pictures wait, or vision was too slow.
        """
        if len(self._waiting) >= MAX_WAITING:
            self._refused += 1
            raise Unavailable("too many photos are waiting to be looked at; try again")
        request_id = next(self._ids)
        answer = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        try:
            if not self._send(Photo(request_id, image, min_face_px, use, infrared, asked)):
                raise VisionAway("vision is not there to look at the photo; try again in a moment")
            result: PhotoResult = await asyncio.wait_for(answer, ANSWER_S)
        except asyncio.TimeoutError:
            self._unanswered += 1
            raise Unavailable("vision did not look at the photo in time; try again") from None
        finally:
            self._waiting.pop(request_id, None)
        if result.refused == "busy":
            raise Unavailable(result.detail)
        if result.refused or not result.faces:
            raise BadImage(result.refused or "no_face", result.detail or "no face was found")
        return result

    async def look_at_in_turn(self, image: bytes, min_face_px: int) -> PhotoResult:
        """Answer :meth:`look_at` to enrol, behind everybody else: for photos by the thousand.

        It is asked while nobody else waits, and at most :data:`IN_BULK` at a time, so whoever comes next has that
        many before him. What goes wrong with vision is tried again, alone: another photo may be to blame.

        Raises:
            BadImage: the picture cannot be used, or vision stopped over it again and again.
            Unavailable: vision was away for :data:`PATIENCE_S`.
        """
        clock_s = asyncio.get_running_loop().time
        give_up_s, tries = clock_s() + PATIENCE_S, TRIES
        while True:
            weight = 1 if tries == TRIES else IN_BULK
            await self._calm(weight)
            unanswered = self._unanswered
            self._in_bulk += weight
            try:
                return await self.look_at(image, min_face_px, PhotoUse.ENROL)
            except Unavailable:
                tries -= self._unanswered > unanswered
                if not tries:
                    raise BadImage("not_an_image", "vision stopped over it, or took too long") from None
                if clock_s() > give_up_s:
                    raise
            finally:
                self._in_bulk -= weight
            await asyncio.sleep(PAUSE_S)

    async def _calm(self, weight: int) -> None:
        """Wait for room in bulk, and for nobody else to wait."""
        # Whoever waits here is in no hurry, and a look costs nothing.
        while self._in_bulk + weight > IN_BULK or len(self._waiting) > self._in_bulk:  # noqa: ASYNC110
            await asyncio.sleep(CALM_S)

    def answered(self, result: PhotoResult) -> None:
        """Vision has looked; an answer that nobody waits for any more is dropped."""
        waiting = self._waiting.pop(result.request_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def vision_gone(self) -> None:
        """Nobody will answer what is under way."""
        for waiting in self._waiting.values():
            if not waiting.done():
                self._unanswered += 1
                waiting.set_exception(VisionAway("vision stopped while it looked at the photo; try again"))
        self._waiting.clear()

    def stats(self) -> PhotoDeskStats:
        """Level and counters."""
        return PhotoDeskStats(len(self._waiting), self._refused, self._unanswered)
