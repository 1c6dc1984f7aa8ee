"""Durable appends of 76 KB events: the journal against a bare file, SQLite and two queues on SQLite.

As many producers as 4 MiB of events append, each its next event once the last one is on the disk. The journal's
file system is watched: a bare file gets the same buffers in the same ``writev`` and ``fdatasync`` calls, SQLite
commits the same batches. The queues commit each event, which is what they do. All write to one folder on a disk.
They take turns in an order that rotates; a figure is the median over the rounds of the ratio within a round, in
bytes of events a second.

A round of the journal ends when ``EVENTS`` are on the disk, while the flow goes on: its end would cost one wait of
20 ms for a batch that never fills. Before each turn as much is written and removed as a round writes: in a virtual
machine each page that the file cache takes anew has to come from the host, which costs four times as much as the
disk, and whoever writes first would pay for all.
"""

import asyncio
import base64
import importlib.metadata
import itertools
import shutil
import sqlite3
import statistics
import time

from parts import disk
from parts.events import EVENT_BYTES, visit

from sophon_report import config
from sophon_report.config import Log
from sophon_report.delivery.journal import Journal, RealFiles, records
from sophon_report.delivery.journal.segment import RECORD_BYTES
from sophon_report.ops import logs

ROUNDS, WARM_UP = 30, 2
EVENTS = 840
"""Of one round of the journal: 60 batches of 14, in two or three segments."""
DISTINCT = 280
PEER_EVENTS = 110
"""Of one round of a queue that commits each."""
OUTSTANDING_BYTES = 4 << 20
HEAT_BYTES = 96 << 20
PRODUCERS = OUTSTANDING_BYTES // EVENT_BYTES


def run():
    """Ratios of one run."""
    logs.configure(Log(level="error", format="text"), "bench")
    with disk.folder(free_bytes=2 << 30) as folder:
        return {"name": f"journal, on {disk.file_system(folder)}", "results": measure(folder)}


def measure(folder):
    """Rows of the report."""
    visits = [visit(number) for number in range(DISTINCT)]
    ours = Ours(folder, visits)
    peers = [Bare(folder, ours), Sqlite(folder, ours), PersistQueue(folder, visits), *lite_queues(folder, visits)]
    speeds = {peer: [] for peer in [ours, *peers]}
    ours.round()
    for number in range(WARM_UP + ROUNDS):
        for peer in rotated([ours, *peers], number):
            disk.heat(folder, HEAT_BYTES)
            speed = peer.round()
            if number >= WARM_UP:
                speeds[peer].append(speed)
    return rows(ours, peers, speeds)


def rotated(items, by):
    """The same items, beginning elsewhere."""
    by %= len(items)
    return items[by:] + items[:by]


def rows(ours, peers, speeds):
    """What is told."""

    def median(peer):
        return statistics.median(speeds[peer]) / 1e6

    def ratio(peer):
        return statistics.median(a / b for a, b in zip(speeds[ours], speeds[peer]))

    return [
        *(
            {"what": f"times as fast as {peer.name}", "value": ratio(peer), "goal": peer.goal, "unit": "x"}
            for peer in peers
        ),
        {"what": "ours", "value": median(ours), "goal": None, "unit": "MB/s"},
        *({"what": peer.name, "value": median(peer), "goal": None, "unit": "MB/s"} for peer in peers),
        {"what": "ours, records a sync", "value": ours.records_a_sync(), "goal": None, "unit": ""},
        *(
            {"what": f"{peer.name}, as it ships", "value": peer.settings(), "goal": None, "unit": peer.loses}
            for peer in peers
            if peer.loses
        ),
    ]


class Ours:
    """``Journal.append`` on a running event loop, awaited."""

    name = "ours"

    def __init__(self, folder, visits):
        self._folder, self._visits = folder, visits
        self._numbers = itertools.count()
        self.batches = []
        """Buffers of each sync of the last round."""

    def round(self):
        """Bytes of events a second; the journal is opened before and closed after."""
        return asyncio.run(self._round())

    async def _round(self):
        files = WatchedFiles()
        directory = self._folder / f"journal-{next(self._numbers)}"
        journal = Journal.open(directory, config.Journal(), clock_ms=lambda: 1_760_000_000_000, files=files)
        await journal.start()
        flow = Flow(journal, self._visits)
        began_s = time.perf_counter()
        producers = [asyncio.ensure_future(flow.produce()) for _ in range(PRODUCERS)]
        await flow.whole.wait()
        took_s = time.perf_counter() - began_s
        # A segment's first sync, of its header alone, is ours to pay.
        self.batches = [buffers for buffers in files.batches if size_bytes(buffers) > EVENT_BYTES]
        await asyncio.gather(*producers)
        await journal.close()
        shutil.rmtree(directory)
        return EVENT_BYTES * EVENTS / took_s

    def records_a_sync(self):
        """How many events shared a sync in the last round."""
        return size_bytes(itertools.chain(*self.batches)) / EVENT_BYTES / len(self.batches)


class Flow:
    """Producers who append, wait and go on, until ``EVENTS`` are accepted."""

    def __init__(self, journal, visits):
        self._journal, self._visits = journal, itertools.cycle(visits)
        self._accepted = 0
        self.whole = asyncio.Event()

    async def produce(self):
        """One of them."""
        while not self.whole.is_set():
            await self._journal.append(next(self._visits)).accepted
            self._accepted += 1
            if self._accepted >= EVENTS:
                self.whole.set()


def size_bytes(buffers):
    """Of all of them."""
    return sum(map(len, buffers))


class WatchedFiles(RealFiles):
    """The real file system; remembers what was written between syncs."""

    def __init__(self):
        self.batches = []

    def create(self, path):
        return WatchedFile(super().create(path), self.batches)


class WatchedFile:
    """The real file."""

    def __init__(self, file, batches):
        self._file, self._batches = file, batches
        self.fdatasync, self.close = file.fdatasync, file.close

    def write(self, buffers):
        self._batches.append(buffers)
        self._file.write(buffers)


class Bare:
    """``writev`` and ``fdatasync``, with the buffers of ours."""

    name, goal, loses = "a bare file, same batches", 0.85, ""

    def __init__(self, folder, ours):
        self._path, self._ours = folder / "bare", ours

    def round(self):
        """Bytes of events a second."""
        file = RealFiles().create(self._path)
        began_s = time.perf_counter()
        for buffers in self._ours.batches:
            file.write(buffers)
            file.fdatasync()
        took_s = time.perf_counter() - began_s
        file.close()
        self._path.unlink()
        return size_bytes(itertools.chain(*self._ours.batches)) / took_s


class Sqlite:
    """A table of blobs, one transaction a batch, synced."""

    name, goal, loses = f"SQLite {sqlite3.sqlite_version}, WAL, FULL, same batches", 2, ""

    def __init__(self, folder, ours):
        self._folder, self._ours = folder / "sqlite", ours
        self._folder.mkdir()

    def round(self):
        """Bytes of events a second."""
        database = sqlite3.connect(self._folder / "events.db", isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        batches = [blobs(buffers) for buffers in self._ours.batches]
        began_s = time.perf_counter()
        for batch in batches:
            database.execute("BEGIN")
            database.executemany("INSERT INTO event (body) VALUES (?)", batch)
            database.execute("COMMIT")
        took_s = time.perf_counter() - began_s
        database.close()
        empty(self._folder)
        return sum(len(body) for batch in batches for (body,) in batch) / took_s


def blobs(buffers):
    """A row for each record: its head and what follows it until the next."""
    rows_, body = [], []
    for buffer in buffers:
        if len(buffer) == RECORD_BYTES and body:
            rows_.append((b"".join(body),))
            body = []
        body.append(buffer)
    return [*rows_, (b"".join(body),)]


class PersistQueue:
    """``SQLiteAckQueue``, the one whose items stay until they are acknowledged."""

    goal, loses = 4, "a power cut loses nothing"

    def __init__(self, folder, visits):
        self.name = f"persist-queue {importlib.metadata.version('persist-queue')}"
        self._folder = folder / "persist-queue"
        self._bodies = [b"".join(records.encode(seen)[1]) for seen in visits[:PEER_EVENTS]]

    def round(self):
        """Bytes of events a second."""
        queue = self._open()
        began_s = time.perf_counter()
        for body in self._bodies:
            queue.put(body)
        took_s = time.perf_counter() - began_s
        queue.close()
        empty(self._folder)
        return EVENT_BYTES * PEER_EVENTS / took_s

    def settings(self):
        """What it asks of SQLite."""
        queue = self._open()
        told = pragmas(queue._putter)  # noqa: SLF001 - it has no other way to tell
        queue.close()
        return told

    def _open(self):
        from persistqueue import SQLiteAckQueue  # noqa: PLC0415 - a bench tool, not a dependency

        return SQLiteAckQueue(str(self._folder))


class LiteQueue:
    """Takes text only: pictures as base64, made beforehand."""

    def __init__(self, folder, visits, synchronous, goal, loses):
        version = importlib.metadata.version("litequeue")
        self.name = f"litequeue {version}" + (f", synchronous = {synchronous}" if synchronous else "")
        self.goal, self.loses, self._synchronous = goal, loses, synchronous
        self._folder = folder / f"litequeue-{synchronous}"
        self._folder.mkdir()
        bodies = (b"".join(records.encode(seen)[1]) for seen in visits[:PEER_EVENTS])
        self._texts = [base64.b64encode(body).decode() for body in bodies]

    def round(self):
        """Bytes of events a second."""
        queue = self._open()
        if self._synchronous:
            queue.conn.execute(f"PRAGMA synchronous = {self._synchronous}")
        began_s = time.perf_counter()
        for text in self._texts:
            queue.put(text)
        took_s = time.perf_counter() - began_s
        queue.close()
        empty(self._folder)
        return EVENT_BYTES * PEER_EVENTS / took_s

    def settings(self):
        """What it asks of SQLite."""
        queue = self._open()
        told = pragmas(queue.conn)
        queue.close()
        return told

    def _open(self):
        from litequeue import LiteQueue as Queue  # noqa: PLC0415 - a bench tool, not a dependency

        return Queue(str(self._folder / "queue.db"))


def lite_queues(folder, visits):
    """As it ships, which syncs no commit; and as it would have to be set to promise what we do."""
    return [
        LiteQueue(folder, visits, "FULL", 4, ""),
        LiteQueue(folder, visits, "", 4, "a power cut loses what was put since the last checkpoint, some 4 MB"),
    ]


def pragmas(connection):
    """Journal mode and how commits are synced, in words."""
    (mode,) = tuple(connection.execute("PRAGMA journal_mode").fetchone())
    (level,) = tuple(connection.execute("PRAGMA synchronous").fetchone())
    return f"{mode}, synchronous {('OFF', 'NORMAL', 'FULL', 'EXTRA')[level]}"


def empty(folder):
    """Remove its files."""
    for path in folder.iterdir():
        path.unlink()
