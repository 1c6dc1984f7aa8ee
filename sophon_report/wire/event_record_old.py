"""A past event as firmware V2 to V5 tells it: the row of ``/SophonFace/api/events``.

- Times are seconds with a fraction, as the vendor's page has them.
- ``score`` runs from 0 to 100, as in this generation's history reports.
- Somebody unknown is named ``stranger``, without an id; ``person_type`` 4 is the sign to rely on.
- ``gate_data`` has what gates push beside a picture, ``grab_data`` the age and sex that a capture camera told,
  ``video_data`` what is known of a stream. All three are always there.
- The pictures of a person who comes in (``in_..._pic_id``) are those of the event: one picture of a visit is kept.
- ``recognize_face_attr`` has the vector as text, and ``feature`` empty: 512 numbers a row are a hundred times the
  rest.
"""

from typing import Any, Dict

import orjson

from sophon_report.model import DeviceType
from sophon_report.wire.attributes import older_face_attributes
from sophon_report.wire.event_times import told
from sophon_report.wire.names import DEFAULT_GROUP, PERSON_TYPES, STRANGER_NAME
from sophon_report.wire.past_event import PastEvent


def record(event: PastEvent, license_key: str) -> Dict[str, Any]:
    """The row of an event; ``license_key`` is the box's."""
    return {
        "_id": event.event_id,
        "timestamp": told(event.at_ms, "s"),
        "common": _common(event, license_key),
        "gate_data": {"ir_image_id": event.infrared_image_id, "depth_image_id": ""},
        "grab_data": {"grap_fiqa_info": _camera_says(event)},
        "video_data": _video(event),
    }


def _common(event: PastEvent, license_key: str) -> Dict[str, Any]:
    return {
        "identity_id": event.identity_id,
        "identity_name": event.name if event.identity_id else STRANGER_NAME,
        "image_id": event.register_photo_id,
        "recognize_face_pic_id": event.face_image_id,
        "spot_pic_id": event.scene_image_id,
        "group_name": DEFAULT_GROUP,
        "permission_id": event.permission_id,
        "permission_name": event.permission_name,
        "person_type": PERSON_TYPES[event.user_type],
        "score": round(event.score_pct, 4),
        "ep_info": {
            "ep_id": f"{license_key}__{event.device_url if _is_stream(event) else event.device_ip}",
            "ep_type": event.device_type,
            "ep_ip": event.device_ip,
            "ep_name": event.device_name,
            "device_id": event.device_id,
        },
        "want_action": event.post_action,
        "frame_id": 1,
        "recognize_face_attr": older_face_attributes(event.shot, with_numbers=False),
        "is_send": int(event.is_sent),
        "card_id": "",
    }


def _video(event: PastEvent) -> Dict[str, Any]:
    is_stream = _is_stream(event)
    return {
        "track_id": event.shot.track_id,
        "video_shape": [],
        "in_timestamp": told(event.in_ms, "s"),
        "in_bg_pic_id": event.scene_image_id if is_stream else "",
        "in_face_pic_id": event.face_image_id if is_stream else "",
        "in_box": [round(edge) for edge in event.shot.box] if is_stream else [],
        "recognition_timestamp": told(event.at_ms, "s"),
        "pose_score": None,
        "out_timestamp": told(event.out_ms, "s"),
        "unknown_id": 0,
    }


def _is_stream(event: PastEvent) -> bool:
    return event.device_type != DeviceType.PHOTO.value


def _camera_says(event: PastEvent) -> Dict[str, Any]:
    try:
        told_by_camera = orjson.loads(event.shot.camera_quality or b"{}")
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(told_by_camera, dict):
        return {}
    return {
        key: told_by_camera[key] for key in ("age", "sex") if isinstance(told_by_camera.get(key), (int, float))
    }
