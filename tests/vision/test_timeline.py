"""Times of recordings that count oddly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.vision.sources.timeline import LONGEST_GAP_MS, Timeline

START_MS = 1_760_000_000_000


def times(positions_ms, fps=25.0):
    timeline = Timeline(START_MS, fps)
    return [timeline.at(position_ms) - START_MS for position_ms in positions_ms]


@pytest.mark.parametrize(
    ("positions_ms", "expected_ms"),
    [
        ([0, 40, 80, 200], [0, 40, 80, 200]),
        ([1400, 1440, 1480], [0, 40, 80]),
        ([0, 0, 0, 0], [0, 40, 80, 120]),
        ([0, 40, 80, 0, 50, 100], [0, 40, 80, 120, 170, 220]),
        ([0, 40, 40, 80], [0, 40, 80, 120]),
        ([0, 40, 40 + LONGEST_GAP_MS + 1], [0, 40, 80]),
        ([0, 40, 40 + LONGEST_GAP_MS], [0, 40, 40 + LONGEST_GAP_MS]),
    ],
    ids=["kept", "begins later", "all zero", "jumps back", "repeats", "leaps", "pauses"],
)
def test_odd_positions_become_times_that_go_forward(positions_ms, expected_ms):
    """A step that cannot be counts as one picture's time; every other is the recording's own."""
    assert times(positions_ms) == expected_ms


def test_pictures_at_zero_follow_the_rate_without_drift():
    """A hundred seconds at 29.97 are a hundred seconds."""
    assert times([0] * 2998, fps=29.97)[-1] == pytest.approx(100_000, abs=1)


def test_a_rare_picture_is_no_leap():
    """One picture in two minutes, as its rate says."""
    assert times([0, 120_000, 240_000], fps=1 / 120) == [0, 120_000, 240_000]


@given(st.lists(st.integers(0, 1 << 40), min_size=2), st.floats(0.01, 1000))
def test_times_only_go_forward(positions_ms, fps):
    """Whatever a recording says."""
    found = times(positions_ms, fps)
    assert all(earlier < later for earlier, later in zip(found, found[1:]))
