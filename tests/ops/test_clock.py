"""A clock that does not step while somebody is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.ops.clock import Patience, SteadyClock

T0 = 1_760_000_000_000
HOUR_MS = 3_600_000
PATIENCE = Patience(quiet_ms=5000, longest_ms=60_000)


class Box:
    """A box's two clocks, moved by hand."""

    def __init__(self, patience=PATIENCE):
        self.wall_ms, self.steady_ms = T0, 7_000.0
        self.clock = SteadyClock(lambda: self.wall_ms, lambda: self.steady_ms, patience)
        self.now()

    def now(self):
        return self.clock.now_ms() - T0

    def passes(self, ms, *, somebody=False):
        """Time passes, a picture every tenth of a second; returns the last one's time."""
        for _ in range(ms // 100):
            self.wall_ms += 100
            self.steady_ms += 100
            now = self.now()
            if somebody:
                self.clock.somebody()
        return now


@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS, 300, -T0 + 1000])
def test_a_step_waits_until_nobody_was_seen_for_long_enough(step_ms):
    """Forward, back, a little, to 1970: time goes on as before, and then is right."""
    box = Box()
    box.passes(10_000, somebody=True)
    box.wall_ms += step_ms
    assert box.passes(10_000, somebody=True) == 20_000
    assert box.passes(4_900) == 24_900
    assert box.passes(200) == 25_100 + step_ms
    assert box.clock.steps == 1


def test_a_step_while_nobody_is_there_is_taken_up_at_once():
    """A box that starts without a battery has the right time with the first picture after NTP's word."""
    box = Box()
    box.passes(1000)
    box.wall_ms += HOUR_MS
    assert box.passes(100) == 1100 + HOUR_MS


def test_where_somebody_is_always_seen_a_step_is_taken_up_in_the_end():
    """As long after it as a visit may last; one that is set right before counts for nothing."""
    box = Box()
    box.passes(1000, somebody=True)
    box.wall_ms += HOUR_MS
    assert box.passes(50_000, somebody=True) == 51_000
    box.wall_ms -= HOUR_MS
    assert box.passes(50_000, somebody=True) == 101_000
    box.wall_ms -= HOUR_MS
    assert box.passes(59_800, somebody=True) == 160_800
    assert box.passes(300, somebody=True) == 161_100 - HOUR_MS
    assert box.clock.steps == 1


def test_a_films_clock_never_steps():
    """Its pictures are due by it: after a step back nobody would wait for hours."""
    box = Box(patience=None)
    box.wall_ms -= HOUR_MS
    assert box.passes(100_000) == 100_000


@given(st.lists(st.tuples(st.integers(-HOUR_MS, HOUR_MS), st.integers(0, 40)), max_size=20))
def test_while_somebody_is_seen_time_is_what_passed(steps):
    """Whatever the wall clock does, within the longest visit."""
    box = Box(Patience(quiet_ms=5000, longest_ms=1 << 40))
    passed = box.passes(100, somebody=True)
    for step_ms, tenths in steps:
        box.wall_ms += step_ms
        if tenths:
            passed += tenths * 100
            assert box.passes(tenths * 100, somebody=True) == passed
