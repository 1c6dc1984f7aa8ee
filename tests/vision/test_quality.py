"""Which picture of a face is the better one, and which is none to know a person by."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from sophon_report.model import Quality
from sophon_report.vision.align import align
from sophon_report.vision.picture import HostPicture
from sophon_report.vision.quality import (
    angles_deg,
    better,
    good_enough,
    measure,
    pose_score,
    rank,
    refusal,
    worth_filing,
)

GOOD = Quality(size_px=90, clarity=300, brightness=130, yaw_deg=5, pitch_deg=0, roll_deg=2, partial=False)
POINTS = np.array([[-31, -34, 30], [31, -34, 30], [0, 0, 0], [-25, 36, 24], [25, 36, 24]], float)


def projected(yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0):
    """The five points of a turned head as a camera far away sees them."""
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return ((POINTS @ (about_z @ about_y @ about_x).T)[:, :2] + 200).astype(np.float32)


@pytest.mark.parametrize("angles", [(0, 12, 0), (30, 12, 0), (-40, 12, 10), (10, 30, -20), (0, -8, 5)])
def test_angles_of_projected_heads_come_back(angles):
    """Yaw, pitch (12 degrees of it are how faces are built) and roll within half a degree."""
    yaw, pitch, roll = angles_deg(projected(*angles))
    assert np.allclose((yaw, pitch + 12, roll), angles, atol=0.5)


def test_a_nose_outside_the_eyes_is_a_side_face():
    """Where the fit means nothing the yaw says so, and the face is refused."""
    points = projected()
    points[2, 0] = points[0, 0] - 5
    yaw = angles_deg(points)[0]
    assert abs(yaw) == 90
    assert refusal(replace(GOOD, yaw_deg=yaw), 40) == "low_quality"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"size_px": 39.9}, "face_too_small"),
        ({"partial": True}, "face_partial"),
        ({"clarity": 9.9}, "low_quality"),
        ({"yaw_deg": -46.0}, "low_quality"),
        ({"pitch_deg": 41.0}, "low_quality"),
        ({"clarity": 10.0, "yaw_deg": 45.0, "size_px": 40.0}, None),
    ],
)
def test_a_face_is_refused_with_the_reason_a_person_can_act_on(change, reason):
    """Each bound counts as written."""
    quality = replace(GOOD, **change)
    assert refusal(quality, 40) == reason
    assert good_enough(quality, 40) == (reason is None)


@pytest.mark.parametrize(
    ("change", "worth"),
    [
        ({}, True),
        ({"yaw_deg": 44}, True),
        ({"yaw_deg": -46}, False),
        ({"yaw_deg": 35, "pitch_deg": 35}, False),  # each alone would do
        ({"roll_deg": 80}, True),
        ({"size_px": 60}, False),
        ({"size_px": 61}, True),
        ({"clarity": 40}, True),
        ({"clarity": 39}, False),
        ({"partial": True}, False),
    ],
)
def test_a_stranger_is_filed_by_a_face_from_the_front_sharp_and_near(change, worth):
    """A pose score above 0.7, above 60 px, a clarity from which on all matched; the settings may ask for more."""
    quality = replace(GOOD, **change)
    assert worth_filing(quality, 40) == worth
    assert not worth_filing(quality, 91)
    assert (pose_score(quality) > 0.7) or not worth


def test_clarity_comes_first_and_only_up_to_200():
    """A sharper shot beats a larger one; among sharp ones the larger and the more frontal wins."""
    assert better(replace(GOOD, clarity=80, size_px=50), replace(GOOD, clarity=40, size_px=300))
    assert better(replace(GOOD, clarity=250, size_px=100), replace(GOOD, clarity=2000, size_px=90))
    assert better(GOOD, replace(GOOD, yaw_deg=30))
    assert not better(GOOD, GOOD)


def test_a_partial_face_is_the_worst_of_all():
    """Cut off and sharp ranks under whole and lost."""
    assert rank(replace(GOOD, partial=True)) < rank(replace(GOOD, clarity=0, size_px=20, yaw_deg=90))


def test_partial_is_a_landmark_outside_or_a_tenth_of_the_box():
    """A box may reach past the picture a little."""
    crop = np.zeros((112, 112, 3), np.uint8)
    box = (10, 10, 110, 110)
    landmarks = np.full((5, 2), 50, np.float32)

    def partial(height, width, points=landmarks):
        return measure(HostPicture(np.zeros((height, width, 3), np.uint8)), box, points, crop).partial

    assert not partial(120, 120)
    assert not partial(120, 101)
    assert partial(120, 99)
    assert partial(99, 120)
    assert partial(120, 120, landmarks + np.float32([0, 70]))


@pytest.mark.models
def test_a_portrait_measures_as_known(astronaut, face):
    """Reference figures of this picture: 90 px, clarity 662, brightness 139, angles 2, -3, 3."""
    quality = measure(
        HostPicture(astronaut), face.boxes[0], face.landmarks[0], align(astronaut, face.landmarks)[0]
    )
    assert quality.size_px == pytest.approx(89.9, abs=0.1)
    assert quality.clarity == pytest.approx(662, abs=3)
    assert quality.brightness == pytest.approx(138.6, abs=0.5)
    assert (quality.yaw_deg, quality.pitch_deg, quality.roll_deg) == pytest.approx((2, -3, 3), abs=0.6)
    assert good_enough(quality, 40)


@pytest.mark.models
def test_each_further_blur_ranks_lower_until_nobody_is_known(astronaut, face):
    """The order of blurred copies of one face is the order of their blur, and the last is refused."""
    qualities = []
    for sigma in (0.01, 1, 2, 3, 5):
        blurred = cv2.GaussianBlur(astronaut, (0, 0), sigma)
        crop = align(blurred, face.landmarks)[0]
        qualities.append(measure(HostPicture(blurred), face.boxes[0], face.landmarks[0], crop))
    assert all(better(sharper, softer) for sharper, softer in zip(qualities, qualities[1:]))
    assert good_enough(qualities[0], 40)
    assert refusal(qualities[-1], 40) == "low_quality"
