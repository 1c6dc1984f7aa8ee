"""Faces of one picture on the wire: rows of ``detect``, as API 2.0 tells them and as the call before it.

=============  ==============================================  ============================================
fact           ``/sophon/v2/face/detect``                      ``/SophonFace/api/detect``
=============  ==============================================  ============================================
where          ``faces[]``                                     ``data[]``
``bbox``       numbers                                         whole numbers
age            a word: ``youth``                               a number of years
vector         base64, ``feature_base64_str``                  512 numbers, ``feature``
=============  ==============================================  ============================================

``landmark`` is planar in both, ``x1, ..., x5, y1, ..., y5`` (the vendor's page). The keys of the tables are always
there: what was not asked for is empty, and an attribute that nobody computed is null, never a guess. No page says
how the angles are told that ``with_headpose`` asks for: here as ``fiqa`` tells them, and only when asked.
"""

from dataclasses import dataclass
from typing import Any, Dict

from sophon_report.model import Attributes, Box, Landmarks, Quality
from sophon_report.wire.attributes import age_group, feature_numbers, feature_text, planar, yes_no
from sophon_report.wire.fiqa import headpose


@dataclass(frozen=True)
class Wanted:
    """What of each face beside its box."""

    feature: bool = False
    attribute: bool = False
    headpose: bool = False
    landmark: bool = False


def face_row(
    wanted: Wanted, box: Box, landmarks: Landmarks, quality: Quality, embedding: bytes, looks: Attributes
) -> Dict[str, Any]:
    """One of ``faces[]``."""
    row: Dict[str, Any] = {
        "attribute": {
            "age": age_group(looks.age_years),
            "gender": looks.gender,
            "glasses": yes_no(looks.glasses),
        },
        "bbox": [round(edge, 2) for edge in box],
        "landmark": planar(landmarks) if wanted.landmark else [],
        "feature_base64_str": (feature_text(embedding) or "") if wanted.feature else "",
    }
    return {**row, "headpose": headpose(quality)} if wanted.headpose else row


def old_face_row(
    wanted: Wanted, box: Box, landmarks: Landmarks, quality: Quality, embedding: bytes, looks: Attributes
) -> Dict[str, Any]:
    """One of ``data[]``."""
    row: Dict[str, Any] = {
        "attribute": {
            "age": None if looks.age_years is None else round(looks.age_years),
            "gender": looks.gender,
            "glasses": yes_no(looks.glasses),
        },
        "bbox": [round(edge) for edge in box],
        "landmark": planar(landmarks) if wanted.landmark else [],
        "feature": feature_numbers(embedding) if wanted.feature else [],
    }
    return {**row, "headpose": headpose(quality)} if wanted.headpose else row
