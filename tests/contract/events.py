"""The events of this folder: what is known of a person before a stream or a capture camera, and of a stranger."""

from full_events import full_recognition, full_shot, full_visit
from samples import device

from sophon_report.model import Attributes, Content, Match, Recognition, Visit
from sophon_report.wire.telling import Telling

EVERYTHING = Content(register_photo=True, scene=True, face=True, infrared=True, attributes=True)
NOTHING = Content(register_photo=False, scene=False, face=False, infrared=False, attributes=False)
STRANGER = Match(None, 27.6875)
UNKNOWN = {"attributes": Attributes(), "embedding": b""}
"""Nothing computed."""


def telling(content=EVERYTHING):
    return Telling("LICENCE-0001", content)


def stream_shot(**changes):
    """A picture from a stream: no infrared, no judgement of the camera's."""
    return full_shot(**{"device_id": "door", "ir_jpeg": b"", "camera_quality": b"", **changes})


def stream_visit(**changes):
    return full_visit(**{"device": device(), "shot": stream_shot(), **changes})


def known_and_stranger(kind):
    """One event of ``kind`` about a known person before a stream, one about a stranger before a capture camera."""
    make = {Recognition: full_recognition, Visit: full_visit}[kind]
    return {
        "known": make(device=device(), shot=stream_shot()),
        "stranger": make(match=STRANGER),
    }
