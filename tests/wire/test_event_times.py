"""Times of past events: read by their size, told in one unit, and never different when they come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.wire.event_times import SECONDS_END, read_ms, told


@pytest.mark.parametrize(
    ("asked", "time_ms"),
    [
        (1_760_000_000, 1_760_000_000_000),
        (1_760_000_000.123, 1_760_000_000_123),
        (1_760_000_000_123, 1_760_000_000_123),
        (1_760_000_000_123.0, 1_760_000_000_123),
        (0, 0),
    ],
)
def test_a_time_is_seconds_or_milliseconds_by_its_size(asked, time_ms):
    """Ten digits are seconds, thirteen milliseconds."""
    assert read_ms(asked) == time_ms


@given(st.integers(int(SECONDS_END), int(SECONDS_END) * 1000 - 1), st.sampled_from(["ms", "s"]))
def test_what_was_told_comes_back_as_the_same_millisecond(time_ms, unit):
    """In either unit."""
    assert read_ms(told(time_ms, unit)) == time_ms


def test_seconds_have_a_fraction():
    """As the vendor's samples show them."""
    assert told(1_760_000_000_123, "s") == 1_760_000_000.123
    assert told(1_760_000_000_123, "ms") == 1_760_000_000_123
