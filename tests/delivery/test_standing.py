"""What a worker notes of its destination, and what the log has of it."""

import pytest
from structlog.testing import capture_logs

from sophon_report.delivery.exchange import Reply
from sophon_report.delivery.journal import Behind
from sophon_report.delivery.outcome import Accepted, Rejected, Retry
from sophon_report.delivery.standing import Standing, State
from sophon_report.model import Recognition, Visit


def standing():
    return Standing("platform", lambda: 1_760_000_000.5)


def test_a_log_line_is_for_a_change_of_trouble_not_for_a_failure():
    """Two kinds of trouble and their end are three lines, however many failures there were."""
    with capture_logs() as lines:
        note = standing()
        for state in (State.WAITING, State.WAITING, State.PAUSED, State.PAUSED):
            note.in_trouble(state, "HTTP 500")
        note.accepted()
        note.accepted()
    assert [line["event"] for line in lines] == ["delivery_waiting", "delivery_paused", "delivery_recovered"]
    assert {line["destination"] for line in lines} == {"platform"}


def test_the_last_error_stays_beside_the_last_success():
    """Whoever looks later still sees what had been wrong, and that it is over."""
    note = standing()
    note.in_trouble(State.WAITING, "HTTP 500")
    note.accepted()
    stats = note.stats(7, Behind(5, visits=3, recognitions=2), Visit)
    assert (stats.destination, stats.cursor_seq, stats.backlog) == ("platform", 7, 3)
    assert (stats.last_error, stats.last_error_ms) == ("HTTP 500", 1_760_000_000_500)
    assert (stats.accepted, stats.last_accepted_ms) == (1, 1_760_000_000_500)


def test_the_next_try_belongs_to_what_is_done_now():
    """A turn without one takes it back."""
    note = standing()
    note.turn(State.WAITING, 2.0)
    assert note.stats(0, Behind(), Visit).next_try_ms == 1_760_000_002_500
    note.turn(State.SENDING)
    assert note.stats(0, Behind(), Visit).next_try_ms is None


def test_the_answer_to_a_refusal_is_shown_in_part_and_stays():
    """Enough to see why; what an accepting receiver says is of no interest."""
    note = standing()
    note.answered(Reply(Rejected("HTTP 400"), 400, "no such " + "d" * 1000))
    note.answered(Reply(Accepted(), 200, "thank you"))
    note.answered(Reply(Retry("no answer")))
    stats = note.stats(0, Behind(), Visit)
    assert (stats.last_status, stats.last_answer) == (200, "")
    note.answered(Reply(Rejected("HTTP 400"), 400, "no such " + "d" * 1000))
    note.answered(Reply(Accepted(), 200, "thank you"))
    stats = note.stats(0, Behind(), Visit)
    assert (stats.last_status, stats.last_answer) == (200, "no such " + "d" * 192)


@pytest.mark.parametrize(
    ("what", "backlog", "oldest_ms"), [(Visit, 2, 7), (Recognition, 3, 7)], ids=["visits", "recognitions"]
)
def test_what_a_destination_lacks_is_of_the_kind_it_is_told(what, backlog, oldest_ms):
    """The bytes are those of all that is read past; without a backlog nothing is old."""
    note = standing()
    stats = note.stats(0, Behind(9, visits=2, recognitions=3, size_bytes=500, oldest_ms=7), what)
    assert (stats.backlog, stats.backlog_bytes, stats.oldest_ms) == (backlog, 500, oldest_ms)
    stats = note.stats(0, Behind(9, size_bytes=500, oldest_ms=7), what)
    assert (stats.backlog, stats.backlog_bytes, stats.oldest_ms) == (0, 500, None)
