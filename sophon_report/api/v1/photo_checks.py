"""A photo looked at before anybody is registered by it; nothing is stored."""

from dataclasses import dataclass
from typing import List, Optional, Protocol, Tuple

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.photo_body import PHOTO_TYPE, Base64Photo, photo_of
from sophon_report.api.v1.shapes import Answer, Body, Query
from sophon_report.errors import BadImage
from sophon_report.model import Box, Identity
from sophon_report.quality_limits import LEVEL_WORDS
from sophon_report.recognition.photo_verdict import Reason

PATH = "/photos/check"
TAGS = ("people",)
LEVELS = "|".join(LEVEL_WORDS)


@dataclass(frozen=True)
class Alike:
    """Somebody registered whom cameras would take the face for."""

    identity: Identity
    score_pct: float
    faces: Tuple[Tuple[str, str], ...]
    """Ids of their faces, each with the id of its photo."""


@dataclass(frozen=True)
class CheckedPhoto:
    """What a photo is worth."""

    level: str
    """What it was held against."""
    reasons: Tuple[Reason, ...]
    boxes: Tuple[Box, ...] = ()
    """Of the faces, the largest first, in pixels of the photo as it is shown; it is the one to be registered."""
    alike: Optional[Alike] = None
    own_pct: Optional[float] = None
    usable: bool = False


class CheckReason(Answer):
    """One thing to mend, or only to know."""

    code: str
    """``not_an_image``, ``too_large``, ``no_face``, ``face_too_small``, ``face_partial``, ``blurred``, ``turned``,
    ``too_dark``, ``too_bright`` or ``several_faces``."""
    value: Optional[float]
    """What was measured: pixels, clarity, degrees, mean grey, faces."""
    limit: Optional[float]
    """What it is held against: the size must be more, clarity as much, degrees and grey between the bounds."""
    blocks: bool
    """``false``: it is only to be known."""


class LooksLike(Answer):
    """Somebody registered whom cameras would take the face for."""

    identity_id: str
    name: str
    user_type: str
    score_pct: float
    photo_id: str


class PhotoChecked(Answer):
    """Whether a photo does, and why not."""

    good: bool
    """It reaches the level: it is taken as it is."""
    usable: bool
    """There is a face to register, though it may be poor: ``accept_poor`` takes it."""
    level: str
    reasons: List[CheckReason]
    faces: List[Tuple[float, float, float, float]]
    """Boxes ``(x1, y1, x2, y2)`` in pixels of the photo, turned upright, the largest first: it is what counts."""
    alike: Optional[LooksLike]
    """Whom it looks like already."""
    own_pct: Optional[float]
    """How much it looks like the photos of the person who was named, 0 to 100; null: there are none."""


class CheckQuery(Query):
    """What the photo is for."""

    fiqa_level: str = Field("", pattern=f"^({LEVELS})?$")
    """What is asked of it; left out: as the settings say."""
    identity_id: str = Field("", max_length=128)
    """Whose further photo it would be."""


class CheckBody(Body):
    """The same as JSON."""

    photo: Base64Photo
    fiqa_level: str = Field("", pattern=f"^({LEVELS})?$")
    identity_id: str = Field("", max_length=128)


class PhotoJudge(Protocol):
    """Whoever looks at photos."""

    async def check(self, image: bytes, level: str, identity_id: str) -> CheckedPhoto:
        """What is on a photo, and whether it does.

        Raises:
            Unavailable: vision is not there, too busy or too slow.
        """


class PhotoCheckCalls:
    """The one operation."""

    def __init__(self, judge: PhotoJudge) -> None:
        self._judge = judge

    def operations(self) -> List[Operation]:
        """It."""
        return [
            Operation(
                "POST",
                PATH,
                Need.READ,
                "Say whether somebody could be registered by the photo in the body",
                self.check,
                PhotoChecked,
                query=CheckQuery,
                body=CheckBody,
                body_type=PHOTO_TYPE,
                tags=TAGS,
                errors=("UNAVAILABLE",),
                description="Nothing is stored. A photo that cannot be used is answered too: the reasons say why.",
            )
        ]

    async def check(self, asked: Asked) -> PhotoChecked:
        """Look at the photo of the body."""
        given = asked.body if isinstance(asked.body, CheckBody) else asked.query
        try:
            image = photo_of(asked)
        except BadImage as error:
            return _told(CheckedPhoto(given.fiqa_level, (Reason(error.reason),)))
        return _told(await self._judge.check(image, given.fiqa_level, given.identity_id))


def _told(checked: CheckedPhoto) -> PhotoChecked:
    return PhotoChecked(
        good=checked.usable and not any(reason.blocks for reason in checked.reasons),
        usable=checked.usable,
        level=checked.level,
        reasons=[
            CheckReason(code=each.code, value=each.value, limit=each.limit, blocks=each.blocks)
            for each in checked.reasons
        ],
        faces=list(checked.boxes),
        alike=None if checked.alike is None else _looks_like(checked.alike),
        own_pct=None if checked.own_pct is None else round(checked.own_pct, 1),
    )


def _looks_like(alike: Alike) -> LooksLike:
    person = alike.identity
    return LooksLike(
        identity_id=person.identity_id,
        name=person.name,
        user_type=person.user_type.value,
        score_pct=round(alike.score_pct, 1),
        photo_id=alike.faces[0][1] if alike.faces else person.photo_id,
    )
