"""What of the history its receivers have."""

import pytest

from sophon_report.model import Destination
from sophon_report.report.event_desk import sent_up_to


def to(name, layout="g2", enabled=True):
    return Destination(name, f"http://10.0.0.5/{name}", layout, enabled)


@pytest.mark.parametrize(
    ("destinations", "seq"),
    [
        ([], 0),
        ([to("one")], 40),
        ([to("one"), to("two", "g1")], 30),
        ([to("one"), to("new", "g0")], 0),
        ([to("one"), to("live", "se3")], 40),
        ([to("live", "se3")], 0),
        ([to("one"), to("two", enabled=False)], 40),
        ([to("one"), to("other", "a layout of a package")], 40),
    ],
    ids=str,
)
def test_an_event_is_sent_when_every_receiver_of_the_history_is_past_it(destinations, seq):
    """Realtime receivers and those that are switched off do not count; without any nothing is sent."""
    assert sent_up_to(destinations, {"one": 40, "two": 30, "live": 20, "other": 10}) == seq
