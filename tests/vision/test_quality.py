"""Which picture of a face is the better one, and which is none to know a person by."""

import itertools
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from sophon_report.model import Quality
from sophon_report.quality_limits import Level, judge, stream_limits
from sophon_report.tracking.best_shot import MIN_GAIN
from sophon_report.vision.align import align
from sophon_report.vision.better_shot import better, good_enough, pose_score, rank, worth_filing
from sophon_report.vision.picture import HostPicture
from sophon_report.vision.quality import angles_deg, measure

PICTURE = np.zeros((400, 400, 3), np.uint8)
PASS_COSINE = 0.489
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
    """Where the fit means nothing the yaw says so, and nobody is called a stranger by such a face."""
    points = projected()
    points[2, 0] = points[0, 0] - 5
    yaw = angles_deg(points)[0]
    assert abs(yaw) == 90
    assert not good_enough(replace(GOOD, yaw_deg=yaw), 40)


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"size_px": 39.9}, False),
        ({"partial": True}, False),
        ({"clarity": 9.9}, False),
        ({"yaw_deg": -60.0, "pitch_deg": 29.0, "roll_deg": 2.0}, False),
        ({"brightness": 19.9}, False),
        ({"brightness": 210.1}, False),
        ({"clarity": 10.0, "yaw_deg": 60.0, "pitch_deg": 30.0, "roll_deg": 0.0, "size_px": 40.0}, True),
    ],
)
def test_nobody_is_called_a_stranger_by_a_picture_that_would_not_have_matched(change, good):
    """Each bound counts as written."""
    assert good_enough(replace(GOOD, **change), 40) is good


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


@pytest.mark.parametrize(
    "landmarks",
    [
        np.full((5, 2), np.nan, np.float32),
        np.full((5, 2), np.inf, np.float32),
        np.full((5, 2), 3e38, np.float32),
        np.full((5, 2), -400, np.float32),
        np.zeros((5, 2), np.float32),
        np.full((5, 2), 50, np.float32) + projected() * np.float32(1e-6),
    ],
    ids=["nan", "infinite", "huge", "outside", "one point", "nearly one point"],
)
@pytest.mark.parametrize(
    "box", [(0, 0, 0, 0), (-90, -90, -5, -5), (9, 9, 4, 4), (np.nan,) * 4, (np.inf, 0, -np.inf, 9), (0, 0, 90, 90)]
)
@pytest.mark.parametrize("crop", [(112, 112), (1, 1), (1, 112), (0, 0)])
def test_whatever_a_detector_says_a_quality_is_numbers_and_bad(landmarks, box, crop, request):
    """No odd face ends the process, and none ranks as a whole one."""
    odd = measure(HostPicture(np.zeros((90, 90, 3), np.uint8)), box, landmarks, np.zeros((*crop, 3), np.uint8))
    assert all(math.isfinite(value) for value in (odd.size_px, odd.clarity, odd.brightness))
    assert all(math.isfinite(value) for value in (odd.yaw_deg, odd.pitch_deg, odd.roll_deg, rank(odd)))
    assert odd.partial or "one point" in request.node.callspec.id
    assert not good_enough(odd, 20)


def test_a_picture_that_moved_is_as_unclear_as_the_direction_it_moved_in():
    """Stripes are sharp across and say nothing along: sharp one way only is not sharp."""
    noise = np.random.default_rng(7).integers(0, 256, (112, 112, 3), np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 6)
    moved = [cv2.filter2D(noise, -1, np.full(shape, 1 / 31, np.float32)) for shape in ((1, 31), (31, 1))]
    at_rest, lost, *both = (
        measure(HostPicture(PICTURE), (0, 0, 99, 99), projected(), crop).clarity
        for crop in (noise, blurred, *moved)
    )
    assert max(both) < at_rest / 100
    assert min(both) > lost


@pytest.mark.models
class TestOfThePortrait:
    """The table of ``scripts/accuracy/quality.py``: limits and order hold on it."""

    @pytest.mark.parametrize("scale", ["table", "table_of_streams"])
    def test_a_worse_variant_is_never_the_better_shot(self, scale, request):
        """Of any kind: by so much as a track asks for before it looks again."""
        table = request.getfixturevalue(scale)
        kinds = {row.kind for row in table}
        assert len(kinds) > 12
        for kind in kinds:
            found = [row for row in table if row.kind in ("as it is", kind) and row.quality is not None]
            assert found[0].kind == "as it is"
            for milder, stronger in itertools.combinations(found, 2):
                assert stronger.rank < milder.rank + MIN_GAIN, (milder, stronger)

    @pytest.mark.parametrize(
        "kind", ["blurred", "moved", "darkened", "darkened by gamma", "overexposed", "raised", "scaled down"]
    )
    def test_what_a_measure_sees_ranks_lower_step_by_step(self, table, kind):
        """From mildest to strongest they lose a whole step of clarity at least."""
        ranks = [row.rank for row in table if row.kind == kind and row.quality is not None]
        assert ranks[-1] < ranks[0] - 1

    def test_who_would_not_have_matched_is_not_called_a_stranger(self, table):
        """Except by what no measure sees: a rolled head's landmarks, and compression."""
        unseen = ("rolled", "compressed")
        lost = [row for row in table if row.cosine is not None and row.cosine < PASS_COSINE]
        assert len(lost) > 10
        assert {
            row.kind for row in lost if good_enough(row.quality, 20) and not row.kind.startswith(unseen)
        } == set()

    def test_no_blurred_face_that_would_not_have_matched_passes_the_filter_of_streams(self, table):
        """Parts of faces and too bright ones may pass, too: most of them match."""
        limits = stream_limits(checks_quality=True, pose="high")
        passed = [row for row in table if row.quality is not None and judge(row.quality, limits).good]
        blamed = {row.kind for row in passed if row.cosine < PASS_COSINE}
        unseen = ("rolled", "compressed", "cut at the", "overexposed", "raised")
        assert all(kind.startswith(unseen) for kind in blamed)

    def test_good_variants_keep_their_level_and_bad_ones_lose_it(self, table):
        """The portrait has 90 px: normal, and never high."""
        reached = {(row.kind, row.strength): row.level for row in table}
        assert reached["as it is", 0] is Level.NORMAL
        assert reached["compressed", 50] is Level.NORMAL
        assert reached["darkened", 0.5] is Level.NORMAL
        assert reached["blurred", 2] is Level.LOW
        assert reached["blurred", 3] is Level.NO
        assert reached["moved", 21] is Level.NO
        assert reached["overexposed", 2] is Level.LOW
        assert reached["cut at the left", 0.3] is Level.LOW
        assert Level.HIGH not in reached.values()

    def test_a_side_face_is_neither_a_stranger_nor_let_through(self, table):
        """The one picture there is of one."""
        (side,) = (row for row in table if row.kind == "another's side face")
        assert abs(side.quality.yaw_deg) == 90
        assert not good_enough(side.quality, 40)
        assert not judge(side.quality, stream_limits(checks_quality=True, pose="high")).good
