"""Sessions: what whoever logged in shows instead of the password.

A session's token is 256 random bits, told once; kept is its SHA-256, in memory only: a restart of the service logs
everybody out. A session ends

- when nobody used it for ``access.session_idle_s``,
- ``access.session_max_s`` after it began, however much it is used,
- with the password it began with: each use looks which one counts, so a reset by a command ends it at once too,
- by :meth:`Sessions.end`,
- as the one that was unused for longest, when there are more than ``MAX_SESSIONS`` (``crowded_out``).

Pure but for its random numbers: times come in.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Callable, Optional

from sophon_report.config import Access

MAX_SESSIONS = 64
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Session:
    """One login."""

    user: str
    generation: int
    """Of the password it began with."""
    began_s: float
    used_s: float


@dataclass(frozen=True)
class Opened:
    """A session as its owner gets it."""

    token: str
    expires_in_s: int
    """At the latest."""


class Sessions:
    """All of them.

    Args:
        access: the settings of the moment.
        generation: which password counts now.
        clock_s: seconds that never step back.
    """

    def __init__(
        self, access: Callable[[], Access], generation: Callable[[], int], clock_s: Callable[[], float]
    ) -> None:
        self._access, self._generation, self._clock_s = access, generation, clock_s
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self.crowded_out = 0

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, user: str, generation: int) -> Opened:
        """Begin one for ``user``, who showed the password of ``generation``."""
        token, now_s = secrets.token_hex(_TOKEN_BYTES), self._clock_s()
        self._sessions[_hash(token)] = Session(user, generation, now_s, now_s)
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
            self.crowded_out += 1
        return Opened(token, round(self._access().session_max_s))

    def find(self, token: str) -> Optional[Session]:
        """Whose session it is, which this use prolongs; ``None`` for any other text.

        Raises:
            StoreError: it cannot be seen now which password counts.
        """
        key = _hash(token)
        session = self._sessions.get(key)
        if session is None:
            return None
        access, now_s = self._access(), self._clock_s()
        is_over = now_s - session.used_s > access.session_idle_s or now_s - session.began_s > access.session_max_s
        if is_over or session.generation != self._generation():
            del self._sessions[key]
            return None
        self._sessions[key] = replace(session, used_s=now_s)
        self._sessions.move_to_end(key)
        return session

    def end(self, token: str) -> bool:
        """End the session of ``token``; ``False`` when there is none."""
        return self._sessions.pop(_hash(token), None) is not None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
