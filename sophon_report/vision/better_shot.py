"""What a picture of a face is good for, and which of two is the better one, by what was measured. Pure.

What is enough, and for what, says :mod:`sophon_report.quality_limits`, with the measurements it rests on. Both
processes ask this, so nothing is imported here that looks into pictures.
"""

import math

from sophon_report.model import Quality
from sophon_report.quality_limits import CLARITY_LOST, CLARITY_SURE, LEVELS, Level, Limits, judge

CLARITY_ENOUGH = 200.0
"""Above it a sharper picture matches no better."""
CLARITY_STEP = 10.0
"""Clarities of one step count as equal, and the view decides: noise alone moves a clarity by a few."""
DIM_BELOW, BRIGHT_FROM = 60.0, 170.0
"""Between these a face's mean grey cost nothing (cosine .93 and more of one portrait made darker and brighter);
outside a picture counts for less, down to nothing at black and white."""
POSE_TO_FILE = 0.7
"""A stranger is filed by a face whose pose score is above it (the vendor's number)."""

TO_NAME = Limits(turned_deg=LEVELS[Level.NORMAL].turned_deg, clarity=CLARITY_LOST, whole=True, lit=True)
"""What a picture must be for an unmatched face to be called a stranger: one that would have matched."""
TO_FILE = Limits(LEVELS[Level.LOW].size_px, TO_NAME.turned_deg, CLARITY_SURE, whole=True, lit=True)
"""To file a stranger, whom it makes known for years: the size is that of ``low``, by which the vendor files."""


def good_enough(quality: Quality, min_face_px: float) -> bool:
    """Whether somebody who is not known by such a picture may be called a stranger."""
    return quality.size_px >= min_face_px and judge(quality, TO_NAME).good


def pose_score(quality: Quality) -> float:
    """Return how much a face looks into the camera: 1 from the front, 0 from the side.

    The vendor writes of a ``pose_score`` from 0 to 1 and not what it is. Here it is the cosine of the angle
    between the face's direction and the camera's, without roll: an aligned face has none. 0.7 is 45 degrees to a
    side.
    """
    return max(math.cos(math.radians(quality.yaw_deg)) * math.cos(math.radians(quality.pitch_deg)), 0.0)


def worth_filing(quality: Quality, min_face_px: float) -> bool:
    """Whether a stranger may be filed by such a picture, and known again by it for years."""
    large = quality.size_px >= min_face_px
    return large and judge(quality, TO_FILE).good and pose_score(quality) > POSE_TO_FILE


def rank(quality: Quality) -> float:
    """Return the rank of a shot, higher is better: whole before partial, then clarity in steps, then the view.

    Clarity counts for less in bad light, which it does not see: overexposure even raises it. The view is size and
    angle in one number below a step: it decides between pictures equally clear, and from :data:`CLARITY_ENOUGH`
    on all are.
    """
    clear = math.floor(min(quality.clarity, CLARITY_ENOUGH) * _light(quality.brightness) / CLARITY_STEP)
    view = pose_score(quality) * quality.size_px / (quality.size_px + 100.0)
    partial = CLARITY_ENOUGH / CLARITY_STEP + 1 if quality.partial else 0.0
    return clear + view - partial


def better(a: Quality, b: Quality) -> bool:
    """Whether ``a`` makes the better shot."""
    return rank(a) > rank(b)


def _light(brightness: float) -> float:
    """How much a picture of this mean grey is worth, 0 to 1."""
    if brightness > BRIGHT_FROM:
        return max(255.0 - brightness, 0.0) / (255.0 - BRIGHT_FROM)
    return min(max(brightness, 0.0) / DIM_BELOW, 1.0)
