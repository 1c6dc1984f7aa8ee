"""Ages on a clock that steps: no single step drops everything, and old events still go."""

from hypothesis import given
from hypothesis import strategies as st

from sophon_report.delivery.journal.ages import Watched, overdue

DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS
START_MS = 1_760_000_000_000


def days(*numbers):
    return [START_MS + int(number * DAY_MS) for number in numbers]


def gone(begun, now):
    newest_ms = int(max(0, now - begun[-1]) * DAY_MS) if begun else 0
    return overdue(days(*begun), newest_ms, START_MS + int(now * DAY_MS), MONTH_MS)


def test_a_segment_goes_when_the_one_after_it_is_past_the_bound():
    """Its newest record is that old then."""
    begun = list(range(40))
    assert [gone(begun, now) for now in (30, 31.5, 35.5, 39)] == [0, 1, 5, 8]


def test_the_last_segment_stays():
    """It is being written."""
    assert gone([0], 1000) == 0
    assert overdue([], 0, START_MS, MONTH_MS) == 0


def test_a_year_forward_drops_nothing_on_that_day():
    """Whatever is written meanwhile."""
    before = list(range(20))
    for since in (0, 0.3, 0.9):
        assert gone([*before, 385, 385 + since], 385 + since) == 0


def test_a_year_forward_that_was_wrong_and_set_right_drops_nothing_ever():
    """Also when it was a week until somebody set it right, nothing goes that is not old by then."""
    before = list(range(20))
    assert gone([*before, 385, 20], 20) == 0
    assert gone([*before, 385, *range(20, 29)], 29) == 0
    assert gone([*before, 385, *range(20, 40)], 40) == 9


def test_what_was_written_in_a_wrong_future_ages_by_what_came_after():
    """Its own time is of no use."""
    assert gone([385, 386, *range(31)], 30.5) == 2
    assert gone([385, 386, *range(41)], 40.5) == 12


def test_a_month_without_power_is_believed_a_day_later():
    """Old events go then."""
    before = list(range(5))
    assert gone([*before, 45], 45.5) == 0
    assert gone([*before, 45, 46.1], 46.2) == 4


def test_what_was_begun_with_a_clock_that_was_not_set_is_as_old_as_the_next():
    """A box without a battery begins in 1970 at each start."""
    begun = [1000, *days(0, 1), 2000, *days(20, 35)]
    assert overdue(begun, DAY_MS, START_MS + 36 * DAY_MS, MONTH_MS) == 2
    assert overdue([1000, 2000], 0, 3000, MONTH_MS) == 0
    assert overdue([1000, 2000], 0, START_MS, MONTH_MS) == 0


def test_an_age_that_is_watched_grows_by_small_steps_only():
    """A jump of the clock, forward or back, is no time that went by."""
    watched, now = Watched(START_MS), START_MS
    for step in (1, 2, 0, 365, 1, -365, -1, 1):
        now += step * DAY_MS
        age = watched.age_ms(now, MONTH_MS)
    assert age == 5 * DAY_MS


@given(st.lists(st.integers(-2000, 4000), max_size=30), st.integers(-2000, 4000))
def test_whatever_the_clock_did_what_began_within_the_last_day_of_it_stays(begun, now):
    """Only the oldest go, never the last, and nothing whose successor's begin is less than the bound ago."""
    count = gone(begun, now)
    assert 0 <= count <= max(0, len(begun) - 1)
    assert not any(0 <= now - following <= 30 for following in begun[1 : count + 1])
