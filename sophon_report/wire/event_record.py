"""A past event as firmware V6 (API "2.0") tells it: in ``getevents`` and, shorter, in ``searchbyimage``.

All fields of the vendor's page in its order, every one always there. Where its table and its sample differ, or
both are silent:

 - Times are milliseconds as the text says; ``compat.query_times`` makes them the sample's seconds with a fraction.
 - Somebody unknown has ``""`` for id, name and registered photo; ``user_type`` is the sign to rely on.
 - ``out_timestamp`` is 0 while the person is still there.
 - Nobody measures ``pose_score`` and the picture's size (``video_shape``) here, and no number is drawn over
   strangers: ``null``, ``[]`` and 0. ``depth_image_id`` is ``""``: no camera here has one. ``frame_id`` is 1, its
   default.
"""

from typing import Any, Dict

from sophon_report.wire.attributes import face_attributes
from sophon_report.wire.event_times import told
from sophon_report.wire.past_event import PastEvent


def record(event: PastEvent, unit: str) -> Dict[str, Any]:
    """The record of an event.

    Args:
        event: what is told.
        unit: of its times, see :func:`sophon_report.wire.event_times.told`.
    """
    return {
        "event_id": event.event_id,
        "timestamp": told(event.at_ms, unit),
        "identity_id": event.identity_id,
        "identity_name": event.name,
        "register_image_id": event.register_photo_id,
        "recognize_face_image_id": event.face_image_id,
        "spot_image_id": event.scene_image_id,
        "permission_id": event.permission_id,
        "permission_name": event.permission_name,
        "user_type": event.user_type.value,
        "score": round(event.score_pct, 4),
        "post_action": event.post_action,
        "frame_id": 1,
        "is_send": int(event.is_sent),
        "media_device_info": _device(event),
        "recognize_face_attr": face_attributes(event.shot, with_feature=True),
        "ext_data": {
            "ir_image_id": event.infrared_image_id,
            "depth_image_id": "",
            "track_id": event.shot.track_id,
            "video_shape": [],
            "in_timestamp": told(event.in_ms, unit),
            "recognition_timestamp": told(event.at_ms, unit),
            "out_timestamp": told(event.out_ms, unit),
            "pose_score": None,
            "unknown_id": 0,
        },
    }


def found(event: PastEvent, compare_score: float, unit: str) -> Dict[str, Any]:
    """An event that a search by picture found: fewer fields, and no vector.

    Args:
        event: what is told.
        compare_score: how near its face is to the picture's, on the scale of the call.
        unit: as of :func:`record`.
    """
    face = face_attributes(event.shot, with_feature=False)
    del face["feature_binary"], face["feature_base64_str"]
    return {
        "compare_score": compare_score,
        "timestamp": told(event.at_ms, unit),
        "identity_name": event.name,
        "identity_id": event.identity_id,
        "register_image_id": event.register_photo_id,
        "recognize_face_image_id": event.face_image_id,
        "spot_image_id": event.scene_image_id,
        "user_type": event.user_type.value,
        "media_device_info": _device(event),
        "recognize_face_attr": face,
        "out_timestamp": told(event.out_ms, unit),
        "event_id": event.event_id,
    }


def _device(event: PastEvent) -> Dict[str, str]:
    return {
        "media_device_type": event.device_type,
        "media_device_ip": event.device_ip,
        "media_device_name": event.device_name,
        "media_device_id": event.device_id,
    }
