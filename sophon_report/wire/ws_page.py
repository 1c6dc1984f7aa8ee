"""The realtime message of the page: what a list on a screen shows, and no pictures. Pure.

A page asks for the pictures that it has room for (``/api/v1/events/{event_id}/pictures/face``), so that one which
is open all day costs a few hundred bytes an event. Names are those of ``GET /api/v1/events``; ``seq`` is what the
page says in ``since`` after a break.
"""

import orjson

from sophon_report.config import Compat
from sophon_report.model import Recognition
from sophon_report.wire.subscription import Dialect


def encode(recognition: Recognition, _with_face: bool, _with_register: bool, _compat: Compat) -> bytes:
    """One event as a JSON object in UTF-8."""
    identity, device = recognition.match.identity, recognition.device
    return orjson.dumps(
        {
            "event_id": recognition.event_id,
            "at_ms": recognition.recognised_ms,
            "device_id": device.device_id,
            "device_name": device.name,
            "identity_id": identity.identity_id if identity else "",
            "name": identity.name if identity else "",
            "user_type": recognition.user_type.value,
            "score_pct": round(float(recognition.match.score_pct), 4),
            "seq": recognition.seq,
        }
    )


DIALECT = Dialect("page", "with_face_image", "with_register_image", "device_ids", encode)
"""Of pages; the two wishes for pictures change nothing."""
