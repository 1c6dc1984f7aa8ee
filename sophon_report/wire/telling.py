"""What a receiver is told besides the event itself, and which parts of the event.

What is switched off is taken out of the event before a layout sees it (:func:`permitted`): so no layout can tell
it by mistake, an installed one neither. Whether its field is then empty or left out is the layout's own business.
"""

from dataclasses import dataclass, replace
from typing import Any, Dict, TypeVar, Union

from sophon_report.config import Compat
from sophon_report.model import Content, Identity, Jpeg, Recognition, Visit
from sophon_report.wire.names import STRANGER_NAME

_Event = TypeVar("_Event", bound=Union[Recognition, Visit])


@dataclass(frozen=True)
class Telling:
    """The terms on which one destination is told events."""

    license_key: str = ""
    """Licence key of the box: ``mq_license_key``, ``dev_sno`` in the vendor's words."""
    content: Content = Content()
    compat: Compat = Compat()


def pictures(event: Union[Recognition, Visit], content: Content) -> Dict[str, Jpeg]:
    """The pictures that may be told, under the names of :class:`Content`; ``b""`` for one there is none of."""
    person, shot = event.match.identity, event.shot
    switched = {
        "register_photo": (content.register_photo, person.photo_jpeg if person else b""),
        "scene": (content.scene, shot.scene_jpeg),
        "infrared": (content.infrared, shot.ir_jpeg),
        "face": (content.face, shot.face_jpeg),
    }
    return {name: jpeg for name, (wanted, jpeg) in switched.items() if wanted}


def permitted(event: _Event, content: Content) -> _Event:
    """``event`` without what may not be told: pictures and vectors are then ``b""``, the person's name is ``""``.

    The person's id stays, and so do the device's name and the word ``stranger``. The same object when nothing is
    to be taken out.
    """
    person, shot = event.match.identity, event.shot
    switched = (
        ("embedding", content.feature),
        ("face_jpeg", content.face),
        ("scene_jpeg", content.scene),
        ("ir_jpeg", content.infrared),
    )
    hidden: Dict[str, Any] = {name: b"" for name, told in switched if not told and getattr(shot, name)}
    if hidden:
        event = replace(event, shot=replace(shot, **hidden))
    if person and not (content.feature and content.person_name and content.register_photo):
        event = replace(event, match=replace(event.match, identity=_person(person, content)))
    return event


def _person(person: Identity, content: Content) -> Identity:
    return replace(
        person,
        name=person.name if content.person_name or person.name == STRANGER_NAME else "",
        photo_jpeg=person.photo_jpeg if content.register_photo else b"",
        embedding=person.embedding if content.feature else b"",
    )
