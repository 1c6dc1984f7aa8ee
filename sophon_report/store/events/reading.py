"""Questions about events as SQL. Everything here is given a connection to read with.

A window of time is answered out of ``event_by_time``, which has all columns that are filtered by: no row is
touched to count it. Somebody's events are found by ``event_by_person``, over any time. A part of a name leads to
the people who have it: a few are looked up one by one, with many the window is gone through and each row's name
looked at.
"""

import math
import sqlite3
from dataclasses import dataclass
from typing import Any, Callable, List, Optional, Sequence, Tuple, Union

import numpy as np

from sophon_report.errors import NotFound
from sophon_report.model import UserType
from sophon_report.store.events import looks
from sophon_report.store.events.event_number import event_id_of, number_of
from sophon_report.store.events.traits import conditions
from sophon_report.store.events.values import (
    Bar,
    EventPage,
    EventQuery,
    EventRow,
    FaceVectors,
    Histogram,
    Place,
    Stretch,
)
from sophon_report.store.events.writing import SCORE_STEPS, USER_TYPES, pieces

FEW_PEOPLE = 300
MAX_VECTORS = 50_000
ROWS_AT_ONCE = 100
"""Faces taken from SQLite before they are put into the block: few, so that they stay in the processor's caches and
the next ones get their memory. A whole window at once needs new memory from the system."""

_FULL = """
    SELECT event.number, event_text, seq, at_ms, in_ms, out_ms, device.device_id, device.name, device.type,
           device.ip, device.url, device.permission_id, device.photo_kind, person.identity_id, name.name,
           person.photo_id, user_type, score, post_action, ended_by, face.vector, embedder.sha256, face.looks,
           first_seq
    FROM event JOIN device ON device.number = event.device
    LEFT JOIN person ON person.number = event.person
    LEFT JOIN name ON name.number = person.name
    JOIN face ON face.number = event.number
    JOIN embedder ON embedder.number = face.embedder
"""


def find(connection: sqlite3.Connection, event_id: str) -> EventRow:
    """The row of an event.

    Raises:
        NotFound: there is none.
    """
    for row in rows(connection, [number_of(event_id)]):
        if row.event_id == event_id:
            return row
    raise NotFound(f"no event has the id {event_id}")


def rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> List[EventRow]:
    """The rows with these numbers, in their order; those that have gone are left out."""
    found = {}
    for some in pieces([int(number) for number in numbers]):
        marks = ", ".join("?" * len(some))
        for values in connection.execute(f"{_FULL} WHERE event.number IN ({marks})", some):
            found[values[0]] = _row(values)
    return [found[int(number)] for number in numbers if int(number) in found]


def _row(values: Tuple[Any, ...]) -> EventRow:
    number, text, seq, at_ms, in_ms, out_ms, device_id, device_name, device_type, ip, url, group = values[:12]
    photo_kind, identity_id, name, photo_id, user_type, score, action, ended_by, vector, sha, line, first = values[
        12:
    ]
    return EventRow(
        event_id=event_id_of(number, text),
        seq=seq,
        at_ms=at_ms,
        in_ms=in_ms,
        out_ms=out_ms,
        device_id=device_id,
        device_name=device_name,
        device_type=device_type,
        device_ip=ip,
        device_url=url,
        permission_id=group,
        identity_id=identity_id or "",
        name=name or "",
        user_type=USER_TYPES[user_type],
        score_pct=score / SCORE_STEPS,
        register_photo_id=photo_id or "",
        post_action=action,
        ended_by=ended_by,
        shot=looks.unpacked(line, at_ms, device_id, vector, sha),
        photo_kind=photo_kind,
        first_seq=first or 0,
    )


def page(connection: sqlite3.Connection, query: EventQuery, limit: int, offset: int) -> EventPage:
    """At most ``limit`` events behind the first ``offset`` of the answer, and how many it has."""
    if query == EventQuery(newest_first=query.newest_first):
        total = _state(connection, "rows")
        where = _Where("event_by_time", "1", ())
    else:
        found = _where(connection, query)
        if found is None:
            return EventPage((), 0)
        where = found
        counted = f"SELECT count(*) FROM event INDEXED BY {where.index} WHERE {where.sql}"  # noqa: S608
        total = connection.execute(counted, where.values).fetchone()[0]
    if offset >= total:
        return EventPage((), total)
    limit = min(limit, total - offset)
    from_end = offset > total // 2  # the way there is counted out: the shorter one
    way = "DESC" if query.newest_first != from_end else "ASC"
    listed = connection.execute(
        f"""SELECT number FROM event INDEXED BY {where.index} WHERE {where.sql}
            ORDER BY at_ms {way}, number {way} LIMIT ? OFFSET ?""",  # noqa: S608 - constants
        (*where.values, limit, total - offset - limit if from_end else offset),
    )
    numbers = [row[0] for row in listed]
    return EventPage(tuple(rows(connection, numbers[::-1] if from_end else numbers)), total)


def extent(connection: sqlite3.Connection, identity_ids: Sequence[str], seqs: Sequence[int]) -> List[int]:
    """How many events are of these people, in all and behind each of these records of the journal."""
    counted = [0] * (1 + len(seqs))
    behind = "".join(", coalesce(sum(seq > ?), 0)" for _ in seqs)
    for identity_id in identity_ids:
        sql = f"""SELECT count(*){behind} FROM event INDEXED BY event_by_person
                  WHERE person IN (SELECT number FROM person WHERE identity_id = ?)"""  # noqa: S608 - marks only
        row = connection.execute(sql, (*seqs, identity_id)).fetchone()
        counted = [so_far + more for so_far, more in zip(counted, row)]
    return counted


def of_these(connection: sqlite3.Connection, identity_ids: Sequence[str], event_ids: Sequence[str]) -> int:
    """How many of these events are of these people."""
    counted = 0
    for some in pieces([number_of(each) for each in event_ids]):
        marks = ", ".join("?" * len(some))
        sql = (
            f"SELECT identity_id FROM event JOIN person ON person.number = person WHERE event.number IN ({marks})"  # noqa: S608 - marks only
        )
        counted += sum(row[0] in identity_ids for row in connection.execute(sql, some))
    return counted


def stretch(
    connection: sqlite3.Connection, query: EventQuery, limit: int, before: Optional[Place], after: Optional[Place]
) -> Stretch:
    """At most ``limit`` neighbours: those just older than ``before``, or just newer than ``after``.

    Without either the first ones of the answer. However far inside the answer, it costs the same.
    """
    older = before is not None or (after is None and query.newest_first)
    kept = _kept(connection, query)
    if kept is None:
        return Stretch((), has_older=False, has_newer=False)
    from_ms, to_ms, beside, values = query.from_ms, query.to_ms, [], []
    if before is not None:
        to_ms = before.at_ms if to_ms is None else min(to_ms, before.at_ms)
        beside.append("(at_ms < ? OR number < ?)")
        values += [before.at_ms, before.number]
    if after is not None:
        from_ms = after.at_ms if from_ms is None else max(from_ms, after.at_ms)
        beside.append("(at_ms > ? OR number > ?)")
        values += [after.at_ms, after.number]
    found, way = kept.within(from_ms, to_ms), ("DESC" if older else "ASC")
    listed = connection.execute(
        f"""SELECT number FROM event INDEXED BY {found.index} WHERE {" AND ".join([found.sql, *beside])}
            ORDER BY at_ms {way}, number {way} LIMIT ?""",  # noqa: S608 - constants
        (*found.values, *values, limit + 1),
    )
    numbers = [row[0] for row in listed]
    more, numbers = len(numbers) > limit, numbers[:limit]
    if older != query.newest_first:
        numbers.reverse()
    has_older, has_newer = (more, before is not None) if older else (after is not None, more)
    return Stretch(tuple(rows(connection, numbers)), has_older, has_newer)


def histogram(
    connection: sqlite3.Connection, query: EventQuery, edges: Sequence[int], late: Callable[[], bool]
) -> Histogram:
    """How many events lie between each two neighbours of ``edges``, the second one not included.

    The times of ``query`` do not count. ``late`` is asked between two pieces: the rest is not counted then.
    """
    ends = connection.execute("SELECT (SELECT min(at_ms) FROM event), (SELECT max(at_ms) FROM event)").fetchone()
    kept = _kept(connection, query)
    bars: List[Optional[Bar]] = []
    for from_ms, end_ms in reversed(list(zip(edges, edges[1:]))):
        if kept is None or ends[0] is None or from_ms > ends[1] or end_ms <= ends[0]:
            bars.append(Bar(0, 0))
        else:
            bars.append(None if late() else _bar(connection, kept.within(from_ms, end_ms - 1), late))
    return Histogram(tuple(reversed(bars)), *ends)


def _bar(connection: sqlite3.Connection, where: "_Where", late: Callable[[], bool]) -> Optional[Bar]:
    """``None``: the time of the question ended meanwhile."""
    stranger = USER_TYPES.index(UserType.STRANGER)
    try:
        counted = connection.execute(
            f"""SELECT count(*), coalesce(sum(user_type = {stranger}), 0)
                FROM event INDEXED BY {where.index} WHERE {where.sql}""",  # noqa: S608 - constants
            where.values,
        ).fetchone()
    except sqlite3.OperationalError:
        if late():
            return None
        raise
    return Bar(*counted)


def face_vectors(
    connection: sqlite3.Connection,
    query: EventQuery,
    embedder: str,
    limit: int,
) -> FaceVectors:
    """The faces of the first ``limit`` events of the answer that have a vector of this model.

    Those of one moment come in an order of their own: to sort them too, SQLite would carry the vectors along.
    """
    limit = min(limit, MAX_VECTORS)
    where = _where(connection, query)
    number = connection.execute("SELECT number FROM embedder WHERE sha256 = ?", (embedder,)).fetchone()
    if where is None or number is None or not embedder:
        return FaceVectors(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 0), np.float32), more=False)
    way = "DESC" if query.newest_first else "ASC"
    found = connection.execute(
        f"""SELECT event.number, event.at_ms, face.vector FROM event INDEXED BY {where.index}
            CROSS JOIN face ON face.number = event.number
            WHERE {where.sql} AND face.embedder = ? ORDER BY event.at_ms {way} LIMIT ?""",  # noqa: S608 - constants
        (*where.values, number[0], limit + 1),
    )
    return _gathered(found, limit)


def _gathered(found: sqlite3.Cursor, limit: int) -> FaceVectors:
    """At most ``limit`` of them; memory is reserved for so many, and taken as they come."""
    numbers, times = np.empty(limit, np.int64), np.empty(limit, np.int64)
    vectors = np.empty((0, 0), np.float32)
    seen = count = size = 0
    while seen < limit:
        some = found.fetchmany(min(ROWS_AT_ONCE, limit - seen))
        if not some:
            break
        if not seen:
            size = len(some[0][2])
            vectors = np.empty((limit, size // 4), np.float32)
        seen += len(some)
        same = [row for row in some if len(row[2]) == size]  # a model has one dimension
        end = count + len(same)
        numbers[count:end] = [row[0] for row in same]
        times[count:end] = [row[1] for row in same]
        block = b"".join([row[2] for row in same])
        vectors[count:end] = np.frombuffer(block, "<f4").reshape(len(same), size // 4)
        count = end
    return FaceVectors(numbers[:count], times[:count], vectors[:count], more=found.fetchone() is not None)


def _state(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()[0])


@dataclass(frozen=True)
class _Where:
    """A condition, and the index it is looked up by."""

    index: str
    sql: str
    values: Tuple[Any, ...]


@dataclass(frozen=True)
class _Kept:
    """A condition without its times, which go first: the index is entered by them."""

    index: str
    parts: Tuple[str, ...]
    values: Tuple[Any, ...]

    def within(self, from_ms: Optional[int], to_ms: Optional[int]) -> _Where:
        """The whole condition; both times are included."""
        parts, values = ["at_ms >= ?"], [_bound(from_ms, -(1 << 62))]
        if to_ms is not None:
            parts.append("at_ms <= ?")
            values.append(_bound(to_ms, 0))
        return _Where(self.index, " AND ".join([*parts, *self.parts]), (*values, *self.values))


def _where(connection: sqlite3.Connection, query: EventQuery) -> Optional[_Where]:
    """``None``: nothing can be an answer."""
    kept = _kept(connection, query)
    return None if kept is None else kept.within(query.from_ms, query.to_ms)


def _kept(connection: sqlite3.Connection, query: EventQuery) -> Optional[_Kept]:
    """All but the times; ``None``: nothing can be an answer."""
    index = "event_by_time"
    parts: List[str] = []
    values: List[Any] = []
    for column, asked in (("device_id", query.device_ids), ("permission_id", query.permission_ids)):
        if asked:
            devices = _devices_of(connection, column, asked)
            if not devices:
                return None
            parts.append(_one_of("device", devices))
    if query.user_types:
        parts.append(_one_of("user_type", [USER_TYPES.index(each) for each in query.user_types]))
    for score, sign, step in ((query.score_min, ">=", math.ceil), (query.score_max, "<=", math.floor)):
        if score is not None:
            parts.append(f"score {sign} ?")
            values.append(step(round(min(max(score, -1.0), 101.0) * SCORE_STEPS, 3)))
    people = _people(connection, query)
    if isinstance(people, str):
        parts.append("name IN (SELECT number FROM name WHERE instr(folded, ?) > 0)")
        values.append(people)
    elif people is not None:
        if not people:
            return None
        parts.append(_one_of("person", people))
        index = "event_by_person"
    return _Kept(index, (*parts, *conditions(query.looks)), tuple(values))


def _people(connection: sqlite3.Connection, query: EventQuery) -> Union[str, Sequence[int], None]:
    """Whom it is about: their numbers; a part of the name when those are too many; ``None``: everybody."""
    part = query.name_part.casefold()
    if query.identity_id:
        named = "AND name IN (SELECT number FROM name WHERE instr(folded, ?) > 0)" if part else ""
        sql = f"SELECT number FROM person WHERE identity_id = ? {named}"  # noqa: S608 - constants
        return [row[0] for row in connection.execute(sql, (query.identity_id, part)[: 1 + bool(part)])]
    if not part:
        return None
    found = connection.execute(
        """SELECT person.number FROM name CROSS JOIN person ON person.name = name.number
           WHERE instr(name.folded, ?) > 0 LIMIT ?""",
        (part, FEW_PEOPLE + 1),
    ).fetchall()
    return part if len(found) > FEW_PEOPLE else [row[0] for row in found]


def _devices_of(connection: sqlite3.Connection, column: str, asked: Sequence[str]) -> List[int]:
    found: List[int] = []
    for value in set(asked):
        sql = f"SELECT number FROM device WHERE {column} = ?"  # noqa: S608 - constants
        found += [row[0] for row in connection.execute(sql, (value,))]
    return found


def _one_of(column: str, numbers: Sequence[int]) -> str:
    return f"{column} IN ({', '.join(map(str, map(int, numbers)))})"


def _bound(value: Optional[int], otherwise: int) -> int:
    """A time that SQLite has a form for."""
    return otherwise if value is None else max(-(1 << 62), min(value, 1 << 62))
