"""What a worker notes of its destination, and what the log has of it."""

from structlog.testing import capture_logs

from sophon_report.delivery.standing import Standing, State


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
    stats = note.stats(cursor_seq=7, backlog=3)
    assert (stats.destination, stats.cursor_seq, stats.backlog) == ("platform", 7, 3)
    assert (stats.last_error, stats.last_error_ms) == ("HTTP 500", 1_760_000_000_500)
    assert (stats.accepted, stats.last_accepted_ms) == (1, 1_760_000_000_500)


def test_the_next_try_belongs_to_what_is_done_now():
    """A turn without one takes it back."""
    note = standing()
    note.turn(State.WAITING, 2.0)
    assert note.stats(0, 0).next_try_ms == 1_760_000_002_500
    note.turn(State.SENDING)
    assert note.stats(0, 0).next_try_ms is None
