"""How fast the journal grows, and how far back it will reach."""

from pathlib import Path

import pytest

from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.reach import bytes_per_day, reach_days

HOUR_MS = 3_600_000
NOW_MS = 1_760_000_000_000


def segments(*rows):
    """Of ``(hours ago, bytes)``."""
    return [Segment(Path("/j"), 1, size, b"mark", NOW_MS - int(ago * HOUR_MS)) for ago, size in rows]


def rate(*rows):
    return bytes_per_day(segments(*rows), NOW_MS)


def test_the_rate_is_what_came_in_the_last_day():
    """Of the segment that day begins in, the share counts."""
    assert rate((24, 100), (12, 200)) == pytest.approx(300)
    assert rate((100, 10**9), (36, 100), (12, 200)) == pytest.approx(250)


def test_a_younger_journal_tells_by_what_it_has():
    """Half a day of data is half of a day."""
    assert rate((12, 100)) == pytest.approx(200)
    assert rate((1, 100), (0.5, 50)) == pytest.approx(150 * 24)


def test_nothing_is_known_of_a_moment_or_of_no_time():
    """A minute at least, on a clock that was set."""
    assert rate() is None
    assert rate((0.01, 10**6)) is None
    assert bytes_per_day([Segment(Path("/j"), 1, 100, b"mark", 1000)], NOW_MS) is None


def test_what_lies_before_a_step_of_the_clock_does_not_count():
    """It is not known when that was."""
    assert rate((-5, 10**9), (12, 100)) == pytest.approx(200)
    assert rate((-5, 10**9)) is None
    assert rate((3, 10**9), (12, 100)) == pytest.approx(200)


def test_the_journal_reaches_as_far_as_the_first_of_its_bounds():
    """Bytes at this rate, or age."""
    assert reach_days(100.0, 1000, 30) == 10
    assert reach_days(10.0, 1000, 30) == 30
    assert reach_days(0.0, 1000, 30) == 30
    assert reach_days(None, 1000, 30) is None
