"""What goes into the event index and what comes out: rows, questions, pages. Frozen."""

import dataclasses
from dataclasses import dataclass, field
from typing import Optional, Tuple, Union

import numpy as np
import numpy.typing as npt

from sophon_report.model import FloatArray, PhotoKind, Recognition, Shot, UserType, Visit
from sophon_report.store.events.event_number import number_of
from sophon_report.store.events.traits import Looks


@dataclass(frozen=True)
class EventRow:
    """One event as it stands: all of its record but the pictures, which stay in the journal.

    Pictures are pointed to by ``seq`` and not by a place in a file: an erasing writes a segment anew, and every
    offset in it changes, while the journal finds a number in one step.
    """

    event_id: str
    seq: int
    """Journal record that has its pictures: the visit's, and the recognition's while the person is there."""
    at_ms: int
    """When the deciding picture was taken; the vendor's ``timestamp``."""
    in_ms: int
    out_ms: int
    """0 while the person is there."""
    device_id: str
    device_name: str
    device_type: str
    device_ip: str
    device_url: str = field(repr=False)
    """Without its password."""
    permission_id: str
    """The group of people that the device accepts."""
    identity_id: str
    """``""``: nobody who is known."""
    name: str = field(repr=False)
    user_type: UserType
    score_pct: float
    """To the fourth digit."""
    register_photo_id: str
    """Of the registered photo that matched, ``""`` for none."""
    post_action: str
    ended_by: str
    """As :attr:`sophon_report.model.Visit.ended_by`; ``""`` while the person is there."""
    shot: Shot = field(repr=False)
    """The picture that counts, without its JPEGs: box, landmarks, quality, attributes, vector. Lengths in pixels
    are to a tenth."""
    photo_kind: str = PhotoKind.GATE.value
    """Of a photo device."""
    first_seq: int = field(default=0, compare=False)
    """Journal record of the recognition, 0 when it is not known: read here, and found out by who writes."""

    @property
    def number(self) -> int:
        """What stands for the event in the file; with an id of the usual 16 digits it is that number."""
        return number_of(self.event_id)

    @property
    def track_id(self) -> int:
        """Of the face's track on its device."""
        return self.shot.track_id


def row_of(event: Union[Recognition, Visit]) -> EventRow:
    """The row that tells of ``event`` what is known by now."""
    person, device = event.match.identity, event.device
    return EventRow(
        event_id=event.event_id,
        seq=event.seq,
        at_ms=event.recognised_ms,
        in_ms=event.in_ms,
        out_ms=event.out_ms if isinstance(event, Visit) else 0,
        device_id=device.device_id,
        device_name=device.name,
        device_type=device.type.value,
        device_ip=device.ip,
        device_url=device.safe_url,
        permission_id=device.permission_id,
        identity_id=person.identity_id if person else "",
        name=person.name if person else "",
        user_type=event.user_type,
        score_pct=round(float(event.match.score_pct), 4),
        register_photo_id=person.photo_id if person else "",
        post_action=event.post_action,
        ended_by=event.ended_by if isinstance(event, Visit) else "",
        shot=dataclasses.replace(event.shot, face_jpeg=b"", scene_jpeg=b"", ir_jpeg=b""),
        photo_kind=device.photo_kind.value,
    )


@dataclass(frozen=True)
class EventQuery:
    """Which events are asked for; what is left out lets all pass."""

    from_ms: Optional[int] = None
    """``at_ms`` from here on."""
    to_ms: Optional[int] = None
    """``at_ms`` up to here, itself included."""
    name_part: str = field(default="", repr=False)
    """Somewhere in the name, in capitals or not; a name is only had by people who are known."""
    identity_id: str = ""
    score_min: Optional[float] = None
    score_max: Optional[float] = None
    user_types: Tuple[UserType, ...] = ()
    device_ids: Tuple[str, ...] = ()
    newest_first: bool = True
    permission_ids: Tuple[str, ...] = ()
    """Groups of people that the device accepted then."""
    looks: Looks = Looks()


@dataclass(frozen=True)
class EventPage:
    """A page of the answer, and how many events there are in all."""

    rows: Tuple[EventRow, ...]
    total: int


@dataclass(frozen=True)
class Place:
    """Where an event stands, or stood: events are ordered by time, then by number."""

    at_ms: int
    number: int


@dataclass(frozen=True)
class Stretch:
    """Some neighbours of the answer, in its order."""

    rows: Tuple[EventRow, ...]
    has_older: bool
    """Whether there may be further ones before them in time."""
    has_newer: bool


@dataclass(frozen=True)
class Bar:
    """How many events one piece of a time has."""

    events: int
    strangers: int
    """Of them."""


@dataclass(frozen=True)
class Histogram:
    """Events over a time, in pieces."""

    bars: Tuple[Optional[Bar], ...]
    """In order of time; ``None``: there was no time to count it. The oldest are left out first."""
    oldest_ms: Optional[int]
    """Time of the first event of all, whatever was asked; ``None`` without any."""
    newest_ms: Optional[int]


@dataclass(frozen=True)
class FaceVectors:
    """Faces of events in the order of their time, for a comparison with one face.

    Attributes:
        numbers: ``(N,)`` int64, for :meth:`sophon_report.store.event_index.EventIndex.rows`.
        at_ms: ``(N,)`` int64, times of the events.
        vectors: ``(N, dim)`` float32, one block of memory; ``(0, 0)`` for none.
        more: whether there are further ones behind the limit.
    """

    numbers: npt.NDArray[np.int64]
    at_ms: npt.NDArray[np.int64]
    vectors: FloatArray
    more: bool


@dataclass(frozen=True)
class EventIndexStats:
    """How much is there, and how much it takes."""

    rows: int
    cursor: int
    """Journal record up to which everything is in it."""
    size_bytes: int
    """Of the file and its write-ahead log."""
    is_open: bool
    problem: str
    """Why it cannot be used now, ``""``: it can."""
