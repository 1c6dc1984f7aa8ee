"""Why vision left is shown, and a device that hangs again and again is kept from it."""

import re

import pytest
from running_box import running_box
from waiting import until

from sophon_report.link.client import LinkClient
from sophon_report.link.messages import Leaving
from sophon_report.ops.data_dir import DataDir

HUNG = Leaving("its decoder hangs", "door")


@pytest.fixture
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("v")


@pytest.fixture
def box(root):
    with running_box(root) as running:
        yield running


def states(box):
    return {row["device_id"]: (row["state"], row["reason"]) for row in box.call(box.process.service.devices)}


def metric(box, line):
    text = box.call(box.process.service.metrics).decode()
    return float(re.search(rf"^sophon_report_{re.escape(line)} (.*)$", text, re.MULTILINE)[1])


def hang(box):
    box.vision_goes(HUNG)
    reasons = box.ask("GET", "/healthz").body["reasons"]
    box.vision_comes()
    until(lambda: box.vision.devices is not None, "the list of devices")
    return reasons


def test_while_vision_is_away_health_and_device_say_why(box):
    """Vision itself cannot any more."""
    box.vision.online()
    box.vision_goes(HUNG)
    health = box.ask("GET", "/healthz")
    assert (health.status, health.body["reasons"]) == (
        503,
        ["the vision process is not there: device door: its decoder hangs"],
    )
    assert states(box)["door"] == ("starting", "vision is being restarted: device door: its decoder hangs")
    assert metric(box, "vision_departures_total") == 1
    box.vision_comes()
    assert box.ask("GET", "/healthz").status == 200


def test_a_device_that_hangs_twice_is_kept_from_vision_and_the_others_are_not(box):
    """It is offline with the reason, health names it, metrics count it."""
    hang(box)
    assert box.vision.devices == ["door", "yard"]
    hang(box)
    assert box.vision.devices == ["yard"]
    words = "its decoder hangs; that was the 2. time, so it waits 30 s: each time all cameras are restarted for it"
    assert states(box)["door"] == ("offline", words)
    assert box.ask("GET", "/healthz").body["reasons"] == [f"device door: offline, {words}"]
    assert metric(box, 'device_hangs_total{device="door"}') == 2
    assert metric(box, 'device_held_back{device="door"}') == 1


def test_a_vision_that_cannot_start_is_heard(box, root):
    """Its engine found no model it can use: the reason is there before any hello."""
    box.vision_goes()
    link = LinkClient.connect(DataDir(root).vision_socket)
    link.send(Leaving("detector.bmodel is made for BM1684X, this is a BM1684"))
    link.close()
    words = "the vision process is not there: detector.bmodel is made for BM1684X, this is a BM1684"
    until(lambda: words in box.ask("GET", "/healthz").body["reasons"], "the reason")
