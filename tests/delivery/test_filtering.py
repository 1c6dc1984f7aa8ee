"""Which events a destination is told."""

from dataclasses import replace

import pytest
from memory_log import recognition, visit

from sophon_report.delivery.filtering import passes
from sophon_report.model import EventFilter, Identity, Match, UserType

KNOWN, STRANGER = visit("1"), visit("2", person=None)
"""At device ``d1``: an employee with 94.8, nobody with 27.69."""


@pytest.mark.parametrize("event", [KNOWN, STRANGER, recognition("1"), recognition("2", person=None)])
def test_a_filter_that_names_nothing_lets_everything_pass(event):
    """Strangers with a score of 0 too."""
    assert passes(event, EventFilter())
    assert passes(replace(event, match=replace(event.match, score_pct=0.0)), EventFilter())


@pytest.mark.parametrize(
    ("wanted", "known", "stranger"),
    [
        (EventFilter(device_ids=("d1",)), True, True),
        (EventFilter(device_ids=("d2", "d1")), True, True),
        (EventFilter(device_ids=("d2",)), False, False),
        (EventFilter(device_ids=("removed", "")), False, False),
        (EventFilter(user_types=(UserType.EMPLOYEE, UserType.VIP)), True, False),
        (EventFilter(user_types=(UserType.STRANGER,)), False, True),
        (EventFilter(min_score_pct=27.69), True, True),
        (EventFilter(min_score_pct=27.7), True, False),
        (EventFilter(min_score_pct=94.81), False, False),
        (EventFilter(("d1",), (UserType.EMPLOYEE,), 94.8), True, False),
        (EventFilter(("d1",), (UserType.EMPLOYEE,), 99.0), False, False),
        (EventFilter(("d1",), (UserType.VIP,), 0.0), False, False),
    ],
)
def test_all_that_is_named_must_fit(wanted, known, stranger):
    """Device, user type and score; the pass mark itself passes."""
    assert (passes(KNOWN, wanted), passes(STRANGER, wanted)) == (known, stranger)


@pytest.mark.parametrize("kind", list(UserType))
def test_the_user_type_is_the_persons_own(kind):
    """Whichever of the five."""
    event = replace(KNOWN, match=Match(Identity("E-0002", "", kind), 90.0))
    assert [other for other in UserType if passes(event, EventFilter(user_types=(other,)))] == [kind]
