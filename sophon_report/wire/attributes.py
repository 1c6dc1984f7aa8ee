"""``recognize_face_attr``: as firmware V6 (API "2.0") sends it, realtime and asynchronously, and as V5 does.

Every key is always there, ``null`` when nothing was computed: the vendor's tables promise the keys and its
samples show the nulls, so a client written from either works. What differs:

====================  =======================================  ==============================================
fact                  V6                                       V5
====================  =======================================  ==============================================
landmarks             interleaved, ``x1, y1, ..., x5, y5``     planar, ``x1, ..., x5, y1, ..., y5``
mask                  ``yes`` or ``no``                        ``0``, ``1`` or ``2``
vector                base64, ``feature_binary`` (table) and   512 numbers, ``feature`` (to V5R5), and base64,
                      ``feature_base64_str`` (sample)          ``feature_binary`` (from V5R6)
====================  =======================================  ==============================================

The order of landmarks is known from the numbers of the vendor's samples: each reading is the only one that gives
two eyes, a nose and a mouth. What V5 means by a mask of ``2`` is not documented, so it is never told.
"""

from typing import Any, Dict, List, Optional

import numpy as np

from sophon_report.model import Landmarks, Shot
from sophon_report.wire.images import bare

FEATURE_BYTES = 512 * 4
"""The vendor's vectors are 512 float32, little endian; a shorter one is told with zeros behind it, which
changes neither its length nor its angle to others of the same model."""

_AGE_GROUPS = ((6, "child"), (18, "juvenile"), (40, "youth"), (65, "middle-aged"))


def face_attributes(shot: Shot, with_feature: bool) -> Dict[str, Any]:
    """All ten keys of the attribute object; ``None`` where nothing was computed.

    Args:
        shot: the picture that is told about.
        with_feature: whether the vector goes along, under both names the vendor uses for it.
    """
    attributes = shot.attributes
    feature = feature_text(shot.embedding) if with_feature else None
    return {
        "gender": attributes.gender,
        "hat": yes_no(attributes.hat),
        "box": [round(edge) for edge in shot.box],
        "glasses": yes_no(attributes.glasses),
        "feature_binary": feature,
        "feature_base64_str": feature,
        "mask": yes_no(attributes.mask),
        "expression": None,
        "age": age_group(attributes.age_years),
        "point": interleaved(shot.landmarks),
    }


def older_face_attributes(shot: Shot, with_numbers: bool = True) -> Dict[str, Any]:
    """All ten keys of the attribute object of V5; ``None`` where nothing was computed, ``[]`` for numbers.

    Args:
        shot: the picture that is told about.
        with_numbers: whether the vector goes along as numbers too, beside its text.
    """
    attributes = shot.attributes
    return {
        "point": planar(shot.landmarks),
        "age": age_group(attributes.age_years),
        "mask": None if attributes.mask is None else ("1" if attributes.mask else "0"),
        "gender": attributes.gender,
        "glasses": yes_no(attributes.glasses),
        "feature": feature_numbers(shot.embedding) if with_numbers else [],
        "feature_binary": feature_text(shot.embedding),
        "box": [round(edge) for edge in shot.box],
        "hat": yes_no(attributes.hat),
        "expression": None,
    }


def age_group(years: Optional[float]) -> Optional[str]:
    """One of ``child`` to 5, ``juvenile`` to 17, ``youth`` to 39, ``middle-aged`` to 64, ``aged``."""
    if years is None:
        return None
    return next((word for limit, word in _AGE_GROUPS if years < limit), "aged")


def interleaved(landmarks: Landmarks) -> List[float]:
    """``[x1, y1, ..., x5, y5]``, to a tenth of a pixel."""
    return [round(value, 1) for point in landmarks for value in point]


def planar(landmarks: Landmarks) -> List[float]:
    """``[x1, ..., x5, y1, ..., y5]``, to a tenth of a pixel."""
    return [round(point[axis], 1) for axis in (0, 1) for point in landmarks]


def feature_numbers(embedding: bytes) -> List[float]:
    """The 512 numbers of :func:`feature_text`; ``[]`` for none."""
    if not embedding or len(embedding) > FEATURE_BYTES:
        return []
    numbers: List[float] = np.frombuffer(embedding.ljust(FEATURE_BYTES, b"\0"), "<f4").tolist()
    return numbers


def feature_text(embedding: bytes) -> Optional[str]:
    """Base64 of exactly 512 float32; ``None`` for no vector, or for one that is longer and so cannot be told."""
    if not embedding or len(embedding) > FEATURE_BYTES:
        return None
    return bare(embedding.ljust(FEATURE_BYTES, b"\0"))


def yes_no(value: Optional[bool]) -> Optional[str]:
    """The vendor's word; ``None`` for what is not known."""
    return None if value is None else ("yes" if value else "no")
