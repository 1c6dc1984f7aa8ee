"""Many people registered in one transaction: what an import does a few hundred times in a row.

One statement a table for the whole batch. Only when a value of somebody cannot be stored does the batch begin
anew, person by person, so that nobody pays for another.
"""

import sqlite3
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, List, Sequence, Set, Tuple

from sophon_report.model import Person, PersonFace
from sophon_report.store.database import Database, Row
from sophon_report.store.folding import folded

MAX_FACES = 20
"""Faces a person may have."""
_VALUES = 900
"""Values of one statement; SQLite's bound is 999."""


@dataclass(frozen=True)
class Entry:
    """A person to be registered, with their faces."""

    person: Person
    faces: Tuple[PersonFace, ...]


def add_many(database: Database, entries: Sequence[Entry], replace: bool) -> List[str]:
    """Register people; returns for each ``""`` or why they were refused.

    Args:
        database: the store.
        entries: with ids that differ.
        replace: people of the same ids go, with all their faces.

    Raises:
        StoreError: the file cannot be written; nobody was registered.
    """
    reasons = ["" if len(one.faces) <= MAX_FACES else f"a person may have {MAX_FACES} faces" for one in entries]
    with database.change() as connection:
        there = taken(connection.execute, [one.person.identity_id for one in entries])
        if not replace:
            for at, one in enumerate(entries):
                if one.person.identity_id in there:
                    reasons[at] = f"the id {one.person.identity_id} is taken"
        wanted = [at for at, reason in enumerate(reasons) if not reason]
        refused = _insert_all(connection, entries, wanted, there)
        for at, reason in refused.items():
            reasons[at] = reason
    if replace and there:
        database.scrub()
    return reasons


def taken(ask: Callable[[str, Sequence[str]], Iterable[Row]], identity_ids: Sequence[str]) -> Set[str]:
    """Which of these ids somebody has, asked by queries."""
    found: Set[str] = set()
    for start in range(0, len(identity_ids), _VALUES):
        some = identity_ids[start : start + _VALUES]
        sql = f"SELECT identity_id FROM person WHERE identity_id IN ({','.join('?' * len(some))})"  # noqa: S608 - marks only
        found |= {row[0] for row in ask(sql, some)}
    return found


def _insert_all(
    connection: sqlite3.Connection, entries: Sequence[Entry], wanted: Sequence[int], there: Set[str]
) -> Dict[int, str]:
    """Insert those of ``wanted``; returns who could not be, and why."""
    try:
        _insert(connection, [entries[at] for at in wanted], there)
    except (sqlite3.IntegrityError, UnicodeEncodeError):
        refused = {}
        for at in wanted:
            try:
                _insert(connection, [entries[at]], there)
            except (sqlite3.IntegrityError, UnicodeEncodeError) as error:
                refused[at] = f"the store refuses a value: {error}"
        return refused
    return {}


def _insert(connection: sqlite3.Connection, entries: Sequence[Entry], there: Set[str]) -> None:
    """Insert them all, or nobody."""
    connection.execute("SAVEPOINT batch")
    try:
        _insert_rows(connection, entries, there)
    except BaseException:
        connection.execute("ROLLBACK TO batch")
        raise
    finally:
        connection.execute("RELEASE batch")


def _insert_rows(connection: sqlite3.Connection, entries: Sequence[Entry], there: Set[str]) -> None:
    # Rows are made one by one: SQLite lets the interpreter go for each, so no search waits while a list is made.
    people = [one.person for one in entries]
    gone = [(person.identity_id,) for person in people if person.identity_id in there]
    connection.executemany("DELETE FROM person WHERE identity_id = ?", gone)
    connection.executemany(
        "INSERT INTO person (identity_id, name, name_folded, user_type, ext_json) VALUES (?, ?, ?, ?, ?)",
        ((one.identity_id, one.name, folded(one.name), one.user_type.value, one.ext_json) for one in people),
    )
    connection.executemany(
        "INSERT INTO permission_of (identity_id, position, permission_id) VALUES (?, ?, ?)",
        ((one.identity_id, at, each) for one in people for at, each in enumerate(one.permission_ids)),
    )
    (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM face").fetchone()
    faces = [(one.person.identity_id, face) for one in entries for face in one.faces]
    connection.executemany(
        """INSERT INTO face (number, face_id, identity_id, photo_id, embedder, embedding)
           VALUES (?, ?, ?, ?, ?, ?)""",
        (
            (number, face.face_id, identity_id, face.photo_id, face.embedder, face.embedding)
            for number, (identity_id, face) in enumerate(faces, last + 1)
        ),
    )
    connection.executemany(
        "INSERT INTO photo (face_number, jpeg) VALUES (?, ?)",
        ((number, face.photo_jpeg) for number, (_, face) in enumerate(faces, last + 1) if face.photo_jpeg),
    )
