"""What is said of a photo before anybody is registered by it: each reason with its figure and its bound. Pure."""

import math
from dataclasses import dataclass
from typing import Callable, Mapping, Optional, Sequence, Tuple

from sophon_report.model import Box, Quality
from sophon_report.quality_limits import BRIGHTEST, DARKEST, Limits, judge, turned_deg

REASONS = (
    "not_an_image",
    "too_large",
    "no_face",
    "face_too_small",
    "face_partial",
    "blurred",
    "turned",
    "too_dark",
    "too_bright",
    "several_faces",
)
"""All that there are; the first three leave nothing to register."""
RIVAL = 0.5
"""Of the largest face's side: a smaller one is somebody in the background."""


@dataclass(frozen=True)
class Reason:
    """One thing to mend in a photo."""

    code: str
    """A word of :data:`REASONS`."""
    value: Optional[float] = None
    """What was measured: pixels, degrees, clarity, grey, faces; ``None`` where there is nothing to measure."""
    limit: Optional[float] = None
    """What it is held against."""
    blocks: bool = True
    """Whether the photo does not do for it; else it is only to be known."""


def reasons(quality: Quality, limits: Limits) -> Tuple[Reason, ...]:
    """Why a face does not do, in the order of :data:`sophon_report.quality_limits.ITEMS`; empty: it does."""
    return tuple(_OF_ITEM[item](quality, limits) for item in judge(quality, limits).failed)


def rivals(boxes: Sequence[Box]) -> int:
    """How many faces might be meant: the largest, and those about as large.

    Args:
        boxes: the largest first.
    """
    sides = [min(x2 - x1, y2 - y1) for x1, y1, x2, y2 in boxes]
    return sum(side >= RIVAL * sides[0] for side in sides)


def _figure(value: float) -> Optional[float]:
    return round(value, 1) if math.isfinite(value) else None


def _lit(quality: Quality, _limits: Limits) -> Reason:
    if quality.brightness > BRIGHTEST:
        return Reason("too_bright", _figure(quality.brightness), BRIGHTEST)
    return Reason("too_dark", _figure(quality.brightness), DARKEST)


_OF_ITEM: Mapping[str, Callable[[Quality, Limits], Reason]] = {
    "face_size": lambda it, asked: Reason("face_too_small", _figure(it.size_px), asked.size_px),
    "clarity": lambda it, asked: Reason("blurred", _figure(it.clarity), asked.clarity),
    "headpose": lambda it, asked: Reason("turned", _figure(turned_deg(it)), asked.turned_deg),
    "partial": lambda _it, _asked: Reason("face_partial"),
    "brightness": _lit,
}
