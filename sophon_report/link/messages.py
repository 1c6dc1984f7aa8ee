"""What the two processes say to each other.

::

    vision ──► report    Hello, ShotTaken, TrackEnded, DeviceState, PhotoResult, PreviewFrame, Counters, Leaving
    vision ◄── report    Devices, VisionSettings, Photo, PreviewWanted

The first message of vision is :class:`Hello`, or :class:`Leaving` when it cannot start; a report process of
another :data:`LINK_VERSION` closes the link.
Pictures travel as raw JPEG bytes. Everything is checked against its type on arrival.
"""

import dataclasses
import enum
from dataclasses import dataclass, field
from typing import Any, Dict, Tuple, Type, Union

import msgpack
import pydantic

from sophon_report.errors import BadMessage
from sophon_report.model import Attributes, Box, Device, Jpeg, Landmarks, Quality, Shot, Track
from sophon_report.quality_limits import Limits

LINK_VERSION = 5
LEFT_FOR_DEVICE, LEFT_FOR_GOOD = 75, 76
"""Exit statuses of a vision that left on purpose: because of one device, or because it could not go on at all."""
MAX_MESSAGE_BYTES = 32 << 20
"""Two pictures of an 8-megapixel camera fit with room to spare."""


@dataclass(frozen=True)
class Hello:
    """Who vision is and what its vectors are."""

    version: int
    pid: int
    engine: str
    embedder: str
    """SHA-256 of the embedding model."""
    dimension: int
    pass_cosine: float
    """Cosine at which the embedding model's own pass mark lies."""


@dataclass(frozen=True)
class ShotTaken:
    """A track has a better picture."""

    shot: Shot


@dataclass(frozen=True)
class TrackEnded:
    """A face is gone; ``track.out_ms`` is when it was last seen."""

    device_id: str
    track: Track


@dataclass(frozen=True)
class DeviceState:
    """How a device does: sent at each change and about twice a second while it gives pictures."""

    device_id: str
    state: str
    """``starting``, ``online``, ``offline`` (will be tried again), ``ended`` (a file), ``failed`` (will not).
    The report process shows ``inactive`` besides: outside of the active hours."""
    reason: str = ""
    now_ms: int = 0
    """The device's clock: capture time of its newest frame."""
    started_ms: int = 0
    """Capture time of its first frame since it came online."""
    tracks: Tuple[Track, ...] = ()
    """Faces being followed, each with when it was last seen."""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    frames: int = 0
    frames_skipped: int = 0
    """Frames that a newer one replaced before anybody looked at them."""
    codec: str = ""
    """Of its stream, such as ``h264``."""
    delay_ms: float = 0.0
    """From a picture's arrival to the end of the work on it: mean of the last seconds."""
    share_pct: float = 0.0
    """Of the pictures looked at in the last seconds, those of this device."""
    reason_code: str = ""
    """The reason as a word of :data:`sophon_report.errors.SOURCE_REASONS`; ``""`` without one."""


@dataclass(frozen=True)
class PhotoFace:
    """One face of a photo that was looked at."""

    box: Box
    """With the landmarks, in pixels of :attr:`PhotoResult.scene_jpeg` when there is one, else of the photo."""
    landmarks: Landmarks
    detect_score: float
    quality: Quality
    embedding: bytes = field(repr=False)
    """``b""`` when it was not asked for."""
    attributes: Attributes = Attributes()


@dataclass(frozen=True)
class PhotoResult:
    """Answer to :class:`Photo`: what its use needs, faces largest first; or why there is none."""

    request_id: int
    faces: Tuple[PhotoFace, ...] = ()
    portrait_jpeg: Jpeg = field(default=b"", repr=False)
    """To enrol: the largest face with head and shoulders, what the gallery keeps as its photo."""
    face_jpeg: Jpeg = field(default=b"", repr=False)
    """For an event: the largest face as an event shows it."""
    scene_jpeg: Jpeg = field(default=b"", repr=False)
    """For an event: the whole picture, upright, within bounds."""
    ir_jpeg: Jpeg = field(default=b"", repr=False)
    """For an event: the infrared picture likewise."""
    refused: str = ""
    """A word of :data:`sophon_report.errors.IMAGE_REASONS`; ``""`` when the picture could be used."""
    detail: str = ""


@dataclass(frozen=True)
class PreviewFace:
    """A face that is followed in a picture of the preview."""

    track_id: int
    box: Box
    """In pixels of the picture that is sent; it may reach past it."""


@dataclass(frozen=True)
class PreviewFrame:
    """A picture for those who watch, never older than the events; passed over rather than late."""

    device_id: str
    frame_id: int
    """Counts the device's pictures that were previewed since vision started."""
    captured_ms: int
    width: int
    height: int
    scale: float
    """Its pixels for one of the camera's."""
    jpeg: Jpeg = field(repr=False)
    faces: Tuple[PreviewFace, ...] = ()
    """Those of this picture, not of a later one. Who they are the report process knows."""


@dataclass(frozen=True)
class Counters:
    """Figures of the vision process since its start; also its sign of life, once a second."""

    values: Dict[str, float]


@dataclass(frozen=True)
class Devices:
    """The devices to watch, all of them: what is not named is stopped."""

    devices: Tuple[Device, ...]


@dataclass(frozen=True)
class VisionSettings:
    """Settings that vision follows live."""

    min_face_px: int
    attributes: bool = False
    """Whether the attributes of each shot are computed."""
    shots: Limits = Limits()
    """What a picture of a stream must be to become a shot."""
    visit_over_ms: int = 5_500
    """So long after the last face before a device, no visit is open there."""
    longest_visit_ms: int = 3_600_000
    mask: bool = False
    """Whether a mask is looked for."""


@dataclass(frozen=True)
class PreviewWanted:
    """Send pictures of these devices from now on, and of no other; ``()``: nobody watches."""

    device_ids: Tuple[str, ...] = ()
    max_width_px: int = 960
    fps: float = 5.0
    """At most, of each device."""
    jpeg_quality: int = 75
    widths_px: Dict[str, int] = field(default_factory=dict)
    """Of devices whose pictures may be smaller."""


@dataclass(frozen=True)
class Leaving:
    """Vision ends itself, since only a new process helps; its last word."""

    reason: str
    """In words for the operator."""
    device_id: str = ""
    """The device that caused it, if one did."""

    @property
    def exit_status(self) -> int:
        """With which vision ends then: the message may be lost, and SAIL's own ``exit`` uses 1 to 42."""
        return LEFT_FOR_DEVICE if self.device_id else LEFT_FOR_GOOD


class PhotoUse(str, enum.Enum):
    """What a photo is looked at for; only what that needs is computed."""

    FACES = "faces"
    """As many faces as are asked for, the largest first, each with what is asked of it."""
    ENROL = "enrol"
    """The largest face and its portrait."""
    EVENT = "event"
    """The largest face with attributes; its picture, the scene's and the infrared one."""


@dataclass(frozen=True)
class FacesAsked:
    """What is to be told of a picture's faces; by default what a match needs."""

    most: int = 1
    """So many, the largest first."""
    vectors: bool = True
    attributes: bool = True
    """Those that the settings have computed: a face behind a mask has its own mark to pass."""


@dataclass(frozen=True)
class Photo:
    """Look at this picture; it is as it came from outside, unchecked."""

    request_id: int
    image: bytes = field(repr=False)
    min_face_px: int
    use: PhotoUse = PhotoUse.ENROL
    infrared: bytes = field(default=b"", repr=False)
    """The picture that an infrared camera took beside it, for an event; unchecked too."""
    asked: FacesAsked = FacesAsked()
    """Of its faces, for :attr:`PhotoUse.FACES`."""


Up = Union[Hello, ShotTaken, TrackEnded, DeviceState, PhotoResult, PreviewFrame, Counters, Leaving]
Down = Union[Devices, VisionSettings, Photo, PreviewWanted]
Message = Union[Up, Down]

_NAMES: Dict[str, Type[Any]] = {
    "hello": Hello,
    "shot": ShotTaken,
    "track_end": TrackEnded,
    "device_state": DeviceState,
    "photo_result": PhotoResult,
    "preview_frame": PreviewFrame,
    "counters": Counters,
    "leaving": Leaving,
    "devices": Devices,
    "settings": VisionSettings,
    "photo": Photo,
    "preview_wanted": PreviewWanted,
}
_NAME_OF = {kind: name for name, kind in _NAMES.items()}
_CHECKS: Dict[str, "pydantic.TypeAdapter[Any]"] = {}


def encode(message: Message) -> bytes:
    """Bytes of one message, without its frame."""
    body = dataclasses.asdict(message)
    return bytes(msgpack.packb([_NAME_OF[type(message)], body], use_bin_type=True))


def decode(payload: bytes) -> Message:
    """Return the message in ``payload``.

    Raises:
        BadMessage: no msgpack, an unknown kind, or a field of the wrong type.
    """
    try:
        kind, body = msgpack.unpackb(payload, raw=False, max_ext_len=0)
    except Exception as error:
        raise BadMessage(f"not a message: {type(error).__name__}") from error
    if not isinstance(kind, str) or kind not in _NAMES:
        raise BadMessage("unknown kind of message")
    try:
        message: Message = _check(kind).validate_python(body)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadMessage(f"{kind}.{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    return message


def _check(kind: str) -> "pydantic.TypeAdapter[Any]":
    found = _CHECKS.get(kind)
    if found is None:
        found = _CHECKS[kind] = pydantic.TypeAdapter(_NAMES[kind])
    return found
