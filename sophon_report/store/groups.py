"""Groups of people as the interface before API 2.0 has them, and what else its clients keep of a person.

There is one gallery: a group decides about nobody's face, permission groups do. It is kept to be told again. Who
is in no group of their own is in :data:`FIRST_GROUP`.
"""

import sqlite3
from dataclasses import dataclass
from typing import Dict, List, Mapping, Sequence, Tuple

from sophon_report.errors import BadInput, NameTaken, NotFound
from sophon_report.store.database import Database
from sophon_report.store.folding import folded

FIRST_GROUP = "default_group"
"""The one that is always there: the first migration of groups makes it."""
MAX_GROUPS = 1_000
_ELSEWHERE = """SELECT identity_id FROM group_of AS one WHERE NOT EXISTS (
    SELECT 1 FROM group_of WHERE identity_id = one.identity_id AND name = ?)"""
"""People who have groups, and not this one."""
PAGE_ROWS = 500
"""Ids of one question; below SQLite's 999 values a statement."""


@dataclass(frozen=True)
class GroupRow:
    """A group as it is stored."""

    name: str
    description: str = ""
    info_json: str = "{}"


@dataclass(frozen=True)
class UserRow:
    """What is kept of a person beside what API 2.0 knows."""

    groups: Tuple[str, ...] = (FIRST_GROUP,)
    info_json: str = "{}"
    permission_names: Tuple[str, ...] = ()
    """Of the permission groups; in their order."""


class GroupStore:
    """Groups of one store file."""

    def __init__(self, database: Database, max_groups: int = MAX_GROUPS) -> None:
        self._database, self._max_groups = database, max_groups

    def add(self, row: GroupRow) -> None:
        """Add a group.

        Raises:
            NameTaken: another has the name.
            BadInput: there are too many, or a value is outside its limits.
        """
        with self._database.change() as connection:
            if _is_group(connection, row.name):
                raise NameTaken(f"the name {row.name} is taken")
            if connection.execute("SELECT count(*) FROM user_group").fetchone()[0] >= self._max_groups:
                raise BadInput(f"there are {self._max_groups} groups, no more are taken")
            connection.execute(
                "INSERT INTO user_group (name, description, info_json) VALUES (?, ?, ?)",
                (row.name, row.description, row.info_json),
            )

    def list(self) -> List[GroupRow]:
        """All groups, in order of addition."""
        rows = self._database.rows("SELECT name, description, info_json FROM user_group ORDER BY number")
        return [GroupRow(*row) for row in rows]

    def check(self, names: Sequence[str]) -> None:
        """Refuse a name that no group has.

        Raises:
            NotFound: it names it.
        """
        known = {row.name for row in self.list()}
        for name in names:
            if name not in known:
                raise NotFound(f"there is no group {name}")

    def users(self, identity_ids: Sequence[str]) -> Dict[str, UserRow]:
        """What is kept of these people, at most 500; of each id, whether somebody has it or not."""
        marks = ",".join("?" * len(identity_ids))
        groups = self._lists(
            f"SELECT identity_id, name FROM group_of WHERE identity_id IN ({marks}) ORDER BY number",  # noqa: S608 - marks only
            identity_ids,
        )
        names = self._lists(
            f"""SELECT identity_id, name FROM permission_of JOIN permission_group USING (permission_id)
                WHERE identity_id IN ({marks}) ORDER BY identity_id, position""",  # noqa: S608 - marks only
            identity_ids,
        )
        sql = f"SELECT identity_id, info_json FROM user_info WHERE identity_id IN ({marks})"  # noqa: S608 - marks only
        infos: Dict[str, str] = dict(self._database.rows(sql, identity_ids))
        return {
            each: UserRow(groups.get(each, (FIRST_GROUP,)), infos.get(each, "{}"), names.get(each, ()))
            for each in identity_ids
        }

    def keep(self, identity_id: str, groups: Sequence[str], info_json: str) -> None:
        """Put somebody into these groups, one at least, and no other, and keep what else is told of them.

        Raises:
            BadInput: there is no such group or person.
        """
        with self._database.change() as connection:
            connection.execute("DELETE FROM group_of WHERE identity_id = ?", (identity_id,))
            _insert(connection, identity_id, groups)
            connection.execute(
                "INSERT OR REPLACE INTO user_info (identity_id, info_json) VALUES (?, ?)", (identity_id, info_json)
            )

    def join(self, name: str, identity_ids: Sequence[str]) -> None:
        """Put people into one more group.

        Raises:
            NotFound: there is no such group, or one of the people; nobody is put into it then.
        """
        with self._database.change() as connection:
            _check(connection, name, identity_ids)
            for identity_id in identity_ids:
                groups = _groups_of(connection, identity_id) or (FIRST_GROUP,)
                _insert(connection, identity_id, (*groups, name))

    def leave(self, name: str, identity_ids: Sequence[str]) -> None:
        """Take people out of a group; who is not in it stays as they are.

        Raises:
            NotFound: as of :meth:`join`.
            BadInput: it is somebody's only one; nobody is taken out then.
        """
        with self._database.change() as connection:
            _check(connection, name, identity_ids)
            for identity_id in identity_ids:
                groups = _groups_of(connection, identity_id) or (FIRST_GROUP,)
                if groups == (name,):
                    raise BadInput(
                        f"{name} is the only group of {identity_id}, and somebody in none would be recognised "
                        "as before: delete the person, or take their permission groups"
                    )
                sql = "DELETE FROM group_of WHERE identity_id = ? AND name = ?"
                connection.execute(sql, (identity_id, name))

    def members(
        self, name: str, name_part: str = "", limit: int = 100, offset: int = 0
    ) -> Tuple[Tuple[str, ...], int]:
        """Ids of a page of a group's people in order of registration, and how many there are in all."""
        here = "identity_id IN (SELECT identity_id FROM group_of WHERE name = ?)"
        if name == FIRST_GROUP:  # nearly everybody: who is elsewhere is looked for instead
            here = f"identity_id NOT IN ({_ELSEWHERE})"
        part = folded(name_part)
        where = f"FROM person WHERE {here}" + (" AND instr(name_folded, ?) > 0" if part else "")
        values = (name, part) if part else (name,)
        sql = f"SELECT identity_id {where} ORDER BY number LIMIT ? OFFSET ?"
        with self._database.one_moment():
            rows = self._database.rows(sql, (*values, min(limit, PAGE_ROWS), offset))
            total = self._database.rows(f"SELECT count(*) {where}", values)[0][0]
        return tuple(row[0] for row in rows), int(total)

    def _lists(self, sql: str, values: Sequence[str]) -> Mapping[str, Tuple[str, ...]]:
        found: Dict[str, Tuple[str, ...]] = {}
        for identity_id, name in self._database.rows(sql, values):
            found[identity_id] = (*found.get(identity_id, ()), name)
        return found


def _is_group(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM user_group WHERE name = ?", (name,)).fetchone() is not None


def _check(connection: sqlite3.Connection, name: str, identity_ids: Sequence[str]) -> None:
    if not _is_group(connection, name):
        raise NotFound(f"there is no group {name}")
    for identity_id in identity_ids:
        sql = "SELECT 1 FROM person WHERE identity_id = ?"
        if connection.execute(sql, (identity_id,)).fetchone() is None:
            raise NotFound(f"nobody has the id {identity_id}")


def _groups_of(connection: sqlite3.Connection, identity_id: str) -> Tuple[str, ...]:
    sql = "SELECT name FROM group_of WHERE identity_id = ? ORDER BY number"
    return tuple(row[0] for row in connection.execute(sql, (identity_id,)))


def _insert(connection: sqlite3.Connection, identity_id: str, names: Sequence[str]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO group_of (identity_id, name) VALUES (?, ?)", [(identity_id, name) for name in names]
    )
