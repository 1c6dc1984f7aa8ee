"""A picture that a photo device pushed: matched, answered, and an event on every channel.

Gates, door terminals and capture cameras find faces themselves and push pictures of them; the largest face counts.
Every comparison is an event, a stranger's too, with two exceptions: a repeat within ``match.duplicate_s``, and a
picture of no registered device, which is answered only. A picture without a usable face is refused and makes none,
and so does one that there is nobody to compare with, unless the stranger library knows or files the face.

The event's time is when the picture arrived, by this box's clock: the times that devices send along are of clocks
nobody set, in units nobody wrote down.
"""

import time
from dataclasses import dataclass, replace
from typing import Callable, Iterable, Optional, Sequence, Tuple

import numpy as np

from sophon_report.api.pictures import SMALLEST_FACE_PX, FaceSeen, MatchAnswer, PushedPicture
from sophon_report.config import Matching
from sophon_report.errors import BadImage, DeviceNotFound, NobodyKnown, Unavailable
from sophon_report.link.messages import FacesAsked, PhotoFace, PhotoResult, PhotoUse
from sophon_report.model import Device, DeviceType, Identity, Match, PostAction, Shot
from sophon_report.ops.addresses import plain_address
from sophon_report.recognition.duplicates import Duplicates
from sophon_report.recognition.known_people import KnownPeople, Nearest
from sophon_report.recognition.stranger_lookup import Near
from sophon_report.recognition.strangers import StrangerLibrary
from sophon_report.report.eventflow import EventFlow
from sophon_report.report.photo_desk import PhotoDesk
from sophon_report.score import score_pct


@dataclass(frozen=True)
class PhotoStats:
    """Figures since the start, and how many pictures wait now."""

    pushed: int
    """Pictures that were sent to be matched."""
    suppressed: int
    """Repeats that were answered and made no event."""
    forgotten: int
    """Recent faces dropped before their time: one event too many at the worst."""
    waiting: int
    """Pictures with vision now."""
    refused: int
    """Turned away because too many waited."""
    unanswered: int
    """Vision was too slow, or died."""


class PhotoEvents:
    """Answers pictures and makes events of them.

    Args:
        settings: asked for each picture.
        desk: has pictures looked at.
        people: the gallery.
        flow: takes the events, and knows the devices.
        clock_ms: milliseconds since the epoch.
        strangers: who is looked up when the gallery knows nobody.
    """

    def __init__(
        self,
        settings: Callable[[], Matching],
        desk: PhotoDesk,
        people: KnownPeople,
        flow: EventFlow,
        clock_ms: Callable[[], int],
        strangers: Optional[StrangerLibrary] = None,
    ) -> None:
        self._strangers = strangers
        self._settings, self._clock_ms = settings, clock_ms
        self._desk, self._people, self._flow = desk, people, flow
        self._duplicates = Duplicates()
        self._pushed = 0

    def is_photo_device(self, address: str) -> bool:
        """Whether a registered photo device has this address."""
        return photo_device_at(self._flow.devices(), address) is not None

    async def push(self, picture: PushedPicture) -> MatchAnswer:
        """Say who is on the picture; one of a photo device becomes an event, unless it repeats one.

        Raises:
            DeviceNotFound: no photo device has the address.
            NobodyKnown: there is nobody to compare with.
            BadImage: a picture cannot be used, or shows no face.
            Unavailable: vision is not there, too busy or too slow.
        """
        began_s, at_ms = time.monotonic(), self._clock_ms()
        self._pushed += 1
        device = self._device(picture.device_address)
        use = PhotoUse.EVENT if device else PhotoUse.FACES
        min_face_px = picture.min_face_px or self._settings().min_face_px
        looked = await self._desk.look_at(picture.image, min_face_px, use, picture.infrared)
        looked_s = time.monotonic()
        permission_id = device.permission_id if device else picture.permission_id
        found = await self._found(looked.faces[0], permission_id, picture.only_people)
        compared_s = time.monotonic()
        event_id = ""
        if device is not None:
            shot = _shot(device, at_ms, looked, self._people.embedder, picture.camera_quality)
            found, event_id = self._event(device, shot, found)
        return MatchAnswer(
            passed=found.passed,
            score_pct=found.match.score_pct,
            nearest=found.shown,
            faces=found.faces,
            event_id=event_id,
            compare_ms=(compared_s - looked_s) * 1000,
            total_ms=(time.monotonic() - began_s) * 1000,
        )

    async def faces_of(self, image: bytes, asked: FacesAsked) -> Tuple[FaceSeen, ...]:
        """The faces of a picture, the largest first.

        When none is as large as the settings ask, it is looked at once more: how small they are, is the answer.

        Raises:
            BadImage: it cannot be used, or shows no face.
            Unavailable: vision is not there, too busy or too slow.
        """
        try:
            looked = await self._look_at(image, self._settings().min_face_px, asked)
        except BadImage as error:
            if error.reason not in ("no_face", "face_too_small"):
                raise
            looked = await self._look_at(image, SMALLEST_FACE_PX, asked)
        return tuple(
            FaceSeen(face.box, face.quality, face.landmarks, face.embedding, face.attributes)
            for face in looked.faces
        )

    async def _look_at(self, image: bytes, min_face_px: int, asked: FacesAsked) -> PhotoResult:
        return await self._desk.look_at(image, min_face_px, PhotoUse.FACES, asked=asked)

    def likeness_pct(self, one: FaceSeen, other: FaceSeen) -> float:
        """How alike two faces are, 0 to 100, whose vectors were asked for.

        Raises:
            Unavailable: the model was changed between them.
        """
        rows = [np.frombuffer(face.embedding, "<f4") for face in (one, other)]
        if rows[0].shape != rows[1].shape:
            raise Unavailable("the model was changed while the pictures were looked at; try again")
        return score_pct(float(rows[0] @ rows[1]), self._people.pass_cosine)

    def stats(self) -> PhotoStats:
        """Figures."""
        repeats, desk = self._duplicates.stats(), self._desk.stats()
        return PhotoStats(
            pushed=self._pushed,
            suppressed=repeats.suppressed,
            forgotten=repeats.forgotten,
            waiting=desk.waiting,
            refused=desk.refused,
            unanswered=desk.unanswered,
        )

    def _device(self, address: str) -> Optional[Device]:
        if not address:
            return None
        device = photo_device_at(self._flow.devices(), address)
        if device is None:
            raise DeviceNotFound(f"no photo device is registered with the address {address}")
        return device

    async def _found(self, face: PhotoFace, permission_id: str, only_people: bool) -> "_Found":
        """What the gallery knows of a face, and where it knows nobody the stranger library."""
        nearest = await self._people.nearest(face.embedding, permission_id)
        if nearest is not None and nearest.score_pct > self._settings().mark_pct(face.attributes.mask):
            return _Found(nearest, Match(nearest.identity, nearest.score_pct))
        nobody = Match(None, nearest.score_pct if nearest else 0.0)
        if self._strangers is None or only_people or not self._strangers.active:
            return _Found(nearest, nobody)
        near = await self._strangers.find(face.embedding, self._people.embedder)
        return _Found(nearest, self._strangers.who(near, nobody), near, may_learn=True)

    def _event(self, device: Device, shot: Shot, found: "_Found") -> Tuple["_Found", str]:
        """What is known now, and the id of the event, ``""`` for a repeat."""
        action, learnt = PostAction.NOTHING, found.match.identity is None
        if found.may_learn and learnt:
            found, action = self._learnt(shot, found)
        found.shown  # noqa: B018 - without anybody to show there is no event
        identity = found.match.identity
        if self._duplicates.repeats(
            shot,
            identity.identity_id if identity else None,
            time.monotonic(),
            self._settings().duplicate_s,
            self._people.pass_cosine,
        ):
            return found, ""
        if found.may_learn and not learnt:  # a new photo is told, so it waits for a picture that is an event
            found, action = self._learnt(shot, found)
        return found, self._flow.pushed(device, shot, found.match, action)

    def _learnt(self, shot: Shot, found: "_Found") -> Tuple["_Found", PostAction]:
        match, action = self._flow.learn(shot, found.near, found.match)
        return replace(found, match=match), action


@dataclass(frozen=True)
class _Found:
    """Who a pushed face may be.

    Attributes:
        nearest: the registered person who comes closest, if there is any.
        match: who it is taken for.
        near: the filed strangers who pass.
        may_learn: whether the stranger library was asked, and may grow by the picture.
    """

    nearest: Optional[Nearest]
    match: Match
    near: Sequence[Near] = ()
    may_learn: bool = False

    @property
    def stranger(self) -> Optional[Identity]:
        """The stranger of the library it is."""
        identity = self.match.identity
        return identity if identity is not None and identity.filed_s is not None else None

    @property
    def passed(self) -> bool:
        """Whether a registered person is on the picture."""
        return self.match.identity is not None and self.stranger is None

    @property
    def shown(self) -> Identity:
        """Who is named in the answer.

        Raises:
            NobodyKnown: there is nobody to compare with.
        """
        if self.stranger is not None:
            return self.stranger
        if self.nearest is None:
            raise NobodyKnown("nobody is registered to compare with")
        return self.nearest.identity

    @property
    def faces(self) -> Tuple[Tuple[str, str], ...]:
        """Ids of the faces of who is shown, each with that of its photo."""
        if self.stranger is not None:
            return ((self.stranger.face_id, self.stranger.photo_id),)
        return self.nearest.faces if self.nearest is not None else ()


def photo_device_at(devices: Iterable[Device], address: str) -> Optional[Device]:
    """The photo device whose address this is, however either is spelt; ``None`` when there is none."""
    wanted = plain_address(address)
    photo_devices = (each for each in devices if each.type is DeviceType.PHOTO)
    return next((each for each in photo_devices if plain_address(each.ip) == wanted), None)


def _shot(device: Device, at_ms: int, looked: PhotoResult, embedder: str, camera_quality: bytes) -> Shot:
    face = looked.faces[0]
    return Shot(
        device_id=device.device_id,
        track_id=0,
        in_ms=at_ms,
        captured_ms=at_ms,
        box=face.box,
        landmarks=face.landmarks,
        detect_score=face.detect_score,
        quality=face.quality,
        embedding=face.embedding,
        embedder=embedder,
        attributes=face.attributes,
        face_jpeg=looked.face_jpeg,
        scene_jpeg=looked.scene_jpeg,
        ir_jpeg=looked.ir_jpeg,
        camera_quality=camera_quality,
    )
