"""The event index with ten million events of a year, asked as clients ask it (``--rows`` for fewer).

Beside it a peer in the same run and on the same rows: bare ``sqlite3`` with the index everybody makes first, on
the time alone, and for faces the same vectors as one file for ``np.fromfile``. Both go by turns;
a figure is over questions about random days, after some that warm the file cache up. Rows are made by SQL:
16 devices, 20,000 people of whom six in ten events are, names that others contain. Only the newest 200,000 have a
vector (128 numbers), so that the file stays at 3 GB. It is kept under ``var/bench`` for the next run.
"""

import random
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
from wire import event

from sophon_report.model import Visit
from sophon_report.recognition.past_faces import StoredFaces, WantedFaces, look_through
from sophon_report.store.event_index import EventIndex, EventQuery, row_of

ROWS = 10_000_000
DEVICES, PEOPLE, DIM, WITH_VECTOR, SEARCHED = 16, 20_000, 128, 200_000, 50_000
YEAR_MS, DAY_MS, START_MS = 365 * 86_400_000, 86_400_000, 1_760_000_000_000
LATEST_MS = START_MS + 2 * YEAR_MS
QUESTIONS, PAGE = 200, 100
MODEL = "b" * 64
KEPT = Path(__file__).resolve().parents[2] / "var" / "bench"
LOOKS = (
    "[17,480,0,[501.2,203.4,622.1,383.9],[540.1,270.2,590.4,271.1,566.0,300.3,545.2,340.9,586.1,341.7],"
    '0.9312,[120.9,412.3,118.2,3.1,-2.2,0.4,false],["female",33.6,true,false,false],""]'
)


def run():
    """Speeds, each with its goal or its peer."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"events-{ROWS}-2.sqlite"
    if not kept.exists():
        build(kept)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=str(KEPT)) as folder:
        index = EventIndex(kept, bound_s=60.0)
        index.open()
        try:
            results = [*sizes(kept), *questions(index, kept), *faces(index, Path(folder))]
        finally:
            index.close()
        results += insertion(kept, Path(folder))
    return {"name": f"event index, {ROWS:,} rows of a year", "results": results}


def build(path):
    """Fill a file by SQL, its indices last, and put it into place when it is whole."""
    began_s, half_done = time.monotonic(), path.with_suffix(".part")
    for left in path.parent.glob(half_done.name + "*"):
        left.unlink()
    with closing(EventIndex(half_done)) as index:
        index.open()
    with closing(sqlite3.connect(str(half_done), isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute("PRAGMA synchronous = OFF")
        indices = file.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'event_by_%'").fetchall()
        file.execute("BEGIN")
        for name, _ in indices:
            file.execute(f"DROP INDEX {name}")
        fill(file)
        for _, sql in indices:
            file.execute(sql)
        file.execute("COMMIT")
        (path.with_suffix(".bytes")).write_text(str(half_done.stat().st_size))
        file.execute("CREATE INDEX peer_by_time ON event (at_ms)")
    half_done.rename(path)
    print(f"  built in {time.monotonic() - began_s:.0f} s", flush=True)


def fill(file):
    """Rows as a year brings them."""
    step_us = YEAR_MS * 1000 // ROWS
    file.execute("INSERT INTO embedder VALUES (1, ?), (2, '')", (MODEL,))
    file.executemany(
        "INSERT INTO device VALUES (?, ?, ?, 'rtsp', '10.0.0.21', 'rtsp://10.0.0.21/ch1', '', 'gate')",
        [(number, f"cam-{number}", f"door {number}") for number in range(1, DEVICES + 1)],
    )
    names = [(number, f"Person {number:05d}", f"person {number:05d}") for number in range(1, PEOPLE + 1)]
    file.executemany("INSERT INTO name VALUES (?, ?, ?)", names)
    file.execute("INSERT INTO person SELECT number, 'E-' || number, number, 'photo' FROM name")
    chance = "((i * 2654435761) % 4294967296)"
    known = f"{chance} % 10 < 6"
    file.execute(
        f"""WITH RECURSIVE step (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM step WHERE i + 1 < ?)
        INSERT INTO event SELECT
            ? + i * ?, NULL, i + 1, (? + i * ?) / 1000, (? + i * ?) / 1000 - 480, (? + i * ?) / 1000 + 4200,
            1 + {chance} / 7 % {DEVICES},
            CASE WHEN {known} THEN 1 + {chance} / 11 % {PEOPLE} END,
            CASE WHEN {known} THEN 1 + {chance} / 11 % {PEOPLE} ELSE 0 END,
            CASE WHEN {known} THEN 0 ELSE 3 END, {chance} % 1000000, '0', 'left'
        FROM step""",
        (ROWS, *(START_MS * 1000, step_us) * 4),
    )
    chances = np.random.default_rng(7)
    first = max(0, ROWS - WITH_VECTOR)
    bare = "INSERT INTO face SELECT number, 2, x'', ? FROM event WHERE number < ? ORDER BY number"
    file.execute(bare, (LOOKS, START_MS * 1000 + first * step_us))
    vectors = chances.standard_normal((ROWS - first, DIM), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = (START_MS * 1000 + place * step_us for place in range(first, ROWS))
    with_vectors = ((number, vector.tobytes(), LOOKS) for number, vector in zip(numbers, vectors))
    file.executemany("INSERT INTO face VALUES (?, 1, ?, ?)", with_vectors)
    file.execute("UPDATE state SET value = ? WHERE name = 'rows'", (ROWS,))


def sizes(path):
    """What a row takes on the disk."""
    size_bytes = int(path.with_suffix(".bytes").read_text())
    vectors = min(WITH_VECTOR, ROWS) * DIM * 4
    row = (size_bytes - vectors) / ROWS
    return [{"what": "a row beside its vector", "value": row, "goal": None, "unit": "bytes"}]


def questions(index, path):
    """Pages of a hundred with their totals, and the same by the peer."""
    chance = random.Random(7)
    person = PEOPLE // 2
    kinds = [
        ("a day", 50, {}, "", ()),
        ("a day, one device", 50, {"device_ids": ("cam-3",)}, "AND device.device_id = ?", ("cam-3",)),
        (
            "a day, a part of a name (10 people)",
            50,
            {"name_part": "oN 1234"},
            "AND name.folded LIKE ?",
            ("%on 1234%",),
        ),
        ("a day, a part of every name", 50, {"name_part": "person"}, "AND name.folded LIKE ?", ("%person%",)),
        ("a day, score and kind", 50, {"score_min": 50.0}, "AND event.score >= ?", (500_000,)),
    ]
    rows = []
    with closing(sqlite3.connect(str(path))) as file:
        for what, goal, asked, condition, values in kinds:
            rows += compared(index, file, what, goal, asked, condition, values, chance)
    once = [EventQuery(identity_id=f"E-{person + at}") for at in range(QUESTIONS)]
    rows += asked_once(index, "a person, over everything", once, 50)
    some = [EventQuery(name_part=f"son 0{at:03d}") for at in range(50)]
    rows += asked_once(index, "a part of a name (10 people), over everything", some, 50)
    rows += asked_once(index, "the newest of all", [EventQuery()] * 50, 50)
    rows += asked_once(index, "a month, page 200", [window(chance, 30) for _ in range(20)], None, 20_000)
    return rows + asked_once(index, "all but a month", [EventQuery(START_MS + 30 * DAY_MS)] * 5, None)


def asked_once(index, what, queries, goal, offset=0):
    """Questions that the peer is not asked."""
    took = [timed(partial(index.page, query, PAGE, offset)) for query in queries]
    return percentiles(what, took, goal)


def compared(index, file, what, goal, asked, condition, values, chance):
    """One kind of question about random days by both."""
    ours, peers = [], []
    for turn in range(QUESTIONS + 3):
        query = window(chance, 1, **asked)
        took = timed(partial(index.page, query, PAGE))
        peer = timed(partial(plain, file, query, condition, values))
        if turn >= 3:
            ours.append(took)
            peers.append(peer)
    ratio = statistics.median(peer / our for our, peer in zip(ours, peers))
    peer_row = {"what": f"{what}: bare sqlite3 by this", "value": ratio, "goal": None, "unit": "x"}
    return [*percentiles(what, ours, goal), peer_row]


def window(chance, days, **asked):
    """Some days of the year."""
    from_ms = START_MS + chance.randrange(YEAR_MS - days * DAY_MS)
    return EventQuery(from_ms, from_ms + days * DAY_MS, **asked)


def plain(file, query, condition, values):
    """What one writes first: an index on the time, joins, a count and a page."""
    tables = """FROM event INDEXED BY peer_by_time JOIN device ON device.number = event.device
        LEFT JOIN person ON person.number = event.person LEFT JOIN name ON name.number = person.name"""
    where = f"WHERE at_ms BETWEEN ? AND ? {condition}"
    given = (query.from_ms, query.to_ms, *values)
    total = file.execute(f"SELECT count(*) {tables} {where}", given).fetchone()[0]
    rows = file.execute(
        f"""SELECT event.*, device.*, person.*, name.*, face.* {tables} JOIN face ON face.number = event.number
            {where} ORDER BY at_ms DESC LIMIT {PAGE}""",
        given,
    ).fetchall()
    return total, rows


def faces(index, folder):
    """The newest 50,000 vectors and the ten nearest to a face."""
    query = np.random.default_rng(8).standard_normal(DIM, dtype=np.float32)
    found = index.face_vectors(None, None, (), MODEL, limit=SEARCHED)
    assert len(found.numbers) == min(SEARCHED, ROWS)
    path = folder / "vectors"
    found.vectors.tofile(str(path))

    def ours():
        one = index.face_vectors(None, None, (), MODEL, limit=SEARCHED)
        return index.rows(one.numbers[nearest(one.vectors, query)])

    def call():
        """What one ``searchbyimage`` does, but for its picture: the oldest first, in turns."""
        window = look_through(read, WantedFaces(unit, mark, since_ms, LATEST_MS, newest_first=False))
        assert window.scanned >= min(SEARCHED, ROWS) - 1  # a window holds whole milliseconds
        return index.rows([face.number for face in window.found])

    def read(from_ms, to_ms, limit):
        faces = index.face_vectors(from_ms, to_ms, (), MODEL, newest_first=False, limit=limit)
        return StoredFaces(faces.numbers, faces.at_ms, faces.vectors, faces.more)

    unit = query / np.linalg.norm(query)
    mark, since_ms = float(np.sort(found.vectors @ unit)[-11]), int(found.at_ms[-1])

    def peer():
        return nearest(np.fromfile(str(path), np.float32).reshape(-1, DIM), query)

    pairs = [(timed(ours), timed(peer)) for _ in range(20)]
    ratio = statistics.median(our / other for our, other in pairs)
    return [
        *percentiles("faces: 50,000 vectors and the ten nearest", [our for our, _ in pairs], 100),
        *percentiles("faces: a call of searchbyimage over them", [timed(call) for _ in range(20)], 100),
        {"what": "faces: against np.fromfile of one file", "value": ratio, "goal": None, "unit": "x"},
    ]


def nearest(vectors, query):
    """Places of the ten nearest."""
    scores = vectors @ query
    return np.argpartition(scores, -10)[-10:]


def insertion(kept, folder):
    """Rows put by slices of 64 into a copy of the file, while a thread asks for days."""
    copy = folder / "copy.sqlite"
    shutil.copyfile(kept, copy)
    index, stop, asked = EventIndex(copy, bound_s=60.0), threading.Event(), []
    index.open()
    sample = row_of(event(Visit))
    chance = random.Random(9)

    def ask():
        while not stop.is_set():
            asked.append(timed(lambda: index.page(window(chance, 1), PAGE)))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        put, began_s = 0, time.perf_counter()
        while time.perf_counter() - began_s < 5.0:
            index.put([fresh(sample, put + each) for each in range(64)], cursor=put)
            put += 64
        rate = put / (time.perf_counter() - began_s)
    finally:
        stop.set()
        asking.join()
        index.close()
    return [
        {"what": "rows put a second while somebody asks", "value": rate, "goal": "> 1000", "unit": "rows/s"},
        *percentiles("a day, asked meanwhile", asked, 50),
    ]


def fresh(sample, number):
    """A row that is not there yet."""
    at_ms = START_MS + YEAR_MS + number
    changes = {"event_id": f"{at_ms * 1000:016d}", "at_ms": at_ms, "seq": ROWS + number}
    return type(sample)(**{**vars(sample), **changes})


def timed(act):
    """Milliseconds."""
    began_s = time.perf_counter()
    act()
    return (time.perf_counter() - began_s) * 1000


def percentiles(what, took, goal):
    """Median and the 99th of a hundred."""
    told = f"< {goal}" if goal else None
    ordered = sorted(took)
    return [
        {"what": f"{what}, p50", "value": statistics.median(ordered), "goal": told, "unit": "ms"},
        {"what": f"{what}, p99", "value": ordered[int(len(ordered) * 0.99)], "goal": told, "unit": "ms"},
    ]
