"""What the HTTP edge asks about a picture, and what it is told."""

from dataclasses import dataclass, field
from typing import Protocol, Tuple

from sophon_report.link.messages import FacesAsked
from sophon_report.model import Attributes, Box, Identity, Landmarks, Quality

SMALLEST_FACE_PX = 20
"""A smaller one is asked for in vain: no model here recognises it, and looking for it takes long."""


@dataclass(frozen=True)
class PushedPicture:
    """A picture that somebody sent to be matched; with a device it may become an event."""

    image: bytes = field(repr=False)
    """As it came: nobody has looked whether it is one."""
    device_address: str = ""
    """Of the photo device that took it; ``""``: it is compared and makes no event."""
    permission_id: str = ""
    """Without a device: whom to compare with, ``""`` for everybody. A device has its own."""
    min_face_px: int = 0
    """Smallest face that is accepted; 0 for the one of the settings."""
    infrared: bytes = field(default=b"", repr=False)
    """As :attr:`image`, or ``b""``."""
    camera_quality: bytes = b""
    """As :attr:`sophon_report.model.Shot.camera_quality`."""
    only_people: bool = False
    """The stranger library is left out, also while it is on."""


@dataclass(frozen=True)
class MatchAnswer:
    """Who is on a picture."""

    passed: bool
    """A registered person is on it. A stranger who is known again passes no gate."""
    score_pct: float
    nearest: Identity
    """Who it is if :attr:`passed`, or a stranger who is known again; else who comes closest."""
    faces: Tuple[Tuple[str, str], ...] = ()
    """Ids of that person's faces, each with the id of its photo."""
    event_id: str = ""
    """``""`` when it made none: no device, or a repeat."""
    compare_ms: float = 0.0
    total_ms: float = 0.0

    @property
    def known_again(self) -> bool:
        """Whether it is a stranger of the library."""
        return self.nearest.filed_s is not None


@dataclass(frozen=True)
class FaceSeen:
    """One face of a picture."""

    box: Box
    """With the landmarks in pixels of the picture as it is shown: upright, whatever its file says of turning."""
    quality: Quality
    landmarks: Landmarks = ()
    embedding: bytes = field(default=b"", repr=False)
    """With the attributes only when it was asked for."""
    attributes: Attributes = Attributes()


class Pictures(Protocol):
    """Whoever looks at pictures."""

    def is_photo_device(self, address: str) -> bool:
        """Whether a registered photo device has this address."""

    async def push(self, picture: PushedPicture) -> MatchAnswer:
        """Say who is on the picture; one of a photo device becomes an event.

        Raises:
            DeviceNotFound: no photo device has the address.
            NobodyKnown: there is nobody to compare with.
            BadImage: a picture cannot be used, or shows no face.
            Unavailable: vision is not there, too busy or too slow.
        """

    async def faces_of(self, image: bytes, asked: FacesAsked) -> Tuple[FaceSeen, ...]:
        """The faces of a picture, the largest first, however poor they are; at least one.

        Raises:
            BadImage: it cannot be used, or shows no face.
            Unavailable: vision is not there, too busy or too slow.
        """

    def likeness_pct(self, one: FaceSeen, other: FaceSeen) -> float:
        """How alike two faces are, 0 to 100, whose vectors were asked for.

        Raises:
            Unavailable: the model was changed between them.
        """
