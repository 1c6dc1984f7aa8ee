"""Events as numbers, and the ids of their pictures. Pure.

An event id is 16 digits, microseconds since the epoch: as a number it is the key of the event's row, so rows lie
in the order of their making. Any other id is hashed, and its row keeps the text.

The id of a picture is made of its event's, so that whoever has it can be told which event it is of, long after::

    1760000000.1234561        seconds and microseconds of event 1760000000123456, then one digit
                    └─ 1 scene, 2 face, 3 infrared, 4 the registered photo as it was then

It looks like the ids in the vendor's samples (seconds with leading zeros, a dot, microseconds) and reads as a
time. For an id that is not 16 digits: the id itself, ``~`` and the digit.
"""

import enum
import hashlib
import re
from typing import Optional, Tuple

from sophon_report.errors import NotFound

_NUMERIC = re.compile(r"[0-9]{16}", re.ASCII)
_PICTURE = re.compile(r"([0-9]{10})\.([0-9]{6})([1234])", re.ASCII)
HASHED = 1 << 62
"""No number of a 16-digit id is so great."""


class EventPicture(enum.Enum):
    """Which picture of an event."""

    SCENE = "1"
    FACE = "2"
    INFRARED = "3"
    REGISTERED = "4"


def number_of(event_id: str) -> int:
    """The key of the event's row, below 2**63."""
    if _NUMERIC.fullmatch(event_id):
        return int(event_id)
    digest = hashlib.blake2b(event_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 2 | HASHED


def text_of(event_id: str) -> Optional[str]:
    """What the row keeps of the id beside the number; ``None``: nothing."""
    return None if _NUMERIC.fullmatch(event_id) else event_id


def event_id_of(number: int, text: Optional[str]) -> str:
    """The id that was made these."""
    return f"{number:016d}" if text is None else text


def picture_id(event_id: str, which: EventPicture) -> str:
    """The id of one picture of an event, whether there is such a picture or not."""
    if _NUMERIC.fullmatch(event_id):
        return f"{event_id[:10]}.{event_id[10:]}{which.value}"
    return f"{event_id}~{which.value}"


def event_of_picture(image_id: str) -> Tuple[str, EventPicture]:
    """The event and which of its pictures ``image_id`` means.

    Raises:
        NotFound: no picture of an event can have this id.
    """
    found = _PICTURE.fullmatch(image_id)
    if found:
        return found[1] + found[2], EventPicture(found[3])
    event_id, tilde, which = image_id.rpartition("~")
    if tilde and event_id and which in [each.value for each in EventPicture]:
        return event_id, EventPicture(which)
    raise NotFound("no picture of an event has this id")
