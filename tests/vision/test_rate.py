"""Counting pictures."""

import pytest

from sophon_report.vision.sources.rate import SETTLE_MS, WINDOW_MS, Rate


@pytest.mark.parametrize("fps", [0.1, 7, 25, 90])
def test_the_rate_is_what_was_counted(fps):
    """Not known at first; those that waited in the opening stream do not count."""
    rate = Rate()
    assert [rate.add(1000 + number) for number in range(30)] == [0] * 30
    for number in range(1, int(fps * (SETTLE_MS + WINDOW_MS) / 1000) + 3):
        known = rate.add(1000 + number * 1000 / fps)
    assert known == pytest.approx(fps, abs=0.1)
