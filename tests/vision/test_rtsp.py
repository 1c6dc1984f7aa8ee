"""RTSP cameras as they are: a real server on a real socket, read by the real decoder."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
import pytest

from sophon_report.link.client import LinkClient
from sophon_report.link.messages import Counters, Devices, DeviceState, Hello
from sophon_report.model import Device, DeviceType
from sophon_report.ops.data_dir import DataDir
from sophon_report.testing import Behaviour, RtspCamera
from sophon_report.vision.sources.capture import opener
from sophon_report.vision.sources.intake import Intake
from sophon_report.vision.sources.source import STEADY_MS, Source

PASSWORD = "hunter2"
ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 30


def clip(width=64, height=48, shades=range(0, 250, 5)):
    """Flat grey pictures: the shade tells which one it is."""
    return [cv2.imencode(".jpg", np.full((height, width, 3), shade, np.uint8))[1].tobytes() for shade in shades]


def device(camera, device_id="c", **more):
    return Device(device_id, "camera", DeviceType.RTSP, camera.url(**more))


def clock_ms():
    return time.time_ns() // 1_000_000


class Watch:
    """A source on an intake, with what it said."""

    def __init__(self, watched, intake=None, open_timeout_ms=1500, read_timeout_ms=1500):
        self.intake = intake or Intake()
        self.said, self.pauses = [], []
        self.ahead_ms = 0
        self._changed = threading.Condition()
        open_capture = opener(open_timeout_ms, read_timeout_ms)
        self.source = Source(
            watched, self.intake, open_capture, clock_ms, self._hear, self._pause_s, self._steady_ms
        )

    def __enter__(self):
        self.source.start()
        return self

    def __exit__(self, *_error):
        self.source.stop()
        assert self.source.join(DEADLINE_S)

    def _hear(self, _device, status):
        with self._changed:
            self.said.append(status)
            self._changed.notify_all()

    def _steady_ms(self):
        return time.monotonic() * 1000 + self.ahead_ms

    def _pause_s(self, failures):
        self.pauses.append(failures)
        return 0.01

    def until(self, state, count=1):
        """Wait for the n-th status of that state; returns it."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._of(state)) >= count, DEADLINE_S), self.said
            return self._of(state)[count - 1]

    def _of(self, state):
        return [status for status in self.said if status.state == state]

    def frame(self):
        """The newest frame."""
        [frame] = self.intake.take(1, DEADLINE_S)
        return frame


@pytest.fixture
def camera():
    with RtspCamera(clip()) as made:
        yield made


def test_frames_carry_the_clocks_time(camera):
    """What a camera gives is of now, whatever its own clock says, in the order it was shown."""
    before_ms = clock_ms()
    with Watch(device(camera)) as watch:
        frames = [watch.frame() for _ in range(20)]
    times = [frame.captured_ms for frame in frames]
    assert before_ms <= times[0]
    assert times == sorted(times)
    assert times[-1] <= clock_ms()
    assert frames[0].picture.bgr().shape == (48, 64, 3)
    status = watch.until("online")
    assert (status.width, status.height) == (64, 48)


def test_who_looks_slowly_sees_the_newest_picture(camera):
    """Nothing queues up: what was not taken in time is gone, and counted."""
    with Watch(device(camera)) as watch:
        first = watch.frame()
        while watch.intake.skipped("c") < 40:
            assert watch.source.status.state == "online"
            time.sleep(0.02)
        shown = watch.source.status.frames
        newest = watch.frame()
    assert newest.captured_ms > first.captured_ms
    assert shown >= 42
    assert shown - watch.intake.skipped("c") <= 3


def test_a_camera_that_hangs_up_comes_back_by_itself(camera):
    """Offline with a reason, online again; pauses grow while it does so with each connection."""
    camera.behaviour = Behaviour.CLOSES
    with Watch(device(camera)) as watch:
        assert watch.until("offline", 2).reason == "the stream ended"
        camera.behaviour = Behaviour.PLAYS
        watch.until("online", 3)
        assert watch.frame().picture.bgr().shape == (48, 64, 3)
    assert watch.pauses == list(range(1, len(watch.pauses) + 1))


def test_pauses_begin_anew_after_a_steady_time(camera):
    """Each failed opening counts; pictures for a while end the count."""
    camera.behaviour = Behaviour.NOT_FOUND
    with Watch(device(camera)) as watch:
        watch.until("offline", 3)
        camera.behaviour = Behaviour.PLAYS
        watch.until("online")
        watch.ahead_ms = STEADY_MS
        camera.behaviour = Behaviour.NOT_FOUND
        failures_before = len(watch.pauses)
        camera.hang_up()
        watch.until("offline", failures_before + 2)
    assert watch.pauses[:failures_before] == list(range(1, failures_before + 1))
    assert watch.pauses[failures_before : failures_before + 2] == [1, 2]


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour.SILENT, "does not answer within 1.5 s"),
        (Behaviour.BABBLES, "not RTSP"),
        (Behaviour.HANGS, "sent no picture for 1.5 s"),
        (Behaviour.GARBAGE, "sent no picture for 1.5 s"),
    ],
)
def test_a_camera_in_trouble_is_noticed_and_costs_the_others_nothing(camera, behaviour, words):
    """Silence, garbage and a stream that stands still end in a reason, while another camera plays on."""
    intake = Intake()
    with RtspCamera(clip(), behaviour=behaviour) as bad:
        with Watch(device(camera, "good"), intake) as good, Watch(device(bad, "bad"), intake) as troubled:
            good.until("online")
            reason = troubled.until("offline").reason
            frames = good.source.status.frames
            assert intake.take(2, DEADLINE_S)
            while good.source.status.frames == frames:
                assert good.source.status.state == "online"
                time.sleep(0.01)
        assert [status.state for status in good.said] == ["online"]
    assert words in reason


def test_another_size_after_a_reconnect_is_taken_as_it_is(camera):
    """Somebody changed the camera's settings: status and frames have the new size."""
    with Watch(device(camera)) as watch:
        watch.frame()
        camera.pictures = clip(128, 96)
        camera.hang_up()
        status = watch.until("online", 2)
        assert (status.width, status.height) == (128, 96)
        while watch.frame().picture.bgr().shape != (96, 128, 3):
            pass


def test_a_camera_that_is_turned_goes_on_and_tells_its_new_size(camera):
    """In the middle of the stream: nothing is opened anew."""
    with Watch(device(camera)) as watch:
        watch.frame()
        camera.pictures = clip(48, 64)
        while watch.frame().picture.bgr().shape != (64, 48, 3):
            pass
        assert (watch.source.status.width, watch.source.status.height) == (48, 64)
    assert camera.connections == 2
    assert [status.state for status in watch.said] == ["online"]


def test_a_password_opens_the_camera():
    """The one in the address, with its signs written as addresses have them."""
    odd = "h/u?n#t@e r2"
    camera = RtspCamera(clip(), credentials=("admin", odd))
    with camera, Watch(device(camera, credentials=("admin", quote(odd, safe="")))) as watch:
        assert watch.frame().picture.bgr().shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("behaviour", "credentials", "words"),
    [
        (Behaviour.PLAYS, ("admin", "wrong" + PASSWORD), "refuses the user name or the password (401)"),
        (Behaviour.NOT_FOUND, None, "has no such stream (404)"),
    ],
    ids=["wrong password", "wrong path"],
)
def test_a_refusal_names_what_to_check(behaviour, credentials, words):
    """The path, or name and password; the password itself is in no word of it."""
    camera = RtspCamera(clip(), credentials=("admin", PASSWORD), behaviour=behaviour)
    with camera, Watch(device(camera, credentials=credentials)) as watch:
        status = watch.until("offline")
    assert words in status.reason
    assert status.code == ("no_such_stream" if credentials is None else "password_wrong")
    assert "admin:***@" in status.reason
    assert PASSWORD not in repr(watch.said)


def test_a_wrong_password_is_not_tried_again_and_again():
    """The camera would lock the account, and keep it locked when the password is right at last."""
    with RtspCamera(clip(), credentials=("admin", PASSWORD)) as camera:
        with Watch(device(camera, credentials=("admin", "wrong"))) as watch:
            assert "asked again" not in watch.until("offline", 2).reason
            assert "asked again in 5 minutes" in watch.until("offline", 3).reason
        assert watch.pauses == [1, 2, 3]
    assert camera.connections == 3


@pytest.mark.parametrize("ticks", [3600 * 90_000, -3600 * 90_000, (1 << 32) - 90_000], ids=["on", "back", "wrap"])
def test_time_stamps_that_jump_cost_no_picture(camera, ticks):
    """Forward, back, around: times are the clock's, and pictures come on over the same connection."""
    with Watch(device(camera)) as watch:
        before = [watch.frame().captured_ms for _ in range(5)]
        camera.ahead_ticks = ticks
        seen = watch.source.status.frames
        while watch.source.status.frames < seen + 60:
            before.append(watch.frame().captured_ms)
        assert before == sorted(before)
        assert max(later - earlier for earlier, later in zip(before, before[1:])) < 10_000
        assert [status.state for status in watch.said] == ["online"]


def test_a_port_where_nobody_listens_is_told_apart(camera):
    """The network's own words."""
    camera.close()
    with Watch(device(camera)) as watch:
        status = watch.until("offline")
    assert ("cannot be reached: Connection refused" in status.reason, status.code) == (True, "port_closed")


TALKATIVE = """
import sys, threading
from sophon_report.config import Log
from sophon_report.model import Device, DeviceType
from sophon_report.ops import logs
from sophon_report.vision.sources.capture import opener
from sophon_report.vision.sources.intake import Intake
from sophon_report.vision.sources.source import STEADY_MS, Source

logs.configure(Log(level="debug", format="json"), "vision")
for url in sys.argv[1:]:
    offline = threading.Event()
    told = lambda _device, status: offline.set() if status.state == "offline" else None
    source = Source(Device("c", "c", DeviceType.RTSP, url), Intake(), opener(700, 700), lambda: 0, told)
    source.start()
    assert offline.wait(30)
    source.stop()
print("done")
"""


def test_no_password_reaches_any_output():
    """Not the log, not what the decoder's libraries print, even when the environment asks them to talk."""
    loud = {"OPENCV_FFMPEG_LOGLEVEL": "56", "OPENCV_FFMPEG_DEBUG": "1", "OPENCV_LOG_LEVEL": "VERBOSE"}
    login = ("admin", PASSWORD)
    made = [
        RtspCamera(clip(), credentials=login, behaviour=behaviour, trouble_after=2)
        for behaviour in (Behaviour.CLOSES, Behaviour.HANGS, Behaviour.NOT_FOUND, Behaviour.GARBAGE)
    ]
    odd = [f"rtsp://admin:{PASSWORD}{sign}{PASSWORD}@127.0.0.1:1/x" for sign in "/#@? "]
    odd += [f"rtsp://127.0.0.1:1/user=admin&password={PASSWORD}&channel=1", f"rtsp://admin:{PASSWORD}@[::1/x"]
    urls = [camera.url() for camera in made] + [made[0].url(("admin", PASSWORD + "x"))] + odd
    ran = subprocess.run(
        [sys.executable, "-c", TALKATIVE, *urls],
        cwd=ROOT,
        env={**os.environ, **loud},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    for camera in made:
        camera.close()
    assert ran.stdout == "done\n", ran.stderr
    assert ran.stderr.count("device_offline") >= len(urls)
    assert PASSWORD not in ran.stderr


def test_a_silent_camera_does_not_keep_others_from_opening(camera):
    """The decoder opens one camera at a time: who does not answer must not be the one."""
    silent = RtspCamera(clip(), behaviour=Behaviour.SILENT)
    with silent, Watch(device(silent, "silent"), open_timeout_ms=20_000) as waiting:
        while silent.connections == 0:
            time.sleep(0.01)
        with Watch(device(camera)) as good:
            good.until("online")
        assert waiting.said == []
        silent.close()


class Vision:
    """The vision process on a link of the test's."""

    def __init__(self, folder, models_dir):
        place = DataDir(Path(folder))
        place.models.symlink_to(models_dir)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(place.vision_socket))
            listener.listen()
            command = ["-m", "sophon_report", "run", "--only", "vision", "--child", "--data-dir"]
            self.process = subprocess.Popen(
                [sys.executable, *command, folder], cwd=ROOT, stderr=subprocess.PIPE, text=True
            )
            self.link = LinkClient(listener.accept()[0])
        self._messages = self.link.messages()

    def heard(self, kind):
        """The next message of that kind."""
        return next(message for message in self._messages if isinstance(message, kind))

    def plays(self, *device_ids):
        """Wait until pictures of all of them were looked at."""
        waiting = set(device_ids)
        while waiting:
            state = self.heard(DeviceState)
            waiting -= {state.device_id} if state.frames > 1 else set()

    def stands_still(self):
        """Wait for a second without a picture."""
        frames = -1
        while frames != self.heard(Counters).values["frames"]:
            frames = self.heard(Counters).values["frames"]

    def leave(self):
        """Close the link; returns the exit status and the log."""
        self.link.close()
        _, said = self.process.communicate(timeout=6)
        return self.process.returncode, said


@pytest.mark.models
def test_vision_leaves_while_its_cameras_hang(camera, models_dir):
    """With decoders stuck in reading, opening and waiting to open it ends by itself when its link closes."""
    dead = RtspCamera(clip(), behaviour=Behaviour.HANGS, trouble_after=0)
    with dead, tempfile.TemporaryDirectory() as folder:
        vision = Vision(folder, models_dir)
        vision.heard(Hello)
        reading = (device(camera, "a"), device(camera, "b"))
        vision.link.send(Devices(reading))
        vision.plays("a", "b")
        camera.behaviour, camera.trouble_after = Behaviour.HANGS, 0
        vision.link.send(Devices((*reading, device(dead, "c"), device(dead, "d"))))
        vision.stands_still()
        status, said = vision.leave()
    assert status == 0, said
    assert '"device_ids": ["a", "b", "c", "d"]' in said
