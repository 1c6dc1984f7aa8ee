"""A start with 100,000 people: reading the gallery, and the whole report process.

The process is started as it is installed; the clock begins before it and ends when its port answers, and once more
when vision has said hello and the gallery is loaded. What it reads comes from the file cache.
"""

import contextlib
import time

from parts import disk
from parts.registered import MODEL, PASS_COSINE, fill, unit_rows, until_loaded
from parts.service import Service
from sophon_report.ops.data_dir import DataDir
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

ROWS = 100_000
GOAL_S = 2
CONFIG = """[server]
host = "127.0.0.1"
event_port = 0
api_port = 0
preview_port = 0
control_port = 0
system_port = 0
"""


def measure(dim):
    """Figures in one dimension."""
    with disk.folder() as folder:
        place = DataDir(folder / "d")
        place.prepare()
        fill(place.store, unit_rows(ROWS, dim))
        with contextlib.closing(Database.open(place.store)) as database:
            people = KnownPeople(PeopleStore(database))
            began_s = time.perf_counter()
            people.use(MODEL, dim, PASS_COSINE)
            read_s = time.perf_counter() - began_s
            assert people.stats().faces == ROWS
        size_bytes = place.store.stat().st_size
        service = Service(folder, CONFIG)
        try:
            answers_s = service.wait()
            loaded_s = until_loaded(service, place, dim)
        finally:
            service.stop()
    what = f"{ROWS:,} × {dim}"
    return [
        {"what": f"{what}: the gallery is read from the store", "value": read_s, "goal": GOAL_S, "unit": "s"},
        {"what": f"{what}: the process answers", "value": answers_s, "goal": GOAL_S, "unit": "s"},
        {"what": f"{what}: and has its gallery", "value": answers_s + loaded_s, "goal": None, "unit": "s"},
        {"what": f"{what}: in memory", "value": ROWS * (5 * dim + 20) / 1e6, "goal": None, "unit": "MB"},
        {"what": f"{what}: on the disk", "value": size_bytes / 1e6, "goal": None, "unit": "MB"},
    ]
