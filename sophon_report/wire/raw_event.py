"""What realtime v1 and the SE3 POST have in common: an event on the vendor's raw scale.

- ``score`` runs from 0 to 1: table and sample of both pages agree. ``compat.v1_score`` makes it 0 to 100, as a
  V5 box shows it that was configured by a later dump.
- An unmatched person is named ``stranger``, has ``""`` for id and ``{}`` for ``identity_info``; the person type
  is the sign to rely on. The score is the nearest person's.
- A stranger of the library has an id, the photo that was filed, and the four keys of ``identity_info`` that the
  vendor's page of V5R3 to V5R7 shows for one.
- Pictures are bare base64. One that is not told has no key, but ``reg_pic``, which is then ``""`` as in the
  vendor's samples.
- The SE3 pages know neither ``device_id`` nor ``identity_info``; more keys do no harm there, and one receiver
  can then read both.
"""

from typing import Any, Dict, Optional

from sophon_report.config import Compat
from sophon_report.model import Identity, Recognition
from sophon_report.score import vendor_raw
from sophon_report.wire.fiqa import box_fiqa_info, grab_fiqa_info
from sophon_report.wire.images import bare
from sophon_report.wire.names import (
    DEFAULT_GROUP,
    PERSON_TYPES,
    STRANGER_NAME,
    device_number,
)


def fields(
    recognition: Recognition, compat: Compat, *, register_photo: bool, scene: bool, face: bool
) -> Dict[str, Any]:
    """The common fields, without the event's id.

    Args:
        recognition: the decision to tell.
        compat: scale of the score; in greeter mode no scene is told.
        register_photo: whether the gallery photo is told.
        scene: whether the whole picture is.
        face: whether the face is.
    """
    identity = recognition.match.identity
    return {
        "identity_id": identity.identity_id if identity else "",
        "device_id": recognition.device.device_id,
        "identity_name": identity.name if identity else STRANGER_NAME,
        "identity_info": identity_info(identity),
        "group_name": DEFAULT_GROUP,
        "reg_pic": bare(identity.photo_jpeg) if identity and register_photo else "",
        "timestamp": recognition.recognised_ms,
        "score": _score(recognition.match.score_pct, compat),
        "ext_data": _ext_data(recognition, scene=scene and not compat.greeter_mode, face=face),
    }


def _ext_data(recognition: Recognition, *, scene: bool, face: bool) -> Dict[str, Any]:
    device, shot = recognition.device, recognition.shot
    extra: Dict[str, Any] = {
        "device_ip": device.ip,
        "device_type": device_number(device, shot),
        "person_type": PERSON_TYPES[recognition.user_type],
        "grab_fiqa_info": grab_fiqa_info(device, shot),
        "box_fiqa_info": box_fiqa_info(device, shot),
    }
    if scene:
        extra["spot_pic"] = bare(shot.scene_jpeg)
    if face:
        extra["recognize_face"] = bare(shot.face_jpeg)
    return extra


def identity_info(identity: Optional[Identity]) -> Dict[str, Any]:
    """The person as all forms of V5 tell them, a filed stranger in fewer words; ``{}`` for nobody."""
    if identity is None:
        return {}
    if identity.filed_s is not None:
        return {
            "addTime": identity.filed_s,
            "image_id": identity.photo_id,
            "name": identity.name,
            "type": PERSON_TYPES[identity.user_type],
        }
    return {
        "user_id": identity.identity_id,
        "name": identity.name,
        "type": PERSON_TYPES[identity.user_type],
        "permission_ids": list(identity.permission_ids),
        "face_ids": [identity.face_id] if identity.face_id else [],
        "image_id": identity.photo_id,
        "ext_info": {},
    }


def _score(score_pct: float, compat: Compat) -> float:
    """Six digits on the raw scale say as much as four on the other."""
    if compat.v1_score == "pct":
        return round(float(score_pct), 4)
    return round(vendor_raw(float(score_pct)), 6)
