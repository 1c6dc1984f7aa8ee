"""The events of this folder: what is known of a person before a stream or a capture camera, and of a stranger."""

from full_events import full_recognition, full_shot, full_visit
from samples import device, identity

from sophon_report.model import Attributes, Content, Match, Recognition, UserType, Visit
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


def filed(score_pct):
    """A stranger of the library."""
    return Match(
        identity(
            identity_id="1760000000.123456789",
            name="stranger",
            user_type=UserType.STRANGER,
            face_id="1760000000.123456789",
            photo_id="5f0d",
        ),
        score_pct,
    )


def each_of(kind):
    """One event of each sort: of a known person before a stream, and of a stranger before a capture camera.

    And of strangers of the library before a stream: one who is filed, and one of whom it has a better photo.
    """
    make = {Recognition: full_recognition, Visit: full_visit}[kind]
    on_stream = {"device": device(), "shot": stream_shot()}
    return {
        "known": make(**on_stream),
        "stranger": make(match=STRANGER),
        "filed": make(**on_stream, match=filed(27.6875), post_action="1001"),
        "better_photo": make(**on_stream, match=filed(96.5), post_action="1002"),
    }
