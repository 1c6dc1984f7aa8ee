"""Sources: pace, newest frame, failures in words."""

import threading

import cv2
import numpy as np
import pytest

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType, Frame
from sophon_report.vision.sources.capture import open_capture
from sophon_report.vision.sources.intake import Intake
from sophon_report.vision.sources.source import LONGEST_RETRY_S, Source, retry_pause_s

IMAGE = np.zeros((4, 4, 3), np.uint8)


def file_device(path, **more):
    return Device("f", "file", DeviceType.FILE, str(path), **more)


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "v.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (64, 48))
    for shade in range(50):
        writer.write(np.full((48, 64, 3), shade * 5, np.uint8))
    writer.release()
    return path


class Log:
    """Collects statuses of a source."""

    def __init__(self):
        self.states = []
        self.last = threading.Event()

    def __call__(self, _device, status):
        self.states.append((status.state, status.reason))
        if status.state in ("ended", "failed", "offline"):
            self.last.set()


def test_the_newest_frame_wins_and_the_lost_are_counted():
    """One slot a device."""
    intake = Intake()
    for captured_ms in (1, 2, 3):
        intake.put(Frame("a", captured_ms, IMAGE))
    [frame] = intake.take(4, 0)
    assert frame.captured_ms == 3
    assert intake.skipped("a") == 2


def test_devices_take_turns():
    """Who has waited longest comes first; at most one frame a device in a turn."""
    intake = Intake()
    for name in ("a", "b", "c"):
        intake.put(Frame(name, 1, IMAGE))
    intake.put(Frame("a", 2, IMAGE))
    assert [frame.device_id for frame in intake.take(2, 0)] == ["a", "b"]
    intake.put(Frame("a", 3, IMAGE))
    assert [frame.device_id for frame in intake.take(2, 0)] == ["c", "a"]


def test_a_fast_file_gives_every_frame_with_the_recordings_times(video):
    """No frame is skipped, times follow the recording from the start."""
    intake, log = Intake(), Log()
    source = Source(file_device(video, speed="fast"), intake, open_capture, lambda: 1_000_000, log)
    source.start()
    times = []
    while not log.last.is_set() or intake.holds("f"):
        times += [frame.captured_ms for frame in intake.take(4, 0.05)]
    assert len(times) == 50
    assert times[0] == 1_000_000
    assert all(abs(time - (1_000_000 + 40 * index)) <= 1 for index, time in enumerate(times))
    assert log.states == [("online", ""), ("ended", "")]
    assert source.join(5)


@pytest.mark.parametrize("content", [b"", b"this is text, not a video", b"\0" * 5000])
def test_a_file_that_is_no_video_fails_in_words(tmp_path, content):
    """The state is ``failed`` and the reason names the file."""
    path = tmp_path / "v.mp4"
    path.write_bytes(content)
    log = Log()
    source = Source(file_device(path), Intake(), open_capture, lambda: 0, log)
    source.start()
    assert log.last.wait(20)
    [(state, reason)] = log.states
    assert state == "failed"
    assert "v.mp4" in reason


def test_a_missing_file_fails_in_words(tmp_path):
    """The system's own words are kept."""
    with pytest.raises(SourceError, match="No such file"):
        open_capture(file_device(tmp_path / "none.mp4"))


def test_a_camera_that_does_not_answer_is_tried_again_without_its_password(tmp_path):
    """The state is ``offline``; the reason shows the address with the password masked."""
    device = Device("c", "camera", DeviceType.RTSP, "rtsp://admin:hunter2@127.0.0.1:1/none")
    log = Log()
    source = Source(device, Intake(), open_capture, lambda: 0, log)
    source.start()
    assert log.last.wait(30)
    source.stop()
    assert log.states[0][0] == "offline"
    assert "hunter2" not in str(log.states)
    assert "***" in log.states[0][1]
    assert source.join(10)


def test_pauses_grow_up_to_half_a_minute():
    """Doubling, with a little chance so that cameras do not come back all at once."""
    pauses = [retry_pause_s(failures, 1.0) for failures in range(1, 9)]
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_RETRY_S
    assert retry_pause_s(3, 0.0) == 3.0
