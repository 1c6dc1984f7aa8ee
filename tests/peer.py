"""A receiver on a real socket that answers by a script, and senders that are quick about trying again."""

import asyncio

import orjson
from aiohttp import web

from sophon_report.delivery.backoff import Pace
from sophon_report.model import Recognition
from sophon_report.wire.layouts import Layout

FAST = Pace(first_s=0.002, cap_s=0.02, probe_s=0.02, retry_after_cap_s=0.05)
DEADLINE_S = 20.0


def event_id_of(body):
    """Of a JSON body; of any other the text behind the last colon, as the tests' own bodies have it."""
    return orjson.loads(body)["event_id"] if body.startswith(b"{") else body.rpartition(b":")[2].decode()


async def settled():
    """Let everything happen that is due."""
    for _ in range(50):
        await asyncio.sleep(0)


class Peer:
    """A receiver that answers with what ``script`` says for each request, then with 200."""

    def __init__(self, *script):
        self.script = list(script)
        self.got = []
        self.types = []
        self.connections = set()

    async def __aenter__(self):
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/HistoryEvent"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _handle(self, request):
        self.connections.add(request.transport.get_extra_info("peername"))
        self.types.append(request.headers["Content-Type"])
        self.got.append((request.path, event_id_of(await request.read())))
        step = self.script.pop(0) if self.script else 200
        return await step(request) if callable(step) else web.Response(status=step)

    @property
    def ids(self):
        return [event_id for _, event_id in self.got]


SURE = Layout(
    "sure", Recognition, lambda event, _: {"event_id": event.event_id}, lambda event: event.match.identity
)
"""Tells recognitions of people who are known."""
