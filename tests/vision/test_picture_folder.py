"""A folder of pictures is a film of its own."""

import struct

import cv2
import numpy as np
import pytest

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.tracking.tracker import TrackerParams
from sophon_report.vision.sources.capture import open_capture
from sophon_report.vision.sources.picture_folder import FPS, FRAMES, MAX_UNREADABLE, SHOWN_MS


def folder(path):
    return Device("f", "folder", DeviceType.FILE, str(path), speed="fast")


def write(path, shade, width=64, height=48):
    cv2.imwrite(str(path), np.full((height, width, 3), shade, np.uint8))


def shown(path):
    """Time and shade of every frame."""
    capture = open_capture(folder(path))
    frames = []
    taken = capture.read()
    while taken is not None:
        frames.append((taken[0], taken[1].bgr()))
        taken = capture.read()
    return capture, frames


def test_each_picture_is_shown_for_some_frames_in_order_of_names(tmp_path):
    """Five frames in a second, and so long nothing that no face goes on into the next picture."""
    write(tmp_path / "b.png", 200)
    write(tmp_path / "a.jpg", 100, 32, 32)
    write(tmp_path / ".hidden.png", 50)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "more.png").mkdir()
    capture, frames = shown(tmp_path)
    assert [time_ms for time_ms, _ in frames] == [0, 200, 400, 600, 800, 3000, 3200, 3400, 3600, 3800]
    assert [image.shape for _, image in frames] == [(32, 32, 3)] * 5 + [(48, 64, 3)] * 5
    assert capture.skipped == 0
    params = TrackerParams()
    assert params.min_hits <= FRAMES
    assert params.tentative_ms > 1000 / FPS
    assert params.lost_ms < SHOWN_MS - 1000


def test_pictures_that_cannot_be_read_are_passed_over_and_counted(tmp_path):
    """The others are shown without a gap."""
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    (tmp_path / "b.png").write_bytes(b"")
    write(tmp_path / "c.png", 100)
    (tmp_path / "d.png").symlink_to(tmp_path / "c.png")
    capture, frames = shown(tmp_path)
    assert [time_ms for time_ms, _ in frames] == [0, 200, 400, 600, 800]
    assert capture.skipped == 2


def test_a_folder_of_something_else_is_given_up(tmp_path):
    """Nobody waits while thousands of files are passed over."""
    for number in range(MAX_UNREADABLE):
        (tmp_path / f"{number:03}.jpg").write_bytes(b"no picture")
    write(tmp_path / "z.png", 100)
    with pytest.raises(SourceError, match=f"{MAX_UNREADABLE} pictures one after the other"):
        shown(tmp_path)


def test_pictures_are_upright(tmp_path):
    """As the EXIF of a telephone's photo says."""
    image = np.full((48, 64, 3), 100, np.uint8)
    jpeg = cv2.imencode(".jpg", image)[1].tobytes()
    turned = struct.pack("<2sHIH", b"II", 42, 8, 1) + struct.pack("<HHIHHI", 0x112, 3, 1, 6, 0, 0)
    exif = b"Exif\0\0" + turned
    (tmp_path / "a.jpg").write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])
    _, frames = shown(tmp_path)
    assert frames[0][1].shape == (64, 48, 3)


@pytest.mark.parametrize(
    ("name", "words"), [(None, "holds no pictures"), ("a.jpg", "no picture that can be read")]
)
def test_a_folder_without_a_picture_says_so(tmp_path, name, words):
    """Whether none is there, or none can be read."""
    if name:
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(SourceError, match=words):
        shown(tmp_path)
