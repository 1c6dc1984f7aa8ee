"""What a face looks like as one number that rows are asked by, and conditions on it. Pure.

::

    bits   8 ..         7 6    5 4     3 2       1 0
           age + 1      hat    mask    glasses   gender      0: not known
                        1 no, 2 yes              1 male, 2 female
"""

from dataclasses import dataclass
from typing import List, Optional

from sophon_report.model import Attributes

GENDERS = ("male", "female")
MAX_AGE_YEARS = 150
_SHIFTS = {"glasses": 2, "mask": 4, "hat": 6}
_AGE = 8


@dataclass(frozen=True)
class Looks:
    """Which faces are asked for; what is left out lets all pass. What is not known of a face fits nothing."""

    gender: Optional[str] = None
    """``male`` or ``female``."""
    glasses: Optional[bool] = None
    mask: Optional[bool] = None
    hat: Optional[bool] = None
    min_age_years: Optional[int] = None
    max_age_years: Optional[int] = None
    """Itself included: 30 is whoever has not turned 31."""


def traits_of(face: Attributes) -> int:
    """The number for ``face``."""
    traits = GENDERS.index(face.gender) + 1 if face.gender in GENDERS else 0
    for name, shift in _SHIFTS.items():
        has = getattr(face, name)
        traits |= 0 if has is None else (1 + bool(has)) << shift
    if face.age_years is not None and face.age_years == face.age_years:  # not NaN
        traits |= (int(min(max(face.age_years, 0.0), MAX_AGE_YEARS)) + 1) << _AGE
    return traits


def conditions(looks: Looks) -> List[str]:
    """SQL over the column ``traits``: numbers of ours only."""
    parts = []
    if looks.gender is not None:
        parts.append(f"(traits & 3) = {GENDERS.index(looks.gender) + 1}")
    for name, shift in _SHIFTS.items():
        has = getattr(looks, name)
        if has is not None:
            parts.append(f"(traits & {3 << shift}) = {(1 + bool(has)) << shift}")
    if looks.min_age_years is not None or looks.max_age_years is not None:
        low = 0 if looks.min_age_years is None else looks.min_age_years
        high = MAX_AGE_YEARS if looks.max_age_years is None else looks.max_age_years
        parts.append(f"(traits >> {_AGE}) BETWEEN {int(low) + 1} AND {int(high) + 1}")
    return parts
