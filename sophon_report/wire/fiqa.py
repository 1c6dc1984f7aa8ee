"""What a capture camera and the box say of a picture's quality: ``grab_fiqa_info`` and ``box_fiqa_info``.

Both are ``{}`` unless a capture camera took the picture: the vendor's pages of the realtime events (SE3, and V5)
require the keys and give them contents in that mode only. The contents are those of the history pages of V2R2 to
V5R2, the only ones that show them. The camera's own table is passed on as it came.

The box judges whether the picture would do to register the person: a stranger with ``fiqa_result`` false is one
whose picture is not worth sending back for that (the use that the vendor documents).
"""

from typing import Any, Dict

import orjson

from sophon_report.model import Device, Quality, Shot
from sophon_report.quality_limits import (
    BRIGHTEST,
    CLARITY_LOST,
    DARKEST,
    MAX_ANGLES_DEG,
    REGISTRATION_SIZE_PX,
)
from sophon_report.wire.names import is_from_capture_camera

_SEXES = {"male": 0, "female": 1}


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
    quality, attributes = shot.quality, shot.attributes
    judged = judge(quality)
    return {
        "age": None if attributes.age_years is None else round(attributes.age_years),
        "sex": _SEXES.get(attributes.gender or ""),
        "info": {
            "face_size": _number(quality.size_px),
            "clarity": _number(quality.clarity),
            "headpose": {
                "roll_angle": _number(quality.roll_deg),
                "pitch_angle": _number(quality.pitch_deg),
                "yaw_angle": _number(quality.yaw_deg),
            },
            "partial": bool(quality.partial),
            "brightness": _number(quality.brightness),
        },
        "fiqa_result": all(judged.values()),
        "success": [item for item, passed in judged.items() if passed],
        "fails": [item for item, passed in judged.items() if not passed],
    }


def judge(quality: Quality) -> Dict[str, bool]:
    """Whether each item would do for a photo to register, by the vendor's names."""
    turned = abs(quality.yaw_deg) + abs(quality.pitch_deg) + abs(quality.roll_deg)
    return {
        "face_size": bool(quality.size_px > REGISTRATION_SIZE_PX),
        "clarity": bool(quality.clarity >= CLARITY_LOST),
        "headpose": bool(turned <= MAX_ANGLES_DEG),
        "partial": not quality.partial,
        "brightness": bool(DARKEST <= quality.brightness <= BRIGHTEST),
    }


def _number(value: float) -> float:
    return round(float(value), 2)
