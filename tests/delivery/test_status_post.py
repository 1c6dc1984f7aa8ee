"""Status reports over real sockets: tried once, newest wins, nobody waits for anybody."""

import asyncio

from aiohttp import web
from structlog.testing import capture_logs
from waiting import until_async

from sophon_report.delivery.status_post import StatusPosts


class Peer:
    """A receiver that answers with ``status`` and may be held back."""

    def __init__(self):
        self.status, self.got, self.free = 200, [], asyncio.Event()
        self.free.set()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/DeviceStatus", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/DeviceStatus?token=secret"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _take(self, request):
        self.got.append(await request.read())
        await self.free.wait()
        return web.Response(status=self.status)


class Posts(StatusPosts):
    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.stop()

    async def told(self, body, accepted):
        self.put(body)
        await until_async(lambda: self.stats()[0].accepted == accepted)


def test_every_address_gets_every_report():
    """As JSON, whatever the others do."""

    async def scenario():
        async with Peer() as one, Peer() as two, Posts("devices") as posts:
            posts.apply((one.url, two.url))
            posts.put(b"{}")
            await until_async(lambda: (one.got, two.got) == ([b"{}"], [b"{}"]))

    asyncio.run(scenario())


def test_a_report_that_fails_is_not_repeated_and_the_next_is_tried():
    """Also after a status that would pause a destination of events."""

    async def scenario():
        async with Peer() as peer, Posts("devices") as posts:
            posts.apply((peer.url,))
            peer.status = 410
            posts.put(b"1")
            await until_async(lambda: posts.stats()[0].failed == 1)
            assert posts.stats()[0].last_error == "HTTP 410"
            peer.status = 200
            await posts.told(b"2", accepted=1)
            assert peer.got == [b"1", b"2"]
            assert posts.stats()[0].last_error == ""

    asyncio.run(scenario())


def test_a_newer_report_replaces_one_that_waits():
    """While an address answers slowly only the newest is kept, and what went is counted."""

    async def scenario():
        async with Peer() as peer, Posts("devices") as posts:
            posts.apply((peer.url,))
            peer.free.clear()
            posts.put(b"1")
            await until_async(lambda: peer.got == [b"1"])
            for body in (b"2", b"3", b"4"):
                posts.put(body)
            peer.free.set()
            await until_async(lambda: posts.stats()[0].accepted == 2)
            assert peer.got == [b"1", b"4"]
            assert posts.stats()[0].skipped == 2

    asyncio.run(scenario())


def test_one_that_hangs_delays_no_other():
    """Each has its own connection and its own task."""

    async def scenario():
        async with Peer() as stuck, Peer() as good, Posts("devices") as posts:
            posts.apply((good.url, stuck.url))
            stuck.free.clear()
            await posts.told(b"1", accepted=1)
            await posts.told(b"2", accepted=2)
            assert good.got == [b"1", b"2"]
            stuck.free.set()

    asyncio.run(scenario())


def test_one_that_does_not_answer_in_time_has_failed():
    """Its report is given up."""

    async def scenario():
        async with Peer() as stuck, Posts("devices", timeout_s=0.05) as posts:
            posts.apply((stuck.url,))
            stuck.free.clear()
            posts.put(b"1")
            await until_async(lambda: posts.stats()[0].failed == 1)
            assert posts.stats()[0].last_error == "no answer within 0.05 s"
            stuck.free.set()

    asyncio.run(scenario())


def test_only_the_new_address_is_told_when_it_is_about_it():
    """The others had theirs; of a new one that is gone again nothing is left."""

    async def scenario():
        async with Peer() as old, Peer() as new, Posts("devices") as posts:
            posts.apply((old.url,))
            await posts.told(b"1", accepted=1)
            assert not posts.wants(is_due=False)
            posts.apply((new.url, old.url))
            assert posts.wants(is_due=False)
            posts.put(b"2", only_new=True)
            await until_async(lambda: new.got == [b"2"])
            assert old.got == [b"1"]
            posts.apply((old.url, "http://127.0.0.1:9/"))
            posts.apply((old.url,))
            assert not posts.wants(is_due=False)

    asyncio.run(scenario())


def test_an_address_that_is_taken_out_is_told_nothing_more():
    """And the figures of one that stays go on."""

    async def scenario():
        async with Peer() as peer, Peer() as other, Posts("devices") as posts:
            posts.apply((peer.url, other.url))
            await posts.told(b"1", accepted=1)
            posts.apply((peer.url,))
            await posts.told(b"2", accepted=2)
            assert b"2" not in other.got
            posts.apply(())
            assert posts.stats() == []

    asyncio.run(scenario())


def test_trouble_is_logged_when_it_begins_and_when_it_ends():
    """Not at every report; and no secret of the address is in it."""

    async def scenario():
        async with Peer() as peer, Posts("box") as posts:
            posts.apply((peer.url,))
            peer.status = 500
            for number in (1, 2, 3):
                posts.put(b"{}")
                await until_async(lambda number=number: posts.stats()[0].failed == number)
            peer.status = 200
            await posts.told(b"{}", accepted=1)
            await posts.told(b"{}", accepted=2)

    with capture_logs() as lines:
        asyncio.run(scenario())
    assert [line["event"] for line in lines] == ["status_report_failed", "status_report_accepted_again"]
    assert lines[0]["reason"] == "HTTP 500"
    assert "secret" not in str(lines)
