"""When cameras are watched."""

import asyncio
import contextlib
import time

import aiohttp
import pytest
from event_flow import START_MS, somebody_comes, told
from hypothesis import given
from hypothesis import strategies as st
from running_box import PORTS

from sophon_report.app import ReportProcess
from sophon_report.config import ActiveHours, parse_settings
from sophon_report.errors import ConfigError
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import LINK_VERSION, Devices, DeviceState, Hello, TrackEnded
from sophon_report.model import Recognition, Track, Visit
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.active_hours import rest_reason


def at(clock):
    """A moment of some day."""
    return time.strptime(f"2026-11-21 {clock}", "%Y-%m-%d %H:%M:%S")


def hours(*periods):
    parts = {f"part{number}": period for number, period in enumerate(periods, 1)}
    return ActiveHours(**parts, **{f"{part}_switch": True for part in parts})


@pytest.mark.parametrize(
    ("periods", "inside", "beyond"),
    [
        (["08:00:00,18:00:00"], ["08:00:00", "18:00:00", "12:30:00"], ["07:59:59", "18:00:01", "00:00:00"]),
        (["22:00:00,06:00:00"], ["22:00:00", "23:59:59", "00:00:00", "06:00:00"], ["06:00:01", "21:59:59"]),
        (["06:00:00,09:00:00", "17:00:00,20:00:00"], ["06:00:00", "20:00:00"], ["12:00:00", "23:00:00"]),
        (["00:00:00,23:59:59"], ["00:00:00", "23:59:59", "23:59:60"], []),
        ([], ["03:00:00"], []),
    ],
    ids=["a day", "over midnight", "two", "all day", "no switch"],
)
def test_cameras_are_watched_within_the_periods_that_are_on(periods, inside, beyond):
    """To the second, both ends inside; with no period on always."""
    assert [rest_reason(hours(*periods), at(clock)) for clock in inside] == [""] * len(inside)
    assert all(rest_reason(hours(*periods), at(clock)) for clock in beyond)


def test_the_reason_names_the_hours():
    """As an installer reads them."""
    said = rest_reason(hours("06:00:00,09:00:00", "17:00:00,20:00:00"), at("12:00:00"))
    assert said == "outside of its active hours (06:00:00-09:00:00 and 17:00:00-20:00:00)"


@given(st.integers(0, 86_399), st.integers(0, 86_399), st.integers(0, 86_399))
def test_a_period_and_the_one_that_is_left_share_only_their_ends(begin, end, second):
    """Whatever the hours: one of both lasts."""
    clocks = [f"{each // 3600:02}:{each // 60 % 60:02}:{each % 60:02}" for each in (begin, end, second)]
    there, back = hours(f"{clocks[0]},{clocks[1]}"), hours(f"{clocks[1]},{clocks[0]}")
    now = at(clocks[2])
    if begin != end:
        assert (not rest_reason(there, now)) + (not rest_reason(back, now)) == 1 + (second in (begin, end))


def test_a_period_that_is_none_is_refused_with_its_key():
    """In words, not as a pattern."""
    with pytest.raises(ConfigError, match=r"active.part1: must be a period like .00:00:00,23:59:59."):
        parse_settings({"active": {"part1": "08:00-18:00"}})


def test_who_stands_there_when_the_hours_end_has_left(tmp_path):
    """The visit ends as any other; the state says why nobody is seen, whatever vision says late."""

    async def story(flow):
        await somebody_comes(flow)
        flow.rest("outside of its active hours")
        await flow.message(TrackEnded("door", Track(1, START_MS, START_MS + 3000)))
        await flow.message(DeviceState("door", "online", now_ms=START_MS + 9000))
        state = flow.states()["door"]
        assert (state.state, state.reason, state.tracks) == ("inactive", "outside of its active hours", ())

    recognition, visit = told(tmp_path, story)
    assert (type(recognition), type(visit)) == (Recognition, Visit)
    assert (visit.ended_by, visit.out_ms) == ("left", START_MS + 3000)


class Vision:
    """Hears what the report process wants watched."""

    def __init__(self, place):
        self._link = LinkClient.connect(place.vision_socket)
        self._link.send(Hello(LINK_VERSION, 1, "script", "sha", 16, 0.489))
        self._messages = self._link.messages()

    async def watches(self):
        """The devices of the next list."""
        loop = asyncio.get_running_loop()
        message = None
        while not isinstance(message, Devices):
            message = await loop.run_in_executor(None, next, self._messages)
        return [device.device_id for device in message.devices]

    def close(self):
        self._link.close()


def test_the_vendors_keys_have_cameras_rest_and_watched_again(tmp_path_factory):
    """At once, while the service runs; films and devices that push pictures are watched on."""
    place = DataDir(tmp_path_factory.mktemp("a") / "d")
    devices = [
        {"id": "door", "url": "rtsp://10.0.0.21/ch1"},
        {"id": "film", "type": "file", "url": "/film.mp4"},
        {"id": "gate", "type": "photo", "url": "10.0.0.9"},
    ]
    settings = parse_settings(
        {
            "data_dir": str(place.root),
            "server": {"host": "127.0.0.1", **dict.fromkeys(PORTS, 0)},
            "access": {"open_writes": True},
            "device": devices,
        }
    )
    later = time.localtime(time.time() + 2 * 3600)
    period = f"{later.tm_hour:02}:00:00,{later.tm_hour:02}:59:59"

    async def story():
        async with contextlib.AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            process = ReportProcess(settings, None)
            await process.start(stack)
            vision = Vision(place)
            stack.callback(vision.close)
            url = f"http://127.0.0.1:{process.api_port}/sophon/v2/face/setconfigs"
            assert await vision.watches() == ["door", "film", "gate"]
            values = {"REGN_TIME_PART1": period, "REGN_TIME_PART1_SWITCH": True}
            async with session.post(url, json={"config_dict": values}) as reply:
                assert await reply.json() == values
            assert await vision.watches() == ["film", "gate"]
            states = process.flow.states()
            assert states["door"].state == "inactive"
            assert period.replace(",", "-") in states["door"].reason
            async with session.post(url, json={"config_dict": {"REGN_TIME_PART1_SWITCH": "false"}}) as reply:
                assert reply.status == 200
            assert await vision.watches() == ["door", "film", "gate"]

    asyncio.run(story())
