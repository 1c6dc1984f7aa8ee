"""The HTTP edge over a real socket: health, and what is not there."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from sophon_report.api.front import nothing_to_check
from sophon_report.api.routes import public_app
from sophon_report.api.service import Health


class ScriptedService:
    """Is as well as it is told."""

    def __init__(self, health=None):
        self._health = health or Health()

    def health(self):
        return self._health

    def metrics(self):
        return b"a 1\n"


def ask(app, method, path):
    """One request to ``app`` on a free port: status and body, which is JSON."""

    async def story():
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        url = f"http://127.0.0.1:{port}{path}"
        async with aiohttp.ClientSession() as session, session.request(method, url) as reply:
            status, body = reply.status, await reply.json()
        await runner.cleanup()
        return status, body

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("health", "status", "said"),
    [
        (Health(), 200, {"status": "ok", "reasons": []}),
        (Health(degraded=("a", "b")), 200, {"status": "degraded", "reasons": ["a", "b"]}),
        (Health(failing=("f",), degraded=("a",)), 503, {"status": "failing", "reasons": ["f", "a"]}),
    ],
)
def test_health_is_503_only_when_failing_and_tells_every_reason(health, status, said):
    """What is merely amiss is told with 200: a restart would not mend it."""
    assert ask(public_app(ScriptedService(health), [], nothing_to_check), "GET", "/healthz") == (status, said)


@pytest.mark.parametrize("path", ["/", "/nothing", "/../etc/passwd"])
def test_what_is_not_there_is_told_in_the_vendors_shape(path):
    """A 404 with its code."""
    status, body = ask(public_app(ScriptedService(), [], nothing_to_check), "GET", path)
    assert status == 404
    assert body["error"]["code"] == "NOT_FOUND"


def test_what_is_not_there_of_our_own_is_told_as_a_problem():
    """RFC 9457, for unknown paths too."""
    status, body = ask(public_app(ScriptedService(), [], nothing_to_check), "GET", "/api/v1/nothing")
    assert status == 404
    assert body == {
        "type": "/api/docs#NOT_FOUND",
        "title": "There is nothing of that name",
        "status": 404,
        "detail": "there is nothing at /api/v1/nothing",
        "instance": "/api/v1/nothing",
        "code": "NOT_FOUND",
    }


def test_a_wrong_method_is_json_too():
    """No HTML leaves this service."""
    status, body = ask(public_app(ScriptedService(), [], nothing_to_check), "POST", "/healthz")
    assert status == 405
    assert body["error"]["message"] == "this path takes GET, HEAD"
