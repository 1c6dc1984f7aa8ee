"""What the HTTP edge asks about past events, and what it is told."""

from dataclasses import dataclass, field
from typing import Protocol, Sequence, Tuple

from sophon_report.model import Jpeg
from sophon_report.store.event_index import EventQuery
from sophon_report.wire.past_event import PastEvent


@dataclass(frozen=True)
class PastPage:
    """A page of events, and how many there are in all."""

    events: Tuple[PastEvent, ...]
    total: int


@dataclass(frozen=True)
class FaceQuestion:
    """Whose face was this, and when."""

    embedding: bytes = field(repr=False)
    """Of the model in use, of length 1."""
    threshold_pct: float
    """Events with a greater score are found."""
    from_ms: int
    to_ms: int
    device_ids: Tuple[str, ...] = ()
    """Empty: all."""
    newest_first: bool = False


@dataclass(frozen=True)
class FacePage:
    """What one window of a search found; see :mod:`sophon_report.recognition.past_faces`."""

    events: Tuple[Tuple[PastEvent, float], ...]
    """Each with its score, 0 to 100; in the order of the search."""
    next_ms: int
    """Where the next window begins."""
    have_more: bool


@dataclass(frozen=True)
class PictureFolder:
    """Where the pictures of events are."""

    path: str
    available: bool
    """It is there and can be written."""


class EventService(Protocol):
    """The past events. What is read long is read beside the event loop."""

    async def page(self, query: EventQuery, limit: int, offset: int) -> PastPage:
        """A page of the events that ``query`` lets pass.

        Raises:
            Unavailable: the index cannot be read now, or the question takes too long.
        """

    async def find(self, event_id: str) -> PastEvent:
        """One event.

        Raises:
            NotFound: there is none.
            Unavailable: as of :meth:`page`.
        """

    async def picture(self, image_id: str) -> Jpeg:
        """A picture of an event.

        Raises:
            NotFound: no event has it, or it is gone; the message says which.
            Unavailable: as of :meth:`page`.
        """

    async def look_for(self, question: FaceQuestion) -> FacePage:
        """Events with that face, as many as one call may look through.

        Raises:
            BadInput: the vector is not of the model in use.
            Unavailable: as of :meth:`page`.
        """

    async def erase(self, event_ids: Sequence[str]) -> int:
        """Take events out of the index; returns how many there were.

        Raises:
            Unavailable: the index cannot be written.
        """

    async def picture_folder(self) -> PictureFolder:
        """Where the pictures are."""
