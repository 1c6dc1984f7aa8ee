"""What is told of a camera that is opened once."""

import cv2
import numpy as np
import pytest

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.vision.camera_found import as_json, of_json
from sophon_report.vision.camera_trial import try_out
from sophon_report.vision.picture import HostPicture

CAMERA = Device("t", "t", DeviceType.RTSP, "rtsp://admin:hunter2@10.0.0.9/1")


class Script:
    """A camera whose pictures come at these seconds, on a clock of its own."""

    codec = "h264"
    skipped = 0

    def __init__(self, at_s, fps=25.0, side=64):
        self.fps, self._at_s, self._side = fps, list(at_s), side
        self.now_s, self.closed = 100.0, False

    def read(self):
        if not self._at_s:
            return None
        self.now_s = 100.0 + self._at_s.pop(0)
        return 0, HostPicture(np.full((self._side, 2 * self._side, 3), 90, np.uint8))

    def close(self):
        self.closed = True

    def tried(self, device=CAMERA, **more):
        return try_out(device, lambda _device: self, clock_s=lambda: self.now_s, **more)


def test_the_rate_is_counted_after_the_pictures_that_waited():
    """Ten a second, thirty of which came at once; what the stream says is told apart."""
    script = Script([1.5] * 30 + [1.5 + number / 10 for number in range(1, 60)], fps=90.0)
    trial = script.tried(count_faces=lambda picture: picture.width)
    assert (trial.codec, trial.width, trial.height, trial.told_fps, trial.counted_fps) == ("h264", 128, 64, 90, 10)
    assert (trial.opening_ms, trial.faces, trial.reason) == (1500, 128, "")
    assert script.closed


def test_the_picture_is_within_bounds_and_travels_as_text():
    """As a JPEG; the trial comes out of its JSON as it went in."""
    trial = Script([number / 5 for number in range(60)], side=1080).tried()
    assert cv2.imdecode(np.frombuffer(trial.jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (960, 1920, 3)
    assert of_json(as_json(trial)) == trial


@pytest.mark.parametrize(
    ("at_s", "words"), [([], "opened, but gives no picture"), ([0.1, 0.2, 0.3], "breaks off after some pictures")]
)
def test_a_stream_that_ends_is_told_with_its_address(at_s, words):
    """Without the password."""
    script = Script(at_s)
    trial = script.tried()
    assert words in trial.reason
    assert trial.reason.startswith("rtsp://admin:***@10.0.0.9/1 ")
    assert (trial.jpeg, script.closed) == (b"", True)


def test_a_camera_that_cannot_be_opened_is_told_once_with_its_address():
    """The opener says where it was."""

    def refuse(device):
        raise SourceError(f"{device.safe_url} is off")

    assert try_out(CAMERA, refuse).reason == "rtsp://admin:***@10.0.0.9/1 is off"


def test_a_film_is_read_and_not_awaited():
    """One picture is enough; nothing is counted."""
    trial = Script([0.5]).tried(Device("t", "t", DeviceType.FILE, "/film.mp4"))
    assert (trial.counted_fps, trial.told_fps, trial.reason) == (0, 25, "")
