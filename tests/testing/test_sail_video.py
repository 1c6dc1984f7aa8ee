"""The fake's Decoder: pictures of a real video, and every trouble that a scenario can name."""

import threading
import time

import cv2
import numpy as np
import pytest
from fake_chip import running_chip

from sophon_report.testing.sail import Camera, Scenario


@pytest.fixture
def film(tmp_path):
    """Ten pictures of 64×48 at 25 a second, each a grey of its own."""
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for number in range(10):
        writer.write(np.full((48, 64, 3), 20 * number + 30, np.uint8))
    writer.release()
    return path


def grey(sail, image):
    """The mean brightness of a decoded picture."""
    bmcv = sail.Bmcv(sail.Handle(0))
    planar = bmcv.convert_format(image)
    return float(bmcv.bm_image_to_tensor(planar).asnumpy().mean())


def watching(**behaviour):
    return Scenario(cameras={"rtsp://door": Camera(**{"paced": False, "width": 64, "height": 48, **behaviour})})


def test_a_file_is_played_to_its_end(film):
    """Then the end is said for ever."""
    with running_chip() as fake:
        sail = fake.module
        decoder, image = sail.Decoder(str(film), True, 0), sail.BMImage()
        assert decoder.get_frame_shape() == [1, 3, 48, 64]
        assert decoder.get_fps() == 25
        seen = []
        while decoder.read(sail.Handle(0), image) == 0:
            assert image.format() is sail.FORMAT_COMPRESSED
            seen.append(grey(sail, image))
        assert seen == pytest.approx([20 * number + 30 for number in range(10)], abs=3)
        assert [decoder.read(sail.Handle(0), image) for _ in range(2)] == [5007, 5007]
        decoder.release()
        assert decoder.read(sail.Handle(0), image) == 5003


def test_a_camera_can_play_a_file_over_and_over(film):
    """With the URL of a camera."""
    with running_chip(watching(play=str(film), loop=True)) as fake:
        sail = fake.module
        decoder, image = sail.Decoder("rtsp://door/1", False, 0), sail.BMImage()
        for _ in range(25):
            assert decoder.read(sail.Handle(0), image) == 0
        assert image.format() is sail.FORMAT_NV12
        decoder.release()


def test_what_cannot_be_opened_is_a_runtime_error(tmp_path):
    """A plain one."""
    refused = Scenario(cameras={"rtsp://door": Camera(refuses="Failed to open", refused_opens=1)})
    with running_chip(refused) as fake:
        sail = fake.module
        for path in ("rtsp://door", str(tmp_path / "missing.mp4")):
            with pytest.raises(RuntimeError, match="Failed to open"):
                sail.Decoder(path, True, 0)
        sail.Decoder("rtsp://door", True, 0)


def test_reads_return_the_scripted_codes_once():
    """After so many pictures, then all is as before."""
    with running_chip(watching(codes=(5006, 0, 1, 5007), codes_after=2)) as fake:
        sail = fake.module
        decoder, image = sail.Decoder("rtsp://door", True, 0), sail.BMImage()
        assert [decoder.read(sail.Handle(0), image) for _ in range(8)] == [0, 0, 5006, 0, 1, 5007, 0, 0]


def test_a_hung_read_lets_other_threads_run_and_a_hung_vpu_raises():
    """Only a restart helps against either."""
    with running_chip(watching(hang_after=1, vpu_hung_after=1)) as fake:
        sail = fake.module
        decoder, image, results = sail.Decoder("rtsp://door", True, 0), sail.BMImage(), []

        def read():
            results.append(decoder.read(sail.Handle(0), image))
            try:
                decoder.read(sail.Handle(0), image)
            except RuntimeError as error:
                results.append(str(error))

        thread = threading.Thread(target=read)
        thread.start()
        deadline = time.monotonic() + 30
        while fake.chip.counts["read"] < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert results == [0]
        fake.chip.end()
        thread.join(30)
        assert results == [0, "VPU is hung"]


def test_the_size_may_change_on_the_way():
    """The picture says so, and the shape that was told at the opening does not."""
    with running_chip(watching(resize_after=1, resize_to=(32, 24))) as fake:
        sail = fake.module
        decoder, image = sail.Decoder("rtsp://door", True, 0), sail.BMImage()
        sizes = []
        for _ in range(2):
            decoder.read(sail.Handle(0), image)
            sizes.append((image.width(), image.height()))
        assert sizes == [(64, 48), (32, 24)]
        assert decoder.get_frame_shape() == [1, 3, 48, 64]


def test_a_paced_camera_keeps_its_time_and_loses_what_a_late_reader_left():
    """Ten pictures at 100 a second take 90 ms at least; whoever comes late finds the newest."""
    with running_chip(watching(fps=100, paced=True)) as fake:
        sail = fake.module
        decoder, image = sail.Decoder("rtsp://door", True, 0), sail.BMImage()
        began = time.monotonic()
        for _ in range(10):
            decoder.read(sail.Handle(0), image)
        assert time.monotonic() - began >= 0.085
        time.sleep(0.1)
        decoder.read(sail.Handle(0), image)
        assert fake.chip.counts["dropped"] >= 5


def test_the_next_picture_takes_the_memory_of_the_last():
    """Whoever still has a tensor of it reads what is not a picture."""
    with running_chip(watching(compressed=False)) as fake:
        sail = fake.module
        decoder, image = sail.Decoder("rtsp://door", True, 0), sail.BMImage()
        decoder.read(sail.Handle(0), image)
        assert image.format() is sail.FORMAT_YUV420P
        first = image.data()
        decoder.read(sail.Handle(0), image)
        assert (first._memory == 0xCD).all()


def test_settings_of_the_decoder_are_noted():
    """A test can ask for them."""
    with running_chip() as fake:
        fake.module.set_decoder_env("stimeout", "5000000")
        assert fake.chip.environment == {"stimeout": "5000000"}
