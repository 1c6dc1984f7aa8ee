"""A receiver that never answers is tried nearly all the time: ``doctor`` and health then called it healthy."""

import pytest

from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.doctor.delivery import delivered


@pytest.mark.parametrize(
    ("last_error_ms", "last_accepted_ms", "level"),
    [(None, None, "ok"), (None, 5, "ok"), (5, None, "warning"), (5, 4, "warning"), (5, 6, "ok")],
)
def test_while_it_sends_the_latest_attempt_counts(last_error_ms, last_accepted_ms, level):
    """Trouble lasts until something is accepted."""
    row = DestinationStats(
        "platform", State.SENDING, backlog=1, last_error_ms=last_error_ms, last_accepted_ms=last_accepted_ms
    )
    assert delivered(row, 10).level == level
    assert row.in_trouble == (level == "warning")
