"""The asynchronous POST of firmware V6 (API "2.0"): one event a body, told when the person has left.

Sixteen fields in the order of the vendor's table, every one always there, plus ``event_id``: the vendor has
no id that joins this report with the realtime push, and a receiver needs one to know a repeat.

 - ``score`` is on the scale of 0 to 100, as table and samples of this generation agree.
 - ``api_version`` is "2.0" (the vendor's sample; "1.0" already marks the older layout).
 - Pictures are bare base64; ``""`` stands for a picture there is none of, and for one that is switched off, as the
   vendor's sample has it for infrared.
 - An unmatched person has ``""`` for id and name; ``user_type`` is the sign to rely on. A stranger of the library
   is matched: with an id, the name ``stranger`` and the filed photo.
 - ``media_device_url`` has its password replaced: whoever receives events need not be able to open the camera.
"""

from typing import Any, Dict

from sophon_report.model import Device, Visit
from sophon_report.wire.attributes import face_attributes
from sophon_report.wire.images import bare
from sophon_report.wire.telling import Telling, pictures


def fields(visit: Visit, telling: Telling) -> Dict[str, Any]:
    """The sixteen fields and ``event_id`` of a visit."""
    person = visit.match.identity
    told = pictures(visit, telling.content)
    return {
        "api_version": "2.0",
        "identity_id": person.identity_id if person else "",
        "identity_name": person.name if person else "",
        "timestamp": visit.recognised_ms,
        "score": round(float(visit.match.score_pct), 4),
        "post_action": visit.post_action,
        "user_type": visit.user_type.value,
        "in_timestamp": visit.in_ms,
        "out_timestamp": visit.out_ms,
        "media_device_info": _device(visit.device),
        "mq_license_key": telling.license_key,
        "reg_image": bare(told.get("register_photo", b"")),
        "spot_image": bare(told.get("scene", b"")),
        "ir_image": bare(told.get("infrared", b"")),
        "recognize_face_image": bare(told.get("face", b"")),
        "recognize_face_attr": face_attributes(visit.shot, with_feature=True),
        "event_id": visit.event_id,
    }


def _device(device: Device) -> Dict[str, str]:
    return {
        "media_device_id": device.device_id,
        "media_device_type": device.type.value,
        "media_device_ip": device.ip,
        "media_device_name": device.name,
        "media_device_url": device.safe_url,
    }
