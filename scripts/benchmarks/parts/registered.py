"""People by the thousand: random unit vectors, a store that holds them, a vision that names its model."""

import contextlib
import time

import numpy as np

from sophon_report.link.client import LinkClient
from sophon_report.link.messages import LINK_VERSION, Hello
from sophon_report.model import Person, PersonFace
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.people_batch import Entry

MODEL, PASS_COSINE = "bench", 0.489
BATCH = 500
LOADED_S = 60.0


def figure(what, value, unit, goal=None):
    """A line of a report."""
    return {"what": what, "value": value, "goal": goal, "unit": unit}


def unit_rows(count, dim, seed=1):
    """Vectors uniform on the sphere."""
    rows = np.random.default_rng(seed).standard_normal((count, dim), dtype=np.float32)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def entry(number, row, groups=(), photo=b""):
    """A person with one face."""
    face = PersonFace(f"f{number}", f"p{number}", photo, row.tobytes(), MODEL)
    return Entry(Person(f"E-{number}", f"name {number}", permission_ids=tuple(groups)), (face,))


def entries(rows, first=0, photo=b""):
    """A person for each row, in batches."""
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        yield [entry(first + start + at, row, photo=photo) for at, row in enumerate(some)]


def fill(path, rows, photo=b""):
    """A store with so many people, all with the same photo."""
    with contextlib.closing(Database.open(path)) as database:
        store = PeopleStore(database)
        for batch in entries(rows, photo=photo):
            assert not any(store.add_many(batch))


def until_loaded(service, place, dim):
    """Say hello as vision does; seconds until the gallery is loaded."""
    began_s = time.perf_counter()
    link = LinkClient.connect(place.vision_socket)
    try:
        link.send(Hello(LINK_VERSION, 1, "bench", MODEL, dim, PASS_COSINE))
        while b'"gallery_loaded"' not in service.log.read_bytes():
            assert time.perf_counter() - began_s < LOADED_S, "the gallery is not loaded"
            time.sleep(0.002)
        return time.perf_counter() - began_s
    finally:
        link.close()
