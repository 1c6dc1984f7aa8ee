"""Events of a day counted out of ``event_by_time``, without a look at their rows."""

import sqlite3
from dataclasses import dataclass
from typing import Dict, Tuple

from sophon_report.model import UserType
from sophon_report.store.events.writing import USER_TYPES

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Count:
    """So many events of one hour, device and kind of person."""

    hour: int
    """From the beginning of the time that was asked for."""
    device_id: str
    device_name: str
    user_type: UserType
    events: int


@dataclass(frozen=True)
class Counted:
    """The events of a time."""

    cursor: int
    """Journal record up to which all is counted."""
    counts: Tuple[Count, ...]


def count(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> Counted:
    """The events from ``from_ms`` on and before ``to_ms``."""
    grouped = connection.execute(
        """SELECT (at_ms - ?) / 3600000 AS hour, device, user_type, count(*)
           FROM event INDEXED BY event_by_time WHERE at_ms >= ? AND at_ms < ? GROUP BY hour, device, user_type""",
        (from_ms, from_ms, to_ms),
    ).fetchall()
    cursor = connection.execute("SELECT value FROM state WHERE name = 'cursor'").fetchone()[0]
    devices: Dict[int, Tuple[str, str]] = {}
    for number in {row[1] for row in grouped}:
        sql = "SELECT device_id, name FROM device WHERE number = ?"
        devices[number] = connection.execute(sql, (number,)).fetchone()
    return Counted(
        cursor,
        tuple(
            Count(hour, devices[device][0], devices[device][1], USER_TYPES[user_type], events)
            for hour, device, user_type, events in grouped
        ),
    )
