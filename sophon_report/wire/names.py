"""How the vendor's generations name the same fact: the one place that knows.

Encoders write their bodies out, since a body is read best as a body; they take the numbers from here, and a test
holds each of them against :data:`NAMES`. What reads events looks a fact up under every name it has had.

Forms: ``v2`` and ``v1`` are the realtime WebSocket of firmware V6 and V5, ``se3`` the realtime POST of V2; ``g2``,
``g1``, ``g0`` are the history POSTs of V6, of V5R4 to V5R7, and of V2R2 to V5R3.
"""

from typing import Any, Dict, Iterator, Mapping, Optional, Tuple

from sophon_report.model import Device, DeviceType, PhotoKind, Shot, UserType

PERSON_TYPES: Mapping[UserType, int] = {
    UserType.EMPLOYEE: 1,
    UserType.VISITOR: 2,
    UserType.BLACKLIST: 3,
    UserType.STRANGER: 4,
    UserType.VIP: 5,
}
"""``person_type`` before V6, by the word of V6."""
USER_TYPES: Mapping[int, str] = {number: kind.value for kind, number in PERSON_TYPES.items()}
"""And back."""

GATE, CAPTURE_CAMERA, STREAM, DOOR = "0", "1", "3", "4"
"""``device_type`` before V6. ``2``, a static camera, went with protocol 2.2.1 and is told by nothing here."""
PHOTO_NUMBERS: Mapping[PhotoKind, str] = {
    PhotoKind.GATE: GATE,
    PhotoKind.CAPTURE_CAMERA: CAPTURE_CAMERA,
    PhotoKind.DOOR: DOOR,
}
PHOTO_KINDS: Mapping[str, PhotoKind] = {number: kind for kind, number in PHOTO_NUMBERS.items()}
"""And back."""

STRANGER_NAME = "stranger"
"""Name of an unmatched person before V6, where it is ``""``; the id is ``""`` in every form."""
DEFAULT_GROUP = "default_group"
"""``group_name``: what people are matched against."""

FORMS = ("v2", "v1", "se3", "g2", "g1", "g0")
_ALL = FORMS
_RAW = ("v1", "se3")
_EXT = (*_RAW, "g0")
"""Those that keep most of an event in ``ext_data``."""

NAMES: Mapping[str, Mapping[str, Tuple[str, ...]]] = {
    "event_id": {"event_id": _ALL},  # by the vendor only in v2 and v1; in the others ours, to join them
    "seq": {"seq": ("v2", "v1")},  # ours
    "identity_id": {"identity_id": _ALL},
    "identity_name": {"identity_name": _ALL},
    "identity_info": {"identity_info": (*_RAW, "g1")},
    "group_name": {"group_name": _EXT},
    "user_type": {"user_type": ("v2", "g2")},
    "person_type": {"person_type": ("g1",), "ext_data.person_type": _EXT},
    "score": {"score": _ALL},
    "timestamp": {"timestamp": _ALL},
    "in_timestamp": {"in_timestamp": ("g2",)},
    "out_timestamp": {"out_timestamp": ("g2", "g1")},
    "post_action": {"post_action": ("g2",), "want_action": ("g1", "g0")},
    "register_photo": {
        "register_image": ("v2",),
        "reg_image": ("g2",),
        "reg_pic": ("v2", "v1", "se3", "g1", "g0"),
    },
    "scene": {"spot_image": ("g2",), "spot_pic": ("g1",), "ext_data.spot_pic": _EXT},
    "infrared": {"ir_image": ("g2",), "ir_pic": ("g1",), "ext_data.ir_pic": ("g0",)},
    "face": {
        "recognize_face_image": ("v2", "g2"),
        "recognize_face": ("g1",),
        "ext_data.recognize_face": _EXT,
    },
    "attributes": {"recognize_face_attr": ("v2", "g2", "g1"), "ext_data.info": ("g0",)},
    "camera_quality": {"ext_data.grab_fiqa_info": _EXT},
    "box_quality": {"ext_data.box_fiqa_info": _EXT},
    "device_name": {"media_device_info.media_device_name": ("g2",), "ep_info.ep_name": ("g1",)},
    "device_id": {
        "media_device_info.media_device_id": ("g2",),
        "media_device_id": ("v2",),
        "ep_info.device_id": ("g1",),
        "device_id": _RAW,
        "video_id": ("v1",),
    },
    "device_ip": {
        "media_device_info.media_device_ip": ("g2",),
        "media_device_ip": ("v2",),
        "ep_info.ep_ip": ("g1",),
        "ext_data.device_ip": _EXT,
    },
    "device_type": {
        "media_device_info.media_device_type": ("g2",),
        "media_device_type": ("v2",),
        "ep_info.ep_type": ("g1",),
        "ext_data.device_type": _EXT,
    },
    "license_and_address": {"ep_info.ep_id": ("g1",), "ext_data.ep_id": ("g0",)},
    "license_key": {"mq_license_key": ("g2",), "dev_sno": ("g1",), "ext_data.dev_sno": ("g0",)},
}
"""For each fact its paths, the newest first, and the forms that tell it there. A dot leads into a table."""

PICTURES = ("register_photo", "scene", "infrared", "face")
"""Facts that are pictures."""


def values(event: Mapping[str, Any], fact: str) -> Iterator[Any]:
    """What an event of any form says of ``fact``, under each name that it has it by; never raises."""
    for path in NAMES[fact]:
        table, _, key = path.rpartition(".")
        place = event.get(table) if table else event
        if isinstance(place, dict) and key in place:
            yield place[key]


def device_number(device: Device, shot: Optional[Shot] = None) -> str:
    """``device_type`` before V6, a number as text; with the picture of an event, a gate may show more."""
    if device.type is not DeviceType.PHOTO:
        return STREAM
    return CAPTURE_CAMERA if shot and is_from_capture_camera(device, shot) else PHOTO_NUMBERS[device.photo_kind]


def license_and_address(license_key: str, device: Device) -> str:
    """``ep_id`` before V6: the box's key, two underscores, and a photo device's IP or the stream's URL.

    A password in the URL is replaced: an id must not open the camera.
    """
    return f"{license_key}__{device.ip if device.type is DeviceType.PHOTO else device.safe_url}"


def is_from_capture_camera(device: Device, shot: Shot) -> bool:
    """Whether a photo device is registered as a capture camera, or judged its picture as only those do."""
    is_camera = device.photo_kind is PhotoKind.CAPTURE_CAMERA or bool(shot.camera_quality)
    return device.type is DeviceType.PHOTO and is_camera


def pictures_by_key() -> Dict[str, str]:
    """The fact of each key that ever held a picture, such as ``{"reg_pic": "register_photo"}``."""
    return {path.rpartition(".")[2]: fact for fact in PICTURES for path in NAMES[fact]}
