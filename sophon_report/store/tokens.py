"""API tokens: what lets a program in that the settings do not let in.

A token is 256 random bits, shown once when it is made; stored is its SHA-256, so that a copy of the store opens no
door. A plain hash is enough, because there is nothing to guess in 256 random bits; and as the hash is looked up
in an index, nothing compares a secret byte by byte: no comparison needs constant time.

Every use looks into the store: some microseconds, and only for callers that send a token, an event stream once a
second. So a token that another process makes or revokes beside the running service counts from the next call on.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import List, Optional

from sophon_report.errors import BadInput, Full, NameTaken, NotFound
from sophon_report.model import Role
from sophon_report.store.database import Database, Row

MAX_TOKENS = 64
MINUTE_MS = 60_000
_TOKEN_BYTES = 32
"""Written as hexadecimal digits: a command line takes one that begins with a dash for an option."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class Token:
    """A token, as far as anybody may see it again."""

    name: str
    created_ms: int
    used_ms: Optional[int]
    """Last use to the minute, ``None`` before the first."""
    role: Role = Role.ADMIN
    """What its holder may do."""


class TokenStore:
    """The tokens of one store file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, now_ms: int, role: Role = Role.ADMIN) -> str:
        """Make a token and return it; nothing can show it again. Its holder may do what ``role`` may.

        Raises:
            BadInput: the name is none.
            NameTaken, Full: another token has it; there are :data:`MAX_TOKENS`.
        """
        if not _NAME.fullmatch(name):
            raise BadInput("the name of a token has 1 to 64 letters, digits, dots, dashes or underscores")
        token = secrets.token_hex(_TOKEN_BYTES)
        with self._database.change() as connection:
            if connection.execute("SELECT 1 FROM token WHERE name = ?", (name,)).fetchone():
                raise NameTaken(f"there is a token {name} already")
            if connection.execute("SELECT count(*) FROM token").fetchone()[0] >= MAX_TOKENS:
                raise Full(f"there are {MAX_TOKENS} tokens already: revoke one first")
            connection.execute(
                "INSERT INTO token (name, sha256, created_ms, role) VALUES (?, ?, ?, ?)",
                (name, _hash(token), now_ms, role.value),
            )
        return token

    def revoke(self, name: str) -> None:
        """Make the token of that name worthless.

        Raises:
            NotFound: none has the name.
        """
        with self._database.change() as connection:
            if not connection.execute("DELETE FROM token WHERE name = ?", (name,)).rowcount:
                raise NotFound(f"no token has the name {name}")

    def list(self) -> List[Token]:
        """All tokens by name."""
        rows = self._database.rows("SELECT name, created_ms, used_ms, role FROM token ORDER BY name")
        return [_token(row) for row in rows]

    def find(self, token: str) -> Optional[Token]:
        """Whose token it is; ``None`` for any other text."""
        sql = "SELECT name, created_ms, used_ms, role FROM token WHERE sha256 = ?"
        rows = self._database.rows(sql, (_hash(token),))
        return _token(rows[0]) if rows else None

    def mark_used(self, name: str, now_ms: int) -> None:
        """Note the minute of a use; one that is revoked meanwhile is passed over."""
        minute_ms = now_ms - now_ms % MINUTE_MS
        with self._database.change() as connection:
            connection.execute("UPDATE token SET used_ms = ? WHERE name = ?", (minute_ms, name))


def _token(row: Row) -> Token:
    name, created_ms, used_ms, role = row
    return Token(name, created_ms, used_ms, Role(role))


def _hash(token: str) -> bytes:
    # What a socket gave may hold half surrogate pairs: no token has one, and no hash of it is known.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
