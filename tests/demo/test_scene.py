"""The script and its geometry."""

import pytest

from sophon_report.demo import scene
from sophon_report.demo.scene import STAGE
from sophon_report.errors import BadImage, BadInput

PORTRAIT = (600, 750, (220, 90, 380, 300))
TALL = (970, 2204, (429, 176, 706, 558))
WIDE = (1600, 900, (900, 200, 1140, 500))
CLOSE = (400, 420, (60, 30, 340, 400))
CORNER = (600, 600, (10, 10, 110, 140))
SHAPES = [PORTRAIT, TALL, WIDE, CLOSE, CORNER]
CASTS = [1, 2, 3, 5, scene.MAX_PORTRAITS]


def cast(count):
    return [scene.fit(STAGE, *SHAPES[number % len(SHAPES)]) for number in range(count)]


def moments(count):
    """Every frame's poses of a film of ``count`` people: (time, [(stay, sheet, pose)])."""
    script, sheets = scene.write_script(count), cast(count)
    for frame in range(round(script.duration_s * STAGE.fps)):
        time_s = STAGE.time_s(frame)
        there = [(stay, sheets[stay.portrait]) for stay in script.stays]
        poses = [(stay, sheet, scene.pose(STAGE, sheet, stay, time_s)) for stay, sheet in there]
        yield time_s, [each for each in poses if each[2] is not None]


@pytest.mark.parametrize("count", CASTS)
def test_no_photograph_ever_covers_another(count):
    """Each stays in its lane from the first to the last frame, and a lane holds one at a time."""
    for _, shown in moments(count):
        assert len({stay.lane for stay, _, _ in shown}) == len(shown)
        for stay, sheet, at in shown:
            left, _, right, _ = scene.sheet_box(sheet, at)
            assert (right <= STAGE.lane_px) if stay.lane == 0 else (left >= STAGE.lane_px)


@pytest.mark.parametrize("count", CASTS)
def test_a_held_photograph_is_whole_in_the_picture(count):
    """Between coming and going every corner of the paper is in the frame."""
    for time_s, shown in moments(count):
        for stay, sheet, at in shown:
            if stay.enter_s + scene.MOVE_S <= time_s <= stay.leave_s - scene.MOVE_S:
                assert scene.is_whole(STAGE, scene.sheet_box(sheet, at))


@pytest.mark.parametrize("count", CASTS)
def test_nobody_appears_or_vanishes_inside_the_picture(count):
    """In the first and last moment of a stay the sheet is wholly outside."""
    script, sheets = scene.write_script(count), cast(count)
    for stay in script.stays:
        for time_s in (stay.enter_s + 1e-6, stay.leave_s - 1e-6):
            at = scene.pose(STAGE, sheets[stay.portrait], stay, time_s)
            left, top, right, _ = scene.sheet_box(sheets[stay.portrait], at)
            assert right <= 1 or left >= STAGE.width_px - 1 or top >= STAGE.height_px - 1


@pytest.mark.parametrize("count", CASTS)
def test_faces_are_large_enough_and_whole_once(count):
    """While a face is inside it is 60 to 200 px wide (a little more when turned), without a break in a stay."""
    script, sheets = scene.write_script(count), cast(count)
    for stay in script.stays:
        sheet = sheets[stay.portrait]
        first, last = scene.face_span(STAGE, sheet, stay)
        for frame in range(first, last + 1):
            at = scene.pose(STAGE, sheet, stay, STAGE.time_s(frame))
            box = scene.face_box(sheet, at)
            assert scene.is_whole(STAGE, box)
            assert 57 <= box[2] - box[0] <= 215


@pytest.mark.parametrize("count", CASTS)
def test_the_film_lasts_half_a_minute_to_a_minute(count):
    """And its end is empty for longer than a gap, so that the last visit ends inside it."""
    script = scene.write_script(count)
    assert 30 <= script.duration_s <= 60
    assert script.duration_s - max(stay.leave_s for stay in script.stays) >= scene.TAIL_S


@pytest.mark.parametrize("count", CASTS)
def test_one_comes_back_later_and_steps_out_for_a_moment(count):
    """The first person's absences are one clearly longer and one clearly shorter than a gap of 3 s."""
    script = scene.write_script(count)
    for shape in SHAPES:
        sheet = scene.fit(STAGE, *shape)
        spans = [scene.face_span(STAGE, sheet, stay) for stay in script.stays if stay.portrait == 0]
        away_s = [(after[0] - before[1]) / STAGE.fps for before, after in zip(spans, spans[1:])]
        assert len(away_s) == 2
        assert away_s[0] > 3.5
        assert 0.4 < away_s[1] < 2.6


@pytest.mark.parametrize("count", CASTS[1:])
def test_two_are_there_at_once(count):
    """For two seconds at least."""
    together = sum(len(shown) == 2 for _, shown in moments(count))
    assert together / STAGE.fps >= 2


def test_a_face_that_would_be_too_small_is_refused():
    """A photograph is shown whole, so a small face on a large one stays small."""
    with pytest.raises(BadImage) as refused:
        scene.fit(STAGE, 4000, 3000, (2000, 900, 2180, 1100))
    assert refused.value.reason == "face_too_small"


@pytest.mark.parametrize("count", [0, scene.MAX_PORTRAITS + 1])
def test_a_cast_that_does_not_fit_into_a_minute_is_refused(count):
    """The message says how many there is room for."""
    with pytest.raises(BadInput, match="1 to 12"):
        scene.write_script(count)


def test_two_faces_cross_in_the_clip_for_trackers():
    """They begin apart, lie over each other in the middle and end on the other's side."""
    sheets = cast(2)

    def left_edges(part):
        return [scene.face_box(sheet, at)[0] for sheet, at in zip(sheets, scene.crossing(STAGE, sheets, part))]

    begin, end = left_edges(0), left_edges(1)
    assert begin[0] < begin[1]
    assert end[0] > end[1]
    for part in (0, 0.5, 1):
        for sheet, at in zip(sheets, scene.crossing(STAGE, sheets, part)):
            assert scene.is_whole(STAGE, scene.sheet_box(sheet, at))
