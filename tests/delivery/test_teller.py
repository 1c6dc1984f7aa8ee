"""What one destination is told of a record."""

from memory_log import recognition, visit

from sophon_report.delivery.teller import Teller
from sophon_report.model import Progress, Recognition, Record
from sophon_report.wire.layouts import Layout
from sophon_report.wire.telling import Telling


def teller(wants):
    return Teller(Layout("own", Recognition, lambda event, _: {}, wants), "json", Telling)


def test_only_events_of_the_layouts_kind_that_it_wants_are_told():
    """Visits and signs of life are no recognitions."""
    knows = teller(lambda event: event.match.identity is not None)
    known, stranger = recognition("1"), recognition("2", person=None)
    told = [knows.event_of(Record(1, value)) for value in (known, stranger, visit("1"), Progress("1", 5))]
    assert told == [known, None, None, None]


def test_a_layout_that_fails_to_judge_an_event_leaves_nothing_out():
    """A package's mistake must neither hold up the line nor lose an event in silence."""
    event = recognition("1")
    assert teller(lambda event: event.no_such_field).event_of(Record(1, event)) is event
