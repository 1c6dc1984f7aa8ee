"""Sessions: what whoever logged in shows instead of the password.

A session's token is 256 random bits, told once; kept is its SHA-256, in memory only: a restart of the service logs
everybody out. A session ends

- when nobody used it for ``access.session_idle_s``,
- ``access.session_max_s`` after it began, however much it is used,
- with the password and the role it began with: each use looks which count, so a reset by a command ends it too,
- by :meth:`Sessions.end` and :meth:`Sessions.end_of`,
- as its user's one that was unused for longest, when that user has more than ``MAX_OF_USER`` (``crowded_out``).
  Nobody crowds another one out; how many users there may be, the store bounds.

Pure but for its random numbers: times come in.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Callable, List, Optional

from sophon_report.config import Access
from sophon_report.model import Role

MAX_OF_USER = 16
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Session:
    """One login."""

    user: str
    role: Role
    generation: int
    """Of the account as it was when it began."""
    began_s: float
    used_s: float


@dataclass(frozen=True)
class Opened:
    """A session as its owner gets it."""

    token: str
    expires_in_s: int
    """At the latest."""
    user: str
    role: Role


class Sessions:
    """All of them.

    Args:
        access: the settings of the moment.
        generation: which one of an account counts now, 0 when there is no such account.
        clock_s: seconds that never step back.
    """

    def __init__(
        self, access: Callable[[], Access], generation: Callable[[str], int], clock_s: Callable[[], float]
    ) -> None:
        self._access, self._generation, self._clock_s = access, generation, clock_s
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self.crowded_out = 0

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, user: str, role: Role, generation: int) -> Opened:
        """Begin one for ``user``, who showed the password of ``generation``."""
        token, now_s = secrets.token_hex(_TOKEN_BYTES), self._clock_s()
        theirs = self._of(user)
        if len(theirs) >= MAX_OF_USER:
            del self._sessions[theirs[0]]
            self.crowded_out += 1
        self._sessions[_hash(token)] = Session(user, role, generation, now_s, now_s)
        return Opened(token, round(self._access().session_max_s), user, role)

    def find(self, token: str) -> Optional[Session]:
        """Whose session it is, which this use prolongs; ``None`` for any other text.

        Raises:
            StoreError: it cannot be seen now which account counts.
        """
        key = _hash(token)
        session = self._sessions.get(key)
        if session is None:
            return None
        now_s = self._clock_s()
        if self._is_over(session, now_s):
            del self._sessions[key]
            return None
        self._sessions[key] = replace(session, used_s=now_s)
        self._sessions.move_to_end(key)
        return session

    def look(self, token: str) -> Optional[Session]:
        """As :meth:`find`, but looking is no use that would prolong it."""
        session = self._sessions.get(_hash(token))
        return session if session is not None and not self._is_over(session, self._clock_s()) else None

    def _is_over(self, session: Session, now_s: float) -> bool:
        access = self._access()
        too_old = now_s - session.used_s > access.session_idle_s or now_s - session.began_s > access.session_max_s
        return too_old or session.generation != self._generation(session.user)

    def end(self, token: str) -> bool:
        """End the session of ``token``; ``False`` when there is none."""
        return self._sessions.pop(_hash(token), None) is not None

    def end_of(self, user: str) -> int:
        """End all of ``user``; returns how many there were."""
        keys = self._of(user)
        for key in keys:
            del self._sessions[key]
        return len(keys)

    def count_of(self, user: str) -> int:
        """How many ``user`` has; those that nobody used since they ended count."""
        return len(self._of(user))

    def _of(self, user: str) -> List[bytes]:
        """Their keys, the one unused for longest first."""
        return [key for key, session in self._sessions.items() if session.user == user]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
