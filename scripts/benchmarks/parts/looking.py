"""A browser that shows the screen "Live" with sixteen cameras, as the service sees it, in a process of its own.

It asks what the page asks, as often: events and pictures over two WebSockets, the face of each event, what is
wrong now every 5 s, the devices every 10 s, today's figures every minute.
"""

import asyncio
import itertools
import json
import multiprocessing

import aiohttp

WIDTH_PX = 320
"""Of a tile of sixteen."""
ASKED = {"/api/v1/problems-now": 5.0, "/api/v1/devices": 10.0, "/api/v1/today?utc_offset_min=480": 60.0}
"""And every how many seconds."""


class Page:
    """The process, as the benchmark sees it."""

    def __init__(self, port, device_ids):
        spawn = multiprocessing.get_context("spawn")
        self._counted = spawn.Array("q", 3, lock=False)
        pipe, there = spawn.Pipe()
        arguments = (port, list(device_ids), self._counted, there)
        self._process = spawn.Process(target=look, args=arguments, daemon=True)
        self._process.start()
        pipe.recv()

    @property
    def events(self):
        """That came."""
        return self._counted[0]

    @property
    def pictures(self):
        """Of cameras that came."""
        return self._counted[1]

    @property
    def faces(self):
        """Of events that were asked for and came."""
        return self._counted[2]

    def stop(self):
        """Close the page."""
        self._process.kill()
        self._process.join()


def look(port, device_ids, counted, pipe):
    """In the process: show the screen until it is killed."""
    asyncio.run(_look(f"http://127.0.0.1:{port}", device_ids, counted, pipe))


async def _look(root, device_ids, counted, pipe):
    async with aiohttp.ClientSession(root) as session:
        events = await session.ws_connect("/api/v1/live", max_msg_size=0)
        await events.send_str("{}")
        tiles = await session.ws_connect("/api/v1/live/preview", max_msg_size=0)
        await tiles.send_str(json.dumps({"devices": device_ids, "width_px": WIDTH_PX}))
        pipe.send("ready")
        asking = [_ask(session, path, every_s) for path, every_s in ASKED.items()]
        await asyncio.gather(_events(session, events, counted), _tiles(tiles, counted), *asking)


async def _events(session, events, counted):
    async for message in events:
        event = json.loads(message.data)
        if "event_id" in event:
            counted[0] += 1
            async with session.get(f"/api/v1/events/{event['event_id']}/pictures/face") as reply:
                counted[2] += reply.status == 200
                await reply.read()


async def _tiles(tiles, counted):
    async for _ in tiles:
        counted[1] += 1


async def _ask(session, path, every_s):
    for _ in itertools.count():
        async with session.get(path) as reply:
            await reply.read()
        await asyncio.sleep(every_s)
