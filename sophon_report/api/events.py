"""What the HTTP edge asks about past events, and what it is told."""

from dataclasses import dataclass, field
from typing import Optional, Protocol, Sequence, Tuple

from sophon_report.model import Jpeg
from sophon_report.store.event_index import EventQuery, Histogram, Place
from sophon_report.wire.past_event import PastEvent


@dataclass(frozen=True)
class PastPage:
    """A page of events, and how many there are in all."""

    events: Tuple[PastEvent, ...]
    total: int


@dataclass(frozen=True)
class PastStretch:
    """Neighbours among the events."""

    events: Tuple[PastEvent, ...]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True)
class Whereabout:
    """What came of an event at one destination."""

    destination: str
    layout: str
    state: str
    """``delivered``, ``waiting``, ``not_yet`` (it is told when the person has left), ``refused``, ``given_up``,
    ``lost``, ``kept_back`` (by the filter or the layout), ``before`` (the destination began later), ``gone`` (the
    journal let it go before) or ``unknown``."""
    from_ms: Optional[int] = None
    """It came to that not before this; with :attr:`to_ms` as exactly as it was noted."""
    to_ms: Optional[int] = None
    reason: str = ""
    http_status: Optional[int] = None
    """Of the answer that refused it."""
    answer: str = ""
    """Beginning of that answer."""
    attempts: int = 0
    resending: bool = False
    seq: int = 0
    """Journal record that is told there, by which a dead letter is asked for; 0: not known."""


@dataclass(frozen=True)
class WholeEvent:
    """An event and all that is known of it."""

    event: PastEvent
    pictures: Tuple[str, ...]
    """Which of ``scene``, ``face``, ``register`` and ``ir`` are still there."""
    whereabouts: Tuple[Whereabout, ...]
    """One a destination, in their order."""


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
    filters: EventQuery = EventQuery()
    """What else must be true of an event; its times, devices and order do not count."""


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

    async def stretch(
        self, query: EventQuery, limit: int, before: Optional[Place], after: Optional[Place]
    ) -> PastStretch:
        """Events just older than ``before``, just newer than ``after``, or the first; raises as :meth:`page`."""

    async def histogram(self, query: EventQuery, edges: Sequence[int]) -> Histogram:
        """How many events lie between neighbours of ``edges``; raises as :meth:`page`."""

    async def whole(self, event_id: str) -> WholeEvent:
        """All that is known of an event; raises as :meth:`find`."""

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
