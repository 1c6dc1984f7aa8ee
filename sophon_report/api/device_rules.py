"""What may be stored of a device that somebody on the network describes.

Nothing here looks further than the text, but for a file: links are followed before its place is judged. Each rule
returns the value as it is stored, or raises a :class:`ValueError` whose words follow the argument's name. Devices
of the settings file are their owner's and do not come here.
"""

import ipaddress
import re
import unicodedata
from pathlib import Path
from typing import Any, List, Mapping, Optional, Tuple
from urllib.parse import urlsplit

import orjson

from sophon_report.model import DeviceType, redact_url
from sophon_report.ops.addresses import plain_address

MAX_NAME = 256
MAX_ID = 128
MAX_ADDRESS = 2048
MAX_SIDE_PX = 65_535
MAX_FURTHER_BYTES = 4096
"""Of all fields together that are only kept and told."""
MAX_FURTHER_DEPTH = 16
STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")

Region = Tuple[int, int, int, int]
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\.?")
_SAID = re.compile(r"([a-z]+://[^:@/]*:\*\*\*@[^@/?#]+)(.*)", re.DOTALL)
"""An address as it is told: up to its host, and the rest."""
_MASKED = re.compile(r":\*\*\*@|=\*\*\*")


def line(text: str, longest: int, shortest: int = 0) -> str:
    """A text of one line; letters of any language."""
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in text):
        raise ValueError("must not hold control characters or line breaks")
    if not shortest <= len(text) <= longest:
        raise ValueError(f"must have {shortest} to {longest} characters")
    return text


def address(kind: DeviceType, text: str, import_folder: Path) -> str:
    """The address of a device: what it must look like depends on its kind."""
    text = unmasked_line(text, 1)
    if kind is DeviceType.RTSP:
        return _stream(text)
    if kind is DeviceType.PHOTO:
        return _host(text)
    if kind is DeviceType.FILE:
        return _file(text, import_folder)
    return _gb28181(text)


def unmasked_line(text: str, shortest: int = 0) -> str:
    """An address whose password, if any, is its own and not what replies show instead."""
    if _MASKED.search(text):
        raise ValueError("has *** in place of a password: give the password with it, or leave it out")
    return line(text, MAX_ADDRESS, shortest)


def with_stored_password(text: str, stored: str) -> str:
    """``text`` with the password of the stored address where it has ``***``; else as it is.

    It must be of the same user and host, of one scheme: who does not know a password has it sent nowhere else.
    """
    given, known = _SAID.fullmatch(text), _SAID.fullmatch(redact_url(stored))
    if given is None or known is None or given[1] != known[1] or "@" in given[2]:
        return text
    return stored[: stored.rindex("@")] + given[1][given[1].rindex("@") :] + given[2]


def _stream(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme and parts.scheme not in STREAM_SCHEMES:
        raise ValueError("must begin with rtsp:// or rtsps://, or for motion JPEG with http:// or https://")
    if not host:
        raise ValueError("must be like rtsp://host/path (in a password / ? # @ are written %2F %3F %23 %40)")
    return text


def _host(text: str) -> str:
    """One spelling for each address, so that a caller's can be compared with it."""
    plain = plain_address(text)
    try:
        ipaddress.ip_address(plain)
    except ValueError:
        pass
    else:
        return plain
    name = text.rstrip(".").lower()
    if not _HOST.fullmatch(text) or name.rpartition(".")[2].isdigit():
        raise ValueError("must be an IP address or a host name: that of the device which sends the pictures")
    return name


def _file(text: str, folder: Path) -> str:
    try:
        root = folder.resolve()
        place = (root / text).resolve()
    except (OSError, RuntimeError):
        raise ValueError("leads round in links") from None
    if root not in place.parents:
        raise ValueError(f"must be a file inside {folder}; other files can only be named in the settings file")
    return str(place)


def _gb28181(text: str) -> str:
    """The vendor's table spells it ``gb28281``; both are taken and stay as they are."""
    scheme, colon, rest = text.partition("://")
    if scheme.lower() not in ("gb28181", "gb28281") or not colon or not rest:
        raise ValueError("must begin with gb28181://")
    return text


def region(sides: List[Any]) -> Optional[Region]:
    """``[x1, y1, x2, y2]`` in pixels, or ``[]`` for all of the picture."""
    if not sides:
        return None
    whole = [
        side for side in sides if not isinstance(side, bool) and isinstance(side, (int, float)) and side % 1 == 0
    ]
    if len(sides) != 4 or len(whole) != 4:
        raise ValueError("must be [x1, y1, x2, y2] in whole pixels, or [] for all of the picture")
    x1, y1, x2, y2 = map(int, whole)
    if not (0 <= x1 < x2 <= MAX_SIDE_PX and 0 <= y1 < y2 <= MAX_SIDE_PX):
        raise ValueError(f"must have 0 <= x1 < x2 and 0 <= y1 < y2, none over {MAX_SIDE_PX}")
    return x1, y1, x2, y2


def further(fields: Mapping[str, Any], most_bytes: int = MAX_FURTHER_BYTES) -> str:
    """Fields that are only kept and told, as JSON."""
    too_deep = f"must not be nested deeper than {MAX_FURTHER_DEPTH}"
    try:
        raw = orjson.dumps(fields)
    except orjson.JSONEncodeError:  # reads deeper than it writes
        raise ValueError(too_deep) from None
    if len(raw) > most_bytes:
        raise ValueError(f"must not have more than {most_bytes} bytes as JSON")
    if _is_deeper(fields, MAX_FURTHER_DEPTH):
        raise ValueError(too_deep)
    return raw.decode()


def further_text(raw: str) -> str:
    """The same, of JSON that a file brings."""
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError:
        fields = None
    if isinstance(fields, dict):
        return further(fields)
    raise ValueError("must be an object as JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(each, levels - 1) for each in inside)
