"""What ``doctor`` says of a running service's delivery."""

import pytest

from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.doctor.delivery import damage, delivered, journal

GIB = 1 << 30


def test_a_destination_that_is_behind_is_told_with_how_much_and_how_long():
    """And why, when the last attempt failed."""
    row = DestinationStats(
        "platform",
        State.WAITING,
        accepted=5,
        backlog=30,
        backlog_bytes=3 << 20,
        oldest_ms=0,
        dropped=2,
        last_error="HTTP 503",
    )
    found = delivered(row, now_ms=90 * 60_000)
    assert found.level == "warning"
    assert found.text == (
        "waiting: 5 accepted, 30 wait (3 MiB of the journal, the oldest for 90 min), "
        "2 went for want of room before it had them, last error: HTTP 503"
    )


def test_a_destination_that_has_everything_is_told_in_two_words():
    """No zeros to read over."""
    assert delivered(DestinationStats("platform", State.IDLE, accepted=5), 0).text == "idle: 5 accepted"


def test_refused_events_that_are_kept_are_worth_a_note():
    """Nothing is wrong with the destination, and somebody should look at them."""
    found = delivered(DestinationStats("platform", State.IDLE, accepted=5, dead_letters=2), 0)
    assert (found.level, found.text) == ("warning", "idle: 5 accepted, 2 refused and kept")


@pytest.mark.parametrize(
    ("changes", "level", "told"),
    [
        ({}, "ok", "at 2.0 GiB a day it reaches back 4.0 days"),
        ({"reach_days": 0.5}, "warning", "reaches back 0.5 days"),
        ({"reach_days": None, "rate_bytes_per_day": None}, "ok", "known after some hours"),
        ({"failing": True}, "error", "the disk takes no events"),
    ],
)
def test_the_journal_says_how_long_a_receiver_may_be_away(changes, level, told):
    """At the rate of today."""
    stats = {
        "size_bytes": GIB,
        "max_bytes": 8 * GIB,
        "failing": False,
        "rate_bytes_per_day": 2.0 * GIB,
        "reach_days": 4.0,
    }
    found = journal({**stats, **changes})
    assert found.level == level
    assert told in found.text


def test_what_is_damaged_in_the_journal_is_told_with_who_knows_more():
    """Nothing is said of a journal that is whole."""
    assert not list(damage({"gaps": 0}))
    (found,) = damage({"gaps": 4})
    assert (found.level, found.text.partition(":")[0]) == (
        "warning",
        "4 damaged stretches were passed over since the start",
    )
