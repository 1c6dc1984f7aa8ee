"""Several turns under way at once: order, failures, and devices that go meanwhile. Turns end when a test says."""

import socket
import threading

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import Counters, Devices, DeviceState, Photo, PhotoResult
from sophon_report.model import Device, DeviceType
from sophon_report.testing.steered_engine import SteeredEngine
from sophon_report.vision.picture import HostPicture
from sophon_report.vision.worker import Worker

PICTURE = HostPicture(np.zeros((48, 64, 3), np.uint8))
START_MS = 1_760_000_000_000


class Film:
    """So many pictures, a second apart: the state of its device is told at each."""

    fps, codec, skipped = 1.0, "", 0

    def __init__(self, pictures):
        self._positions = iter(range(0, 1000 * pictures, 1000))

    def read(self):
        position_ms = next(self._positions, None)
        return None if position_ms is None else (position_ms, PICTURE)

    def close(self):
        pass


class Desk:
    """The report process's end of a worker's link; devices are films, the address is how many pictures."""

    def __init__(self, engine):
        here, there = socket.socketpair()
        self.link = LinkClient(here)
        worker = Worker(engine, LinkClient(there), 40, lambda: START_MS, lambda device: Film(int(device.url)))
        self._thread = threading.Thread(target=worker.run, args=(1,))
        self._thread.start()
        self._stream = self.link.messages()
        self.states = []

    def watch(self, **pictures):
        films = [Device(name, name, DeviceType.FILE, str(count), speed="fast") for name, count in pictures.items()]
        self.link.send(Devices(tuple(films)))

    def until(self, wanted):
        for message in self._stream:
            if isinstance(message, DeviceState) and message.now_ms:
                self.states.append((message.device_id, message.now_ms - START_MS))
            if wanted(message):
                return message
        raise AssertionError("the link ended")

    def leave(self):
        self.link.close()
        self._thread.join(10)
        return not self._thread.is_alive()


@pytest.fixture
def engine():
    return SteeredEngine()


@pytest.fixture
def desk(engine):
    made = Desk(engine)
    yield made
    for turn in engine.turns:
        turn.end()
    assert made.leave()


def through(device_id):
    """All frames of the device have been followed."""
    return lambda message: (
        isinstance(message, DeviceState) and message.device_id == device_id and message.state == "ended"
    )


def test_a_turn_begins_while_another_is_under_way_and_frames_are_followed_in_order(desk, engine):
    """The second one is through first; its frame still comes second."""
    desk.watch(a=3)
    first, second = engine.until_begun(1), engine.until_begun(2)
    second.end()
    first.end()
    engine.until_begun(3).end()
    desk.until(lambda message: through("a")(message) and message.now_ms == START_MS + 2000)
    told = [now_ms for _, now_ms in desk.states]
    assert told == sorted(told)
    assert {0, 1000, 2000} <= set(told)


def test_a_turn_that_fails_costs_its_own_frames_only(desk, engine):
    """Those of the next turn, which had begun already, are followed; the failed ones are counted."""
    desk.watch(a=2)
    engine.until_begun(2).end()
    engine.until_begun(1).end(ModelError("the chip gave what is not finite"))
    desk.until(lambda message: through("a")(message) and message.now_ms == START_MS + 1000)
    counters = desk.until(lambda message: isinstance(message, Counters) and message.values["frames"] == 2)
    assert (counters.values["frames_failed"], counters.values["turns"]) == (1, 2)
    assert counters.values["odd_answers"] == 3
    assert ("a", 0) not in desk.states


def test_a_frame_of_a_device_that_was_removed_meanwhile_is_nobodys(desk, engine):
    """The turn it was in ends with the others' frames."""
    desk.watch(a=1)
    first = engine.until_begun(1)
    desk.watch(b=1)
    second = engine.until_begun(2)
    first.end()
    second.end()
    desk.until(through("b"))
    assert "a" not in {name for name, _ in desk.states}


def test_a_photo_is_looked_at_while_a_turn_is_under_way(desk, engine):
    """It waits for no camera."""
    desk.watch(a=1)
    engine.until_begun(1)
    desk.link.send(Photo(7, b"no picture", 40))
    answer = desk.until(lambda message: isinstance(message, PhotoResult))
    assert (answer.request_id, answer.refused) == (7, "not_an_image")
