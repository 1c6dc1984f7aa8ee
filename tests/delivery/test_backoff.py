"""When to try again, and what becomes of an event that keeps failing."""

from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from sophon_report.delivery.backoff import Advance, Attempts, Pace, SetAside, Wait, delay_s, retry_after_s
from sophon_report.delivery.outcome import Accepted, Pause, Rejected, Retry

PACE = Pace()
NOW_S = 1_760_000_000.0
unit = st.floats(0, 1, exclude_max=True)
outcomes = st.one_of(
    st.builds(Retry, st.just("HTTP 500"), st.none() | st.floats(0, 1e9)),
    st.just(Rejected("HTTP 400")),
    st.builds(Pause, st.just("HTTP 404"), st.booleans()),
)


@given(st.integers(1, 10_000), unit)
def test_a_delay_lies_under_its_ceiling(failures, chance):
    """Anywhere from nothing to 1, 2, 4, ... 60 s, for any number of failures."""
    assert 0 <= delay_s(failures, None, PACE, lambda: chance) < min(60, 2.0 ** min(failures - 1, 30))


def test_ceilings_double_up_to_the_cap():
    """1, 2, 4, 8, 16, 32 and then 60 s."""
    ceilings = [delay_s(failures, None, PACE, lambda: 1.0) for failures in range(1, 9)]
    assert ceilings == [1, 2, 4, 8, 16, 32, 60, 60]


@given(st.floats(0, 1e12), st.integers(1, 50), unit)
def test_the_receivers_wish_wins_within_bounds(after_s, failures, chance):
    """Never under a second, so that ``Retry-After: 0`` is no busy loop; never over the cap."""
    assert delay_s(failures, after_s, PACE, lambda: chance) == min(max(after_s, 1.0), 3600.0)


@given(st.integers(0, 10**9))
def test_retry_after_is_read_as_seconds(seconds):
    """The plain form of the header."""
    assert retry_after_s(f" {seconds} ", NOW_S) == seconds


@given(st.integers(0, 10**9))
def test_retry_after_is_read_as_a_date(ahead_s):
    """The other form, an HTTP date; it has whole seconds."""
    assert retry_after_s(formatdate(NOW_S + ahead_s, usegmt=True), NOW_S) == ahead_s


def test_a_date_that_is_past_means_now():
    """No negative waiting."""
    assert retry_after_s(formatdate(NOW_S - 100, usegmt=True), NOW_S) == 0


@given(st.none() | st.text())
def test_any_header_is_survived(text):
    """What cannot be read counts as not there."""
    after_s = retry_after_s(text, NOW_S)
    assert after_s is None or 0 <= after_s < float("inf")


@given(st.lists(outcomes, max_size=40), unit)
def test_an_event_is_set_aside_at_the_fifth_rejection_and_never_before(ends, chance):
    """Retries and pauses, however many, cost no event; only rejections count."""
    attempts = Attempts(PACE, lambda: chance)
    rejections = 0
    for outcome in ends:
        step = attempts.after(outcome)
        rejections += isinstance(outcome, Rejected)
        assert isinstance(step, SetAside) == (isinstance(outcome, Rejected) and rejections >= 5)
        if isinstance(step, SetAside):
            return
        assert isinstance(step, Wait)
        assert step.delay_s is None or 0 <= step.delay_s <= 3600
    assert attempts.after(Accepted()) == Advance()


def test_a_pause_is_probed_once_a_minute_and_gone_is_not():
    """A minute is soon enough for a person who corrects an address, and harmless to a stranger's server."""
    attempts = Attempts(PACE, lambda: 0.5)
    assert attempts.after(Pause("HTTP 404")) == Wait("HTTP 404", 60.0, paused=True)
    assert attempts.after(Pause("HTTP 410", until_resumed=True)) == Wait("HTTP 410", None, paused=True)
