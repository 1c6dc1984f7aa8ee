"""What an HTTP status says about a delivery."""

import pytest

from sophon_report.delivery.outcome import Accepted, Pause, Rejected, Retry, classify


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
def test_any_2xx_is_an_acceptance(status):
    """The vendor documents no reply, so none is asked for beyond the class of the status."""
    assert classify(status) == Accepted()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 507, 599])
def test_a_passing_trouble_is_a_retry_when_the_receiver_wants(status):
    """Server errors and the statuses that mean "later", with the receiver's wish handed on."""
    assert classify(status, 7.0) == Retry(f"HTTP {status}", 7.0)
    assert classify(status) == Retry(f"HTTP {status}", None)


@pytest.mark.parametrize("status", [400, 409, 413, 415, 422])
def test_a_refusal_of_the_body_speaks_of_this_event(status):
    """The events behind it may be welcome."""
    assert classify(status) == Rejected(f"HTTP {status}")


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_refusal_of_the_request_speaks_of_the_destination(status):
    """Nothing is set aside for it; it may be put right on the other side, so it is looked at again."""
    assert classify(status) == Pause(f"HTTP {status}", until_resumed=False)


def test_gone_is_for_good():
    """Only a person brings a destination back that said 410."""
    assert classify(410) == Pause("HTTP 410", until_resumed=True)


@pytest.mark.parametrize("status", [100, 101, 300, 302, 304, 402, 407, 418, 451, 600, 999])
def test_what_nobody_has_thought_of_pauses(status):
    """An unknown status never costs an event."""
    assert classify(status) == Pause(f"HTTP {status}", until_resumed=False)
