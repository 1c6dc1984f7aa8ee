"""Searching while people are registered: store and gallery as the service has them, in one process.

A thread searches every few milliseconds, as shots come, while by turns nobody is registered and 10,000 people a
second are, in batches, each on the disk before it counts. The figure is the 99th percentile of the searches during
the one over that during the other, the gallery growing alike in both. Beside it: how many a second it takes when
it may.
"""

import contextlib
import threading
import time

import numpy as np

from parts import disk
from parts.registered import BATCH, MODEL, PASS_COSINE, entries, figure, unit_rows
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

FIRST, RATE, PHASES, PHASE_S = 50_000, 10_000, 4, 1.0
SEARCH_EVERY_S = 0.004
UNPACED = 10_000


class _Searcher:
    """Searches at its pace until it is stopped; keeps what each took, by phase."""

    def __init__(self, people, queries):
        self.phase, self.took_s = None, {True: [], False: []}
        self._people, self._queries, self._over = people, queries, threading.Event()
        self._thread = threading.Thread(target=self._search)
        self._thread.start()

    def _search(self):
        number = 0
        while not self._over.wait(SEARCH_EVERY_S):
            phase, began_s = self.phase, time.perf_counter()
            self._people.find(self._queries[number % len(self._queries)], "", 100.0)
            if phase is not None and phase == self.phase:
                self.took_s[phase].append(time.perf_counter() - began_s)
            number += 1

    def stop(self):
        self._over.set()
        self._thread.join()


def measure(dim):
    """Figures in one dimension."""
    rows = unit_rows(FIRST + PHASES * RATE + UNPACED, dim)
    queries = [query.tobytes() for query in unit_rows(64, dim, seed=2)]
    with disk.folder() as folder, contextlib.ExitStack() as stack:
        reading, writing = (Database.open(folder / "store.sqlite") for _ in range(2))
        stack.callback(reading.close)
        stack.callback(writing.close)
        people = KnownPeople(PeopleStore(reading), PeopleStore(writing), most_faces=len(rows))
        people.use(MODEL, dim, PASS_COSINE)
        for batch in entries(rows[:FIRST]):
            people.add_many(batch)
        searcher = _Searcher(people, queries)
        try:
            done = [_phase(people, searcher, rows, number) for number in range(PHASES)]
        finally:
            searcher.stop()
        first = FIRST + PHASES * RATE
        began_s = time.perf_counter()
        for batch in entries(rows[first:], first):
            people.add_many(batch)
        unpaced = UNPACED / (time.perf_counter() - began_s)
    p99 = {phase: float(np.percentile(took, 99)) for phase, took in searcher.took_s.items()}
    what = f"{FIRST:,} to {first:,} × {dim}"
    return [
        figure(f"{what}: p99 of a search while people come, times without", p99[True] / p99[False], "x", 1.2),
        figure(f"{what}: p99 of a search without", p99[False] * 1e3, "ms"),
        figure(f"{what}: people registered meanwhile", sum(done) / len(done), "a second", RATE),
        figure(f"{what}: people registered at full speed", unpaced, "a second", RATE),
    ]


def _phase(people, searcher, rows, number):
    """A second without anybody, and one with; how many came a second."""
    first = FIRST + number * RATE
    batches = list(entries(rows[first : first + RATE], first))
    searcher.phase = False
    time.sleep(PHASE_S)
    searcher.phase = True
    began_s = time.perf_counter()
    for at, batch in enumerate(batches):
        people.add_many(batch)
        time.sleep(max(0.0, began_s + (at + 1) * BATCH / RATE * PHASE_S - time.perf_counter()))
    took_s = time.perf_counter() - began_s
    searcher.phase = None
    return RATE / took_s
