"""Counting pictures."""

import pytest

from sophon_report.vision.sources.rate import WINDOW_MS, Rate


@pytest.mark.parametrize("fps", [0.1, 7, 25, 90])
def test_the_rate_is_what_was_counted(fps):
    """Not known at first; a slow camera's after two pictures."""
    rate = Rate()
    assert rate.add(1000) == 0
    for number in range(1, int(fps * WINDOW_MS / 1000) + 2):
        known = rate.add(1000 + number * 1000 / fps)
    assert known == pytest.approx(fps, abs=0.1)
