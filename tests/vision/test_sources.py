"""Sources: pace, newest frame, failures in words."""

import os
import threading

import cv2
import numpy as np
import pytest

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.picture import Frame, HostPicture
from sophon_report.vision.sources.capture import _sane_fps, open_capture
from sophon_report.vision.sources.intake import Intake
from sophon_report.vision.sources.source import LONGEST_RETRY_S, Source, retry_pause_s
from sophon_report.vision.watched import watched_reads

IMAGE = HostPicture(np.zeros((4, 4, 3), np.uint8))
GOING = threading.Event()
"""Never set: nobody stops."""


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
        intake.put(Frame("a", captured_ms, IMAGE), GOING)
    [frame] = intake.take(4, 0)
    assert frame.captured_ms == 3
    assert intake.skipped("a") == 2


def test_devices_take_turns():
    """Who has waited longest comes first; at most one frame a device in a turn."""
    intake = Intake()
    for name in ("a", "b", "c"):
        intake.put(Frame(name, 1, IMAGE), GOING)
    intake.put(Frame("a", 2, IMAGE), GOING)
    assert [frame.device_id for frame in intake.take(2, 0)] == ["a", "b"]
    intake.put(Frame("a", 3, IMAGE), GOING)
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


class Taker:
    """Takes what a source gives, with what it said."""

    def __init__(self, device, open_with=open_capture, clock_ms=lambda: 1_000_000):
        self.intake, self.log, self._clock_ms = Intake(), Log(), clock_ms
        self.source = Source(device, self.intake, open_with, clock_ms, self.log)

    def __enter__(self):
        self.source.start()
        return self

    def __exit__(self, *_error):
        self.source.stop()
        assert self.source.join(10)

    def frame(self):
        [frame] = self.intake.take(1, 10)
        return frame

    def times(self):
        """Times since the clock's, to the end."""
        found = []
        while not self.log.last.is_set() or self.intake.holds("f"):
            found += [frame.captured_ms - 1_000_000 for frame in self.intake.take(4, 0.05)]
        return found


def write_video(path, pictures, width=64, height=48, code="mp4v"):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), 25, (width, height))
    for shade in range(pictures):
        writer.write(np.full((height, width, 3), shade * 5 % 256, np.uint8))
    writer.release()
    return path


def test_a_loop_goes_on_in_time_where_the_film_ended(tmp_path):
    """Played faster than the clock runs, the second round is after the first, not at the clock's time again."""
    path = write_video(tmp_path / "v.mp4", 5)
    with Taker(file_device(path, loop=True, speed="fast")) as taker:
        times = [taker.frame().captured_ms - 1_000_000 for _ in range(15)]
    assert times == list(range(0, 600, 40))


def test_a_loop_of_one_picture_keeps_the_pace(tmp_path):
    """A picture in the place of a film is shown at the rate of a film, not as fast as it can be read."""
    path = tmp_path / "v.png"
    cv2.imwrite(str(path), np.zeros((48, 64, 3), np.uint8))
    with Taker(file_device(path, loop=True, speed="fast")) as taker:
        times = [taker.frame().captured_ms - 1_000_000 for _ in range(5)]
    assert times == [0, 40, 80, 120, 160]


@pytest.mark.parametrize(
    "open_with", [open_capture, watched_reads(open_capture, HangWatch())], ids=["", "watched"]
)
def test_a_folder_that_was_shown_says_what_could_not_be_read(tmp_path, open_with):
    """When it has ended; what could be read was given."""
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((48, 64, 3), np.uint8))
    (tmp_path / "b.png").write_bytes(b"no picture")
    with Taker(file_device(tmp_path, speed="fast"), open_with) as taker:
        times = taker.times()
    assert times == [0, 200, 400, 600, 800]
    assert taker.log.states == [("online", ""), ("ended", "1 of its pictures could not be read")]


@pytest.mark.parametrize(("fps", "told"), [(1000, 1000), (0.5, 0.5), (90_000, 0), (0, 0), (float("nan"), 0)])
def test_a_rate_that_cannot_be_is_none(fps, told):
    """Some streams tell the ticks of their clock in its place; then pictures follow the usual one."""
    assert _sane_fps(fps) == told


def test_a_film_of_a_thousand_pictures_a_second_keeps_its_times(tmp_path):
    """Each a millisecond after the last."""
    path = tmp_path / "v.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 1000, (64, 48))
    for _ in range(20):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    with Taker(file_device(path, speed="fast")) as taker:
        assert taker.times() == list(range(20))


def test_a_loop_without_a_single_picture_ends(tmp_path):
    """A film of a head and nothing behind it fails once, and is not opened again and again."""
    path = write_video(tmp_path / "v.avi", 3, code="MJPG")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"movi") + 4])
    with Taker(file_device(path, loop=True)) as taker:
        assert taker.log.last.wait(10)
        assert taker.source.join(10)
    [(state, _reason)] = taker.log.states
    assert state == "failed"


def test_a_looped_film_that_is_replaced_goes_on_with_the_new_one(tmp_path):
    """Another size and all; time goes on."""
    path = write_video(tmp_path / "v.mp4", 5)
    with Taker(file_device(path, loop=True, speed="fast")) as taker:
        frames = [taker.frame()]
        os.replace(write_video(tmp_path / "new.mp4", 5, 128, 96), path)
        while frames[-1].picture.bgr().shape != (96, 128, 3):
            frames.append(taker.frame())
        assert (taker.source.status.width, taker.source.status.height) == (128, 96)
    times = [frame.captured_ms for frame in frames]
    assert times == sorted(set(times))


def test_a_film_that_is_cut_off_while_it_plays_ends(tmp_path):
    """What could be read was given, the rest is not waited for."""
    path = write_video(tmp_path / "v.avi", 200, 320, 240, "MJPG")
    with Taker(file_device(path, speed="fast")) as taker:
        taker.frame()
        os.truncate(path, path.stat().st_size // 2)
        times = taker.times()
    assert 0 < len(times) < 199
    assert taker.log.states[-1] == ("ended", "")


@pytest.mark.parametrize("ending", ["ts", "mpg", "mjpeg"])
def test_films_that_were_joined_or_have_no_times_go_forward(tmp_path, ending):
    """Two recordings in one file, each with its own times, or none at all: every picture is after the last."""
    path = tmp_path / f"v.{ending}"
    if ending == "mjpeg":
        jpegs = [cv2.imencode(".jpg", np.full((48, 64, 3), shade, np.uint8))[1].tobytes() for shade in range(100)]
        path.write_bytes(b"".join(jpegs))
    else:
        part = write_video(tmp_path / f"part.{ending}", 50, code="mp4v" if ending == "ts" else "PIM1").read_bytes()
        path.write_bytes(part + part)
    with Taker(file_device(path, speed="fast")) as taker:
        times = taker.times()
    assert len(times) >= 95
    steps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert min(steps) > 0
    assert times[-1] == pytest.approx(4000, abs=200)


def test_a_stopped_source_says_nothing_more():
    """A decoder that hung gives a picture after all: nobody sees it, nobody hears of it."""
    hanging, going = threading.Event(), threading.Event()

    class Hung:
        fps = 25.0
        codec = ""
        skipped = 0

        def read(self):
            hanging.set()
            assert going.wait(10)
            return 0, IMAGE

        def close(self):
            """Nothing is held."""

    with Taker(Device("f", "camera", DeviceType.RTSP, "rtsp://x"), lambda _device: Hung()) as taker:
        assert hanging.wait(10)
        taker.source.stop()
        taker.intake.forget("f")
        going.set()
    assert taker.log.states == []
    assert not taker.intake.holds("f")
