"""What a receiver is told besides the event itself, and which parts of the event."""

from dataclasses import dataclass
from typing import Dict, Union

from sophon_report.config import Compat
from sophon_report.model import Content, Jpeg, Recognition, Visit


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
