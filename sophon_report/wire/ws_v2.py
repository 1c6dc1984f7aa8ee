"""The realtime message of firmware V6R1C01 and V6R2C01 (API "2.0").

The vendor's field table and sample message disagree; a client written from either works with this one:

- the table's required keys are always there, also ``event_id`` and ``user_type``, which the sample lacks;
- the gallery photo goes by ``register_image`` (table) and ``reg_pic`` (sample), the same value in both. Not asked
  for, the first is left out and the second is ``""``, as in the sample;
- ``score`` runs from 0 to 100 as in the table;
- ``timestamp`` is milliseconds, though the table calls it int32: every documented value has 13 digits;
- pictures are data URIs, unlike in every other layout.

A stranger has ``""`` for id and name, one of the library an id and the name ``stranger``; ``user_type`` is the
sign. ``seq`` is ours.
"""

from typing import Any, Dict

import orjson

from sophon_report.config import Compat
from sophon_report.model import Recognition
from sophon_report.wire.attributes import face_attributes
from sophon_report.wire.images import data_uri
from sophon_report.wire.subscription import Dialect


def encode(recognition: Recognition, with_face: bool, with_register: bool, _compat: Compat) -> bytes:
    """One event as a JSON object in UTF-8.

    Args:
        recognition: the decision to tell.
        with_face: include ``recognize_face_image``.
        with_register: include the gallery photo; ``""`` for a stranger, who has none.
    """
    identity, device = recognition.match.identity, recognition.device
    photo = data_uri(identity.photo_jpeg) if identity and with_register else ""
    event: Dict[str, Any] = {
        "event_id": recognition.event_id,
        "timestamp": recognition.recognised_ms,
        "identity_id": identity.identity_id if identity else "",
        "identity_name": identity.name if identity else "",
        "user_type": recognition.user_type.value,
        "score": round(float(recognition.match.score_pct), 4),
        "media_device_ip": device.ip,
        "media_device_id": device.device_id,
        "media_device_type": device.type.value,
        "reg_pic": photo,
        "recognize_face_attr": face_attributes(recognition.shot, with_feature=False),
        "seq": recognition.seq,
    }
    if with_register:
        event["register_image"] = photo
    if with_face:
        event["recognize_face_image"] = data_uri(recognition.shot.face_jpeg)
    return orjson.dumps(event)


DIALECT = Dialect("v2", "with_face_image", "with_register_image", "media_device_ids", encode)
"""The newest dialect of the event port."""
