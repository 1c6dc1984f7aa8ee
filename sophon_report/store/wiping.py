"""Everything of a kind removed from the store, a slice at a time.

A hundred thousand people with their photos are gigabytes, which the store overwrites: in one transaction they
would stand in the write-ahead log a second time. So somebody else may write between two slices, and what a crash
leaves is removed by a second call. The log is emptied at the end.
"""

import time
from typing import Sequence

from sophon_report.errors import StoreError
from sophon_report.store.database import Database
from sophon_report.store.groups import FIRST_GROUP

SLICE = 200
"""People of one transaction."""
SCRUB_TRIES = 50
SCRUB_REST_S = 0.1
"""Between looks whether somebody still reads."""


def wipe_people(database: Database) -> None:
    """Remove all people, with faces, photos, permission groups and groups. Blocks.

    Raises:
        StoreError: the disk refuses, or somebody reads for too long; what is left is left.
    """
    _empty(database, "person", "number")
    _clear(database, ("permission_of", "permission_group", "group_of", "user_info"))
    with database.change() as connection:  # the first group is always there
        connection.execute("DELETE FROM user_group WHERE name <> ?", (FIRST_GROUP,))
        connection.execute("UPDATE user_group SET description = '', info_json = '{}'")
    _scrub(database)


def wipe_strangers(database: Database) -> None:
    """Remove all strangers with their former ids; raises as :func:`wipe_people`."""
    _empty(database, "stranger", "number")
    _clear(database, ("stranger_alias",))
    _scrub(database)


def wipe_devices(database: Database) -> None:
    """Remove all devices; raises as :func:`wipe_people`."""
    _clear(database, ("device",))
    _scrub(database)


def wipe_settings(database: Database) -> None:
    """Remove all stored settings and destinations; what the settings file brings is offered anew.

    So is the first run. Who may log in, tokens and the audit stay. Raises as :func:`wipe_people`.
    """
    _clear(database, ("setting", "setup_step", "vendor_config", "destination", "seed"))
    _scrub(database)


def _empty(database: Database, table: str, number: str) -> None:
    sql = f"DELETE FROM {table} WHERE {number} IN (SELECT {number} FROM {table} LIMIT {SLICE})"  # noqa: S608 - constants
    while True:
        with database.change() as connection:
            if not connection.execute(sql).rowcount:
                return


def _clear(database: Database, tables: Sequence[str]) -> None:
    with database.change() as connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - constants


def _scrub(database: Database) -> None:
    for _ in range(SCRUB_TRIES):
        if database.scrub():
            return
        time.sleep(SCRUB_REST_S)
    raise StoreError("the store is being read: what was deleted is still in its log")
