"""Programs that manage one box at the same time, in a process of their own: people, devices and settings.

Each has a connection, somebody of its own and a device of its own, and does the same over and over, from another
step on than its neighbours: registers the person by a vector, gives another name and another face, adds the
device, renames it, sets a setting, looks at people and devices in between, and takes both out again. Its calls
come half a second apart on average.
"""

import asyncio
import base64
import contextlib
import itertools
import multiprocessing
import random
import time
from dataclasses import dataclass, field

import aiohttp
import numpy as np

EVERY_S, KEPT_S = 0.5, 120.0
CALLS = "/sophon/v2/face/"
MOST_TOLD = 5


@dataclass
class Told:
    """What became of the calls."""

    took_ms: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    at_work_s: float = 0.0


class Programs:
    """The process, as the benchmark sees it; at rest until told otherwise."""

    def __init__(self, port, count, dim):
        spawn = multiprocessing.get_context("spawn")
        self._pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=manage, args=(port, count, dim, there), daemon=True)
        self._process.start()
        self._pipe.recv()

    @contextlib.contextmanager
    def at_work(self):
        """They work within the ``with``; at its end the last call is answered."""
        self._ask("work")
        try:
            yield
        finally:
            self._ask("rest")

    def told(self):
        """What became of the calls since the start, or since all was forgotten."""
        told = self._ask("tell")
        for what in told.failed[:MOST_TOLD]:
            print("failed:", what)
        return told

    def forget(self):
        """Count anew."""
        self._ask("forget")

    def stop(self):
        """End it."""
        self._process.kill()
        self._process.join()

    def _ask(self, word):
        self._pipe.send(word)
        return self._pipe.recv()


def manage(port, count, dim, pipe):
    """In the process: do as the pipe says, until it is killed."""
    asyncio.run(_manage(port, count, dim, pipe))


async def _manage(port, count, dim, pipe):
    loop, told = asyncio.get_running_loop(), Told()
    connector = aiohttp.TCPConnector(limit=count, keepalive_timeout=KEPT_S)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        crew = _Crew(session, told)
        working = [loop.create_task(crew.work(number, dim)) for number in range(count)]
        pipe.send("ready")
        while not any(each.done() for each in working):
            word = await loop.run_in_executor(None, pipe.recv)
            if word == "work":
                began_s = time.monotonic()
                crew.may_work.set()
            elif word == "rest":
                await crew.rest()
                told.at_work_s += time.monotonic() - began_s
            elif word == "forget":
                told.took_ms.clear()
                told.failed.clear()
                told.at_work_s = 0.0
            pipe.send(told if word == "tell" else None)


class _Crew:
    """All of them."""

    def __init__(self, session, told):
        self._session, self._told = session, told
        self.may_work, self._idle, self._under_way = asyncio.Event(), asyncio.Event(), 0
        self._idle.set()

    async def rest(self):
        """Begin no call any more; returns when none is under way."""
        self.may_work.clear()
        await self._idle.wait()

    async def work(self, number, dim):
        """One program."""
        steps = script(number, dim)
        for _ in range(random.randrange(11)):
            await self._call(*next(steps))
        async for call, body in _paced(steps):
            await self._call(call, body)

    async def _call(self, call, body):
        await self.may_work.wait()
        self._under_way += 1
        self._idle.clear()
        try:
            began_s = time.monotonic()
            async with self._session.post(CALLS + call, json=body) as reply:
                said = await reply.read()
            self._told.took_ms.append((time.monotonic() - began_s) * 1000)
            if reply.status != 200:
                self._told.failed.append((call, said))
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()


async def _paced(steps):
    for step in steps:
        await asyncio.sleep(EVERY_S * random.uniform(0.5, 1.5))
        yield step


def script(number, dim):
    """Calls of one program, without an end."""
    who, device = {"identity_id": f"P-{number}"}, {"media_device_id": f"managed-{number}"}
    first, second = (_vector(2 * number + each, dim) for each in range(2))
    page = {"page_limit": 10, "page_index": number}
    url = f"rtsp://192.0.2.2/{number}"
    for turn in itertools.count():
        period_s = 30 + (turn + number) % 60
        yield "createidentity", {**who, "identity_name": f"program {number}", "register_feature": first}
        yield "getidentities", page
        yield (
            "addmediadevice",
            {**device, "media_device_name": "new", "media_device_type": "rtsp", "media_device_url": url},
        )
        yield "updateidentity", {**who, "identity_name": f"turn {turn}"}
        yield "setconfigs", {"config_dict": {"MEDIA_DEVICE_MONITOR_REPORT_PEROID": period_s}}
        yield "addface", {**who, "register_feature": second}
        yield "getmediadevices", {}
        yield "updatemediadevice", {**device, "media_device_name": f"turn {turn}"}
        yield "getidentities", page
        yield "deletemediadevice", device
        yield "deleteidentities", {"identity_ids": [who["identity_id"]]}


def _vector(seed, dim):
    """Base64 of somebody's face."""
    row = np.random.default_rng(1000 + seed).standard_normal(dim)
    return base64.b64encode((row / np.linalg.norm(row)).astype("<f4").tobytes()).decode()
