"""Why something was not delivered, for people and for the page."""

import copy

import pytest

from sophon_report.delivery import reason
from sophon_report.delivery.outcome import classify
from sophon_report.delivery.reason import Reason, code_of


def test_a_reason_is_its_words_and_keeps_its_code():
    """In logs, in comparisons, in copies."""
    why = Reason("nothing listens there", reason.REFUSED)
    assert why == "nothing listens there"
    assert (code_of(why), code_of(copy.deepcopy(why))) == ("refused", "refused")


def test_words_without_a_code_are_a_fault_of_ours_and_no_words_are_none():
    """Whatever nobody has a code for is said to be looked up in the log."""
    assert (code_of("odd"), code_of("")) == ("internal", "")


@pytest.mark.parametrize("status", [302, 400, 401, 410, 429, 503])
def test_an_answer_has_its_status_as_its_code(status):
    """The page explains those it knows, and the others by their hundred."""
    assert code_of(classify(status).reason) == f"http_{status}"
