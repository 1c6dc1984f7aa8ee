"""Rows put into the tables of the event index and taken out of them, inside a transaction of the caller.

What rows share (devices, people, names, models) is written once. The numbers it has are remembered here, so one
:class:`Tables` goes with one file; it forgets them whenever some may have gone.
"""

import sqlite3
from typing import AbstractSet, Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from sophon_report.errors import BadInput
from sophon_report.model import UserType
from sophon_report.store.events import looks
from sophon_report.store.events.event_number import text_of
from sophon_report.store.events.traits import traits_of
from sophon_report.store.events.values import EventRow

USER_TYPES = (UserType.EMPLOYEE, UserType.VISITOR, UserType.BLACKLIST, UserType.STRANGER, UserType.VIP)
"""By the number that a row has for it: only ever added to."""
SCORE_STEPS = 10_000
"""Of one per cent."""
MAX_REMEMBERED = 10_000
VALUES_A_STATEMENT = 500
"""SQLite may be built for at most 999."""

_DEVICE = ("device_id", "name", "type", "ip", "url", "permission_id", "photo_kind")
_EVENT = (
    "number, event_text, seq, at_ms, in_ms, out_ms, device, person, name, user_type, score, "
    "post_action, ended_by, traits, first_seq"
)
_MARKS = ", ".join("?" * len(_EVENT.split(",")))


class Tables:
    """What is written to one file."""

    def __init__(self) -> None:
        self._known: Dict[Tuple[Any, ...], int] = {}

    def put(self, connection: sqlite3.Connection, rows: Iterable[EventRow]) -> Tuple[int, int]:
        """Make each event's row the one given, unless there is one of a later record.

        Returns:
            How many are new, and how many changed: the same row again changes nothing.

        Raises:
            BadInput: a value that the file has no form for.
        """
        added = changed = 0
        left: Set[int] = set()
        for row in rows:
            sql = f"SELECT {_EVENT} FROM event WHERE number = ?"  # noqa: S608 - constants
            found = connection.execute(sql, (row.number,)).fetchone()
            if found is not None and found[2] > row.seq:
                changed += self._first(connection, row, found)
                continue
            values, face = self._told(connection, row, None if found is None else found[-1])
            if found is not None and self._is_same(connection, found, values, face):
                continue
            added += found is None
            changed += found is not None
            if found is not None and found[7] is not None and found[7] != values[7]:
                left.add(found[7])
            self._write(connection, values, face)
        self._clean(connection, left)
        _count(connection, added)
        return added, changed

    def forget_numbers(self) -> None:
        """Look everything up anew: a transaction was undone."""
        self._known.clear()

    @staticmethod
    def _first(connection: sqlite3.Connection, row: EventRow, found: Tuple[Any, ...]) -> bool:
        """Add to a visit's row where its recognition is; whether that was news."""
        if row.out_ms or found[-1] == row.seq:
            return False
        connection.execute("UPDATE event SET first_seq = ? WHERE number = ?", (row.seq, row.number))
        return True

    def _told(
        self, connection: sqlite3.Connection, row: EventRow, first_seq: Optional[int]
    ) -> Tuple[Tuple[Any, ...], Tuple[Any, ...]]:
        first_seq = first_seq if row.out_ms else row.seq
        try:
            return (*self._values(connection, row), first_seq), self._face(connection, row)
        except (ValueError, OverflowError, TypeError) as error:
            raise BadInput(f"event {row.event_id} cannot be written down: {error}") from error

    def _write(self, connection: sqlite3.Connection, values: Tuple[Any, ...], face: Tuple[Any, ...]) -> None:
        connection.execute(
            f"INSERT OR REPLACE INTO event ({_EVENT}) VALUES ({_MARKS})",  # noqa: S608
            values,
        )
        connection.execute(
            "INSERT OR REPLACE INTO face (number, embedder, vector, looks) VALUES (?, ?, ?, ?)",
            (values[0], *face),
        )

    @staticmethod
    def _is_same(
        connection: sqlite3.Connection, found: Tuple[Any, ...], values: Tuple[Any, ...], face: Tuple[Any, ...]
    ) -> bool:
        if found != values:
            return False
        sql = "SELECT embedder, vector, looks FROM face WHERE number = ?"
        return bool(connection.execute(sql, found[:1]).fetchone() == face)

    def _values(self, connection: sqlite3.Connection, row: EventRow) -> Tuple[Any, ...]:
        person, name = self._person(connection, row)
        return (
            row.number,
            text_of(row.event_id),
            row.seq,
            row.at_ms,
            row.in_ms,
            row.out_ms,
            self._device(connection, row),
            person,
            name,
            USER_TYPES.index(row.user_type),
            round(row.score_pct * SCORE_STEPS),
            row.post_action,
            row.ended_by,
            traits_of(row.shot.attributes),
        )

    def _face(self, connection: sqlite3.Connection, row: EventRow) -> Tuple[int, bytes, str]:
        shot = row.shot
        model = shot.embedder if shot.embedding else ""
        embedder = self._number_of(connection, "embedder", ("sha256",), (model,))
        return embedder, shot.embedding, looks.packed(shot, row.at_ms)

    def _device(self, connection: sqlite3.Connection, row: EventRow) -> int:
        values = (
            row.device_id,
            row.device_name,
            row.device_type,
            row.device_ip,
            row.device_url,
            row.permission_id,
            row.photo_kind,
        )
        return self._number_of(connection, "device", _DEVICE, values)

    def _person(self, connection: sqlite3.Connection, row: EventRow) -> Tuple[Optional[int], int]:
        if not row.identity_id:
            return None, 0
        name = self._number_of(connection, "name", ("name",), (row.name,), folded=row.name.casefold())
        values = (row.identity_id, name, row.register_photo_id)
        return self._number_of(connection, "person", ("identity_id", "name", "photo_id"), values), name

    def _number_of(
        self,
        connection: sqlite3.Connection,
        table: str,
        columns: Sequence[str],
        values: Tuple[Any, ...],
        **further: str,
    ) -> int:
        key = (table, *values)
        if key in self._known:
            return self._known[key]
        where = " AND ".join(f"{column} = ?" for column in columns)
        found = connection.execute(f"SELECT number FROM {table} WHERE {where}", values).fetchone()  # noqa: S608
        if found is None:
            names, marks = ", ".join((*columns, *further)), ", ".join("?" * (len(columns) + len(further)))
            added = connection.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - constants
                (*values, *further.values()),
            )
            found = (added.lastrowid,)
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[key] = found[0]
        return int(found[0])

    # Taking out

    def remove(self, connection: sqlite3.Connection, numbers: Sequence[int]) -> int:
        """Remove these events, and who is in no other; how many there were."""
        gone, left = 0, set()
        for some in pieces(numbers):
            listed = _listed(some)
            people = connection.execute(
                f"SELECT DISTINCT person FROM event WHERE number IN ({listed}) AND person IS NOT NULL"  # noqa: S608
            )
            left |= {row[0] for row in people}
            gone += connection.execute(f"DELETE FROM event WHERE number IN ({listed})").rowcount  # noqa: S608
            connection.execute(f"DELETE FROM face WHERE number IN ({listed})")  # noqa: S608
        self._clean(connection, left)
        _count(connection, -gone)
        return gone

    def remove_people(self, connection: sqlite3.Connection, identity_ids: AbstractSet[str]) -> None:
        """Remove people of whom there is no event any more, under whichever names."""
        left: Set[int] = set()
        for identity_id in identity_ids:
            left |= set(people_of(connection, identity_id))
        self._clean(connection, left)

    def _clean(self, connection: sqlite3.Connection, people: AbstractSet[int]) -> None:
        if not people:
            return
        self._known.clear()
        for some in pieces(sorted(people)):
            listed = _listed(some)
            names = connection.execute(f"SELECT DISTINCT name FROM person WHERE number IN ({listed})").fetchall()  # noqa: S608
            connection.execute(
                f"""DELETE FROM person WHERE number IN ({listed})
                    AND NOT EXISTS (SELECT 1 FROM event WHERE person = person.number)"""  # noqa: S608
            )
            connection.execute(
                f"""DELETE FROM name WHERE number IN ({_listed([row[0] for row in names])})
                    AND NOT EXISTS (SELECT 1 FROM person WHERE person.name = name.number)"""  # noqa: S608
            )


def people_of(connection: sqlite3.Connection, identity_id: str) -> List[int]:
    """The numbers that stand for somebody in the rows."""
    found = connection.execute("SELECT number FROM person WHERE identity_id = ?", (identity_id,))
    return [row[0] for row in found]


def pieces(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """So many as fit into a statement at a time."""
    return (numbers[at : at + VALUES_A_STATEMENT] for at in range(0, len(numbers), VALUES_A_STATEMENT))


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, map(int, numbers)))


def _count(connection: sqlite3.Connection, more: int) -> None:
    if more:
        connection.execute("UPDATE state SET value = value + ? WHERE name = 'rows'", (more,))
