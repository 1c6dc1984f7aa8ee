"""The part of a picture in which faces count, and pictures that change their size."""

import numpy as np
import pytest

from sophon_report.link.messages import TrackEnded
from sophon_report.model import Device, DeviceType, Faces
from sophon_report.testing.steered_engine import SteeredEngine
from sophon_report.vision.picture import Frame, HostPicture
from sophon_report.vision.pipeline import Pipeline
from sophon_report.vision.region import outside, within


def faces(*centres):
    boxes = [(x - 5, y - 5, x + 5, y + 5) for x, y in centres]
    return Faces(
        np.array(boxes, np.float32), np.zeros((len(boxes), 5, 2), np.float32), np.ones(len(boxes), np.float32)
    )


def test_faces_count_when_their_middle_is_inside():
    """The edge is inside; without a region all count."""
    found = faces((50, 50), (100, 100), (101, 50))
    assert within((0, 0, 100, 100), found).boxes.tolist() == found.boxes[:2].tolist()
    assert len(within(None, found)) == 3


@pytest.mark.parametrize(
    ("roi", "size", "lost"),
    [
        ((0, 0, 1920, 1080), (640, 480), False),
        ((640, 0, 1920, 1080), (640, 480), True),
        ((0, 600, 640, 700), (640, 480), True),
        ((600, 400, 700, 700), (640, 480), False),
        ((600, 400, 700, 700), (0, 0), False),
        (None, (640, 480), False),
    ],
)
def test_a_region_outside_of_smaller_pictures_is_told(roi, size, lost):
    """One that reaches past the picture, or pictures that nobody knows yet, are none the worse."""
    words = outside(roi, *size)
    assert bool(words) == lost
    if lost:
        assert f"{size[0]}x{size[1]}" in words


def test_pictures_of_another_size_end_the_tracks():
    """Everybody is somewhere else in them; who is still there is followed anew, from then on."""
    pipeline = Pipeline(Device("d", "d", DeviceType.RTSP, "rtsp://d"), SteeredEngine(), 1000)
    told = []
    for number, (width, height) in enumerate([(640, 480)] * 5 + [(480, 640)] * 5):
        picture = HostPicture(np.zeros((height, width, 3), np.uint8))
        told += pipeline.follow(Frame("d", 1000 + 40 * number, picture), faces((50, 50)))[0]
    [ended] = told
    assert isinstance(ended, TrackEnded)
    assert (ended.track.in_ms, ended.track.out_ms) == (1000, 1160)
    assert [(track.in_ms, track.out_ms) for track in pipeline.tracks()] == [(1200, 1360)]
    assert pipeline.somebody
