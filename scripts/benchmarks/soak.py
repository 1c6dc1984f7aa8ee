"""The report process under an even load for as long as wanted: does anything grow that should not?

Five people a second come and go before four cameras, told over the real link, 70 KB of pictures a shot, every
other one of 200 registered people. Ten realtime clients of both dialects, one of which reads less than there is.
Two destinations: a steady one, and one that refuses a tenth of what it gets and is away for a minute now and then.
The journal's bound is so small that it drops segments all the time, undelivered ones too while the second is away.

Every 5 s: memory, open files, threads, what waits, bytes on the disk, and how long ``/healthz`` took at most,
which is how long the event loop kept a caller waiting. The figure is memory: the median of the last quarter of the
run over that of the second, since the first is filling up. All samples go to ``soak.json`` beside this file, a
drawing to ``soak.svg``.
"""

import http.client
import json
import statistics
import threading
import time
from pathlib import Path

from parts import disk, plot, process
from parts.crowd import CAMERAS, Crowd, register
from parts.receiver import Receiver
from parts.service import Service
from parts.watchers import Watchers

from sophon_report.config import Log
from sophon_report.ops import logs

HERE = Path(__file__).resolve().parent
MINUTES = 30
VISITS_PER_S, PEOPLE = 5, 200
QUICK, SLOW = 9, 1
FAIL_RATE = 0.1
SAMPLE_S, PROBE_S = 5.0, 0.05
AWAYS = 5
"""So often in a run the second destination goes away."""
AWAY_S = 60.0
"""For so long, in a run of half an hour; shorter in a shorter one."""
DRAIN_S = 60.0
JOURNAL_BYTES, SEGMENT_BYTES = "40 MiB", "4 MiB"
"""Full after a minute; it holds what comes in that time."""
COLUMNS = ("rss_mb", "descriptors", "threads", "steady", "wavering", "journal_mb", "disk_mb", "delay_ms")


def run(minutes):
    """Run for so many minutes; the ratio, and what else was seen."""
    logs.configure(Log(level="error", format="text"), "bench")
    with disk.folder(free_bytes=1 << 30) as folder:
        (folder / "d").mkdir()
        faces = register(folder / "d" / "store.sqlite", PEOPLE)
        receivers = [Receiver(), Receiver(fail_rate=FAIL_RATE)]
        service = Service(folder, config(receivers))
        try:
            service.wait()
            soak = Soak(folder, service, receivers, faces)
            soak.go_on(minutes * 60)
            rows = soak.rows()
        finally:
            status = service.stop()
            for receiver in receivers:
                receiver.stop()
    rows.append({"what": "exit status of the service", "value": status, "goal": "0", "unit": ""})
    keep(soak.samples)
    return {"name": f"soak, {minutes:g} minutes", "results": rows}


def config(receivers):
    """Settings of the service."""
    cameras = "\n".join(
        f'[[device]]\nid = "{camera}"\nname = "{camera}"\nurl = "rtsp://192.0.2.1/{camera}"' for camera in CAMERAS
    )
    told = "\n".join(
        f'[[destination]]\nname = "{name}"\nurl = "{receiver.url}"'
        for name, receiver in zip(("steady", "wavering"), receivers)
    )
    return f"""[server]
host = "127.0.0.1"
event_port = 0
api_port = 0
preview_port = 0
control_port = 0
preview_port = 0
control_port = 0
system_port = 0
[access]
open_reads = true
[journal]
max_bytes = "{JOURNAL_BYTES}"
segment_bytes = "{SEGMENT_BYTES}"
{cameras}
{told}
"""


class Soak:
    """The load, and what is seen of the service meanwhile."""

    def __init__(self, folder, service, receivers, faces):
        self.samples = []
        """One each 5 s: ``minutes`` and ``COLUMNS``."""
        self._folder, self._service, self._receivers = folder, service, receivers
        self._delay = Delay(service.api_port)
        self._watchers = Watchers(service.event_port, QUICK, SLOW)
        self._crowd = Crowd(folder / "d" / "vision.sock", faces, VISITS_PER_S)

    def go_on(self, seconds):
        """Let it run, with the second destination away now and then, until all is delivered."""
        began_s = time.monotonic()
        away_s = min(AWAY_S, seconds / AWAYS / 3)
        while time.monotonic() - began_s < seconds:
            time.sleep(SAMPLE_S)
            now_s = time.monotonic() - began_s
            self._sample(now_s / 60)
            self._come_or_go(now_s % (seconds / AWAYS) < away_s)
        self._come_or_go(away=False)
        self._crowd.stop()
        self._wait_for_delivery()
        self.last = self._service.ask("/api/v1/delivery")
        self._watchers.stop()
        self._delay.stop()

    def _come_or_go(self, away):
        receiver = self._receivers[1]
        if away and receiver is not None:
            receiver.stop()
            self._port, self._receivers[1] = receiver.port, None
        elif not away and receiver is None:
            self._receivers[1] = Receiver(self._port, FAIL_RATE)

    def _wait_for_delivery(self):
        end_s = time.monotonic() + DRAIN_S
        while self._something_is_left() and time.monotonic() < end_s:
            time.sleep(0.5)

    def _something_is_left(self):
        told = self._service.ask("/api/v1/delivery")
        # What has ended a moment ago is in no backlog before it is synced.
        steady = next(row for row in told["destinations"] if row["destination"] == "steady")
        not_told = steady["accepted"] + steady["dropped"] < told["visits"]["ended"]
        return not_told or told["visits"]["open"] or any(row["backlog"] for row in told["destinations"])

    def _sample(self, minutes):
        told = self._service.ask("/api/v1/delivery")
        backlog = {row["destination"]: row["backlog"] for row in told["destinations"]}
        pid = self._service.pid
        files = [path.stat().st_size for path in (self._folder / "d").rglob("*") if path.is_file()]
        values = (
            process.rss_bytes(pid) / 1e6,
            process.descriptors(pid),
            process.threads(pid),
            backlog["steady"],
            backlog["wavering"],
            told["journal"]["size_bytes"] / 1e6,
            sum(files) / 1e6,
            self._delay.worst_ms(),
        )
        self.samples.append({"minutes": minutes, **dict(zip(COLUMNS, values))})

    def rows(self):
        """What is told."""

        def quarter(number, key):
            size = len(self.samples) // 4
            return statistics.median(one[key] for one in self.samples[number * size :][:size])

        def row(what, value, unit, goal=None):
            return {"what": what, "value": value, "goal": goal, "unit": unit}

        journal, ended = self.last["journal"], self.last["visits"]["ended"]
        told = {row["destination"]: row["accepted"] for row in self.last["destinations"]}
        return [
            row("memory, last quarter of the second", quarter(3, "rss_mb") / quarter(1, "rss_mb"), "x", "<= 1.05"),
            row("open files, likewise", quarter(3, "descriptors") / quarter(1, "descriptors"), "x", "<= 1.05"),
            row("memory, median of the last quarter", quarter(3, "rss_mb"), "MB"),
            row("most threads", max(one["threads"] for one in self.samples), ""),
            row("longest wait for an answer in 5 s, median", quarter(3, "delay_ms"), "ms"),
            row("people who came by", self._crowd.visits, ""),
            row("visits; who comes back within 3 s has not left", ended, ""),
            row("told to the steady destination", told["steady"], "", ended),
            row("told to the wavering one", told["wavering"], ""),
            row("taken from it by the bound", journal["dropped_undelivered"].get("wavering", 0), ""),
            row("segments dropped", journal["dropped_segments"], "", "> 0"),
            row("read by the clients", self._watchers.read_bytes / 1e6, "MB"),
            row("events the slow client missed", sum(one["dropped"] for one in self.last["clients"]), ""),
        ]


class Delay:
    """Asks for ``/healthz`` twenty times a second, in a thread."""

    def __init__(self, port):
        self._port, self._worst_s, self._over = port, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._probe, daemon=True)
        self._thread.start()

    def worst_ms(self):
        """The longest wait since the last question."""
        worst_s, self._worst_s = self._worst_s, 0.0
        return worst_s * 1000

    def stop(self):
        """Ask no more."""
        self._over.set()
        self._thread.join()

    def _probe(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._over.wait(PROBE_S):
            began_s = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            self._worst_s = max(self._worst_s, time.perf_counter() - began_s)
        connection.close()


def keep(samples):
    """Write the samples and the drawing."""
    (HERE / "soak.json").write_text(json.dumps(samples, indent=1) + "\n", encoding="utf-8")

    def column(key):
        return [one[key] for one in samples]

    panels = [
        ("MB of memory", {"report process": column("rss_mb")}),
        ("open", {"files and sockets": column("descriptors"), "threads": column("threads")}),
        ("records that wait", {"steady destination": column("steady"), "wavering one": column("wavering")}),
        ("MB", {"journal": column("journal_mb"), "data folder": column("disk_mb")}),
        ("ms, longest in 5 s", {"answer of /healthz": column("delay_ms")}),
    ]
    title = f"{VISITS_PER_S} visits a second, {QUICK + SLOW} realtime clients, 2 destinations"
    drawing = plot.svg(title, column("minutes"), panels)
    (HERE / "soak.svg").write_text(drawing, encoding="utf-8")
