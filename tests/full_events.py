"""Events of a capture camera with everything in them: all pictures, both quality tables, attributes, a person."""

import struct

import orjson
from samples import identity, recognition, shot

from sophon_report.model import Attributes, Device, DeviceType, Match, Visit

SCENE_JPEG = b"\xff\xd8\xff\xe0 scene"
INFRARED_JPEG = b"\xff\xd8\xff\xe0 infrared"
CAMERA_QUALITY = {
    "confidence": 97,
    "face_id": 12,
    "rect": {"top": 10, "bottom": 170, "left": 20, "right": 140},
    "rel_rect": {"top": 4, "bottom": 164, "left": 6, "right": 126},
    "pitch": 3,
    "yaw": -5,
    "roll": 1,
    "eye_dist": 61,
    "age": 33,
    "sex": 1,
}


def capture_camera():
    return Device("capture", "the gate's camera", DeviceType.PHOTO, "10.0.0.31")


def full_shot(**changes):
    """A picture that would do to register the person."""
    values = {
        "device_id": "capture",
        "embedding": struct.pack("<512f", *[0.5] * 4, *[0.0] * 508),
        "attributes": Attributes("female", 33.6, glasses=True, mask=False, hat=False),
        "scene_jpeg": SCENE_JPEG,
        "ir_jpeg": INFRARED_JPEG,
        "camera_quality": orjson.dumps(CAMERA_QUALITY),
    }
    return shot(**{**values, **changes})


def full_recognition(**changes):
    person = identity(permission_ids=("p-1", "p-2"))
    values = {"device": capture_camera(), "shot": full_shot(), "match": Match(person, 91.0), "seq": 7}
    return recognition(**{**values, **changes})


def full_visit(**changes):
    event = full_recognition(**changes)
    return Visit(
        event_id=event.event_id,
        device=event.device,
        in_ms=event.in_ms,
        recognised_ms=event.recognised_ms,
        out_ms=event.recognised_ms + 3_000,
        shot=event.shot,
        match=event.match,
        post_action=event.post_action,
        seq=8,
    )
