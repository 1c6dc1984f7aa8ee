"""What was done to people's data, without saying to whose."""

from contextlib import closing

import pytest

from sophon_report.errors import BadInput
from sophon_report.store.audit import AuditLine, AuditStore
from sophon_report.store.database import Database


def line(number, detail=""):
    return AuditLine(number, "command", "person erased", detail or f"line {number}")


@pytest.fixture
def database(tmp_path):
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        yield database


def test_the_newest_lines_are_kept(database):
    """Over the bound the oldest go."""
    audit = AuditStore(database, max_lines=3)
    for number in range(1, 6):
        audit.add(line(number))
    assert audit.list() == [line(5), line(4), line(3)]
    assert audit.list(1) == [line(5)]


def test_what_is_told_once_is_not_told_again(database):
    """After a kill between the line and what follows it."""
    audit = AuditStore(database)
    audit.add(line(1, "2 faces (erasing ab12)"), once="(erasing ab12)")
    audit.add(line(2, "0 faces (erasing ab12)"), once="(erasing ab12)")
    audit.add(line(3, "0 faces (erasing cd34)"), once="(erasing cd34)")
    assert [each.at_ms for each in audit.list()] == [3, 1]


def test_a_line_over_its_limits_is_refused(database):
    """And says so."""
    with pytest.raises(BadInput):
        AuditStore(database).add(line(1, "x" * 1025))
