"""Cameras and files decoded by the chip: what reads, failures and hangs of SAIL's decoder become."""

import contextlib
import threading
import time

import av
import cv2
import numpy as np
import pytest
from fake_chip import running_chip
from films import coded
from waiting import until

from sophon_report.errors import DecoderHung, SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.testing.rtsp_camera import RtspCamera
from sophon_report.testing.sail import Camera, Scenario
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.picture import HostPicture
from sophon_report.vision.sources.capture import open_capture
from sophon_report.vision.sources.chip_capture import BAD_READS, FIRST_LIMIT_S, READ_LIMIT_S, chip_opener, sane_fps

SYNTHETIC = Camera(width=64, height=48, paced=False)
JPEG = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()


def h264(path):
    path.write_bytes(b"".join(picture.annex_b for picture in coded("h264", count=3)))
    return path


@pytest.fixture(scope="module")
def camera():
    """What answers at the address; the pictures are the fake chip's."""
    with contextlib.closing(RtspCamera(coded("h264", count=1))) as real:
        yield real


@pytest.fixture
def watch():
    return HangWatch()


class Box:
    def __init__(self, camera, watch, fake):
        self._camera, self.watch, self.fake = camera, watch, fake
        self.open = chip_opener(Chip(fake.module), watch, open_capture)

    def door(self, path="/door"):
        return Device("door", "door", DeviceType.RTSP, f"rtsp://u:secret@127.0.0.1:{self._camera.port}{path}")


@pytest.fixture
def box(camera, watch):
    """Makes a chip whose cameras are as told."""
    with contextlib.ExitStack() as stack:

        def make(door=SYNTHETIC, **scenario):
            scenario = Scenario(cameras={"/door": door, **scenario.pop("cameras", {})}, **scenario)
            return Box(camera, watch, stack.enter_context(running_chip(scenario)))

        yield make


def read_to_the_end(capture):
    """Pictures of a capture and why it ended."""
    taken = []
    try:
        while True:
            one = capture.read()
            if one is None:
                return taken, None
            taken.append(one)
    except SourceError as error:
        return taken, str(error)


def test_a_camera_gives_pictures_that_stay_on_the_chip(box):
    """Of the size of the frame; in main memory only when somebody wants that."""
    made = box()
    capture = made.open(made.door())
    _, picture = capture.read()
    assert (picture.width, picture.height, capture.fps, capture.codec) == (64, 48, 25.0, "h264")
    assert picture.bgr().shape == (48, 64, 3)
    assert made.fake.chip.environment == {"rtsp_transport": "tcp", "stimeout": "5000000"}
    capture.close()


def test_a_resolution_that_changes_is_that_of_the_frame(box):
    """The decoder's own word is of its opening."""
    made = box(Camera(width=64, height=48, paced=False, resize_after=1, resize_to=(32, 24)))
    capture = made.open(made.door())
    sizes = [(picture.width, picture.height) for _, picture in (capture.read(), capture.read())]
    assert sizes == [(64, 48), (32, 24)]
    capture.close()


@pytest.mark.parametrize(
    ("camera_does", "reason"),
    [
        ({"frames": 3}, "ended the stream"),
        ({"codes": (5006,) * BAD_READS, "codes_after": 3}, "sends nothing that can be decoded any more"),
        ({"codes": (1,) * BAD_READS, "codes_after": 3}, "sends nothing that can be decoded any more"),
    ],
)
def test_a_camera_that_gives_no_more_is_an_error_in_plain_words(box, camera_does, reason):
    """After the pictures it gave; some bad reads in a row are enough, fewer than make SAIL open it by itself."""
    made = box(Camera(width=64, height=48, paced=False, **camera_does))
    capture = made.open(made.door())
    taken, ended = read_to_the_end(capture)
    assert len(taken) == 3
    assert reason in ended
    assert made.fake.chip.counts["read"] <= 3 + BAD_READS
    capture.close()


def test_bad_reads_between_good_ones_are_passed_over(box):
    """A picture that was damaged on the way costs itself."""
    made = box(Camera(width=64, height=48, paced=False, codes=(5006, 0, 5006, 1, 0), frames=5))
    assert len(read_to_the_end(made.open(made.door()))[0]) == 5


def test_a_camera_that_is_not_there_is_found_before_the_decoder_is_made(box, camera):
    """The chip waits long, and says nothing of why."""
    made = box()
    gone = Device("gone", "gone", DeviceType.RTSP, "rtsp://u:secret@127.0.0.1:9/door")
    with pytest.raises(SourceError, match="cannot be reached") as refused:
        made.open(gone)
    assert "secret" not in str(refused.value)
    assert made.fake.chip.counts["Decoder"] == 0


def test_a_refused_opening_names_what_to_check_and_no_password(box):
    """SAIL's own words hold the address."""
    made = box(Camera(refuses="Failed to open rtsp://u:secret@cam"))
    with pytest.raises(SourceError, match="check the path, the user name and the password") as refused:
        made.open(made.door())
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("where", ["open", "read"])
def test_a_hung_vpu_is_told_to_the_watch(box, where):
    """No other opening in this process can help."""
    hung = Camera(refuses="VPU is hung") if where == "open" else Camera(width=64, height=48, vpu_hung_after=0)
    made = box(hung)
    with pytest.raises(DecoderHung, match="video unit is hung"):
        made.open(made.door()).read()
    verdict = made.watch.look(time.monotonic())
    assert (verdict.device_id, verdict.reason) == ("door", "the chip's video unit is hung")


def test_a_read_that_does_not_return_is_seen_from_outside(box):
    """In the name of its device; the first picture may take longer than the others."""
    made = box(Camera(width=64, height=48, paced=False, hang_after=1))
    capture = made.open(made.door())
    capture.read()
    reading = threading.Thread(target=capture.read)
    began_s = time.monotonic()
    reading.start()
    until(lambda: made.fake.chip.counts[f"hang {made.door().url}"], "the read")
    for later_s in range(int(READ_LIMIT_S)):
        assert made.watch.look(began_s + later_s) is None
    assert made.watch.look(time.monotonic() + READ_LIMIT_S).device_id == "door"
    assert FIRST_LIMIT_S > READ_LIMIT_S
    made.fake.chip.end()
    reading.join()
    assert made.watch.look(time.monotonic() + READ_LIMIT_S) is None


def test_a_film_of_h264_is_decoded_by_the_chip_with_times_counted_by_its_rate(box, tmp_path):
    """To its end, which is none of anybody's fault."""
    film = h264(tmp_path / "film.h264")
    made = box(cameras={"film.h264": Camera(width=64, height=48, paced=False, fps=10.0, frames=4)})
    capture = made.open(Device("film", "film", DeviceType.FILE, str(film)))
    taken, reason = read_to_the_end(capture)
    assert ([position_ms for position_ms, _ in taken], reason) == ([0, 100, 200, 300], None)
    assert capture.codec == "h264"


def test_a_film_whose_pictures_come_unevenly_keeps_their_times(box, tmp_path):
    """Where this SAIL tells them: older ones have no call for it."""
    film = tmp_path / "uneven.mp4"
    with av.open(str(film), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.options = 64, 48, "yuv420p", {"bf": "0"}
        for at in (0, 1, 50, 51):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), "bgr24")
            frame.pts = at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    device = Device("film", "film", DeviceType.FILE, str(film))
    newer, older = (read_to_the_end(box(version=version).open(device))[0] for version in ("3.10.7", "3.7.0"))
    assert [position_ms for position_ms, _ in newer] == [0, 40, 2000, 2040]
    steps_ms = np.diff([position_ms for position_ms, _ in older])
    assert len(steps_ms) == 3
    assert np.ptp(steps_ms) <= 1, "counted by the rate"


def test_a_film_that_the_chip_cannot_be_trusted_with_is_read_by_the_cpu(box, tmp_path):
    """Of another codec, or refused by the chip."""
    path = tmp_path / "film.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (64, 48))
    writer.write(np.full((48, 64, 3), 90, np.uint8))
    writer.release()
    refused = h264(tmp_path / "refused.h264")
    made = box(cameras={"refused": Camera(refuses="no such codec")})
    for film, decoders in ((path, 0), (refused, 1)):
        taken, _ = read_to_the_end(made.open(Device("film", "film", DeviceType.FILE, str(film))))
        assert isinstance(taken[0][1], HostPicture)
        assert made.fake.chip.counts["Decoder"] == decoders


def test_a_camera_of_motion_jpeg_is_read_by_the_cpu(box):
    """It says so itself before anything is opened."""
    made = box()
    with RtspCamera([JPEG]) as jpegs:
        capture = made.open(Device("door", "door", DeviceType.RTSP, jpegs.url()))
        assert isinstance(capture.read()[1], HostPicture)
        capture.close()
    assert made.fake.chip.counts["Decoder"] == 0


def test_cameras_open_side_by_side(box):
    """One that takes long keeps no other waiting."""
    made = box(Camera(width=64, height=48, paced=False), cameras={"/slow": Camera(width=64, height=48, open_s=3)})
    threading.Thread(target=made.open, args=(made.door("/slow"),), daemon=True).start()
    until(lambda: made.fake.chip.counts["Decoder"], "the slow opening")
    assert made.open(made.door()).read() is not None


def test_rates_that_cannot_be_are_taken_for_25():
    """SAIL divides by what the stream says."""
    assert [sane_fps(fps) for fps in (30.0, 0.0, -1.0, float("nan"), float("inf"), 1e6)] == [30.0, *[25.0] * 5]
