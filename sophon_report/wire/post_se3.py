"""The realtime POST of an SE3 (firmware V2R2 to V2R4): people of the gallery, when they are recognised.

Only scores above the match threshold are told; whoever is unmatched goes out with the history alone, and so does a
stranger whom the library files at that moment. Beyond the
vendor's page there are ``event_id``, by which a receiver knows a repeat and joins the history, and what
:mod:`sophon_report.wire.raw_event` adds.
"""

from typing import Any, Dict

from sophon_report.model import PostAction, Recognition
from sophon_report.wire import raw_event
from sophon_report.wire.telling import Telling


def fields(recognition: Recognition, telling: Telling) -> Dict[str, Any]:
    """The fields of a recognition; which pictures, ``telling.content`` says."""
    content = telling.content
    return {
        **raw_event.fields(
            recognition,
            telling.compat,
            register_photo=content.register_photo,
            scene=content.scene,
            face=content.face,
        ),
        "event_id": recognition.event_id,
    }


def wants(recognition: Recognition) -> bool:
    """Whether the score passed: of a person, or of a stranger who was filed before and is known again."""
    is_new = recognition.post_action == PostAction.NEW_STRANGER.value
    return recognition.match.identity is not None and not is_new
