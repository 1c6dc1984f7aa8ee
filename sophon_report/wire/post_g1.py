"""The asynchronous POST of firmware V5R4C01 to V5R7C01, "HistoryEvent": one event a body, flat.

Fields in the order of the vendor's table, and ``event_id``, which is ours. Required ones are always there.

 - ``api_version`` "1.0" marks this layout (V5R7C01; a V6 box says "2.0" in the other).
 - ``score`` is on the scale of 0 to 100, as both of the vendor's samples have it.
 - A picture that is switched off is left out, as pictures are optional; one there is none of is ``""``.
 - ``recognize_face_attr`` comes with its switch, off by default as on the box.
 - An unmatched person is named ``stranger``, without id and with an empty ``identity_info``; ``person_type`` 4 is
   the sign to rely on. A stranger of the library has an id, and an ``identity_info`` of four keys.
 - ``ep_type`` is documented as ``photo``, ``rtsp`` and ``card``; other kinds of devices pass by their own words.
"""

from typing import Any, Dict

from sophon_report.model import Device, Visit
from sophon_report.wire.attributes import older_face_attributes
from sophon_report.wire.images import bare
from sophon_report.wire.names import PERSON_TYPES, STRANGER_NAME, license_and_address
from sophon_report.wire.raw_event import identity_info
from sophon_report.wire.telling import Telling, pictures

PICTURES = {"reg_pic": "register_photo", "spot_pic": "scene", "ir_pic": "infrared", "recognize_face": "face"}


def fields(visit: Visit, telling: Telling) -> Dict[str, Any]:
    """What is told of a visit."""
    person = visit.match.identity
    told = pictures(visit, telling.content)
    event: Dict[str, Any] = {
        "identity_id": person.identity_id if person else "",
        "identity_name": person.name if person else STRANGER_NAME,
        "identity_info": identity_info(person),
        "timestamp": visit.recognised_ms,
        "score": round(float(visit.match.score_pct), 4),
        "want_action": visit.post_action,
        **{key: bare(told[name]) for key, name in PICTURES.items() if name in told},
        "person_type": PERSON_TYPES[visit.user_type],
        "out_timestamp": visit.out_ms,
        "ep_info": _device(visit.device, telling.license_key),
        "dev_sno": telling.license_key,
    }
    if telling.content.attributes:
        event["recognize_face_attr"] = older_face_attributes(visit.shot)
    event["api_version"] = "1.0"
    event["event_id"] = visit.event_id
    return event


def _device(device: Device, license_key: str) -> Dict[str, str]:
    return {
        "ep_id": license_and_address(license_key, device),
        "ep_type": device.type.value,
        "ep_ip": device.ip,
        "ep_name": device.name,
        "device_id": device.device_id,
    }
