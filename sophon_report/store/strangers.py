"""Filed strangers and their former ids.

A former id (an alias) is one that events still carry: of a stranger who was found to be another filed one, or who
was registered as a person. It leads to where the history goes on, in one step: when that one becomes another, all
that led to it lead on. At most :data:`MAX_ALIASES` are kept, the oldest go: their events are the oldest too.

Changes come as values (:data:`Change`), so that they can wait in a queue and be written together: all of a
:meth:`StrangerStore.write` is on the disk when it returns, or nothing of it. All of it is harmless when it comes a
second time, or about a stranger who is gone.
"""

import contextlib
import sqlite3
from dataclasses import dataclass, field
from typing import Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from sophon_report.errors import NotFound, StoreError, WrongState
from sophon_report.model import Jpeg
from sophon_report.store.database import Database

PAGE_ROWS = 500
"""Rows read under one hold of the lock; also below SQLite's 999 values a statement."""
MAX_ALIASES = 100_000


@dataclass(frozen=True)
class StrangerPicture:
    """What somebody is known again by."""

    photo_id: str
    photo_jpeg: Jpeg = field(repr=False)
    """The face as it was cut out."""
    embedding: bytes = field(repr=False)
    """As :attr:`sophon_report.model.Shot.embedding`."""
    embedder: str
    rank: float
    """How good the picture is, the greater the better."""


@dataclass(frozen=True)
class StrangerRow:
    """A filed stranger without the pictures."""

    stranger_id: str
    first_ms: int
    """When they were filed."""
    last_ms: int
    """When they were seen last."""
    visits: int
    rank: float
    photo_id: str
    embedder: str


@dataclass(frozen=True)
class Seen:
    """When a stranger was seen last, and how many visits ended so far."""

    last_ms: int
    visits: int


@dataclass(frozen=True)
class Filed:
    """A stranger was filed, and others left for it."""

    stranger_id: str
    at_ms: int
    picture: StrangerPicture
    evicted: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Improved:
    """A better picture takes the place of the filed one."""

    stranger_id: str
    picture: StrangerPicture


@dataclass(frozen=True)
class Merged:
    """Two filed strangers are one: ``alias`` is a former id of ``kept`` now."""

    alias: str
    kept: str


@dataclass(frozen=True)
class Gone:
    """These leave the library."""

    stranger_ids: Tuple[str, ...]


Change = Union[Filed, Improved, Merged, Gone]


class StrangerStore:
    """Strangers of one store file.

    Args:
        database: the file.
        max_aliases: most former ids that are kept; those of people who were registered by hand come on top until
            the next merge.
    """

    def __init__(self, database: Database, max_aliases: int = MAX_ALIASES) -> None:
        self._database, self._max_aliases = database, max_aliases

    def write(self, changes: Sequence[Change], seen: Optional[Mapping[str, Seen]] = None) -> None:
        """Put all of it on the disk, in order.

        Raises:
            BadInput: a value is outside its limits; nothing was written.
            StoreError: the file cannot be written; nothing was.
        """
        with self._database.change() as connection:
            for change in changes:
                _apply(connection, change)
            if any(isinstance(change, Merged) for change in changes):
                _bound_aliases(connection, self._max_aliases)
            for stranger_id, when in (seen or {}).items():
                connection.execute(
                    "UPDATE stranger SET last_ms = ?, visits = ? WHERE stranger_id = ?",
                    (when.last_ms, when.visits, stranger_id),
                )
        if any(not isinstance(change, Filed) or change.evicted for change in changes):
            with contextlib.suppress(StoreError):  # it is written; what stays in the log goes with the next change
                self._database.scrub()  # pictures were replaced or deleted

    def count(self) -> int:
        """How many are filed."""
        return int(self._database.rows("SELECT count(*) FROM stranger")[0][0])

    def list(self, limit: int = 100, offset: int = 0) -> List[StrangerRow]:
        """Strangers in order of filing, at most 500 at once."""
        sql = f"SELECT {_ROW} FROM stranger ORDER BY number LIMIT ? OFFSET ?"  # noqa: S608 - constants
        return [StrangerRow(*row) for row in self._database.rows(sql, (min(limit, PAGE_ROWS), offset))]

    def rows_of(self, stranger_ids: Sequence[str]) -> List[StrangerRow]:
        """Those of these strangers who are filed, in this order, at most 500 at once."""
        wanted = list(stranger_ids[:PAGE_ROWS])
        marks = ", ".join("?" * len(wanted))
        sql = f"SELECT {_ROW} FROM stranger WHERE stranger_id IN ({marks})"  # noqa: S608 - constants, marks
        found = {row[0]: StrangerRow(*row) for row in self._database.rows(sql, wanted)}
        return [found[each] for each in wanted if each in found]

    def vectors(self) -> Iterator[Tuple[StrangerRow, bytes]]:
        """Every stranger with the embedding, page by page: others work on the store in between."""
        sql = f"""SELECT number, embedding, {_ROW} FROM stranger
                  WHERE number > ? ORDER BY number LIMIT ?"""  # noqa: S608 - constants
        last = -1
        while True:
            page = self._database.rows(sql, (last, PAGE_ROWS))
            for number, embedding, *row in page:
                last = number
                yield StrangerRow(*row), embedding
            if len(page) < PAGE_ROWS:
                return

    def picture(self, stranger_id: str) -> StrangerPicture:
        """What the stranger is known by.

        Raises:
            NotFound: no filed stranger has the id.
        """
        sql = "SELECT photo_id, photo_jpeg, embedding, embedder, rank FROM stranger WHERE stranger_id = ?"
        rows = self._database.rows(sql, (stranger_id,))
        if not rows:
            raise NotFound(f"no stranger has the id {stranger_id}")
        return StrangerPicture(*rows[0])

    def filed(self, stranger_id: str) -> Tuple[str, StrangerPicture]:
        """The id of now of a stranger, who may be asked for by a former one, and what they are known by.

        Raises:
            WrongState: they are registered as a person already.
            NotFound: no stranger has or had the id.
        """
        now = self.resolve(stranger_id)
        try:
            return now, self.picture(now)
        except NotFound:
            if now != stranger_id:
                raise WrongState(f"the stranger {stranger_id} is registered as {now} already") from None
            raise

    def resolve(self, identity_id: str) -> str:
        """Who has this id now: it leads from a former id to the stranger or person, else it stays."""
        rows = self._database.rows("SELECT identity_id FROM stranger_alias WHERE alias = ?", (identity_id,))
        return str(rows[0][0]) if rows else identity_id

    def aliases_of(self, identity_id: str) -> Tuple[str, ...]:
        """Former ids of a stranger or a person, the oldest first."""
        sql = "SELECT alias FROM stranger_alias WHERE identity_id = ? ORDER BY number"
        return tuple(str(row[0]) for row in self._database.rows(sql, (identity_id,)))

    def erase(self, identity_id: str) -> Tuple[str, ...]:
        """Forget a stranger or the strangers a person was, with every former id; the person is left to the caller.

        Args:
            identity_id: of a filed stranger or a person, or a former id of one.

        Returns:
            The ids that were given to strangers, each of which events may carry: of the stranger, if one is filed,
            and all former ids. Empty: nobody ever was a stranger under it.
        """
        now = self.resolve(identity_id)
        with self._database.change() as connection:
            gone = connection.execute("DELETE FROM stranger WHERE stranger_id = ?", (now,)).rowcount
            aliases = [
                str(row[0])
                for row in connection.execute(
                    "SELECT alias FROM stranger_alias WHERE identity_id = ? ORDER BY number", (now,)
                )
            ]
            connection.execute("DELETE FROM stranger_alias WHERE identity_id = ?", (now,))
        if gone:
            self._database.scrub()
        return (*((now,) if gone else ()), *aliases)


def become_person(connection: sqlite3.Connection, stranger_id: str, identity_id: str) -> None:
    """Let a filed stranger leave for the person of that id, within the transaction that makes the person.

    Raises:
        NotFound: no filed stranger has the id.
    """
    if not connection.execute("DELETE FROM stranger WHERE stranger_id = ?", (stranger_id,)).rowcount:
        raise NotFound(f"no stranger has the id {stranger_id}")
    _lead(connection, stranger_id, identity_id)


def forget_aliases(connection: sqlite3.Connection, identity_ids: Sequence[str]) -> None:
    """Forget what led to these people, within a transaction."""
    connection.executemany(
        "DELETE FROM stranger_alias WHERE identity_id = ?", [(identity_id,) for identity_id in identity_ids]
    )


_ROW = "stranger_id, first_ms, last_ms, visits, rank, photo_id, embedder"


def _apply(connection: sqlite3.Connection, change: Change) -> None:
    if isinstance(change, Filed):
        _delete(connection, change.evicted)
        connection.execute(
            f"""INSERT INTO stranger ({_ROW}, embedding, photo_jpeg)
                VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?) ON CONFLICT (stranger_id) DO NOTHING""",  # noqa: S608 - constants
            (
                change.stranger_id,
                change.at_ms,
                change.at_ms,
                change.picture.rank,
                change.picture.photo_id,
                change.picture.embedder,
                change.picture.embedding,
                change.picture.photo_jpeg,
            ),
        )
    elif isinstance(change, Improved):
        picture = change.picture
        connection.execute(
            """UPDATE stranger SET photo_id = ?, photo_jpeg = ?, embedding = ?, embedder = ?, rank = ?
               WHERE stranger_id = ?""",
            (
                picture.photo_id,
                picture.photo_jpeg,
                picture.embedding,
                picture.embedder,
                picture.rank,
                change.stranger_id,
            ),
        )
    elif isinstance(change, Merged):
        if connection.execute("DELETE FROM stranger WHERE stranger_id = ?", (change.alias,)).rowcount:
            _lead(connection, change.alias, _resolved(connection, change.kept))
    else:
        _delete(connection, change.stranger_ids)


def _delete(connection: sqlite3.Connection, stranger_ids: Sequence[str]) -> None:
    connection.executemany("DELETE FROM stranger WHERE stranger_id = ?", [(each,) for each in stranger_ids])


def _resolved(connection: sqlite3.Connection, identity_id: str) -> str:
    sql = "SELECT identity_id FROM stranger_alias WHERE alias = ?"
    found = connection.execute(sql, (identity_id,)).fetchone()
    return str(found[0]) if found else identity_id


def _lead(connection: sqlite3.Connection, alias: str, identity_id: str) -> None:
    """Let ``alias`` and all that leads to it lead to ``identity_id``."""
    connection.execute("UPDATE stranger_alias SET identity_id = ? WHERE identity_id = ?", (identity_id, alias))
    connection.execute(
        """INSERT INTO stranger_alias (alias, identity_id) VALUES (?, ?)
           ON CONFLICT (alias) DO UPDATE SET identity_id = excluded.identity_id""",
        (alias, identity_id),
    )


def _bound_aliases(connection: sqlite3.Connection, most: int) -> None:
    connection.execute(
        "DELETE FROM stranger_alias WHERE number <= (SELECT max(number) FROM stranger_alias) - ?", (most,)
    )
