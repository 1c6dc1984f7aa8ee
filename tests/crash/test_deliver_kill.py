"""kill -9 while events are delivered: each reaches every destination, in order where order is kept."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import orjson
from aiohttp import web
from deliverer import IN_FLIGHT
from journal_events import event_id
from waiting import until_async

from sophon_report.delivery.journal.journal import CURSOR_EVERY_S

HERE = Path(__file__).resolve().parent
A_LIFE = 60
"""Visits that are appended in one life; the next ones have higher numbers, whatever the kill left of these."""


class Platform:
    """A receiver that is busy now and then, and holds each arrival against the promise."""

    def __init__(self, chance):
        self.chance = chance
        self.arrived = {"orderly": [], "abreast": []}
        self.taken = {"orderly": set(), "abreast": set()}
        self.numbers = {event_id(number): number for number in range(100 * A_LIFE)}
        self.known = set()
        """Numbers that the journal took in former lives; they stand before all higher ones."""
        self.too_far = []
        self.killing = None
        """Set while a life ends: who comes then gets no answer, and is taken only when it comes again."""

    async def __aenter__(self):
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/{name}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _take(self, request):
        name = request.match_info["name"]
        number = self.numbers[orjson.loads(await request.read())["event_id"]]
        self._look(name, number)
        await asyncio.sleep(self.chance.uniform(0, 0.004))
        if self.killing is not None:
            await self.killing.wait()
            return web.Response(status=503)
        if self.chance.random() < 0.05:
            return web.Response(status=503)
        self.taken[name].add(number)
        return web.Response()

    def _look(self, name, number):
        """What lies so far before it in the journal must have been taken: nothing runs ahead of that."""
        width = IN_FLIGHT if name == "abreast" else 1
        before = sorted(seen for seen in self.known if seen < number)
        if not set(before[: max(0, len(before) - width + 1)]) <= self.taken[name]:
            self.too_far.append((name, number))
        self.arrived[name].append(number)


async def live(folder, platform, life, arrivals):
    """Run the deliverer until so many more requests came, then kill it; returns what the journal took."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])}
    program = [sys.executable, str(HERE / "deliverer.py"), str(folder), platform.url]
    process = await asyncio.create_subprocess_exec(
        *program, str(life * A_LIFE), str(A_LIFE), stdout=asyncio.subprocess.PIPE, env=environment
    )
    heard = set()

    async def hear():
        async for line in process.stdout:
            if line.startswith(b"accepted ") and line.endswith(b"\n"):
                heard.add(int(line.split()[1]))

    hearing = asyncio.ensure_future(hear())
    enough = sum(map(len, platform.arrived.values())) + arrivals
    try:
        await until_async(lambda: sum(map(len, platform.arrived.values())) >= enough, "delivery")
        platform.killing = asyncio.Event()
        await asyncio.sleep(2 * CURSOR_EVERY_S)  # so that a place that was moved too early would be on the disk
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await hearing
        if platform.killing is not None:
            platform.killing.set()
            platform.killing = None
    return heard


async def kill_often(folder, kills, seed):
    chance = random.Random(seed)
    async with Platform(chance) as platform:
        accepted = platform.known
        for life in range(kills):
            accepted |= await live(folder, platform, life, chance.randint(20, 2 * A_LIFE))
        last = asyncio.ensure_future(live(folder, platform, kills, 10**9))
        await until_async(lambda: all(accepted <= taken for taken in platform.taken.values()), "all of it")
        last.cancel()
        await asyncio.gather(last, return_exceptions=True)
    assert platform.too_far == []
    first_times = list(dict.fromkeys(platform.arrived["orderly"]))
    assert first_times == sorted(first_times)
    return accepted


def test_kill_9_loses_no_event_on_its_way_and_keeps_the_order(tmp_path):
    """Killed five times; what the journal took arrives at both, and none runs further ahead than it may."""
    assert len(asyncio.run(kill_often(tmp_path, 5, seed=4))) > 50
