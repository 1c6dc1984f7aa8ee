"""The worker took a source for finished while its last frame waited, and never told the end of its tracks."""

import socket
import threading
import time

import numpy as np

from sophon_report.link.client import LinkClient
from sophon_report.link.messages import Devices, DeviceState
from sophon_report.model import Device, DeviceType, Faces
from sophon_report.vision.engines.base import EmbedderCard
from sophon_report.vision.picture import HostPicture
from sophon_report.vision.worker import Worker

IMAGE = HostPicture(np.zeros((48, 64, 3), np.uint8))


class ThreeFrames:
    """A recording of three pictures."""

    fps, codec, skipped = 25.0, "", 0

    def __init__(self):
        self._positions = iter((0, 40, 80))

    def read(self):
        position_ms = next(self._positions, None)
        return None if position_ms is None else (position_ms, IMAGE)

    def close(self):
        pass


class Found:
    def __init__(self, found):
        self._found = found

    def ready(self):
        return True

    def faces(self):
        return self._found


class EngineThatWaits:
    """Looks at the second frame until the source has ended, so that the third waits meanwhile."""

    name, batch, in_flight = "waits", 1, 1
    embedder = EmbedderCard("none", 128, 0.5)

    def __init__(self):
        self.worker = None
        self._calls = 0

    def begin_detect(self, pictures, _min_face_px):
        self._calls += 1
        deadline = time.monotonic() + 10
        while self._calls == 2 and self._state() != "ended" and time.monotonic() < deadline:
            time.sleep(0.001)
        return Found([Faces.none() for _ in pictures])

    def counts(self):
        return {}

    def _state(self):
        return self.worker._watched["f"].source.status.state


def test_a_source_that_ends_while_a_frame_waits_still_ends_its_tracks():
    """The device says ``ended`` when it happens and again when its last frame was looked at."""
    here, there = socket.socketpair()
    desk, engine = LinkClient(here), EngineThatWaits()
    engine.worker = Worker(engine, LinkClient(there), 40, lambda: 1000, lambda _device: ThreeFrames())
    thread = threading.Thread(target=engine.worker.run, args=(1,))
    thread.start()
    desk.send(Devices((Device("f", "f", DeviceType.FILE, "f", speed="fast"),)))
    ended = []
    for message in desk.messages():
        if isinstance(message, DeviceState) and message.state == "ended":
            ended.append(message)
        if len(ended) == 2:
            break
    desk.close()
    thread.join(10)
    assert [message.now_ms for message in ended][-1] == 1080
