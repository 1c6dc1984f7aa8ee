"""The status reports as a receiver gets them, at times that the test makes."""

import asyncio

from waiting import until_async

from sophon_report.condition import BoxState
from sophon_report.config import BoxStatus, Status
from sophon_report.link.messages import DeviceState
from sophon_report.model import Device, DeviceType
from sophon_report.receiver import Receiver
from sophon_report.report.status_reports import StatusReports, is_online

CAMERA = Device("door", "front door", DeviceType.RTSP, "rtsp://admin:secret@10.0.0.21/main")
TERMINAL = Device("gate", "gate", DeviceType.PHOTO, "10.0.0.22")


class Site:
    """The reports of two devices to a receiver; its clock stands still until the test moves it."""

    def __init__(self):
        self.now_s, self.devices, self.states = 100.0, [CAMERA, TERMINAL], {}
        self.box, self.looks, self.clock_asked = BoxState(name="box"), 0, 0
        self.while_looking = lambda: None
        self.got = []
        self.receiver = Receiver("127.0.0.1", 0, say=lambda _line: None, on_event=self.take)
        self.reports = StatusReports(
            lambda: self.devices, lambda: self.states, self.read_box, clock_s=self.clock, tick_s=0.001
        )

    def take(self, _path, report):
        self.got.append(report)

    def clock(self):
        self.clock_asked += 1
        return self.now_s

    def read_box(self):
        self.looks += 1
        self.while_looking()
        return self.box

    async def __aenter__(self):
        await self.receiver.start()
        self.url = f"http://127.0.0.1:{self.receiver.port}/DeviceStatus"
        self.reports.start()
        return self

    async def __aexit__(self, *_):
        await self.reports.stop()
        await self.receiver.stop()

    def apply(self, license_key="LICENCE", box=None, **changes):
        status = Status(**{"urls": (self.url,), **changes})
        self.reports.apply(status, box or BoxStatus(), license_key)

    def see(self, state):
        self.states = {"door": DeviceState("door", state)}

    async def passes(self, time_s):
        """Let time pass, and look twice: what the first look led to has been handed on by then."""
        self.now_s += time_s
        asked = self.clock_asked
        await until_async(lambda: self.clock_asked >= asked + 2)

    async def gets(self, count):
        await until_async(lambda: len(self.got) >= count)
        assert len(self.got) == count
        return [(row["media_device_id"], row["media_device_status"]) for row in self.got[-1]["media_devices"]]


def run(story):
    async def whole():
        async with Site() as site:
            await story(site)

    asyncio.run(whole())


def test_a_receiver_is_told_who_is_online_and_each_change():
    """First once the devices have settled, then at each settled change, then every period."""

    async def story(site):
        site.apply()
        await site.passes(1)
        site.see("online")
        await site.passes(1)
        await site.passes(5)
        assert await site.gets(1) == [("door", "online"), ("gate", "online")]
        site.see("offline")
        await site.passes(1)
        await site.passes(5)
        assert await site.gets(2) == [("door", "offline"), ("gate", "online")]
        await site.passes(60)
        assert await site.gets(3) == [("door", "offline"), ("gate", "online")]
        assert site.looks == 0, "nobody asked how the box does"

    run(story)


def test_a_new_address_is_told_at_once():
    """While the service runs: what has settled is known."""

    async def story(site):
        site.see("online")
        await site.passes(1)
        await site.passes(5)
        site.apply()
        assert await site.gets(1) == [("door", "online"), ("gate", "online")]
        site.apply()
        await site.passes(1)
        await site.gets(1)

    run(story)


def test_another_layout_tells_the_box_along():
    """It is looked at for each report, and not between them."""

    async def story(site):
        site.apply(layout="g0", settle_s=0)
        await until_async(lambda: site.got)
        assert site.got[0]["gateway_name"] == "box"
        assert [row["ep_ip"] for row in site.got[0]["sub_devices"]] == ["10.0.0.21", "10.0.0.22"]
        await site.passes(1)
        assert site.looks == 1

    run(story)


def test_a_layout_that_changes_while_the_box_is_looked_at_counts_at_once():
    """It may have been set together with the address that this report goes to."""

    async def story(site):
        loop = asyncio.get_running_loop()

        async def change():
            site.apply(layout="g2", settle_s=0)

        site.while_looking = lambda: asyncio.run_coroutine_threadsafe(change(), loop).result(20)
        site.apply(layout="g0", settle_s=0)
        await until_async(lambda: site.got)
        assert "media_devices" in site.got[0]

    run(story)


def test_the_box_report_comes_at_once_and_every_period():
    """Without a word on devices."""

    async def story(site):
        box = BoxStatus(urls=(site.url,), period_s=30, reporter_id="R-1")
        site.apply(urls=(), box=box)
        await until_async(lambda: len(site.got) == 1)
        assert (site.got[0]["reporter_id"], site.got[0]["gateway_name"]) == ("R-1", "box")
        assert "sub_devices" not in site.got[0]
        await site.passes(29)
        assert len(site.got) == 1
        await site.passes(1)
        await until_async(lambda: len(site.got) == 2)

    run(story)


def test_a_box_that_cannot_be_read_ends_no_report():
    """An address that has been told nothing yet is told as soon as it can be."""

    async def story(site):
        box, site.box = site.box, None
        site.apply(layout="g0", settle_s=0)
        await until_async(lambda: site.looks >= 1)
        site.box = box
        await until_async(lambda: site.got)

    run(story)


def test_each_address_has_its_figures():
    """Under what it is told."""

    async def story(site):
        site.apply(settle_s=0, box=BoxStatus(urls=("http://127.0.0.1:9/",)))
        await until_async(lambda: [row.accepted + row.failed for row in site.reports.stats()] == [1, 1])
        told = [(row.report, row.accepted, row.failed) for row in site.reports.stats()]
        assert told == [("devices", 1, 0), ("box", 0, 1)]

    run(story)


def test_who_gives_pictures_is_online():
    """A file that has ended does not; of a photo device nothing else is known; of the rest no word means no."""
    film = Device("film", "film", DeviceType.FILE, "/film.mp4")
    words = ("starting", "online", "offline", "ended", "failed")
    seen = {word: is_online(film, {"film": DeviceState("film", word)}) for word in words}
    assert seen == {"starting": False, "online": True, "offline": False, "ended": False, "failed": False}
    assert is_online(TERMINAL, {})
    assert not is_online(CAMERA, {})
