"""100,000 people from a file of another box, into a store and a gallery that are searched meanwhile.

On the event loop a clock ticks every millisecond; the figure is the longest that it stood still, beside the same
without an import. A search goes to a thread every few milliseconds, as shots do.
"""

import asyncio
import contextlib
import time

import numpy as np

from parts import disk
from parts.registered import MODEL, PASS_COSINE, entry, figure, unit_rows
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.report.bulk.feature_tar import FeatureTar, FeatureTarWriter, Manifest
from sophon_report.report.bulk.importing import Watcher, import_rows
from sophon_report.report.bulk.notebook import ImportNote, Notebook
from sophon_report.report.bulk.registrar import Order, RowRegistrar
from sophon_report.report.bulk.rows import Defaults
from sophon_report.report.shelf import open_shelf
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

ROWS = 100_000
TICK_S, SEARCH_EVERY_S, QUIET_S = 0.001, 0.01, 3.0
STOP_GOAL_MS = 20


def measure(dim):
    """Figures in one dimension."""
    with disk.folder(free_bytes=4 << 30) as folder:
        path = folder / "people.tar"
        _write(path, dim)
        return asyncio.run(_measured(folder, path, dim))


def _write(path, dim):
    with path.open("wb") as file:
        writer = FeatureTarWriter(file, Manifest(MODEL, dim, ROWS, has_photos=False))
        for number, row in enumerate(unit_rows(ROWS, dim)):
            one = entry(number, row)
            writer.add(one.person, (), one.faces)
        writer.finish()


async def _measured(folder, path, dim):
    async with contextlib.AsyncExitStack() as stack:
        store = folder / "store.sqlite"
        database = Database.open(store)
        stack.callback(database.close)
        shelf = open_shelf(store, "changes", stack)
        people = KnownPeople(PeopleStore(database), shelf.people)
        people.use(MODEL, dim, PASS_COSINE)
        stops, searches = [], []
        tasks = [asyncio.ensure_future(_tick(stops)), asyncio.ensure_future(_search(people, dim, searches))]
        await asyncio.sleep(QUIET_S)
        quiet_s = max(stops)
        stops.clear()
        began_s = time.perf_counter()
        note = await _import(path, folder, people, shelf)
        took_s = time.perf_counter() - began_s
        for task in tasks:
            task.cancel()
        assert note.registered == ROWS, note
    what = f"{ROWS:,} × {dim} from a file"
    return [
        figure(f"{what}: people", ROWS / took_s, "a second"),
        figure(f"{what}: longest stop of the event loop", max(stops) * 1e3, "ms", STOP_GOAL_MS),
        figure(f"{what}: 99.9 % of the stops are below", float(np.percentile(stops, 99.9)) * 1e3, "ms"),
        figure(f"{what}: longest stop without an import", quiet_s * 1e3, "ms"),
        figure(f"{what}: p99 of a search meanwhile", float(np.percentile(searches, 99)) * 1e3, "ms"),
    ]


async def _import(path, folder, people, shelf):
    async def nobody_looks(_photo):
        raise AssertionError("a photo is looked at")

    def model():
        return people.embedder, people.dim

    registrar = RowRegistrar(people, shelf.people, shelf.permissions, nobody_looks, model, shelf.do)
    with contextlib.closing(Notebook(folder / "notes").begin(ImportNote("0" * 16, path.name))) as note:
        return await import_rows(FeatureTar(path, Defaults()), registrar, Order(), note, Watcher())


async def _tick(stops):
    """Keep how much later than it should each tick came."""
    while True:
        began_s = time.perf_counter()
        await asyncio.sleep(TICK_S)
        stops.append(time.perf_counter() - began_s - TICK_S)


async def _search(people, dim, took_s):
    query = unit_rows(1, dim, seed=2)[0].tobytes()
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SEARCH_EVERY_S)
        began_s = time.perf_counter()
        await loop.run_in_executor(None, people.find, query, "", 100.0)
        took_s.append(time.perf_counter() - began_s)
