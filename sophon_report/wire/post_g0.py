"""The asynchronous POST of firmware V2R2C01 to V5R3C01: one event a body, most of it in ``ext_data``.

The vendor's pages of those years differ by a few fields; this is all of them together, in the order of the tables,
and ``event_id``, which is ours. Required fields are always there.

 - ``score`` is on the scale of 0 to 100, as in all asynchronous layouts.
 - A picture that is switched off is left out; one there is none of is ``""``.
 - ``ext_data.info`` (V5R2C01 on) comes with the switch for attributes, off by default.
 - The vendor's samples forget ``ep_id`` and ``dev_sno``; its tables require them.
 - An unmatched person is named ``stranger`` and has no id unless the stranger library gave one; ``person_type`` 4
   is the sign to rely on.
"""

from typing import Any, Dict, Mapping

from sophon_report.model import Jpeg, Visit
from sophon_report.wire.attributes import older_face_attributes
from sophon_report.wire.fiqa import box_fiqa_info, grab_fiqa_info
from sophon_report.wire.images import bare
from sophon_report.wire.names import (
    DEFAULT_GROUP,
    PERSON_TYPES,
    STRANGER_NAME,
    device_number,
    license_and_address,
)
from sophon_report.wire.telling import Telling, pictures

PICTURES = {"spot_pic": "scene", "recognize_face": "face", "ir_pic": "infrared"}
INFO = ("age", "gender", "glasses", "box", "feature")


def fields(visit: Visit, telling: Telling) -> Dict[str, Any]:
    """What is told of a visit."""
    person = visit.match.identity
    told = pictures(visit, telling.content)
    event: Dict[str, Any] = {
        "identity_id": person.identity_id if person else "",
        "identity_name": person.name if person else STRANGER_NAME,
        "group_name": DEFAULT_GROUP,
    }
    if "register_photo" in told:
        event["reg_pic"] = bare(told["register_photo"])
    event["timestamp"] = visit.recognised_ms
    event["score"] = round(float(visit.match.score_pct), 4)
    event["want_action"] = visit.post_action
    event["ext_data"] = _ext_data(visit, telling, told)
    event["event_id"] = visit.event_id
    return event


def _ext_data(visit: Visit, telling: Telling, told: Mapping[str, Jpeg]) -> Dict[str, Any]:
    device, shot = visit.device, visit.shot
    extra: Dict[str, Any] = {
        "device_ip": device.ip,
        "ep_id": license_and_address(telling.license_key, device),
        **{key: bare(told[name]) for key, name in PICTURES.items() if name in told},
        "person_type": PERSON_TYPES[visit.user_type],
        "device_type": device_number(device, shot),
        "grab_fiqa_info": grab_fiqa_info(device, shot),
        "box_fiqa_info": box_fiqa_info(device, shot),
    }
    if telling.content.attributes:
        attributes = older_face_attributes(shot)
        extra["info"] = {key: attributes[key] for key in INFO}
    extra["dev_sno"] = telling.license_key
    return extra
