"""The audit of a running service: what is done again and again is counted, and no disk holds anybody up."""

from contextlib import closing

import pytest

from sophon_report.store.audit import AuditLine, AuditStore
from sophon_report.store.audit_desk import AuditDesk
from sophon_report.store.audit_tally import MAX_KINDS, TOGETHER_S, AuditTally
from sophon_report.store.database import Database


def line(actor="session:admin", action="POST /a", detail="", at_ms=1):
    return AuditLine(at_ms, actor, action, detail)


def test_the_first_of_a_kind_is_a_line_at_once_and_the_rest_a_count():
    """A minute later, with the time of the last one."""
    tally = AuditTally()
    for at_ms in range(1, 101):
        tally.add(line(at_ms=at_ms, detail="from here"), 0.0)
        if at_ms == 1:
            assert tally.due(0.0) == [line(at_ms=1, detail="from here")]
    assert tally.due(TOGETHER_S - 1) == []
    assert tally.next_s() == TOGETHER_S
    assert tally.due(TOGETHER_S) == [line(at_ms=100, detail="from here 99 times")]
    assert tally.due(2 * TOGETHER_S) == []
    assert tally.next_s() is None


def test_kinds_are_told_apart_by_who_what_and_where():
    """One's many calls hide nobody else's one."""
    tally = AuditTally()
    given = [line(), line(actor="10.0.0.5"), line(action="POST /b"), line(detail="from 10.0.0.5")]
    for each in given:
        tally.add(each, 0.0)
    assert tally.due(0.0) == given


def test_what_waits_at_the_end_is_written():
    """A line each, however little of the minute has passed."""
    tally = AuditTally()
    tally.add(line(), 0.0)
    tally.due(0.0)
    tally.add(line(at_ms=2), 1.0)
    assert tally.rest() == [line(at_ms=2)]
    assert tally.rest() == []


def test_the_kinds_are_bounded():
    """A crowd of addresses fills no memory; what is left out is counted."""
    tally = AuditTally()
    for number in range(MAX_KINDS + 5):
        tally.add(line(actor=f"10.0.{number // 256}.{number % 256}"), 0.0)
    assert (len(tally.due(0.0)), tally.lost) == (MAX_KINDS, 5)


@pytest.fixture
def database(tmp_path):
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        yield database


def test_what_was_noted_is_on_the_disk_when_the_desk_has_stopped(database):
    """In order, newest first on a page; a text finds those in which it stands, a sign of the search itself too."""
    desk = AuditDesk(AuditStore(database), AuditStore(database), lambda: 7)
    for number in range(5):
        desk.note("command", f"action {number}", "100 %" if number == 2 else "")
    desk.stop()

    def found(text, limit=10, offset=0):
        lines, total = desk.search(text, limit, offset)
        return [each.action for each in lines], total

    assert found("", 2) == (["action 4", "action 3"], 5)
    assert found("", 10, 3) == (["action 1", "action 0"], 5)
    assert found("COMMAND ACTION 1") == (["action 1"], 1)
    assert found("%") == (["action 2"], 1)
    assert found("nothing") == ([], 0)
    assert desk.lost == 0


def test_lines_that_the_disk_refuses_are_counted_and_end_nothing(database):
    """The next ones are tried again."""
    with database.change() as connection:
        connection.execute("ALTER TABLE audit RENAME TO audit_away")
    desk = AuditDesk(AuditStore(database), AuditStore(database), lambda: 7)
    desk.note("command", "lost")
    desk.stop()
    assert desk.lost == 1
