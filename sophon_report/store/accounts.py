"""The accounts of the people who log in: name, role, and hash of the password.

Each has a generation, which another password and another role change: a session counts for the one it began with,
so both end it, whichever process made them. That of a new account begins anywhere, so that a name which is given a
second time opens no session of its former owner. One account at least is an admin's, always.
"""

import re
import secrets
import sqlite3
from dataclasses import dataclass
from typing import List, Optional

from sophon_report.errors import BadInput, Full, NameTaken, NotFound, WrongState
from sophon_report.model import Role
from sophon_report.store.database import Database, Row
from sophon_report.store.password_hash import Cost, PasswordHash

ADMIN = "admin"
"""Name of the first account."""
MAX_ACCOUNTS = 32
LONGEST_NAME = 32
NAME = f"^[A-Za-z0-9][A-Za-z0-9_.-]{{0,{LONGEST_NAME - 1}}}$"
_GENERATIONS = 1 << 40
_COLUMNS = (
    "name, salt, hash, cost_n, cost_r, cost_p, generation, generated, role, created_ms, changed_ms, last_login_ms"
)


@dataclass(frozen=True)
class Account:
    """Who may log in, and how it is seen that it is they."""

    name: str
    password: PasswordHash
    generation: int
    """Another one with each password and each role."""
    generated: bool
    """The service made the password up."""
    role: Role
    created_ms: int
    changed_ms: int
    """When the password was set."""
    last_login_ms: Optional[int]
    """``None`` before the first."""


class AccountStore:
    """The accounts of one store file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> Optional[Account]:
        """The account of that name.

        Raises:
            StoreError: the file cannot be read.
        """
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM account WHERE name = ?", (name,))  # noqa: S608 - constant
        return _account(rows[0]) if rows else None

    def list(self) -> List[Account]:
        """All of them by name; raises as :meth:`find`."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM account ORDER BY name")  # noqa: S608 - constant
        return [_account(row) for row in rows]

    def generation(self, name: str) -> int:
        """Which sessions of ``name`` count now; 0 when nobody has the name. Raises as :meth:`find`."""
        rows = self._database.rows("SELECT generation FROM account WHERE name = ?", (name,))
        return int(rows[0][0]) if rows else 0

    def add(self, name: str, role: Role, password: PasswordHash, generated: bool, now_ms: int) -> None:
        """Let one more person log in.

        Raises:
            BadInput: the name is none.
            NameTaken: somebody has it, be it in other letters.
            Full: there are :data:`MAX_ACCOUNTS`.
            StoreError: the file cannot be written.
        """
        if not re.fullmatch(NAME, name):
            raise BadInput(
                f"the name of a user has 1 to {LONGEST_NAME} letters, digits, dots, dashes or underscores, "
                "the first a letter or a digit"
            )
        with self._database.change() as connection:
            if connection.execute("SELECT 1 FROM account WHERE name = ? COLLATE NOCASE", (name,)).fetchone():
                raise NameTaken(f"there is a user {name} already")
            if connection.execute("SELECT count(*) FROM account").fetchone()[0] >= MAX_ACCOUNTS:
                raise Full(f"there are {MAX_ACCOUNTS} users already: remove one first")
            connection.execute(
                """INSERT INTO account
                   (name, salt, hash, cost_n, cost_r, cost_p, generation, generated, role, created_ms, changed_ms)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    name,
                    *_kept(password),
                    secrets.randbelow(_GENERATIONS) + 1,
                    generated,
                    role.value,
                    now_ms,
                    now_ms,
                ),
            )

    def set_password(
        self, name: str, password: PasswordHash, generated: bool, now_ms: int, over: Optional[int] = None
    ) -> bool:
        """Have ``password`` count from now on; every session of the account ends.

        Args:
            name: whose it is.
            password: its hash.
            generated: whether the service made it up.
            now_ms: for the record.
            over: generation of the account as it was seen; any when not given.

        Returns:
            ``False``: another change came first, nothing is changed.

        Raises:
            NotFound: nobody has the name.
            StoreError: the file cannot be written.
        """
        with self._database.change() as connection:
            generation = _generation(connection, name)
            if over is not None and over != generation:
                return False
            connection.execute(
                """UPDATE account SET salt = ?, hash = ?, cost_n = ?, cost_r = ?, cost_p = ?,
                   generated = ?, changed_ms = ?, generation = ? WHERE name = ?""",
                (*_kept(password), generated, now_ms, generation + 1, name),
            )
        return True

    def set_role(self, name: str, role: Role) -> None:
        """Let ``name`` do what ``role`` may; when it is another one, every session of the account ends.

        Raises:
            NotFound: nobody has the name.
            WrongState: it is the last admin.
            StoreError: the file cannot be written.
        """
        with self._database.change() as connection:
            generation = _generation(connection, name)
            if role is not Role.ADMIN:
                _check_another_admin(connection, name)
            connection.execute(
                "UPDATE account SET role = ?, generation = ? WHERE name = ? AND role <> ?",
                (role.value, generation + 1, name, role.value),
            )

    def remove(self, name: str) -> None:
        """Let ``name`` log in no more; raises as :meth:`set_role`."""
        with self._database.change() as connection:
            _generation(connection, name)
            _check_another_admin(connection, name)
            connection.execute("DELETE FROM account WHERE name = ?", (name,))

    def mark_login(self, name: str, now_ms: int) -> None:
        """Note a login; one who was removed meanwhile is passed over."""
        with self._database.change() as connection:
            connection.execute("UPDATE account SET last_login_ms = ? WHERE name = ?", (now_ms, name))


def _account(row: Row) -> Account:
    name, salt, digest, n, r, p, generation, generated, role, *times = row
    password = PasswordHash(salt, digest, Cost(n, r, p))
    return Account(name, password, generation, bool(generated), Role(role), *times)


def _kept(password: PasswordHash) -> Row:
    return password.salt, password.hash, password.cost.n, password.cost.r, password.cost.p


def _generation(connection: sqlite3.Connection, name: str) -> int:
    found = connection.execute("SELECT generation FROM account WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise NotFound(f"no user has the name {name}")
    return int(found[0])


def _check_another_admin(connection: sqlite3.Connection, name: str) -> None:
    sql = "SELECT sum(name = ?), count(*) FROM account WHERE role = 'admin'"
    is_one, admins = connection.execute(sql, (name,)).fetchone()
    if is_one and admins == 1:
        raise WrongState(f"{name} is the last admin: make somebody else one first")
