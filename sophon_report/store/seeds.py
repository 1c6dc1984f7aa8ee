"""Entries of the settings file: each is offered to the store once.

So an entry is added when its key is unknown, what is stored wins after that, and what was deleted stays deleted.
"""

import sqlite3
from typing import Iterable, Set

from sophon_report.store.database import Database


def first_offered(connection: sqlite3.Connection, kind: str, keys: Iterable[str]) -> Set[str]:
    """Return those of ``keys`` that were never offered before, and note them as offered."""
    sql = "INSERT OR IGNORE INTO seed (kind, key) VALUES (?, ?)"
    return {key for key in keys if connection.execute(sql, (kind, key)).rowcount}


def offer_again(connection: sqlite3.Connection, kind: str, key: str) -> None:
    """Forget that an entry was offered: there was no room for it, which may change."""
    connection.execute("DELETE FROM seed WHERE kind = ? AND key = ?", (kind, key))


def offered(database: Database, kind: str) -> Set[str]:
    """Return the keys that were offered so far and not forgotten."""
    return {str(key) for (key,) in database.rows("SELECT key FROM seed WHERE kind = ?", (kind,))}
