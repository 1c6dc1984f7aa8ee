"""One query against 100,000 rows, top-1, one thread, against faiss ``IndexFlatIP`` (needs ``faiss-cpu``).

Two kinds of rows, both unit vectors: *clustered*, 20,000 people with five pictures each, cosine about .75 within a
person and .15 between people, as the default embedder gives on real faces, half of the queries of people who are
registered; and *random*, uniform on the sphere, where the nearest is no nearer than chance has it. Each query goes
through all three searches in turn, in an order that rotates; a figure is the median of the ratios within queries.

Then 100,000 people as the service has them: searches within a permission group (``parts/permitted``), searches
while people are registered (``parts/enrolment``), a start (``parts/starting``), and all of them from a file of
another box (``parts/moving``).
"""

import itertools
import json
import statistics
import time

import numpy as np
from parts import enrolment, moving, permitted, starting

from sophon_report.config import Log
from sophon_report.ops import interpreter, logs
from sophon_report.recognition.gallery import Gallery

ROWS, QUERIES = 100_000, 90
DIMS = (512, 128)
PEOPLE = ROWS // 5


def unit(vectors):
    """Rows of length one as float32."""
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def random_rows(dim, rng):
    """Rows and queries uniform on the sphere."""
    vectors = unit(rng.standard_normal((ROWS + QUERIES, dim), dtype=np.float32))
    return vectors[:ROWS], vectors[ROWS:]


def clustered_rows(dim, rng):
    """Rows of people, and queries: new pictures of some of them and of strangers, by turns."""
    noise = np.float32(1 / np.sqrt(dim))
    common = unit(rng.standard_normal((1, dim)))
    people = unit(
        np.sqrt(0.2 / 0.8) * common + noise * rng.standard_normal((PEOPLE + QUERIES, dim), dtype=np.float32)
    )

    def pictures_of(numbers):
        spread = noise * np.float32(np.sqrt(0.25 / 0.75))
        return unit(people[numbers] + spread * rng.standard_normal((len(numbers), dim), dtype=np.float32))

    rows = pictures_of(np.arange(ROWS) % PEOPLE)
    asked = np.where(np.arange(QUERIES) % 2 == 0, np.arange(QUERIES), PEOPLE + np.arange(QUERIES))
    return rows, pictures_of(asked)


def timed(search, query):
    """Seconds of one search, and the row it found."""
    start = time.perf_counter()
    found = search(query)
    return time.perf_counter() - start, found


def measure(kind, dim):
    """Results for one kind of rows in one dimension."""
    import faiss  # noqa: PLC0415 - a bench tool, not a dependency

    faiss.omp_set_num_threads(1)
    rows, queries = {"clustered": clustered_rows, "random": random_rows}[kind](dim, np.random.default_rng(dim))
    index, gallery = faiss.IndexFlatIP(dim), Gallery(dim)
    index.add(rows)
    for number, row in enumerate(rows):
        gallery.put(str(number), row)
    searches = {
        "faiss": lambda query: int(index.search(query[None], 1)[1][0, 0]),
        "brute": lambda query: int(gallery.top_k(query, exhaustive=True)[0].face_id),
        "first pass": lambda query: int(gallery.top_k(query)[0].face_id),
    }
    orders = itertools.cycle(list(itertools.permutations(searches)))
    rounds = []
    for query, order in zip(queries, orders):
        done = {name: timed(searches[name], query) for name in order}
        assert len({found for _, found in done.values()}) == 1, "the three searches disagree"
        rounds.append({name: seconds for name, (seconds, _) in done.items()})
    computed = gallery.stats().computed / QUERIES - ROWS
    return results(f"{ROWS:,} × {dim}, {kind}", rounds, computed)


def results(what, rounds, computed):
    """Ratios within queries, and the times they come from."""

    def ratio(name):
        return statistics.median(times["faiss"] / times[name] for times in rounds)

    def millis(name):
        return statistics.median(times[name] for times in rounds) * 1e3

    return [
        {"what": f"{what}: every row, times as fast as faiss", "value": ratio("brute"), "goal": 0.95, "unit": "x"},
        {
            "what": f"{what}: first pass, times as fast as faiss",
            "value": ratio("first pass"),
            "goal": 2,
            "unit": "x",
        },
        {"what": f"{what}: faiss", "value": millis("faiss"), "goal": None, "unit": "ms"},
        {"what": f"{what}: first pass", "value": millis("first pass"), "goal": None, "unit": "ms"},
        {"what": f"{what}: rows computed in full", "value": computed, "goal": None, "unit": "rows a query"},
    ]


def run():
    """Measure both kinds of rows in both dimensions, and what the service does with them."""
    logs.configure(Log(level="error", format="text"), "bench")
    measured = [measure(kind, dim) for dim in DIMS for kind in ("clustered", "random")]
    interpreter.share_quickly()  # as the report process does
    interpreter.keep_what_is_there()
    for part in (permitted, enrolment, starting, moving):
        measured += [part.measure(dim) for dim in DIMS]
    return {"name": "gallery", "results": [one for part in measured for one in part]}


if __name__ == "__main__":
    print(json.dumps(run(), indent=2, ensure_ascii=False))
