"""The vendor's calls change a running report process; what vision says is scripted, all else is real."""

import asyncio
import contextlib
from contextlib import closing

import aiohttp
import numpy as np
import pytest
from running_box import PORTS
from samples import PHOTO_JPEG, shot
from waiting import until_async

from sophon_report.app import ReportProcess
from sophon_report.config import parse_settings
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import LINK_VERSION, DeviceState, Hello, ShotTaken, TrackEnded, VisionSettings
from sophon_report.model import Attributes, Person, PersonFace, Track
from sophon_report.ops.data_dir import DataDir
from sophon_report.receiver import Receiver
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

MODEL, DIM, PASS_COSINE = "sha", 16, 0.489
ADA = Person("E-1", "Ada")
VISIT_MS = 10_000
UNKNOWN = Attributes()
SET = "/sophon/v2/face/setconfigs"


def near_ada(cosine):
    """A face so near to hers."""
    vector = np.zeros(DIM, "<f4")
    vector[0], vector[1] = cosine, np.sqrt(1 - cosine**2)
    return vector.tobytes()


class Vision:
    """One person after the other comes before the door and leaves."""

    def __init__(self, place):
        self._link = LinkClient.connect(place.vision_socket)
        self._link.send(Hello(LINK_VERSION, 1, "script", MODEL, DIM, PASS_COSINE))
        self._said = self._link.messages()
        self._visits = 0

    async def told(self, wanted):
        """Read on until the settings are as wanted."""

        def read():
            return next(each for each in self._said if isinstance(each, VisionSettings) and wanted(each))

        return await asyncio.get_running_loop().run_in_executor(None, read)

    def visit(self, cosine=0.6, shots=1, attributes=UNKNOWN):
        self._visits += 1
        start_ms = 1_760_000_000_000 + self._visits * VISIT_MS
        track = Track(self._visits, start_ms, start_ms + 1000)
        for number in range(shots):
            seen = shot(
                track_id=self._visits,
                in_ms=start_ms,
                captured_ms=start_ms + 500 + number,
                embedding=near_ada(cosine),
                embedder=MODEL,
                attributes=attributes,
            )
            self._link.send(ShotTaken(seen))
        self._link.send(TrackEnded("door", track))
        self._link.send(DeviceState("door", "online", now_ms=start_ms + VISIT_MS - 1))

    def close(self):
        self._link.close()


class Running:
    """The process, its vision, and receivers with what came to them by path of the address."""

    def __init__(self, process, vision, session):
        self.process, self.vision, self._session = process, vision, session
        self.came = []

    async def set(self, **values):
        url = f"http://127.0.0.1:{self.process.api_port}{SET}"
        async with self._session.post(url, json={"config_dict": values}) as reply:
            return reply.status, await reply.json()

    async def came_so_many(self, count):
        """Whose events came, once there are so many."""
        await until_async(lambda: len(self.came) >= count)
        assert len(self.came) == count
        return [event["identity_id"] for event in self.came]

    def backlogs(self):
        return {row.destination: row.backlog for row in self.process.destinations.stats()}


@pytest.fixture
def place(tmp_path_factory):
    """A short path: sockets live in it. Ada is registered."""
    place = DataDir(tmp_path_factory.mktemp("s") / "d")
    place.prepare()
    with closing(Database.open(place.store)) as database:
        PeopleStore(database).add(ADA, [PersonFace("f1", "p1", PHOTO_JPEG, near_ada(1.0), MODEL)])
    return place


def settings(place):
    return parse_settings(
        {
            "data_dir": str(place.root),
            "server": {"host": "127.0.0.1", **dict.fromkeys(PORTS, 0)},
            "access": {"open_writes": True},
            "device": [{"id": "door", "url": "rtsp://10.0.0.21/ch1"}],
        }
    )


def play(place, story):
    """Run ``story(running, address of a receiver)`` beside a process on ``place``."""

    async def all_of_it():
        async with contextlib.AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            process = ReportProcess(settings(place), None)
            await process.start(stack)
            vision = Vision(place)
            stack.callback(vision.close)
            running = Running(process, vision, session)
            receiver = Receiver(
                "127.0.0.1", 0, say=lambda _line: None, on_event=lambda _path, event: running.came.append(event)
            )
            await receiver.start()
            stack.push_async_callback(receiver.stop)
            return await story(running, f"http://127.0.0.1:{receiver.port}/HistoryEvent")

    return asyncio.run(all_of_it())


def test_setting_the_address_starts_the_upload_and_a_bad_one_leaves_it_going(place):
    """At once, without a restart; cleared, nothing goes any more; a restart finds it as it was."""

    async def story(running, url):
        assert await running.set(HISTORY_EVENT_UPLOAD_URL=url + ",", HISTORY_REPORT_PEROID=1) == (
            200,
            {"HISTORY_EVENT_UPLOAD_URL": url, "HISTORY_REPORT_PEROID": 1},
        )
        running.vision.visit()
        await running.came_so_many(1)
        status, said = await running.set(HISTORY_EVENT_UPLOAD_URL=f"{url},ftp://10.0.0.1/")
        assert (status, said["error"]["code"]) == (400, "CONFIG_ITEM_FAIL")
        assert said["error"]["message"] == (
            "HISTORY_EVENT_UPLOAD_URL: address 2 must begin with http:// or https://"
        )
        running.vision.visit()
        assert await running.came_so_many(2) == ["E-1", "E-1"]

    async def after_a_restart(running, _url):
        assert running.backlogs() == {"history-1": 0}
        assert (await running.set(HISTORY_EVENT_UPLOAD_URL=""))[0] == 200
        assert running.backlogs() == {}

    play(place, story)
    play(place, after_a_restart)


def test_what_waits_for_a_wrong_address_goes_to_the_corrected_one(place):
    """Nobody listens at the first; its place goes with the name."""

    async def story(running, url):
        nobody = "http://127.0.0.1:9/HistoryEvent"
        assert (await running.set(HISTORY_EVENT_UPLOAD_URL=nobody, HISTORY_REPORT_PEROID=1))[0] == 200
        running.vision.visit()
        running.vision.visit()
        await until_async(lambda: running.process.flow.visit_stats().visits == 2)
        assert (await running.set(HISTORY_EVENT_UPLOAD_URL=url))[0] == 200
        assert await running.came_so_many(2) == ["E-1", "E-1"]

    play(place, story)


def test_the_threshold_decides_live(place):
    """The same face is Ada at 82 and a stranger at 99; what waits for a restart is named."""

    async def story(running, url):
        await running.set(HISTORY_EVENT_UPLOAD_URL=url, HISTORY_REPORT_PEROID=1)
        running.vision.visit()
        assert await running.came_so_many(1) == ["E-1"]
        assert await running.set(MATCH_THRESHOLD="99.0") == (200, {"MATCH_THRESHOLD": 99.0})
        running.vision.visit()
        assert await running.came_so_many(2) == ["E-1", ""]
        changed = await running.process.live.change({"server.api_port": 1})
        assert changed.waiting == ("server.api_port",)

    play(place, story)


def test_the_licence_key_of_the_next_event_is_the_new_one(place):
    """Destinations ask for it at each event."""

    async def story(running, url):
        await running.set(HISTORY_EVENT_UPLOAD_URL=url, HISTORY_REPORT_PEROID=1, MQ_LICENSE_KEY="ABC0001")
        running.vision.visit()
        await running.came_so_many(1)
        assert running.came[0]["mq_license_key"] == "ABC0001"

    play(place, story)


def test_attributes_are_switched_by_the_vendors_key_without_a_restart(place):
    """Vision is told at once, both ways, and nothing waits; masks are a key of their own."""

    async def story(running, _url):
        for wanted in (True, False):
            assert (await running.set(ALG_ATTRIBUTE_DETECT=wanted))[0] == 200
            assert (await running.process.live.change({})).waiting == ()
            await running.vision.told(lambda told, wanted=wanted: told.attributes is wanted)
        assert (await running.set(ALG_SUPPORT_MASK=True))[0] == 200
        await running.vision.told(lambda told: told.mask and not told.attributes)

    play(place, story)


def test_a_face_that_a_model_calls_masked_passes_by_its_own_mark_and_is_never_filed(place):
    """75 % is Ada behind a mask at a mark of 70, and nobody without one; unknown, she gets an id only unmasked."""
    masked = Attributes(mask=True)

    async def story(running, url):
        await running.set(HISTORY_EVENT_UPLOAD_URL=url, HISTORY_REPORT_PEROID=1)
        await running.process.live.change({"match.masked_pass_pct": 70.0})
        running.vision.visit(0.45, attributes=masked)
        running.vision.visit(0.45)
        assert await running.came_so_many(2) == ["E-1", ""]
        await running.process.live.change({"strangers.enabled": True})
        await until_async(lambda: running.process.strangers.active)
        running.vision.visit(0.1, shots=2, attributes=masked)
        running.vision.visit(0.1, shots=2)
        _, _, behind_a_mask, bare = await running.came_so_many(4)
        assert behind_a_mask == ""
        assert bare.startswith("176")

    play(place, story)
