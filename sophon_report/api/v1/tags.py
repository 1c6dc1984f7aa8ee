"""ETags: whoever has an answer already gets 304, and whoever changes what somebody else has changed gets 412.

A tag is strong: it stands for the bytes of an answer, or for the whole stored value that an answer shows, with its
secrets, so that a changed password is a change too. It is a keyed hash, and the key is the running service's:
nobody can try out secrets against a tag, and after a restart every answer counts as new. Answers with a tag have
at most some hundred kilobytes; hashing one takes less than a millisecond.
"""

import asyncio
import hashlib
import re
import secrets
from dataclasses import asdict, is_dataclass
from typing import Dict, Optional

from sophon_report.api.errors import Refusal

_TAG = re.compile(r'(W/)?("[^"]*")')


class Tags:
    """Makes the tags of one service."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._changing: Dict[str, asyncio.Lock] = {}

    def of(self, content: bytes) -> str:
        """The tag of ``content``, in its quotes."""
        return f'"{hashlib.blake2b(content, digest_size=16, key=self._key).hexdigest()}"'

    def changing(self, path: str) -> asyncio.Lock:
        """Held from looking at a tag of ``path`` to the change it allows: of two who saw the same, one is late."""
        return self._changing.setdefault(path, asyncio.Lock())

    def of_value(self, value: object) -> str:
        """The tag of a stored value: all fields of a dataclass count, also those that its own text leaves out."""
        told = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        return self.of(repr(told).encode("utf-8", "surrogatepass"))


def unchanged(tag: str, if_none_match: Optional[str]) -> bool:
    """Whether the caller has what ``tag`` stands for; compared as RFC 9110 wants it, weak or strong alike."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in (found[1] for found in _TAG.findall(if_none_match))


def must_match(tag: str, if_match: Optional[str]) -> None:
    """Refuse a change of what the caller has not seen; who sends no ``If-Match`` overwrites whatever there is.

    Raises:
        Refusal: the caller saw another state than that of ``tag``.
    """
    if if_match is None or if_match.strip() == "*":
        return
    if tag not in (found[1] for found in _TAG.findall(if_match) if not found[0]):
        raise Refusal("PRECONDITION_FAILED", "it has changed since it was read: read it again")
