"""What a realtime client asked for: its configuration message as a value.

All dialects ask for the same three things under names of their own: the face picture, the gallery photo, and
the devices. Every key is optional, unknown ones are passed over, and null is "not given" (the vendor's general
rule). The vendor documents no answer to a bad configuration; ours is a refusal that names the key.

``since``, ours, is the number of the last event that the client has: it gets what came after it first.
"""

from dataclasses import dataclass
from typing import Any, Callable, Dict, FrozenSet, Mapping, NamedTuple, Optional

import orjson

from sophon_report.config import Compat
from sophon_report.errors import BadMessage
from sophon_report.model import Recognition

MAX_CONFIGURATION_BYTES = 64 << 10
"""Room for a thousand device ids."""
MESSAGE_KEY = "configuration"
"""What a refusal names when the message as a whole is wrong."""
SINCE_KEY = "since"


@dataclass(frozen=True)
class Dialect:
    """One form of the realtime stream: the names of its configuration, and how it tells an event."""

    name: str
    face_key: str
    register_key: str
    devices_key: str
    encode: Callable[[Recognition, bool, bool, Compat], bytes]
    """``encode(recognition, with_face, with_register, compat)`` gives one JSON object as UTF-8."""

    @property
    def keys(self) -> FrozenSet[str]:
        """The three keys by which a configuration shows its dialect."""
        return frozenset((self.face_key, self.register_key, self.devices_key))


class Choice(NamedTuple):
    """All that makes the bytes of one event differ between clients."""

    dialect: str
    with_face: bool
    with_register: bool


@dataclass(frozen=True)
class Subscription:
    """What one client wants, as a whole: the next configuration replaces it."""

    dialect: str
    with_face: bool = False
    with_register: bool = False
    device_ids: Optional[FrozenSet[str]] = None
    """As given; ``None`` when no list was."""
    since: Optional[int] = None
    """Number (``seq``) of the last event that the client has; ``None`` when it wants new ones only."""

    @property
    def choice(self) -> Choice:
        """What this client shares with all others that get the same bytes."""
        return Choice(self.dialect, self.with_face, self.with_register)

    def devices(self, compat: Compat) -> Optional[FrozenSet[str]]:
        """Whose events are wanted, ``None`` for all.

        No list means all, as with every filter of the vendor's API. Its documents give the empty list as the
        default, so that means all as well, unless the settings say that it means what it says.
        """
        if self.device_ids is None or (not self.device_ids and compat.empty_device_list == "all"):
            return None
        return self.device_ids


def parse_configuration(raw: bytes, dialects: Mapping[str, Dialect], default_dialect: str) -> Subscription:
    """Return what a configuration message asks for.

    Args:
        raw: the whole message.
        dialects: by name, the preferred first; the first one that owns a given key decides.
        default_dialect: for a message with none of their keys, such as ``{}``.

    Raises:
        BadMessage: with the key and what is wrong, at most 123 bytes: the room of a close frame. Never holds
            a value of the message.
    """
    given = {key: value for key, value in _object(raw).items() if value is not None}
    owner = next((each for each in dialects.values() if each.keys & given.keys()), dialects[default_dialect])
    return Subscription(
        dialect=owner.name,
        with_face=_flag(given, owner.face_key),
        with_register=_flag(given, owner.register_key),
        device_ids=_ids(given, owner.devices_key),
        since=_since(given),
    )


def _object(raw: bytes) -> Dict[str, Any]:
    if len(raw) > MAX_CONFIGURATION_BYTES:
        raise BadMessage(f"{MESSAGE_KEY}: must not be larger than {MAX_CONFIGURATION_BYTES} bytes")
    try:
        value = orjson.loads(raw)  # refuses what is nested deeper than 1024 levels, so no input exhausts the stack
    except orjson.JSONDecodeError:
        raise BadMessage(f"{MESSAGE_KEY}: is not JSON") from None
    if not isinstance(value, dict):
        raise BadMessage(f"{MESSAGE_KEY}: must be a JSON object")
    return value


def _flag(given: Dict[str, Any], key: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise BadMessage(f"{key}: must be true or false")
    return value


def _since(given: Dict[str, Any]) -> Optional[int]:
    value = given.get(SINCE_KEY)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise BadMessage(f"{SINCE_KEY}: must be a whole number, 0 or above")
    return value


def _ids(given: Dict[str, Any], key: str) -> Optional[FrozenSet[str]]:
    if key not in given:
        return None
    value = given[key]
    if not isinstance(value, list):
        raise BadMessage(f"{key}: must be a list of device ids")
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise BadMessage(f"{key}[{index}]: must be a text")
    return frozenset(value)
