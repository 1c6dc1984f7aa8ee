"""What is written while nothing happens: flash wears by each write, and a box runs for years."""

import sqlite3
import subprocess
import sys
import time

from running_box import running_box
from waiting import until

WATCHED_S = 2.0
"""What goes by the second comes around twice; so long the service is asked again and again."""


def files(folder):
    """Every file with what a write would change of it. The index of a write-ahead log is memory that is shared."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.endswith("-shm"):
            state = path.stat()
            found[path.relative_to(folder).as_posix()] = state.st_ino, state.st_size, state.st_mtime_ns
    return found


def test_a_service_that_nobody_passes_writes_nothing(tmp_path_factory):
    """With a realtime client, a destination that has trouble, cameras that are there and who asks for figures."""
    folder = tmp_path_factory.mktemp("f")
    told = {"name": "platform", "url": "http://127.0.0.1:9/", "from": "now"}
    with running_box(folder, destination=[told], access={"open_reads": True}) as box, box.vision.alive():
        box.register("E-1", "ada", "ada")
        client = box.connect()
        client.send("{}")
        until(lambda: box.subscribed() == 1, "a client")
        box.vision.visit("ada")
        until(lambda: box.journaled() >= 2, "a visit on the disk")
        box.indexed()
        until(lambda: box.call(lambda: not box.process.journal.cursors.is_dirty), "places on the disk")
        before = files(folder)
        end_s = time.monotonic() + WATCHED_S
        while time.monotonic() < end_s:
            box.vision.online(now_ms=1_760_000_100_000)
            for path in ("/healthz", "/api/v1/devices", "/api/v1/delivery", "/api/v1/problems-now", "/metrics"):
                box.raw("GET", path)
        changed = {name for name, state in files(folder).items() if before.get(name) != state}
        client.close()
    assert changed <= {"diary/platform.notes"}, changed


def test_what_is_too_large_for_memory_waits_in_the_data_folder(tmp_path):
    """SQLite and Python look for a folder that they may write to, and on a box there is no other."""
    program = """
import os, sys
from pathlib import Path
from sophon_report.cli import service
service._spill_into(Path(sys.argv[1]))
import sqlite3, tempfile
print(tempfile.gettempdir())
connection = sqlite3.connect(":memory:")
connection.execute("PRAGMA temp_store = FILE")
connection.execute("PRAGMA cache_size = 2")
connection.execute("CREATE TEMP TABLE large AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                   "WHERE i < 20000) SELECT i, hex(randomblob(50)) AS text FROM n")
print([os.path.dirname(os.readlink(f"/proc/self/fd/{each}")) for each in os.listdir("/proc/self/fd")
       if "etilqs" in (os.readlink(f"/proc/self/fd/{each}") if os.path.lexists(f"/proc/self/fd/{each}") else "")])
"""
    environment = {"PATH": "/usr/bin", "PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, env=environment, check=True
    )
    python, sqlite = done.stdout.splitlines()
    assert python == str(tmp_path)
    assert sqlite == str([str(tmp_path)]), sqlite3.sqlite_version
