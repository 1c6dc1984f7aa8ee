"""``people strangers|enrol``: who the stranger library knows, and who of them becomes a person.

Looking reads the store. Registering goes through the service when one runs, and into the store without one.
"""

import argparse
import asyncio
import time
from contextlib import closing
from typing import Any, Dict, Iterator, Sequence
from urllib.parse import quote

from sophon_report.admin import Admin
from sophon_report.cli import settings_of
from sophon_report.errors import NotFound
from sophon_report.model import Person, UserType
from sophon_report.ops.data_dir import DataDir
from sophon_report.recognition.enrol import check_identity, face_of_stranger
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.strangers import StrangerStore
from sophon_report.terminal import print_table

PAGE = 500


def strangers(arguments: argparse.Namespace) -> int:
    """List who is filed."""
    place = DataDir(settings_of(arguments).data_dir)
    if not place.store.exists():
        print("no stranger is filed")
        return 0
    with closing(Database.open(place.store)) as database:
        store = StrangerStore(database)
        if store.count():
            print_table(("id", "first seen", "last seen", "visits"), _cells(store))
        else:
            print("no stranger is filed")
    return 0


def enrol(arguments: argparse.Namespace) -> int:
    """Register one of them."""
    place = DataDir(settings_of(arguments).data_dir)
    person = Person(arguments.id, arguments.name, UserType(arguments.type))
    check_identity(person.identity_id, person.name)
    if place.running():
        asyncio.run(_ask(place, arguments.stranger, person))
    elif not place.store.exists():
        raise NotFound(f"no stranger has the id {arguments.stranger}")
    else:
        with closing(place.lock()), closing(Database.open(place.store)) as database:
            now, picture = StrangerStore(database).filed(arguments.stranger)
            face = face_of_stranger(now, picture, person.identity_id)
            PeopleStore(database).add(person, [face], stranger_id=now)
    print(f"registered {person.identity_id}")
    return 0


def _cells(store: StrangerStore) -> Iterator[Sequence[str]]:
    for offset in range(0, store.count(), PAGE):
        for row in store.list(PAGE, offset):
            yield row.stranger_id, _when(row.first_ms), _when(row.last_ms), str(row.visits)


def _when(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_ms / 1000))


async def _ask(place: DataDir, stranger_id: str, person: Person) -> Dict[str, Any]:
    body = {
        "identity_id": person.identity_id,
        "name": person.name,
        "user_type": person.user_type.value,
    }
    async with Admin(place) as admin:
        return await admin.post_json(f"/api/v1/strangers/{quote(stranger_id, safe='')}/enrol", body)
