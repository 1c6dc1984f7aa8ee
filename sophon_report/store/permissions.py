"""Permission groups: the people whom a device accepts that is bound to one.

A group's id is what devices and people carry; its name is what people know it by, and of one group only.
"""

import sqlite3
from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

from sophon_report.errors import BadInput, IdTaken, NameTaken, PermissionNotFound
from sophon_report.store.database import Database, Row
from sophon_report.store.folding import folded

PAGE_ROWS = 1000
MAX_GROUPS = 10_000

_COLUMNS = "permission_id, name, description, info_json"


@dataclass(frozen=True)
class PermissionRow:
    """A group as it is stored."""

    permission_id: str
    name: str
    description: str
    info_json: str


class PermissionStore:
    """Permission groups of one store file."""

    def __init__(self, database: Database, max_groups: int = MAX_GROUPS) -> None:
        self._database, self._max_groups = database, max_groups

    def add(self, row: PermissionRow) -> None:
        """Add a group.

        Raises:
            IdTaken, NameTaken: another has it.
            BadInput: there are too many, or a value is outside its limits.
        """
        with self._database.change() as connection:
            if _has(connection, "permission_id", row.permission_id):
                raise IdTaken(f"the id {row.permission_id} is taken")
            _check_name(connection, row)
            if connection.execute("SELECT count(*) FROM permission_group").fetchone()[0] >= self._max_groups:
                raise BadInput(f"there are {self._max_groups} permission groups: delete one first")
            connection.execute(
                f"INSERT INTO permission_group ({_COLUMNS}, name_folded) VALUES (?, ?, ?, ?, ?)",  # noqa: S608 - constants
                (row.permission_id, row.name, row.description, row.info_json, folded(row.name)),
            )

    def update(self, row: PermissionRow) -> None:
        """Overwrite the group of that id; raises as :meth:`add`, and PermissionNotFound."""
        with self._database.change() as connection:
            if not _has(connection, "permission_id", row.permission_id):
                raise _none(row.permission_id)
            _check_name(connection, row)
            connection.execute(
                """UPDATE permission_group SET name = ?, name_folded = ?, description = ?, info_json = ?
                   WHERE permission_id = ?""",
                (row.name, folded(row.name), row.description, row.info_json, row.permission_id),
            )

    def delete(self, permission_id: str) -> None:
        """Remove a group; who had it loses it in the same transaction.

        Raises:
            PermissionNotFound: there is none of that id.
        """
        with self._database.change() as connection:
            sql = "DELETE FROM permission_group WHERE permission_id = ?"
            if not connection.execute(sql, (permission_id,)).rowcount:
                raise _none(permission_id)
            connection.execute("DELETE FROM permission_of WHERE permission_id = ?", (permission_id,))

    def get(self, permission_id: str) -> PermissionRow:
        """The group of that id.

        Raises:
            PermissionNotFound: there is none.
        """
        return self._one("permission_id", permission_id)

    def named(self, name: str) -> PermissionRow:
        """The group of that name; raises as :meth:`get`."""
        return self._one("name", name)

    def list(self, name_part: str = "", limit: int = 100, offset: int = 0) -> List[PermissionRow]:
        """Groups in order of addition, at most 1,000 at once; ``name_part`` in any case."""
        sql = f"""SELECT {_COLUMNS} FROM permission_group WHERE instr(name_folded, ?) > 0
                  ORDER BY number LIMIT ? OFFSET ?"""  # noqa: S608 - constants
        values = (folded(name_part), min(limit, PAGE_ROWS), offset)
        return [PermissionRow(*row) for row in self._database.rows(sql, values)]

    def count(self, name_part: str = "") -> int:
        """How many groups :meth:`list` would give without a limit."""
        sql = "SELECT count(*) FROM permission_group WHERE instr(name_folded, ?) > 0"
        return int(self._database.rows(sql, (folded(name_part),))[0][0])

    def names(self) -> Dict[str, str]:
        """The name of every group, by its id."""
        return dict(self._database.rows("SELECT permission_id, name FROM permission_group ORDER BY number"))

    def members(self, permission_ids: Sequence[str]) -> Dict[str, int]:
        """How many people have each of these groups, at most 900; a group that nobody has is not in it."""
        marks = ",".join("?" * len(permission_ids))
        sql = f"""SELECT permission_id, count(*) FROM permission_of WHERE permission_id IN ({marks})
                  GROUP BY permission_id"""  # noqa: S608 - marks only
        return dict(self._database.rows(sql, permission_ids))

    def missing(self, permission_ids: Sequence[str]) -> Tuple[str, ...]:
        """Which of these ids, at most 900, no group has."""
        marks = ",".join("?" * len(permission_ids))
        sql = f"SELECT permission_id FROM permission_group WHERE permission_id IN ({marks})"  # noqa: S608 - marks only
        there = {row[0] for row in self._database.rows(sql, permission_ids)}
        return tuple(each for each in permission_ids if each not in there)

    def _one(self, column: str, value: str) -> PermissionRow:
        sql = f"SELECT {_COLUMNS} FROM permission_group WHERE {column} = ?"  # noqa: S608 - constants
        rows: List[Row] = self._database.rows(sql, (value,))
        if not rows:
            raise _none(value)
        return PermissionRow(*rows[0])


def _none(value: str) -> PermissionNotFound:
    return PermissionNotFound(f"there is no permission group {value}")


def _has(connection: sqlite3.Connection, column: str, value: str) -> bool:
    sql = f"SELECT 1 FROM permission_group WHERE {column} = ?"  # noqa: S608 - constants
    return connection.execute(sql, (value,)).fetchone() is not None


def _check_name(connection: sqlite3.Connection, row: PermissionRow) -> None:
    sql = "SELECT 1 FROM permission_group WHERE name = ? AND permission_id <> ?"
    if connection.execute(sql, (row.name, row.permission_id)).fetchone() is not None:
        raise NameTaken(f"the name {row.name} is taken")
