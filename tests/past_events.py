"""Past events with everything in them, for tests of what is told of them."""

from full_events import full_shot

from sophon_report.model import UserType
from sophon_report.wire.past_event import PastEvent


def past_event(**changes):
    """The stay of E-0001 before a stream, three seconds long."""
    values = {
        "event_id": "1760000000123456",
        "at_ms": 1_760_000_000_123,
        "in_ms": 1_760_000_000_000,
        "out_ms": 1_760_000_003_456,
        "device_id": "door",
        "device_name": "front door",
        "device_type": "rtsp",
        "device_ip": "10.0.0.21",
        "device_url": "rtsp://admin:***@10.0.0.21:554/main",
        "permission_id": "p-1",
        "permission_name": "staff",
        "identity_id": "E-0001",
        "name": "张三",
        "user_type": UserType.EMPLOYEE,
        "score_pct": 91.25,
        "register_photo_id": "photo-1",
        "post_action": "0",
        "shot": full_shot(
            device_id="door", track_id=7, face_jpeg=b"", scene_jpeg=b"", ir_jpeg=b"", camera_quality=b""
        ),
        "face_image_id": "1760000000.1234562",
        "scene_image_id": "1760000000.1234561",
        "infrared_image_id": "",
        "is_sent": True,
    }
    return PastEvent(**{**values, **changes})


def past_stranger(**changes):
    """Somebody unknown who is still there."""
    nobody = {"identity_id": "", "name": "", "user_type": UserType.STRANGER, "register_photo_id": ""}
    return past_event(**{**nobody, "score_pct": 27.6875, "out_ms": 0, "is_sent": False, **changes})
