"""``token create|list|revoke``: on the store itself, so that a running service knows at once."""

import argparse
import sys
import time
from contextlib import closing
from typing import Optional

from sophon_report.cli import settings_of
from sophon_report.errors import NotFound
from sophon_report.model import Role
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.tokens import TokenStore
from sophon_report.terminal import print_table


def token(arguments: argparse.Namespace) -> int:
    """Run one action on the API tokens."""
    place = DataDir(settings_of(arguments).data_dir)
    if arguments.action == "create":
        place.prepare()
    elif not place.store.exists():
        return _without_store(arguments)
    with closing(Database.open(place.store)) as database:
        return _ACTIONS[arguments.action](TokenStore(database), arguments)


def _without_store(arguments: argparse.Namespace) -> int:
    """Nothing is made to look at nothing."""
    if arguments.action == "revoke":
        raise NotFound(f"no token has the name {arguments.name}")
    print("there are no tokens")
    return 0


def _create(tokens: TokenStore, arguments: argparse.Namespace) -> int:
    """The token alone on standard output, so that a script can take it."""
    print(tokens.create(arguments.name, clock_ms(), Role(arguments.role)))
    print("It is shown this once. Send it as `Authorization: Bearer <token>`.", file=sys.stderr)
    return 0


def _list(tokens: TokenStore, _arguments: argparse.Namespace) -> int:
    rows = tokens.list()
    print_table(
        ("name", "role", "made", "last used"),
        ((row.name, row.role.value, _day(row.created_ms), _day(row.used_ms)) for row in rows),
    )
    return 0


def _revoke(tokens: TokenStore, arguments: argparse.Namespace) -> int:
    tokens.revoke(arguments.name)
    print(f"{arguments.name} lets nobody in any more")
    return 0


def _day(time_ms: Optional[int]) -> str:
    return "never" if time_ms is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(time_ms / 1000))


_ACTIONS = {"create": _create, "list": _list, "revoke": _revoke}
