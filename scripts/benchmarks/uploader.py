"""A backlog drained from a journal to a receiver on the same machine, against a bare aiohttp loop.

The receiver is a process of its own that counts and answers 200 at once. The peer posts bodies that are ready over
one connection of one aiohttp session, and reads each answer; ours reads the events from the disk, checks them,
tells them in the layout, posts them and moves the cursor. Both take turns; a figure is the median over the rounds
of the ratio within a round, in events a second. The CPU time is that of this process, its threads included.
"""

import asyncio
import statistics
import threading
import time

import aiohttp
from parts import disk, process
from parts.events import visit
from parts.receiver import Receiver

from sophon_report import config
from sophon_report.config import Log
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.journal import Journal
from sophon_report.model import Destination
from sophon_report.ops import logs
from sophon_report.wire.layouts import LAYOUTS, body
from sophon_report.wire.telling import Telling

EVENTS, ROUNDS, WARM_UP = 4_000, 8, 1
DISTINCT = 250
APPEND_AT_ONCE = 200
LOOK_S = 0.005
"""So often it is looked whether a drain has ended."""
KINDS = (("g2", "json"), ("g1", "json"), ("g2", "form-data"))


def run():
    """Ratios of one run."""
    logs.configure(Log(level="error", format="text"), "bench")
    receiver = Receiver()
    try:
        with disk.folder(free_bytes=1 << 30) as folder:
            results = asyncio.run(measure(folder, receiver))
    finally:
        receiver.stop()
    return {"name": f"uploader, {EVENTS:,} events of 76 KB", "results": results}


async def measure(folder, receiver):
    """Rows of the report."""
    visits = [visit(number) for number in range(DISTINCT)]
    journal = Journal.open(folder / "journal", config.Journal(), clock_ms=lambda: 1_760_000_000_000)
    await journal.start()
    for start in range(0, EVENTS, APPEND_AT_ONCE):
        numbers = range(start, start + APPEND_AT_ONCE)
        await asyncio.gather(*(journal.append(visits[number % DISTINCT]).accepted for number in numbers))
    rows = []
    for layout, content_type in KINDS:
        ours = Ours(folder, journal, receiver, layout, content_type)
        memory = await ours.memory()
        bare = Bare(visits, receiver, layout, content_type)
        rows += await compare(f"{layout}, {content_type}", ours, bare)
        rows += memory
        await ours.stop()
    await journal.close()
    return rows


async def compare(what, ours, bare):
    """Rows of one layout."""
    took = {ours: [], bare: []}
    for number in range(WARM_UP + ROUNDS):
        for one in [ours, bare] if number % 2 else [bare, ours]:
            measured = await timed(one.drain)
            if number >= WARM_UP:
                took[one].append(measured)
    ratios = [bare_s / ours_s for (ours_s, _), (bare_s, _) in zip(took[ours], took[bare])]

    def row(name, value, unit, goal=None):
        return {"what": f"{what}: {name}", "value": value, "goal": goal, "unit": unit}

    def median(one, place):
        return statistics.median(measured[place] for measured in took[one])

    return [
        row("times as fast as a bare loop", statistics.median(ratios), "x", 0.8),
        row("ours", EVENTS / median(ours, 0), "events/s"),
        row("bare loop", EVENTS / median(bare, 0), "events/s"),
        row("ours, CPU", median(ours, 1) / EVENTS * 1e6, "us/event"),
        row("bare loop, CPU", median(bare, 1) / EVENTS * 1e6, "us/event"),
    ]


async def timed(drain):
    """Seconds and CPU seconds of it."""
    began_s, cpu_s = time.perf_counter(), time.process_time()
    await drain()
    return time.perf_counter() - began_s, time.process_time() - cpu_s


class Ours:
    """A destination that begins with the oldest event, as the service makes it."""

    def __init__(self, folder, journal, receiver, layout, content_type):
        self._journal, self._receiver = journal, receiver
        compat = config.Compat()
        self._destinations = DestinationSet(
            journal, journal.cursors, folder / "dead", license_key=lambda: "LICENCE", compat=lambda: compat
        )
        self._layout, self._content_type = layout, content_type
        self._rounds = 0

    async def drain(self):
        """All events to the receiver."""
        before = self._receiver.received
        self._rounds += 1
        await self._destinations.apply(
            [
                Destination(
                    f"round-{self._rounds}", self._receiver.url, self._layout, content_type=self._content_type
                )
            ]
        )
        while self._receiver.received - before < EVENTS:  # noqa: ASYNC110 - it counts in another process
            await asyncio.sleep(LOOK_S)

    async def stop(self):
        """Hang up."""
        await self._destinations.stop(1.0)

    async def memory(self):
        """Rows: what a drain takes at most."""
        before = process.rss_bytes()
        with Peak() as peak:
            await self.drain()
        value = (peak.rss_bytes - before) / 1e6
        name = f"{self._layout}, {self._content_type}: memory of a drain"
        return [{"what": name, "value": value, "goal": None, "unit": "MB"}]


class Peak:
    """The most memory this process held, looked at every 10 ms."""

    def __enter__(self):
        self.rss_bytes, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.wait(0.01):
            self.rss_bytes = max(self.rss_bytes, process.rss_bytes())


class Bare:
    """``session.post`` of bodies that are ready, one after the other."""

    def __init__(self, visits, receiver, layout, content_type):
        telling = Telling("LICENCE", Destination("", "").content)
        self._bodies = [body(LAYOUTS[layout], seen, telling, content_type) for seen in visits]
        self._url = receiver.url

    async def drain(self):
        """As many bodies as there are events."""
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            for number in range(EVENTS):
                data, content_type = self._bodies[number % len(self._bodies)]
                async with session.post(self._url, data=data, headers={"Content-Type": content_type}) as answer:
                    assert answer.status == 200
                    await answer.read()
