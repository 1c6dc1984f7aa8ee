"""A process that imports people of a file into a store, and says after each batch how far it is."""

import asyncio
import contextlib
import sys
from pathlib import Path

from sophon_report.errors import NotFound
from sophon_report.report.bulk.importing import Watcher, import_rows
from sophon_report.report.bulk.notebook import ImportNote, Notebook
from sophon_report.report.bulk.registrar import Order, RowRegistrar
from sophon_report.report.bulk.rows import Defaults
from sophon_report.report.bulk.sources import open_source
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.permissions import PermissionStore

KEY = "0123456789abcdef"


async def imported(folder: Path, model: str, dim: int) -> ImportNote:
    """Import ``people.tar`` of the folder from where its note ends."""
    book = Notebook(folder / "notes")
    try:
        known = book.find(KEY)
    except NotFound:
        known = ImportNote(KEY, "people.tar")

    async def do(act):
        return act()

    async def nobody(_photo):
        raise AssertionError("a photo is looked at")

    with contextlib.closing(Database.open(folder / "store.sqlite")) as database:
        people = PeopleStore(database)
        registrar = RowRegistrar(people, people, PermissionStore(database), nobody, lambda: (model, dim), do)
        source = open_source(folder / "people.tar", Defaults())
        with contextlib.closing(book.begin(known)) as note:
            watcher = Watcher(told=lambda now: print(now.rows, flush=True))
            return await import_rows(source, registrar, Order(again=True), note, watcher)


if __name__ == "__main__":
    asyncio.run(imported(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
