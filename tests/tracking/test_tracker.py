"""Following faces: who keeps an id, from when to when, at any frame rate."""

import dataclasses
from typing import List, Sequence, Tuple

import numpy as np
import pytest

from sophon_report.model import Faces, Track
from sophon_report.tracking.tracker import MAX_FACES, MAX_TRACKS, Step, Tracker, TrackerParams

START_MS = 1_700_000_000_000
Row = Tuple[float, float, float, float, float]
"""Centre x, centre y, width, height, score."""


def faces(*rows: Row) -> Faces:
    x, y, width, height, score = np.array(rows, np.float64).reshape(-1, 5).T
    boxes = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 1)
    return Faces(boxes.astype(np.float32), np.zeros((len(rows), 5, 2), np.float32), score.astype(np.float32))


def face(x: float = 300, y: float = 200, size: float = 50, score: float = 0.9) -> Row:
    return (x, y, size, size * 1.25, score)


def follow(tracker: Tracker, times_ms: Sequence[int], frames: Sequence[Faces]) -> List[Step]:
    return [tracker.step(START_MS + now_ms, seen) for now_ms, seen in zip(times_ms, frames)]


def confirmed(count: int = 3, **changes: int) -> Tracker:
    """A tracker with one standing face, seen ``count`` times 40 ms apart from ``START_MS`` on; its id is 1."""
    tracker = Tracker(dataclasses.replace(TrackerParams(), **changes))
    follow(tracker, range(0, 40 * count, 40), [faces(face())] * count)
    return tracker


def test_a_face_is_told_from_its_third_frame_with_the_time_of_its_first():
    """Confirmed means seen ``min_hits`` times; ``in_ms`` is the first of them."""
    steps = follow(Tracker(), (0, 40, 80, 120), [faces(face())] * 4)
    assert [int(step.track_ids[0]) for step in steps] == [0, 0, 1, 1]
    assert [int(step.in_ms[0]) for step in steps] == [0, 0, START_MS, START_MS]
    assert steps[0].track_ids.dtype == np.int32
    assert steps[0].in_ms.dtype == np.int64


def test_the_first_id_can_be_chosen_and_ids_grow_by_one():
    """So that a restarted vision process can go on above the ids it has used."""
    steps = follow(Tracker(first_id=70), (0, 40, 80), [faces(face(100), face(500))] * 3)
    assert sorted(steps[-1].track_ids) == [70, 71]


def test_noise_that_is_never_confirmed_is_not_told_and_costs_no_id():
    """Single detections here and there make no track."""
    tracker = Tracker()
    noise = [faces(face(100 + 150 * frame)) for frame in range(8)]
    steps = follow(tracker, range(0, 320, 40), noise)
    assert not any(step.track_ids.any() or step.ended for step in steps)
    assert tracker.finish() == ()
    assert follow(tracker, (5000, 5040, 5080), [faces(face())] * 3)[-1].track_ids.tolist() == [1]


def test_an_unconfirmed_face_that_pauses_too_long_begins_again():
    """Its earlier frames do not count, not even for ``in_ms``."""
    step = follow(Tracker(TrackerParams(tentative_ms=200)), (0, 40, 300, 340, 380), [faces(face())] * 5)[-1]
    assert step.in_ms.tolist() == [START_MS + 300]


@pytest.mark.parametrize("frame_rate", [5, 10, 25, 60])
def test_a_walking_face_keeps_its_id_through_an_occlusion_at_any_frame_rate(frame_rate):
    """Two widths a second, hidden for 0.6 s, found where it should be by then."""
    tracker, told = Tracker(), set()
    for frame in range(3 * frame_rate):
        now = frame / frame_rate
        seen = faces() if 1.5 < now < 2.1 else faces(face(200 + 100 * now))
        told |= set(tracker.step(START_MS + round(now * 1000), seen).track_ids.tolist())
    assert told == {0, 1}
    last_ms = START_MS + round((3 * frame_rate - 1) / frame_rate * 1000)
    assert tracker.open_tracks() == (Track(1, START_MS, last_ms),)


def test_a_fast_face_is_followed_at_five_frames_a_second_though_its_boxes_never_overlap():
    """Seven widths a second: a metre a second, near the camera."""
    frames = [faces(face(100 + 350 * 0.2 * frame)) for frame in range(8)]
    steps = follow(Tracker(), range(0, 1600, 200), frames)
    assert {int(step.track_ids[0]) for step in steps[2:]} == {1}


def test_irregular_frame_times_change_nothing():
    """Motion follows the clock, not the count of frames."""
    times_ms = [0, 15, 130, 145, 160, 420, 425, 610, 640, 900]
    frames = [faces(face(200 + 0.15 * now_ms)) for now_ms in times_ms]
    assert {int(step.track_ids[0]) for step in follow(Tracker(), times_ms, frames)[2:]} == {1}


def test_faces_that_cross_keep_their_ids():
    """Two of one size walk through each other; for 0.2 s only one box is there."""
    tracker, ids = Tracker(), []
    for frame in range(50):
        shift = 6 * frame
        left, right = face(150 + shift, 200), face(450 - shift, 206)
        seen = faces(left, right) if abs(frame - 25) > 2 else faces(left)
        ids.append(tracker.step(START_MS + 40 * frame, seen).track_ids.tolist())
    assert ids[3] == ids[-1]
    assert sorted(ids[-1]) == [1, 2]


def test_a_track_ends_after_lost_ms_and_its_out_time_is_when_it_was_last_seen():
    """Told once, at the first frame beyond the time."""
    tracker = confirmed(lost_ms=500)
    steps = follow(tracker, (300, 580, 581, 700), [faces()] * 4)
    assert [step.ended for step in steps] == [(), (), (Track(1, START_MS, START_MS + 80),), ()]


def test_a_face_that_comes_back_after_lost_ms_is_another_track():
    """With its own first time."""
    tracker = confirmed(lost_ms=500)
    steps = follow(tracker, (600, 640, 680), [faces(face())] * 3)
    assert steps[-1].track_ids.tolist() == [2]
    assert steps[-1].in_ms.tolist() == [START_MS + 600]


def test_unsure_faces_keep_a_track_alive():
    """A half hidden face scores low; it is the same face."""
    tracker = confirmed()
    steps = follow(tracker, range(120, 4000, 40), [faces(face(score=0.2))] * 97)
    assert {int(step.track_ids[0]) for step in steps} == {1}
    assert tracker.open_tracks()[0].out_ms == START_MS + 120 + 96 * 40


def test_unsure_faces_never_begin_a_track():
    """However often they are seen."""
    tracker = Tracker()
    steps = follow(tracker, range(0, 800, 40), [faces(face(score=0.45))] * 20)
    assert not any(step.track_ids.any() for step in steps)


def test_faces_below_the_low_score_are_not_looked_at():
    """They do not even keep a track alive."""
    tracker = confirmed(lost_ms=500)
    steps = follow(tracker, (300, 600), [faces(face(score=0.05))] * 2)
    assert steps[0].track_ids.tolist() == [0]
    assert steps[1].ended == (Track(1, START_MS, START_MS + 80),)


def test_a_sure_face_has_the_first_choice():
    """An unsure one nearer to the track does not take it away."""
    step = confirmed().step(START_MS + 120, faces(face(300, score=0.3), face(306, score=0.9)))
    assert step.track_ids.tolist() == [0, 1]


def test_answers_are_in_the_order_of_the_faces_given():
    """Whatever their scores, and with nobodies between them."""
    tracker = Tracker()
    rows = [face(100, score=0.6), face(300, score=0.9), face(500, score=0.7)]
    follow(tracker, (0, 40), [faces(*rows)] * 2)
    ids = tracker.step(START_MS + 80, faces(*rows)).track_ids.tolist()
    again = tracker.step(START_MS + 120, faces(rows[2], face(900), rows[0], rows[1])).track_ids.tolist()
    assert again == [ids[2], 0, ids[0], ids[1]]


def test_finish_ends_all_confirmed_tracks_and_ids_go_on():
    """Tentative ones are forgotten."""
    tracker = confirmed()
    tracker.step(START_MS + 120, faces(face(), face(700)))
    assert tracker.finish() == (Track(1, START_MS, START_MS + 120),)
    assert tracker.open_tracks() == tracker.finish() == ()
    assert follow(tracker, (160, 200, 240), [faces(face())] * 3)[-1].track_ids.tolist() == [2]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", range(5))
def test_values_that_are_no_number_are_passed_over_and_counted(bad, place):
    """The other faces of the frame are followed as ever."""
    tracker = confirmed()
    seen = faces(face(305), face(300))
    (seen.scores if place == 4 else seen.boxes[:, place])[0] = bad
    assert tracker.step(START_MS + 120, seen).track_ids.tolist() == [0, 1]
    assert tracker.stats().bad_faces == 1


def test_boxes_without_area_are_passed_over_and_counted():
    """Flat, thinner than a pixel, or with their corners exchanged."""
    tracker = confirmed()
    seen = faces((300, 200, 0, 60, 0.9), (300, 200, 50, 0.5, 0.9), (300, 200, -50, -60, 0.9))
    assert not tracker.step(START_MS + 120, seen).track_ids.any()
    assert tracker.stats().bad_faces == 3


@pytest.mark.parametrize("back_ms", [0, 1, 500])
def test_time_that_runs_back_by_up_to_lost_ms_counts_as_no_time(back_ms):
    """The face stays itself and its times never run back."""
    tracker = confirmed(lost_ms=500)
    step = tracker.step(START_MS + 80 - back_ms, faces(face()))
    assert step.track_ids.tolist() == [1]
    assert tracker.open_tracks() == (Track(1, START_MS, START_MS + 80),)
    tracker.step(START_MS + 100, faces(face()))
    assert tracker.open_tracks() == (Track(1, START_MS, START_MS + 100),)


def test_frames_as_far_apart_as_lost_ms_are_no_jump():
    """One millisecond more would be."""
    assert confirmed(lost_ms=500).step(START_MS + 580, faces(face())).track_ids.tolist() == [1]
    assert confirmed(lost_ms=500).step(START_MS + 581, faces(face())).track_ids.tolist() == [0]


@pytest.mark.parametrize("now_ms", [START_MS - 3_600_000, START_MS + 3_600_000, 0, -1, -(2**63), 2**63 - 1])
def test_a_jump_in_time_ends_all_tracks_and_the_frame_begins_new_ones(now_ms):
    """To either side; afterwards the new time counts."""
    tracker = confirmed()
    step = tracker.step(now_ms, faces(face()))
    assert step.ended == (Track(1, START_MS, START_MS + 80),)
    assert step.track_ids.tolist() == [0]
    tracker.step(now_ms, faces(face()))
    assert tracker.step(now_ms, faces(face())).track_ids.tolist() == [2]
    assert tracker.open_tracks()[0].in_ms == min(max(now_ms, 0), 2**53)


def test_more_faces_than_the_limit_lose_those_of_lowest_score():
    """A known face of good score is followed among any number of others."""
    tracker = confirmed()
    others = [face(20 * (i % 64), 400 + 20 * (i // 64), 10, score=0.4) for i in range(MAX_FACES + 99)]
    assert tracker.step(START_MS + 120, faces(*others, face())).track_ids[-1] == 1
    assert tracker.stats().surplus_faces == 100


def test_more_tracks_than_the_limit_are_refused_by_score():
    """Those of the highest scores get the places, and what was refused is counted."""
    tracker = Tracker()
    crowd = faces(*(face(20 * (i % 32), 20 * (i // 32), 10, score=0.5 + i / 2000) for i in range(MAX_TRACKS + 8)))
    step = follow(tracker, (0, 40, 80), [crowd] * 3)[-1]
    assert np.flatnonzero(step.track_ids == 0).tolist() == list(range(8))
    assert len(tracker.open_tracks()) == MAX_TRACKS
    assert tracker.stats().refused_tracks == 3 * 8


def test_an_empty_frame_is_a_frame():
    """Nobody there is an answer too."""
    step = Tracker().step(START_MS, Faces.none())
    assert (step.track_ids.shape, step.in_ms.shape, step.ended) == ((0,), (0,), ())


def test_arrays_that_are_not_in_one_piece_are_read_right():
    """Such as every second row of a larger one."""
    tracker = Tracker()
    rows = faces(face(100), face(400), face(120), face(700)).select(slice(None, None, 2))
    assert sorted(follow(tracker, (0, 40, 80), [rows] * 3)[-1].track_ids) == [1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"low_score": 0.6},
        {"high_score": 1.1},
        {"low_score": float("nan")},
        {"lost_ms": 0},
        {"tentative_ms": 0},
        {"min_hits": 0},
    ],
)
def test_parameters_that_make_no_sense_are_refused(wrong):
    """At the time they are made, not at the first frame."""
    with pytest.raises(ValueError, match="must be"):
        TrackerParams(**wrong)


def test_ids_begin_at_one_at_the_lowest():
    """0 means nobody."""
    with pytest.raises(ValueError, match="first_id must be"):
        Tracker(first_id=0)
