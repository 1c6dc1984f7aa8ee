"""The vision process's loop before a real camera while the clock of the box is set: with the real models."""

import socket
import threading
import time

import cv2
import numpy as np
import pytest

from sophon_report.link.client import LinkClient
from sophon_report.link.messages import Devices, DeviceState, TrackEnded, VisionSettings
from sophon_report.model import Device, DeviceType
from sophon_report.testing import RtspCamera
from sophon_report.vision.worker import Worker

pytestmark = pytest.mark.models
HOUR_MS = 3_600_000


class Box:
    """A worker before one camera, on a clock that is set by hand."""

    def __init__(self, engine, camera):
        here, there = socket.socketpair()
        self.ahead_ms = 0
        self.link = LinkClient(here)
        worker = Worker(engine, LinkClient(there), 40, self.wall_ms)
        self._thread = threading.Thread(target=worker.run, args=(1,))
        self._thread.start()
        self._stream = self.link.messages()
        # The engine is shared with other tests, and so are its attributes.
        self.link.send(VisionSettings(40, attributes=True, visit_over_ms=1500))
        self.link.send(Devices((Device("c", "c", DeviceType.RTSP, camera.url()),)))

    def wall_ms(self):
        return time.time_ns() // 1_000_000 + self.ahead_ms

    def until(self, wanted):
        """What came up to the first message as wanted."""
        heard = []
        while not heard or not wanted(heard[-1]):
            heard.append(next(self._stream))
        return heard

    def leave(self):
        self.link.close()
        self._thread.join(10)


def jpegs(image):
    return [cv2.imencode(".jpg", image)[1].tobytes()]


@pytest.mark.parametrize("step_ms", [3 * HOUR_MS, -3 * HOUR_MS], ids=["forward", "back"])
def test_a_face_is_followed_through_a_step_of_the_clock(engine, astronaut, step_ms):
    """One track, its times as if nothing had happened; the step shows once nobody was there for a while."""
    with RtspCamera(jpegs(astronaut), fps=10) as camera:
        box = Box(engine, camera)
        try:
            heard = box.until(lambda message: isinstance(message, DeviceState) and message.tracks)
            before_ms = heard[-1].now_ms
            box.ahead_ms = step_ms
            heard = box.until(
                lambda message: isinstance(message, DeviceState) and message.now_ms > before_ms + 1000
            )
            assert not [message for message in heard if isinstance(message, TrackEnded)]
            assert 1 < (heard[-1].now_ms - before_ms) / 1000 < 60
            camera.pictures = jpegs(np.full_like(astronaut, 120))
            ended = box.until(lambda message: isinstance(message, TrackEnded))[-1].track
            assert ended.in_ms <= before_ms < ended.out_ms
            set_right = box.until(
                lambda message: isinstance(message, DeviceState) and abs(message.now_ms - box.wall_ms()) < HOUR_MS
            )
            assert not [message for message in set_right if isinstance(message, TrackEnded)]
        finally:
            box.leave()
