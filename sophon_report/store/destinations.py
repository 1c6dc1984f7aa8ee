"""The receivers of events by HTTP POST."""

import sqlite3
from dataclasses import asdict, fields
from typing import List, Sequence, Tuple, Union

import orjson
import structlog

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Content, Destination, EventFilter, Transport, UserType
from sophon_report.store.database import Database, Row
from sophon_report.store.seeds import first_offered, offer_again

MAX_DESTINATIONS = 32
_NOTHING = EventFilter(device_ids=("",))
"""Lets no event pass: no device has this id."""

log = structlog.get_logger()


class DestinationStore:
    """Destinations of one store file, in the order in which they were added.

    One whose filter or transport another version wrote, and this one cannot read, is told as switched off: it gets
    nothing that it must not have, and keeps its place; the others are served. The log says which.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, destination: Destination) -> None:
        """Add a destination.

        Raises:
            BadInput: its name is taken, there are too many, or a value is outside its limits.
        """
        with self._database.change() as connection:
            problem = _problem(connection, destination)
            if problem:
                raise BadInput(problem)
            _insert(connection, destination)

    def update(self, destination: Destination) -> None:
        """Change the destination of that name.

        Raises:
            NotFound: none has the name.
            BadInput: a value is outside its limits.
        """
        marks = ", ".join(f"{column} = ?" for column in _COLUMNS)
        sql = f"UPDATE destination SET {marks} WHERE name = ?"  # noqa: S608 - constants
        with self._database.change() as connection:
            if not connection.execute(sql, (*_values(destination), destination.name)).rowcount:
                raise NotFound(f"no destination has the name {destination.name}")

    def pause(self, name: str, paused: bool) -> None:
        """Note that the destination of that name is paused by hand, or is not any more.

        Raises:
            NotFound: none has the name.
        """
        with self._database.change() as connection:
            done = connection.execute("UPDATE destination SET paused = ? WHERE name = ?", (int(paused), name))
            if not done.rowcount:
                raise NotFound(f"no destination has the name {name}")

    def delete(self, name: str) -> None:
        """Remove a destination; the settings file does not bring it back.

        Raises:
            NotFound: none has the name.
        """
        with self._database.change() as connection:
            if not connection.execute("DELETE FROM destination WHERE name = ?", (name,)).rowcount:
                raise NotFound(f"no destination has the name {name}")

    def replace(self, origin: str, destinations: Sequence[Destination]) -> None:
        """Make ``destinations`` the only ones of that origin, all at once; the others stay.

        Raises:
            BadInput: a name is taken, there are too many, or a value is outside its limits; nothing is changed.
        """
        with self._database.change() as connection:
            connection.execute("DELETE FROM destination WHERE origin = ?", (origin,))
            for destination in destinations:
                problem = _problem(connection, destination)
                if problem:
                    raise BadInput(problem)
                _insert(connection, destination)

    def get(self, name: str) -> Destination:
        """The destination of that name.

        Raises:
            NotFound: none has it.
        """
        rows = self._database.rows(f"{_SELECT} WHERE name = ?", (name,))
        if not rows:
            raise NotFound(f"no destination has the name {name}")
        return _destination(rows[0])

    def list(self) -> List[Destination]:
        """All destinations."""
        return [_destination(row) for row in self._database.rows(f"{_SELECT} ORDER BY number")]

    def seed(self, destinations: Sequence[Destination]) -> Tuple[str, ...]:
        """Take over those of the settings file that were never offered before; returns the names that were added.

        One whose name is in use already is passed over: what is stored wins. One that there is no room for is
        passed over too, and offered again at the next start.
        """
        added: List[str] = []
        with self._database.change() as connection:
            new = first_offered(connection, "destination", [destination.name for destination in destinations])
            for destination in destinations:
                if destination.name not in new:
                    continue
                problem = _problem(connection, destination)
                if problem:
                    log.warning("destination_of_file_passed_over", destination=destination.name, reason=problem)
                    if _is_full(connection):
                        offer_again(connection, "destination", destination.name)
                else:
                    _insert(connection, destination)
                    added.append(destination.name)
        return tuple(added)


_CONTENT = tuple(field.name for field in fields(Content))
_COLUMNS = (
    *("url", "layout", "enabled", "timeout_s", "start_seq", "content_type", "period_s", "retry", "origin"),
    *("in_flight", "paused", "filter_json", "transport_json"),
    *_CONTENT,
)
_SELECT = f"SELECT name, {', '.join(_COLUMNS)} FROM destination"  # noqa: S608 - constants


def _problem(connection: sqlite3.Connection, destination: Destination) -> str:
    """Why a destination cannot be added; ``""`` when it can."""
    if connection.execute("SELECT 1 FROM destination WHERE name = ?", (destination.name,)).fetchone():
        return f"the name {destination.name} is taken"
    return f"there are {MAX_DESTINATIONS} destinations already" if _is_full(connection) else ""


def _is_full(connection: sqlite3.Connection) -> bool:
    count: int = connection.execute("SELECT count(*) FROM destination").fetchone()[0]
    return count >= MAX_DESTINATIONS


def _insert(connection: sqlite3.Connection, destination: Destination) -> None:
    marks = ", ".join("?" * (len(_COLUMNS) + 1))
    sql = f"INSERT INTO destination ({', '.join(_COLUMNS)}, name) VALUES ({marks})"  # noqa: S608 - constants
    connection.execute(sql, (*_values(destination), destination.name))


def _values(destination: Destination) -> Tuple[Union[str, int, float], ...]:
    return (
        destination.url,
        destination.layout,
        int(destination.enabled),
        destination.timeout_s,
        destination.start_seq,
        destination.content_type,
        destination.period_s,
        int(destination.retry),
        destination.origin,
        destination.in_flight,
        int(destination.paused),
        orjson.dumps(asdict(destination.filter)).decode(),
        orjson.dumps(asdict(destination.transport)).decode(),
        *(int(getattr(destination.content, name)) for name in _CONTENT),
    )


def _destination(row: Row) -> Destination:
    name, url, layout, enabled, timeout_s, start_seq, content_type, period_s, retry, origin, *rest = row
    in_flight, paused, filter_json, transport_json, *content = rest
    try:
        wanted, transport = _filter(filter_json), _transport(transport_json)
    except (ValueError, TypeError, AttributeError) as error:
        log.error("destination_switched_off", destination=name, reason=f"its settings cannot be read: {error}")
        wanted, transport, enabled = _NOTHING, Transport(), False
    return Destination(
        name=name,
        url=url,
        layout=layout,
        enabled=bool(enabled),
        timeout_s=timeout_s,
        start_seq=start_seq,
        content_type=content_type,
        content=Content(*map(bool, content)),
        period_s=period_s,
        retry=bool(retry),
        origin=origin,
        in_flight=in_flight,
        paused=bool(paused),
        filter=wanted,
        transport=transport,
    )


def _filter(text: str) -> EventFilter:
    values = orjson.loads(text)
    return EventFilter(
        tuple(values.get("device_ids", ())),
        tuple(UserType(word) for word in values.get("user_types", ())),
        float(values.get("min_score_pct", 0.0)),
    )


def _transport(text: str) -> Transport:
    values = orjson.loads(text)
    headers = tuple((name, value) for name, value in values.pop("headers", ()))
    secrets = tuple(values.pop("signing_secrets", ()))
    return Transport(**values, headers=headers, signing_secrets=secrets)
