"""What one destination is told of a record."""

from dataclasses import replace

from memory_log import recognition, visit

from sophon_report.delivery.teller import Teller
from sophon_report.model import EventFilter, Progress, Recognition, Record, UserType
from sophon_report.wire.layouts import Layout
from sophon_report.wire.telling import Telling


def teller(wants):
    return Teller(Layout("own", Recognition, lambda event, _: {}, wants), "json", Telling)


def told_by(knows, *values):
    events = [knows.event_of(Record(1, value)) for value in values]
    return [event if event and knows.wants(event) else None for event in events]


def test_only_events_of_the_layouts_kind_that_it_wants_are_told():
    """Visits and signs of life are no recognitions."""
    knows = teller(lambda event: event.match.identity is not None)
    known, stranger = recognition("1"), recognition("2", person=None)
    assert told_by(knows, known, stranger, visit("1"), Progress("1", 5)) == [known, None, None, None]


def test_what_the_filter_keeps_is_not_told_however_much_the_layout_wants_it():
    """Both have to agree."""
    knows = replace(teller(lambda event: True), filter=EventFilter(user_types=(UserType.STRANGER,)))
    known, stranger = recognition("1"), recognition("2", person=None)
    assert told_by(knows, known, stranger) == [None, stranger]


def test_a_layout_that_fails_to_judge_an_event_leaves_nothing_out():
    """A package's mistake must neither hold up the line nor lose an event in silence."""
    event = recognition("1")
    assert told_by(teller(lambda event: event.no_such_field), event) == [event]
