"""What the report process takes of a box: memory, time of a core, its start; and what a command takes to begin.

The report process runs as it is installed, with 10,000 people, once with vectors of 128 numbers and once of 512.
Five people a second come before sixteen cameras, told over vision's link with 70 KB of pictures a shot and two
shots a visit, every other one somebody who is registered. A realtime client takes all pictures, a receiver on this
machine takes the history, and a browser shows the screen "Live" with all sixteen cameras, five pictures a second
of each. Memory is what the process holds at the end of that; the processor's time is its own, kernel included, of
one core.

A start is the best of several, from the start of the process until its port answers, and again with the gallery
loaded; so is a command, from its start to its end. Peers: the interpreter alone, and one that only imports the
libraries that the report process is made of.
"""

import compileall
import contextlib
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from parts import disk, process
from parts.crowd import Crowd
from parts.events import PHOTO_BYTES
from parts.looking import Page
from parts.receiver import Receiver
from parts.registered import MODEL, figure, fill, unit_rows, until_loaded
from parts.service import Service
from parts.watchers import Watchers

from sophon_report.config import Log
from sophon_report.ops import logs
from sophon_report.ops.data_dir import DataDir

PEOPLE, DIMS, CAMERAS, VISITS_PER_S = 10_000, (128, 512), 16, 5
TILE_BYTES = 12_000
"""Of a picture 320 px wide."""
STARTS, COMMANDS = 3, 5
QUIET_S, WARM_UP_S, LOADED_S = 5.0, 15.0, 25.0
LIBRARIES = "import asyncio, sqlite3, numpy, aiohttp.web, pydantic, structlog, msgpack, orjson, websockets"
PACKAGE = Path(__file__).resolve().parent.parent.parent


def run():
    """Figures of one run."""
    logs.configure(Log(level="error", format="text"), "bench")
    # As an installation leaves it, whatever PYTHONDONTWRITEBYTECODE says here.
    compileall.compile_dir(PACKAGE / "sophon_report", quiet=1)
    rows = commands()
    for dim in DIMS:
        rows += report_process(dim)
    load = round(os.getloadavg()[0], 1)
    return {"name": f"footprint, {PEOPLE:,} people, {CAMERAS} cameras (load {load} at the end)", "results": rows}


def commands():
    """How long commands take, the best of several."""
    with disk.folder() as folder:
        (folder / "config.toml").write_text(config("http://192.0.2.1/"), encoding="utf-8")
        product = [sys.executable, "-m", "sophon_report"]
        asked = {
            "--help": [*product, "--help"],
            "--version": [*product, "--version"],
            "check-config": [*product, "check-config", str(folder / "config.toml")],
            "people list": [*product, "people", "list", "--data-dir", str(folder / "d")],
            "the interpreter alone": [sys.executable, "-c", "pass"],
            "one that imports the libraries": [sys.executable, "-c", LIBRARIES],
        }
        goals = dict.fromkeys(("--help", "--version", "check-config"), "<= 150")
        rows = []
        for what, command in asked.items():
            took_ms, busy_ms = map(min, zip(*(_took_ms(command) for _ in range(COMMANDS))))
            rows.append(figure(f"command: {what}", took_ms, "ms", goals.get(what)))
            rows.append(figure(f"command: {what}, time of a core", busy_ms, "ms"))
        libraries = subprocess.run(
            [sys.executable, "-c", f"{LIBRARIES}; print(open('/proc/self/status').read())"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        held = next(line for line in libraries.splitlines() if line.startswith("VmRSS"))
        return [*rows, figure("the libraries alone: memory", int(held.split()[1]) / 1000, "MB")]


def _took_ms(command):
    """Until its end, and how long it kept a core busy: on a busy machine the first is more, the second hardly."""
    began_s, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=PACKAGE, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, command
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (time.perf_counter() - began_s) * 1000, busy_s * 1000


def report_process(dim):
    """Figures of it in one dimension."""
    with disk.folder(free_bytes=2 << 30) as folder, contextlib.ExitStack() as stack:
        place, faces = DataDir(folder / "d"), unit_rows(PEOPLE, dim)
        place.prepare()
        fill(place.store, faces, os.urandom(PHOTO_BYTES))
        receiver = Receiver()
        stack.callback(receiver.stop)
        settings = config(receiver.url)
        answered_s, loaded_s, busy_s = zip(*(_start(folder, settings, place, dim) for _ in range(STARTS)))
        service = Service(folder, settings)
        stack.callback(service.stop)
        service.wait()
        until_loaded(service, place, dim)
        crowd = Crowd(place.vision_socket, faces, 0, cameras(), MODEL, TILE_BYTES)
        stack.callback(crowd.stop)
        quiet = _share(service.pid, QUIET_S)
        at_rest = process.rss_bytes(service.pid)
        watchers = Watchers(service.event_port, 1, 0)
        stack.callback(watchers.stop)
        page = Page(service.api_port, cameras())
        stack.callback(page.stop)
        crowd.visits_per_s = VISITS_PER_S
        time.sleep(WARM_UP_S)
        before = page.events, page.pictures, receiver.received
        share = _share(service.pid, LOADED_S)
        events, pictures, received = (now - then for now, then in zip(_counted(page, receiver), before))
        held, shared, most = (
            read(service.pid) / 1e6 for read in (process.rss_bytes, process.pss_bytes, process.peak_rss_bytes)
        )
        threads = process.threads(service.pid)
    of = f"{dim} numbers"
    return [
        figure(f"{of}: start, until it answers", min(answered_s), "s", "< 2"),
        figure(f"{of}: start, and the gallery is loaded", min(loaded_s), "s", "< 2"),
        figure(f"{of}: start, time of a core", min(busy_s), "s"),
        figure(f"{of}: memory at rest", at_rest / 1e6, "MB"),
        figure(f"{of}: memory under load", held, "MB", "<= 120"),
        figure(f"{of}: the same, what is shared divided", shared, "MB"),
        figure(f"{of}: the most it ever held", most, "MB"),
        figure(f"{of}: of one core, nobody there", quiet * 100, "%"),
        figure(f"{of}: of one core, {VISITS_PER_S} visits/s", share * 100, "%", "<= 15"),
        figure(f"{of}: threads", threads, ""),
        figure(f"{of}: the page's events", events / LOADED_S, "a second"),
        figure(f"{of}: the page's pictures of cameras", pictures / LOADED_S, "a second"),
        figure(f"{of}: visits posted", received / LOADED_S, "a second"),
    ]


def _counted(page, receiver):
    return page.events, page.pictures, receiver.received


def _start(folder, settings, place, dim):
    service = Service(folder, settings)
    try:
        answered_s = service.wait()
        loaded_s = answered_s + until_loaded(service, place, dim)
        return answered_s, loaded_s, process.cpu_s(service.pid)
    finally:
        service.stop()


def _share(pid, seconds):
    """Of one core, over so many seconds."""
    began_s, spent_s = time.monotonic(), process.cpu_s(pid)
    time.sleep(seconds)
    return (process.cpu_s(pid) - spent_s) / (time.monotonic() - began_s)


def cameras():
    """Their ids."""
    return tuple(f"camera-{number}" for number in range(CAMERAS))


def config(url):
    """Settings of the service."""
    watched = "\n".join(f'[[device]]\nid = "{name}"\nurl = "rtsp://192.0.2.1/{name}"' for name in cameras())
    ports = "\n".join(f"{name}_port = 0" for name in ("event", "api", "preview", "control", "system"))
    return f"""[server]
host = "127.0.0.1"
{ports}
[access]
open_reads = true
{watched}
[[destination]]
name = "platform"
url = "{url}"
"""
