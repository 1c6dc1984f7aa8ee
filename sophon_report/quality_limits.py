"""What a picture of a face must be, and for what: the vendor's levels, and how a face is held against one.

=========== ============== =============== ========= ======== =============== ==================================
level       face, px       head turned     clarity   whole    brightness      meant for (the vendor)
=========== ============== =============== ========= ======== =============== ==================================
``high``    more than 112  60 degrees      40        yes      20 to 210       photos to register
``normal``  more than 80   90 degrees      20        yes      20 to 210       good pictures to match, poor photos
``low``     more than 60   120 degrees     10                                 a first look at faces of streams
``no``                                                                        no check
=========== ============== =============== ========= ======== =============== ==================================

Sizes and turns (the sum of yaw, pitch and roll) are the vendor's (interface of firmware V6). For clarity and
brightness it gives no figures: these are measured, see below. ``middle`` is ``normal``; ``custom`` is ``low``
unless the settings say otherwise. The vendor's ``high`` asks for a face that nothing covers, too: there is no
model for that here, so it is neither among the passed nor among the failed items.

**How the limits were found.** One portrait (Eileen Collins, NASA, face of 90 px) was spoilt in steps, and each
variant's feature compared with that of the portrait as it is (YuNet, SFace; its pass mark is a cosine of 0.489;
``scripts/accuracy/quality.py`` makes the table anew). One portrait of one light-skinned woman says that the
limits are not nonsense, and no more:

- Blur by sigma 1.5, 2, 3, 4 px: clarity 35, 17, 7, 4; cosine .91, .83, .64, .32.
- A move to the side during the exposure by 5, 9, 15, 21 px: clarity 77, 32, 13, 6; cosine .93, .79, .49, .21.
- Overexposed 1.3, 1.6, 2 times: brightness 174, 195, 211; cosine .89, .52, .41. Raised by 30, 40, 50 % of white:
  206, 222, 234; .80, .55, .45.
- Darkened to 15, 10, 7, 5 %: brightness 21, 14, 10, 7; cosine .89, .85, .76, .55; clarity
  16, 8, 5, 3: it falls with the light, so that a very dark face counts as blurred. A dark room would add noise.

So of these nothing with a clarity of 10 or more and a brightness of 20 to 210 was under the mark; where the
smallest face is 40 px, and the detector coarser, one was (moved by 15 px: clarity 11, cosine .45). Scaled down to
60, 40, 30, 25, 20 px: clarity 209, 93, 57, 36, 21; cosine .97, .91, .84, .82, .68. Not seen by any measure: JPEG
(.85, .65, .30 at quality 10, 5, 3), noise, which counts as clarity (.67 at 30 grey levels), and a head rolled by
30 degrees or more (.68 and .32, either way), whose landmarks the detector sets nearly upright.
"""

import enum
from dataclasses import dataclass
from typing import Callable, Dict, Mapping, Optional, Tuple

from sophon_report.model import Quality

CLARITY_LOST = 10.0
"""Below it hardly anybody is recognised any more, at any size."""
CLARITY_FAIR = 20.0
CLARITY_SURE = 40.0
"""From here on every picture matched."""
DARKEST, BRIGHTEST = 20.0, 210.0
"""Mean grey of a face that can be relied on; see above."""

ITEMS = ("face_size", "clarity", "headpose", "partial", "brightness")
"""What can be judged, by the vendor's names; of its others (``mask``, ``occlusion``, ``face_color``) nothing is
known here."""


class Level(str, enum.Enum):
    """How much is asked of a picture; ``custom`` is one of these by the settings, ``middle`` is ``normal``."""

    NO = "no"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


LEVEL_WORDS = ("no", "low", "normal", "middle", "high", "custom")
"""The words of the vendor's ``fiqa_level``."""


@dataclass(frozen=True)
class Limits:
    """What is asked of a picture; ``None`` and ``False``: that is not looked at."""

    size_px: Optional[float] = None
    """The face's short side must be greater."""
    turned_deg: Optional[float] = None
    """Yaw, pitch and roll together may be as much."""
    clarity: Optional[float] = None
    """At least so much."""
    whole: bool = False
    """No part of the face may be outside the picture."""
    lit: bool = False
    """Brightness must be from :data:`DARKEST` to :data:`BRIGHTEST`."""


@dataclass(frozen=True)
class Verdict:
    """What was judged, by the names of :data:`ITEMS`; what was not looked at is in neither."""

    passed: Tuple[str, ...] = ()
    failed: Tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing failed."""
        return not self.failed


LEVELS: Mapping[Level, Limits] = {
    Level.NO: Limits(),
    Level.LOW: Limits(60.0, 120.0, CLARITY_LOST),
    Level.NORMAL: Limits(80.0, 90.0, CLARITY_FAIR, whole=True, lit=True),
    Level.HIGH: Limits(112.0, 60.0, CLARITY_SURE, whole=True, lit=True),
}
TURNED_DEG: Mapping[str, Optional[float]] = {
    "off": None,
    "low": LEVELS[Level.LOW].turned_deg,
    "middle": LEVELS[Level.NORMAL].turned_deg,
    "high": LEVELS[Level.HIGH].turned_deg,
}
"""By the words of the vendor's ``REGN_POSE_THRESH``."""


def level_of(word: str, custom: Level = Level.LOW) -> Level:
    """The level that a word of :data:`LEVEL_WORDS` means.

    Args:
        word: what a caller or a setting says.
        custom: what ``custom`` means.

    Raises:
        ValueError: it is no such word.
    """
    if word not in LEVEL_WORDS:
        raise ValueError("must be one of " + ", ".join(LEVEL_WORDS))
    return custom if word == "custom" else Level.NORMAL if word == "middle" else Level(word)


def stream_limits(*, checks_quality: bool, pose: str) -> Limits:
    """What a picture of a stream must be to be recognised at all.

    The vendor has two filters and tells no more of them than that they are: ``REGN_VIDEO_FIQA`` and
    ``REGN_POSE_THRESH``. Here the first asks for the clarity of ``low``, its level for faces of streams; how large
    a face must be is ``REGN_MIN_FACE`` alone. As at ``low`` a face that is cut off or badly lit passes: it may
    match (cosine .81 with 30 % of it outside, .52 overexposed 1.6 times), ranks low, and makes nobody a stranger
    while they are there.

    Args:
        checks_quality: ``REGN_VIDEO_FIQA``.
        pose: ``REGN_POSE_THRESH``, a key of :data:`TURNED_DEG`.
    """
    clarity = CLARITY_LOST if checks_quality else None
    return Limits(turned_deg=TURNED_DEG[pose], clarity=clarity)


def turned_deg(quality: Quality) -> float:
    """How far a head is turned, as the vendor counts it: the sum of the three angles."""
    return abs(quality.yaw_deg) + abs(quality.pitch_deg) + abs(quality.roll_deg)


def judge(quality: Quality, limits: Limits) -> Verdict:
    """Hold a face against limits. What is not a number fails."""
    found = _looked_at(quality, limits)
    return Verdict(
        passed=tuple(item for item, passed in found.items() if passed),
        failed=tuple(item for item, passed in found.items() if not passed),
    )


def judge_level(quality: Quality, level: Level) -> Verdict:
    """Hold a face against one of the vendor's levels."""
    return judge(quality, LEVELS[level])


def in_words(quality: Quality, limits: Limits) -> str:
    """What a face lacks: the names of the failed items, then why, for a person to act on; ``""`` for nothing."""
    failed = judge(quality, limits).failed
    reasons = "; ".join(_WORDS[item](quality, limits) for item in failed)
    return f"{', '.join(failed)}: {reasons}" if failed else ""


def _looked_at(quality: Quality, limits: Limits) -> Dict[str, bool]:
    found: Dict[str, bool] = {}
    if limits.size_px is not None:
        found["face_size"] = bool(quality.size_px > limits.size_px)
    if limits.clarity is not None:
        found["clarity"] = bool(quality.clarity >= limits.clarity)
    if limits.turned_deg is not None:
        found["headpose"] = bool(turned_deg(quality) <= limits.turned_deg)
    if limits.whole:
        found["partial"] = not quality.partial
    if limits.lit:
        found["brightness"] = bool(DARKEST <= quality.brightness <= BRIGHTEST)
    return found


def _too_dark_or_bright(quality: Quality, _limits: Limits) -> str:
    return "the face is too bright" if quality.brightness > BRIGHTEST else "the face is too dark"


_WORDS: Mapping[str, Callable[[Quality, Limits], str]] = {
    "face_size": lambda it, asked: (
        f"the face is {it.size_px:.0f} px wide, it must be more than {asked.size_px:.0f}"
    ),
    "clarity": lambda _it, _asked: "the face is blurred",
    "headpose": lambda it, asked: (
        f"the face is turned by {turned_deg(it):.0f} degrees, at most {asked.turned_deg:.0f} are taken"
    ),
    "partial": lambda _it, _asked: "the face is cut off at the edge of the picture",
    "brightness": _too_dark_or_bright,
}
