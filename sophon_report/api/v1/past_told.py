"""What our own REST tells of past events."""

from typing import Dict, List, Optional

from sophon_report.api.events import Whereabout, WholeEvent
from sophon_report.api.v1.shapes import Answer
from sophon_report.score import PASS_PCT
from sophon_report.wire.past_event import PastEvent


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
    """A page of events."""

    events: List[EventToldShort]
    total: Optional[int]
    """How many there are in all; null: not counted."""
    older: str
    """As ``before`` it asks for those just older than this page; empty: there are none."""
    newer: str
    """As ``after`` it asks for those just newer."""


class Bucket(Answer):
    """A piece of a time."""

    from_ms: int
    """To the ``from_ms`` of the next one."""
    events: Optional[int]
    """null: counting takes too long; ask for a shorter time."""
    strangers: Optional[int]
    """Of them."""


class HistogramAnswer(Answer):
    """Events over a time."""

    buckets: List[Bucket]
    end_ms: int
    """Of the last bucket, itself not included."""
    complete: bool
    """Every bucket was counted; else the newest were."""
    oldest_ms: Optional[int]
    """Time of the first event of all, whatever is asked; null: there is none."""
    newest_ms: Optional[int]


class LooksTold(Answer):
    """What the face looks like; null: not known, or not sure enough."""

    gender: Optional[str]
    age_years: Optional[float]
    glasses: Optional[bool]
    mask: Optional[bool]
    hat: Optional[bool]


class QualityTold(Answer):
    """How good the picture of the face is."""

    size_px: float
    clarity: float
    brightness: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    partial: bool


class ShotTold(Answer):
    """The picture that counts, without its pixels."""

    captured_ms: int
    track_id: int
    box: List[float]
    """Left, top, right, bottom, pixels of the camera's picture."""
    detect_score: float
    quality: QualityTold
    looks: LooksTold


class WhereaboutTold(Answer):
    """What came of the event at one destination."""

    destination: str
    layout: str
    state: str
    """``delivered``, ``waiting``, ``not_yet`` (told when the person has left), ``refused`` (a dead letter is
    kept), ``given_up`` (refused, and the dead letter is gone), ``lost`` (realtime, not taken), ``kept_back``
    (filter or layout), ``before`` (the destination began later), ``gone`` (the journal let it go undelivered) or
    ``unknown``."""
    from_ms: Optional[int]
    """It came to that between this and ``to_ms``: notes are taken in windows of ten seconds, older ones in longer
    spans; both are the same when it is known exactly."""
    to_ms: Optional[int]
    reason: str
    http_status: Optional[int]
    """Of the answer that refused it."""
    answer: str
    attempts: int
    resending: bool
    seq: int
    """Journal record that is told there, the id of its dead letter; 0: not known."""


class EventTold(EventToldShort):
    """All that is known of an event."""

    seq: int
    """Journal record that has its pictures."""
    pass_pct: float
    """From this score on somebody counts as known, by default."""
    device_type: str
    permission_id: str
    """Group of people that the device accepted then."""
    permission_name: str
    post_action: str
    ended_by: str
    """``left``, ``max`` (the longest visit), ``lost`` (vision stopped), ``restart``; empty while it is open."""
    pictures: List[str]
    """Which of ``scene``, ``face``, ``register`` and ``ir`` are still there."""
    shot: ShotTold
    delivery: List[WhereaboutTold]
    """One for each destination."""


class FoundTold(Answer):
    """An event with a face that is alike."""

    likeness_pct: float
    """0 to 100, as a score."""
    event: EventToldShort


class SearchAnswer(Answer):
    """Events with a face like that of the picture, the most alike first."""

    events: List[FoundTold]
    scanned_from_ms: int
    """Events from here on were looked through."""
    more: bool
    """There are older ones within what was asked: ask again with ``to_ms`` one less than ``scanned_from_ms``."""
    cut: bool
    """More were found than are told."""


def told_short(event: PastEvent) -> EventToldShort:
    """As in lists."""
    return EventToldShort(**_short(event))


def told_whole(whole: WholeEvent) -> EventTold:
    """With everything."""
    event, shot = whole.event, whole.event.shot
    quality, looks = shot.quality, shot.attributes
    return EventTold(
        **_short(event),
        seq=event.seq,
        pass_pct=PASS_PCT,
        device_type=event.device_type,
        permission_id=event.permission_id,
        permission_name=event.permission_name,
        post_action=event.post_action,
        ended_by=event.ended_by,
        pictures=list(whole.pictures),
        shot=ShotTold(
            captured_ms=shot.captured_ms,
            track_id=shot.track_id,
            box=[float(length) for length in shot.box],
            detect_score=float(shot.detect_score),
            quality=QualityTold(**{name: getattr(quality, name) for name in QualityTold.model_fields}),
            looks=LooksTold(**{name: getattr(looks, name) for name in LooksTold.model_fields}),
        ),
        delivery=[_whereabout(each) for each in whole.whereabouts],
    )


def _whereabout(told: Whereabout) -> WhereaboutTold:
    return WhereaboutTold(**{name: getattr(told, name) for name in WhereaboutTold.model_fields})


def _short(event: PastEvent) -> Dict[str, object]:
    return {
        "event_id": event.event_id,
        "at_ms": event.at_ms,
        "in_ms": event.in_ms,
        "out_ms": event.out_ms or 0,
        "device_id": event.device_id,
        "device_name": event.device_name,
        "identity_id": event.identity_id,
        "name": event.name,
        "user_type": event.user_type.value,
        "score_pct": event.score_pct,
        "register_photo_id": event.register_photo_id,
    }
