"""Which faces are measured, and which are worth a shot."""

import pytest

from sophon_report.tracking.best_shot import MEASURE_EVERY_MS, MIN_GAIN, BestShots


def test_the_first_picture_is_worth_a_shot_and_then_only_clearly_better_ones():
    """What was told counts, not what was measured: a shot that was never made is no mark to beat."""
    best = BestShots()
    assert best.gain(1, -5.0) == -5.0
    assert not best.has_shot(1)
    best.told(1, 10.0)
    assert best.has_shot(1)
    assert best.gain(1, 10.0 + MIN_GAIN / 2) is None
    assert best.gain(1, 12.0) == pytest.approx(2.0)
    assert best.gain(1, 12.0) == pytest.approx(2.0)


def test_a_face_is_measured_five_times_a_second_and_at_once_when_its_shot_was_put_off():
    """A clock that was set back holds nobody up."""
    best = BestShots()
    assert best.due([7], 1000, 8) == [0]
    assert best.due([7], 1000 + MEASURE_EVERY_MS - 1, 8) == []
    best.put_off(7)
    assert best.due([7], 1000 + MEASURE_EVERY_MS - 1, 8) == [0]
    assert best.due([7], 500, 8) == [0]
    assert best.shots_deferred == 1


def test_of_a_crowd_who_was_measured_longest_ago_goes_first():
    """Fifty faces, eight a frame: all have been measured once before anybody is a second time."""
    best, measured = BestShots(), []
    crowd = list(range(1, 51))
    for frame in range(7):
        measured += [crowd[place] for place in best.due(crowd, 1000 + 40 * frame, 8)]
        assert frame or best.measures_deferred == 42
    assert sorted(measured[:50]) == crowd
    assert len(measured) == 56


def test_who_has_gone_is_forgotten():
    """Their number does not come again; nothing of them is kept."""
    best = BestShots()
    best.due([1], 1000, 8)
    best.told(1, 5.0)
    best.forget(1)
    assert not best.has_shot(1)
    assert best.due([1], 1000, 8) == [0]
