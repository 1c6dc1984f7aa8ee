"""The values that cross layers, from frame to event. Frozen; times are UTC milliseconds since the epoch.

::

    Frame ─ detect ─► Faces ─ track ─► Track ─ best shot ─► Shot ─ match ─► Match
                                                                              └─► Recognition ─► Visit
                                                                                  (decision)     (when over)

Boxes are ``x1, y1, x2, y2`` in pixels of the frame. Landmarks are five points in the order eye, eye, nose,
mouth corner, mouth corner, the picture's left first. Scores named ``*_pct`` run from 0 to 100.
"""

import enum
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Optional, Tuple, Union
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]
    ImageArray = npt.NDArray[np.uint8]
else:
    FloatArray = ImageArray = Any  # numpy takes longer to load than most commands to do their work

Jpeg = bytes
Box = Tuple[float, float, float, float]
Landmarks = Tuple[Tuple[float, float], ...]

_LOGIN = re.compile(r"^([^:/?#]*://[^:/?#@]*):.*@", re.DOTALL)
_FILED_ID = re.compile(r"^[0-9]{1,10}\.[0-9]{9}$", re.ASCII)
_PASSWORD_PARAMETER = re.compile(r"((?:password|passwd|pass|pwd|token|secret)=)[^&;/?#]*", re.IGNORECASE)


class UserType(str, enum.Enum):
    """What a person is to the house; the vendor's five words."""

    EMPLOYEE = "employee"
    VISITOR = "visitor"
    BLACKLIST = "blacklist"
    STRANGER = "stranger"
    VIP = "vip"


class Role(str, enum.Enum):
    """What somebody who logged in, or a program with a token, may do; each includes those before it."""

    VIEWER = "viewer"
    """See everything but who may do what; change nothing."""
    OPERATOR = "operator"
    """And change people, devices, destinations."""
    ADMIN = "admin"
    """And say who may do what, and what settings there are."""


class PostAction(str, enum.Enum):
    """What an event asks of the platform; the vendor's ``post_action``, which was ``want_action`` before."""

    NOTHING = "0"
    NEW_STRANGER = "1001"
    """The stranger library filed this person."""
    NEW_PHOTO = "1002"
    """A better photo took the place of the filed one."""


class DeviceType(str, enum.Enum):
    """What kind of source a device is; the vendor's words."""

    RTSP = "rtsp"
    FILE = "file"
    PHOTO = "photo"
    GB28181 = "gb28181"


class PhotoKind(str, enum.Enum):
    """What kind of photo device: the vendor's interfaces before V6 tell them apart."""

    GATE = "gate"
    CAPTURE_CAMERA = "capture_camera"
    DOOR = "door"


@dataclass(frozen=True)
class Device:
    """A camera, a file or a door terminal, as configured."""

    device_id: str
    name: str
    type: DeviceType
    url: str = field(repr=False)
    """May carry a password: for logs and replies use :attr:`safe_url`."""
    permission_id: str = ""
    roi: Optional[Tuple[int, int, int, int]] = None
    loop: bool = False
    """Files only: begin again at the end."""
    speed: str = "realtime"
    """Files only: ``realtime`` at the recording's pace, ``fast`` as quickly as it can be read."""
    transport: str = "tcp"
    """RTSP cameras only: how the pictures come, ``tcp`` or ``udp``; over UDP a lost packet smears some of them."""
    photo_kind: PhotoKind = PhotoKind.GATE
    """Photo devices only."""
    rtmp_address: str = field(default="", repr=False)
    """Where the vendor's box would forward the stream to: kept and told, nothing is forwarded."""
    vendor_json: str = field(default="{}", repr=False)
    """Further fields of the vendor's device object that mean nothing here, as a JSON object: kept and told."""

    @property
    def footage(self) -> Tuple["DeviceType", str, bool, str, str]:
        """What its pictures come from, and how: while this stays the same nothing has to be opened anew."""
        return self.type, self.url, self.loop, self.speed, self.transport

    @property
    def ip(self) -> str:
        """Host of the URL, or the URL itself when it is a bare address; ``""`` for a file or a broken URL."""
        if self.type is DeviceType.FILE:
            return ""
        try:
            return (urlsplit(self.url).hostname or "") if "://" in self.url else self.url
        except ValueError:
            return ""

    @property
    def safe_url(self) -> str:
        """The URL with any password replaced by ``***``."""
        return redact_url(self.url)


@lru_cache(maxsize=256)
def redact_url(url: str) -> str:
    """Return ``url`` with its password, when it has one, replaced by ``***``.

    Passwords are typed in as they are, with ``/``, ``#`` and ``@`` in them: everything up to the last ``@`` goes.
    Some cameras want theirs in the path or the query, ``/user=admin&password=...``.
    """
    return _PASSWORD_PARAMETER.sub(r"\1***", _LOGIN.sub(r"\1:***@", url))


def url_secrets(url: str) -> Tuple[str, ...]:
    """The passwords that :func:`redact_url` finds in the parameters of ``url``."""
    return tuple(found[0][len(found[1]) :] for found in _PASSWORD_PARAMETER.finditer(url))


@dataclass(frozen=True)
class Faces:
    """Faces of one frame as parallel arrays in one checked shape.

    Attributes:
        boxes: ``(N, 4)`` float32, xyxy.
        landmarks: ``(N, 5, 2)`` float32.
        scores: ``(N,)`` float32, 0 to 1.
    """

    boxes: FloatArray
    landmarks: FloatArray
    scores: FloatArray

    def __post_init__(self) -> None:
        count = len(self.scores)
        shapes = (self.boxes.shape, self.landmarks.shape, self.scores.shape)
        if shapes != ((count, 4), (count, 5, 2), (count,)):
            raise ValueError(f"faces must be (N,4), (N,5,2), (N,), got {shapes}")

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def none(cls) -> "Faces":
        """Zero faces."""
        import numpy as np  # noqa: PLC0415 - who has faces has it loaded

        return cls(np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32))

    def select(self, index: Any) -> "Faces":
        """Return the faces at ``index`` (anything numpy indexes with)."""
        return Faces(self.boxes[index], self.landmarks[index], self.scores[index])


@dataclass(frozen=True)
class Track:
    """One face followed through frames; ``out_ms`` is when it was last seen, not when it was given up."""

    track_id: int
    in_ms: int
    out_ms: int


@dataclass(frozen=True)
class Quality:
    """How good a picture of a face is; measured on the aligned 112×112 grey crop but for size and angles."""

    size_px: float
    """Short side of the box in frame pixels."""
    clarity: float
    """Variance of the Laplacian."""
    brightness: float
    """Mean grey, 0 to 255."""
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    partial: bool
    """A landmark outside the picture, or more than a tenth of the box cut off."""


@dataclass(frozen=True)
class Likelihood:
    """How probable it is to a model that a face has an attribute, and from where on that is told."""

    attribute: str
    """``male``, ``glasses``, ``mask`` or ``hat``."""
    probability: float
    no_to: float
    yes_from: float

    @property
    def told(self) -> Optional[bool]:
        """Whether it has it; ``None`` between the two marks."""
        return True if self.probability >= self.yes_from else False if self.probability <= self.no_to else None


@dataclass(frozen=True)
class Attributes:
    """What a face looks like; ``None`` is "not computed", or not sure enough, never a guess."""

    gender: Optional[str] = None
    """``male`` or ``female``."""
    age_years: Optional[float] = None
    glasses: Optional[bool] = None
    mask: Optional[bool] = None
    hat: Optional[bool] = None
    likely: Tuple[Likelihood, ...] = ()
    """What the others but the age were told from; the journal does not keep it."""

    @classmethod
    def told(cls, likely: Tuple[Likelihood, ...], age_years: Optional[float]) -> "Attributes":
        """What is to be told of a face of which this is known, each attribute at most once."""
        known = {one.attribute: one.told for one in likely}
        male = known.get("male")
        return cls(
            gender=None if male is None else ("male" if male else "female"),
            age_years=age_years,
            glasses=known.get("glasses"),
            mask=known.get("mask"),
            hat=known.get("hat"),
            likely=likely,
        )


@dataclass(frozen=True)
class Shot:
    """A track's best picture so far, with what was computed from it."""

    device_id: str
    track_id: int
    in_ms: int
    """When the track was first seen."""
    captured_ms: int
    box: Box
    landmarks: Landmarks
    detect_score: float
    quality: Quality
    embedding: bytes = field(repr=False)
    """L2-normalised float32, little endian; the model's own dimension."""
    embedder: str = ""
    """SHA-256 of the embedding model; vectors of different models are never compared."""
    attributes: Attributes = Attributes()
    face_jpeg: Jpeg = field(default=b"", repr=False)
    scene_jpeg: Jpeg = field(default=b"", repr=False)
    ir_jpeg: Jpeg = field(default=b"", repr=False)
    """The infrared picture that a photo device pushed along; ``b""`` for none."""
    camera_quality: bytes = field(default=b"", repr=False)
    """What a capture camera said of its picture (the vendor's ``grab_fiqa_info``): a JSON object, or ``b""``."""


@dataclass(frozen=True)
class Identity:
    """A person as the gallery had them at the event, so that a record needs nothing else to be told."""

    identity_id: str
    name: str
    user_type: UserType
    permission_ids: Tuple[str, ...] = ()
    face_id: str = ""
    photo_id: str = ""
    photo_jpeg: Jpeg = field(default=b"", repr=False)
    embedding: bytes = field(default=b"", repr=False)

    @property
    def filed_s(self) -> Optional[int]:
        """When the stranger library filed them, seconds since the epoch; ``None``: a registered person.

        The ids that the library gives begin with it, as the vendor's sample of a stranger's does.
        """
        if self.user_type is not UserType.STRANGER or not _FILED_ID.match(self.identity_id):
            return None
        return int(self.identity_id.partition(".")[0])


@dataclass(frozen=True)
class Match:
    """Answer of the gallery: who, or nobody, and the score of the nearest."""

    identity: Optional[Identity]
    """``None`` when the nearest did not pass."""
    score_pct: float
    """0 to 100, 82 is the pass mark by default; of the nearest person, passed or not."""


@dataclass(frozen=True)
class Recognition:
    """The decision of a visit, pushed at once: a known person, or a stranger after a settled time."""

    event_id: str
    device: Device
    in_ms: int
    recognised_ms: int
    """When the deciding picture was taken: the ``timestamp`` of every layout."""
    shot: Shot
    match: Match
    post_action: str = PostAction.NOTHING.value
    """A value of :class:`PostAction`: that of the visit so far."""
    seq: int = 0
    """Number of its journal record; 0 before it has one."""

    @property
    def user_type(self) -> UserType:
        """The matched person's, or ``stranger``."""
        return self.match.identity.user_type if self.match.identity else UserType.STRANGER


@dataclass(frozen=True)
class Visit:
    """A stay in front of one device, written when the person has left. Same ``event_id`` as its recognition."""

    event_id: str
    device: Device
    in_ms: int
    recognised_ms: int
    out_ms: int
    shot: Shot
    match: Match
    post_action: str = PostAction.NOTHING.value
    ended_by: str = "left"
    """``left``, ``max`` (the longest visit was reached), ``lost`` (vision stopped) or ``restart``."""
    seq: int = 0

    @property
    def user_type(self) -> UserType:
        """The matched person's, or ``stranger``."""
        return self.match.identity.user_type if self.match.identity else UserType.STRANGER


@dataclass(frozen=True)
class Progress:
    """Sign of life of an open visit, so that a crash can close it with the last time known."""

    event_id: str
    last_seen_ms: int


@dataclass(frozen=True)
class Person:
    """A person of the gallery, without their pictures."""

    identity_id: str
    name: str
    user_type: UserType = UserType.EMPLOYEE
    permission_ids: Tuple[str, ...] = ()
    ext_json: str = field(default="{}", repr=False)
    """What the vendor's interfaces keep of a person beside it (``ext_user_info``): a JSON object."""


@dataclass(frozen=True)
class PersonFace:
    """One registered face of a person."""

    face_id: str
    photo_id: str
    photo_jpeg: Jpeg = field(repr=False)
    embedding: bytes = field(repr=False)
    """As :attr:`Shot.embedding`."""
    embedder: str = ""


@dataclass(frozen=True)
class Content:
    """What of an event a receiver is told, where its layout has a field for it; the vendor's defaults."""

    register_photo: bool = True
    scene: bool = True
    face: bool = True
    infrared: bool = False
    attributes: bool = False
    """``recognize_face_attr`` of the older layouts; the newest always has it."""
    feature: bool = True
    """The embedding, wherever a layout has a field for it."""
    person_name: bool = True
    """Name of a known person; off, it is ``""`` wherever a layout has it, and the id alone tells who."""


@dataclass(frozen=True)
class EventFilter:
    """Which events a receiver is told; what is left empty lets all pass."""

    device_ids: Tuple[str, ...] = ()
    user_types: Tuple[UserType, ...] = ()
    min_score_pct: float = 0.0
    """Events with a lower score are passed over, strangers too: theirs is that of the nearest person."""


@dataclass(frozen=True)
class Transport:
    """How a body travels to its receiver."""

    connect_s: float = 10.0
    """For a connection, TLS included."""
    first_byte_s: float = 0.0
    """From the end of the request to the first byte of the answer; 0: the destination's whole ``timeout_s``."""
    ca_file: str = ""
    """PEM of the authorities that may have signed the receiver; ``""``: those of the system."""
    client_cert_file: str = ""
    """PEM of what this box shows to the receiver; its key is in the same file unless the next names one."""
    client_key_file: str = ""
    gzip: bool = False
    headers: Tuple[Tuple[str, str], ...] = field(default=(), repr=False)
    """Further headers; their values are secrets."""
    signing_secrets: Tuple[str, ...] = field(default=(), repr=False)
    """``whsec_`` and base64 (Standard Webhooks); each signs every body: a key is changed in two steps."""


@dataclass(frozen=True)
class Destination:
    """A receiver of events by HTTP POST."""

    name: str
    url: str
    layout: str = "g2"
    """A name of :mod:`sophon_report.wire.layouts`; it also says whether visits or recognitions are told."""
    enabled: bool = True
    timeout_s: float = 30.0
    start_seq: int = 0
    """Where it begins while it has no place in the journal: behind this record, which was the newest when it was
    added; 0: with the oldest that is still there."""
    content_type: str = "json"
    """``json`` or ``form-data``."""
    content: Content = Content()
    period_s: float = 0.0
    """Once nothing is left, how long until the next look; 0: an event goes at once. A backlog has no pauses."""
    retry: bool = False
    """Realtime layouts (``se3``): try again what was not delivered at once. History is always retried."""
    origin: str = ""
    """Which of the vendor's settings it came from: ``history`` or ``realtime``; ``""`` for one of our own."""
    filter: EventFilter = EventFilter()
    transport: Transport = Transport()
    in_flight: int = 1
    """Above 1 the receiver needs no order: so many events may be under way at once. Not in the realtime line."""
    paused: bool = False
    """By hand, until it is resumed by hand: it keeps its place, and the realtime line goes on without it."""


@dataclass(frozen=True)
class PreviewChoice:
    """Which devices preview programs show: the vendor's ``updatepreview`` sets it, all of them follow it."""

    selected: Optional[Tuple[str, ...]] = None
    """Ids of the devices that are chosen from (``selected_device_list``); ``None``: nobody has said."""
    previewed: Optional[Tuple[str, ...]] = None
    """Ids of those on the screen, by their place (``preview_device_list``); ``None``: nobody has said."""
    mode: int = 4
    """Tiles: 1, 4 or 16."""
    last_set_name: str = "WEBUI"
    """Which program set it last: ``QT``, ``WEBUI``, ``BOX``."""


@dataclass(frozen=True)
class Record:
    """One accepted record of the journal under its sequence number."""

    seq: int
    value: Union[Recognition, Progress, Visit]
