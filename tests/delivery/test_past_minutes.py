"""The last hour of a destination."""

from sophon_report.delivery.past_minutes import MINUTE_MS, PastMinute, PastMinutes


def test_attempts_are_counted_by_the_minute_in_which_they_ended():
    """Minutes without one are left out."""
    past, start = PastMinutes(), 100 * MINUTE_MS
    for at_ms, accepted in ((5, True), (59_999, False), (60_000, True), (240_000, True), (240_001, True)):
        past.note(start + at_ms, accepted)
    assert past.since(start + 300_000) == (
        PastMinute(start, 1, 1),
        PastMinute(start + MINUTE_MS, 1, 0),
        PastMinute(start + 4 * MINUTE_MS, 2, 0),
    )


def test_what_is_older_than_an_hour_is_not_told():
    """Nor kept: there are sixty at most."""
    past = PastMinutes()
    for minute in range(200):
        past.note(minute * MINUTE_MS, True)
    told = past.since(200 * MINUTE_MS)
    assert [each.at_ms // MINUTE_MS for each in told] == list(range(141, 200))
