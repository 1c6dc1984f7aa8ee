"""Event ids: sixteen digits that only ever rise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.delivery.event_ids import RESTART_MARGIN_US, EventIds

NOW_US = 1_760_000_000_123_456


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=50))
def test_ids_rise_whatever_the_clock_does(times):
    """A clock that stands or steps back makes no id that is not above all before it."""
    ids = EventIds(iter([0, *times]).__next__)
    made = [ids.next() for _ in times]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {16}


def test_an_id_is_the_time_in_microseconds():
    """With a clock that goes forward the id says when."""
    assert EventIds(lambda: NOW_US).next() == str(NOW_US)


def test_a_restart_with_a_clock_behind_stays_above_what_may_have_been_shown():
    """Ids of the minute before a power cut were shown and may be on no disk."""
    assert int(EventIds(lambda: 0, last_us=NOW_US).next()) > NOW_US + RESTART_MARGIN_US


def test_a_clock_past_sixteen_digits_is_refused():
    """No id is ever longer than receivers have room for."""
    with pytest.raises(OverflowError):
        EventIds(lambda: 10**16).next()
