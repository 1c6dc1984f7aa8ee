"""What the report process writes to the disk: bytes for each visit, for each idle hour, and who asks for them.

The data folder is an ext4 of its own on a loop device (``parts/written``), whose counters tell what a disk is told
to write: the process's data, and the file system's journal, inodes and folders on top. Flash rewrites pages of its
own beside that, which nobody outside sees. The report process runs as it is installed, with 10,000 people and
sixteen cameras that are there.

Idle: nobody comes, first with nothing connected, then with a realtime client, a destination that has everything
and a browser on the screen "Live". Then five people a second come, told as in ``footprint``; each is a recognition
and a visit of 76 KB in the journal. Amplification is what the disk was told to write, over the journal's bytes.
Then, for a while, ``strace`` says which files that was.

Peers on the same file system, the same 76 KB each: a bare file that is appended to and synced for each event, and
SQLite with a row an event, WAL and ``synchronous = FULL``.
"""

import contextlib
import os
import shutil
import sqlite3
import time
from collections import Counter

from footprint import CAMERAS, PEOPLE, TILE_BYTES, VISITS_PER_S, cameras, config
from parts import disk, process
from parts.crowd import Crowd
from parts.events import EVENT_BYTES, PHOTO_BYTES
from parts.looking import Page
from parts.receiver import Receiver
from parts.registered import MODEL, figure, fill, unit_rows, until_loaded
from parts.service import Service
from parts.watchers import Watchers
from parts.written import Trace, counted_disk

from sophon_report.config import Log
from sophon_report.ops import logs
from sophon_report.ops.data_dir import DataDir

DIM = 128
SETTLE_S, IDLE_S, LOADED_S, TRACED_S = 20.0, 60.0, 60.0, 20.0
PEER_EVENTS = 200
HOUR_S = 3600


def run():
    """Figures of one run."""
    logs.configure(Log(level="error", format="text"), "bench")
    with disk.folder(free_bytes=4 << 30) as folder, counted_disk(
        folder
    ) as counted, contextlib.ExitStack() as stack:
        place, faces = DataDir(folder / "d"), unit_rows(PEOPLE, DIM)
        place.prepare()
        fill(place.store, faces, os.urandom(PHOTO_BYTES))
        receiver = Receiver()
        stack.callback(receiver.stop)
        service = Service(folder, config(receiver.url))
        stack.callback(service.stop)
        service.wait()
        until_loaded(service, place, DIM)
        crowd = Crowd(place.vision_socket, faces, 0, cameras(), MODEL, TILE_BYTES)
        stack.callback(crowd.stop)
        watch = Watch(counted, service)
        rows = [*watch.idle("nothing connected")]
        watchers, page = Watchers(service.event_port, 1, 0), Page(service.api_port, cameras())
        stack.callback(watchers.stop)
        stack.callback(page.stop)
        rows += watch.idle("client, destination and page")
        crowd.visits_per_s = VISITS_PER_S
        rows += watch.loaded()
        if shutil.which("strace"):
            rows += watch.traced(folder)
        crowd.visits_per_s = 0
        if counted is not None:
            rows += peers(counted)
    return {"name": f"flash, {CAMERAS} cameras, {VISITS_PER_S} visits/s", "results": rows}


class Watch:
    """What is written meanwhile."""

    def __init__(self, counted, service):
        self._counted, self._service = counted, service

    def idle(self, what):
        """Rows of a while in which nobody comes."""
        time.sleep(SETTLE_S)
        written, asked, _, _ = self._over(IDLE_S)
        rows = [figure(f"idle, {what}: asked for by the process", asked / IDLE_S * HOUR_S / 1e3, "KB an hour")]
        if written is not None:
            told = written.size_bytes / IDLE_S * HOUR_S / 1e3
            rows.append(figure(f"idle, {what}: written to the disk", told, "KB an hour", "<= 100"))
        return rows

    def loaded(self):
        """Rows of a while in which people come."""
        time.sleep(SETTLE_S)
        written, asked, visits, kept = self._over(LOADED_S)
        rows = [
            figure("a visit: in the journal", kept / visits / 1e3, "KB"),
            figure("a visit: asked for by the process", asked / visits / 1e3, "KB"),
        ]
        if written is not None:
            rows += [
                figure("a visit: written to the disk", written.size_bytes / visits / 1e3, "KB"),
                figure("amplification, of the journal's bytes", written.size_bytes / kept, "x", "<= 1.4"),
                figure("a visit: the disk was told to flush", written.flushes / visits, "times"),
            ]
        return rows

    def traced(self, folder):
        """Rows of which files are written."""
        trace = Trace(self._service.pid, folder / "d", folder / "trace")
        _, _, visits, _ = self._over(TRACED_S)
        rows = []
        for kind, row in sorted(trace.stop().items(), key=lambda item: -item[1]["bytes"]):
            each = Counter({key: value / visits for key, value in row.items()})
            rows.append(figure(f"a visit: {kind}", each["bytes"] / 1e3, "KB"))
            rows.append(
                figure(f"a visit: {kind}, calls and syncs", f"{each['calls']:.2f} {each['syncs']:.2f}", "")
            )
        return rows

    def _over(self, seconds):
        """What the disk was told, what the process asked for, visits that ended, and bytes of the journal."""
        before = self._now()
        time.sleep(seconds)
        after = self._now()
        written = None if self._counted is None else after[0].since(before[0])
        return (written, *(now - then for now, then in zip(after[1:], before[1:])))

    def _now(self):
        told = self._service.ask("/api/v1/delivery")
        written = None if self._counted is None else self._counted.written()
        asked = process.written_bytes(self._service.pid)
        return written, asked, told["visits"]["ended"], told["journal"]["size_bytes"]


def peers(counted):
    """What others have the same disk write for as many events of the same size."""
    rows = []
    for name, append in (("a bare file, each synced", _bare), ("SQLite, each committed", _sqlite)):
        before = counted.written()
        append(counted.mount)
        written = counted.written().since(before)
        each = written.size_bytes / PEER_EVENTS
        rows.append(figure(f"{name}: amplification", each / EVENT_BYTES, "x"))
    return rows


def _bare(folder):
    descriptor = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(PEER_EVENTS):
        os.write(descriptor, os.urandom(EVENT_BYTES))
        os.fdatasync(descriptor)
    os.close(descriptor)


def _sqlite(folder):
    with contextlib.closing(sqlite3.connect(folder / "rows.sqlite", isolation_level=None)) as connection:
        for sql in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE event (body BLOB)"):
            connection.execute(sql)
        for _ in range(PEER_EVENTS):
            connection.execute("INSERT INTO event VALUES (?)", (os.urandom(EVENT_BYTES),))
