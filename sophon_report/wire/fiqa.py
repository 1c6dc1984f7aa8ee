"""Face quality on the wire: the tables of events, and the three shapes of the vendor's ``fiqa``.

All are filled from the same measured values, judged by :mod:`sophon_report.quality_limits`.

**Events.** ``grab_fiqa_info`` and ``box_fiqa_info`` are ``{}`` unless a capture camera took the picture: the
vendor's pages of the realtime events (SE3, and V5) require the keys and give them contents in that mode only. The
contents are those of the history pages of V2R2 to V5R2, the only ones that show them. The camera's own table is
passed on as it came. The box judges whether the picture would do to register the person: a stranger with
``fiqa_result`` false is one whose picture is not worth sending back for that (the use that the vendor documents).

**Replies.** Of ``/sophon/v2/face/fiqa`` (G2) :func:`detailed_reply`; of ``/SophonFace/api/FIQA`` (G1) a list of
:func:`fiqa_row` under ``data``; of the message queue's ``fiqa`` (firmware V2 and V5) one of :func:`queue_row`.

What was not measured is not told as if it were: ``mask`` is -1 (the vendor's "not computed"), ``occlusion`` an
empty list, ``face_color`` and ``image_quality`` are null. None of the four is ever among the passed or the failed
items, and neither is what a level does not look at.
"""

from typing import Any, Dict, List

import orjson

from sophon_report.model import Box, Device, Quality, Shot
from sophon_report.quality_limits import Level, Verdict, judge_level
from sophon_report.wire.names import is_from_capture_camera

_SEXES = {"male": 0, "female": 1}
_OLD_ITEMS = {"headpose": "face_angle", "partial": "face_location"}
"""What the page of ``FIQA`` calls them."""
NOT_COMPUTED = -1.0
"""Of a mask."""


def grab_fiqa_info(device: Device, shot: Shot) -> Dict[str, Any]:
    """The camera's table; ``{}`` from any other device, and for what is no table."""
    if not is_from_capture_camera(device, shot):
        return {}
    try:
        told = orjson.loads(shot.camera_quality)
        orjson.dumps(told)  # reads deeper than it writes: what it cannot write must not reach an event
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return {}
    return told if isinstance(told, dict) else {}


def box_fiqa_info(device: Device, shot: Shot) -> Dict[str, Any]:
    """The box's table, ``null`` for an age or sex that was not computed; ``{}`` from any other device."""
    if not is_from_capture_camera(device, shot):
        return {}
    attributes, verdict = shot.attributes, judge_level(shot.quality, Level.HIGH)
    return {
        "age": None if attributes.age_years is None else round(attributes.age_years),
        "sex": _SEXES.get(attributes.gender or ""),
        "info": {
            "face_size": _number(shot.quality.size_px),
            "clarity": _number(shot.quality.clarity),
            "headpose": headpose(shot.quality),
            "partial": bool(shot.quality.partial),
            "brightness": _number(shot.quality.brightness),
        },
        "fiqa_result": verdict.good,
        "success": list(verdict.passed),
        "fails": list(verdict.failed),
    }


def detailed_reply(box: Box, quality: Quality, verdict: Verdict) -> Dict[str, Any]:
    """The reply of G2's ``fiqa`` about one face.

    Args:
        box: in pixels of the picture that was sent.
        quality: what was measured.
        verdict: what the level that was asked for makes of it.
    """
    return {
        "fiqa_result": verdict.good,
        "detailed_result": {
            "bbox": _box(box),
            "passed_items": list(verdict.passed),
            "failed_items": list(verdict.failed),
            "detailed_scores": _scores(quality),
        },
    }


def queue_row(box: Box, quality: Quality, verdict: Verdict) -> Dict[str, Any]:
    """One face in the reply of the message queue's ``fiqa`` (firmware V2 and V5); see :func:`detailed_reply`."""
    return {
        "bbox": _box(box),
        "fails": list(verdict.failed),
        "fiqa_result": verdict.good,
        "score": _score(verdict),
        "success": list(verdict.passed),
        "info": _scores(quality),
    }


def fiqa_row(box: Box, quality: Quality, verdict: Verdict) -> Dict[str, Any]:
    """One face in the reply of G1's ``FIQA``; see :func:`detailed_reply`.

    Here the angles are ``face_angle``, a list (of yaw, pitch and roll: the page gives no order), and a face that
    is cut off has ``face_location`` true: its sample has false, among what passed.
    """
    return {
        "bbox": _box(box),
        "fails": [_OLD_ITEMS.get(item, item) for item in verdict.failed],
        "fiqa_result": verdict.good,
        "score": _score(verdict),
        "success": [_OLD_ITEMS.get(item, item) for item in verdict.passed],
        "info": {
            "clarity": _number(quality.clarity),
            "face_angle": [_number(angle) for angle in (quality.yaw_deg, quality.pitch_deg, quality.roll_deg)],
            "face_color": None,
            "face_location": bool(quality.partial),
            "face_size": round(quality.size_px),
            "image_quality": None,
        },
    }


def _scores(quality: Quality) -> Dict[str, Any]:
    return {
        "brightness": _number(quality.brightness),
        "clarity": _number(quality.clarity),
        "face_size": _number(quality.size_px),
        "headpose": headpose(quality),
        "mask": NOT_COMPUTED,
        "occlusion": [],
        "partial": bool(quality.partial),
    }


def headpose(quality: Quality) -> Dict[str, float]:
    """The three angles, in degrees."""
    return {
        "roll_angle": _number(quality.roll_deg),
        "pitch_angle": _number(quality.pitch_deg),
        "yaw_angle": _number(quality.yaw_deg),
    }


def _score(verdict: Verdict) -> float:
    """Which part of what was looked at passed; the vendor writes "quality score", and has 1 for a good face."""
    looked_at = len(verdict.passed) + len(verdict.failed)
    return _number(len(verdict.passed) / looked_at) if looked_at else 1.0


def _box(box: Box) -> List[int]:
    return [round(side) for side in box]


def _number(value: float) -> float:
    return round(float(value), 2)
