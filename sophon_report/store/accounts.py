"""The one account that a person logs in to: name and hash of its password."""

from dataclasses import dataclass
from typing import Optional

from sophon_report.errors import NotFound
from sophon_report.store.database import Database
from sophon_report.store.password_hash import Cost, PasswordHash

ADMIN = "admin"


@dataclass(frozen=True)
class Account:
    """Who may log in, and how it is seen that it is they."""

    name: str
    password: PasswordHash
    generation: int
    """Grows with each password."""
    generated: bool
    """The service made the password up."""


class AccountStore:
    """The account of one store file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self) -> Optional[Account]:
        """The account, ``None`` before the first start.

        Raises:
            StoreError: the file cannot be read.
        """
        rows = self._database.rows(
            "SELECT name, salt, hash, cost_n, cost_r, cost_p, generation, generated FROM account WHERE name = ?",
            (ADMIN,),
        )
        if not rows:
            return None
        name, salt, digest, n, r, p, generation, generated = rows[0]
        return Account(name, PasswordHash(salt, digest, Cost(n, r, p)), generation, bool(generated))

    def get(self) -> Account:
        """The account.

        Raises:
            NotFound: there is none yet.
        """
        account = self.find()
        if account is None:
            raise NotFound("there is no account yet: the service makes it at its first start")
        return account

    def generation(self) -> int:
        """Which password counts now; 0 before the first."""
        rows = self._database.rows("SELECT generation FROM account WHERE name = ?", (ADMIN,))
        return int(rows[0][0]) if rows else 0

    def put(self, password: PasswordHash, generated: bool, now_ms: int, over: Optional[int] = None) -> bool:
        """Have ``password`` count from now on; every session ends.

        Args:
            password: its hash.
            generated: whether the service made it up.
            now_ms: for the record.
            over: generation of the password it takes the place of; any when not given.

        Returns:
            ``False``: another one came first, nothing is changed.
        """
        cost = password.cost
        values = (password.salt, password.hash, cost.n, cost.r, cost.p, generated, now_ms)
        with self._database.change() as connection:
            found = connection.execute("SELECT generation FROM account WHERE name = ?", (ADMIN,)).fetchone()
            generation = found[0] if found else 0
            if over is not None and over != generation:
                return False
            connection.execute(
                """INSERT OR REPLACE INTO account
                   (salt, hash, cost_n, cost_r, cost_p, generated, changed_ms, name, generation)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (*values, ADMIN, generation + 1),
            )
        return True
