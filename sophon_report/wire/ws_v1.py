"""The realtime message of firmware V5 (and of V2R6), which V6 still serves on the same port.

Neither table nor sample of the vendor's page has ``video_id`` or ``event_id``, yet its sample client reads both of
every message: both are always there, ``video_id`` as the device's id. The page's ``event_list`` is, in spite of
its name, a list of devices. ``need_face`` covers both live pictures, the face and the scene it was cut from.
``seq`` is ours; the rest is :mod:`sophon_report.wire.raw_event`.
"""

import orjson

from sophon_report.config import Compat
from sophon_report.model import Recognition
from sophon_report.wire import raw_event
from sophon_report.wire.subscription import Dialect


def encode(recognition: Recognition, with_face: bool, with_register: bool, compat: Compat) -> bytes:
    """One event as a JSON object in UTF-8.

    Args:
        recognition: the decision to tell.
        with_face: include ``recognize_face`` and ``spot_pic``.
        with_register: include the gallery photo; ``""`` for a stranger, who has none.
        compat: scale of the score, and greeter mode.
    """
    return orjson.dumps(
        {
            "event_id": recognition.event_id,
            "video_id": recognition.device.device_id,
            **raw_event.fields(recognition, compat, register_photo=with_register, scene=with_face, face=with_face),
            "seq": recognition.seq,
        }
    )


DIALECT = Dialect("v1", "need_face", "need_register", "event_list", encode)
"""The older dialect of the event port."""
