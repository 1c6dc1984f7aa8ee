"""``journal reindex``: rows of the history that are missing or wrong are as in the journal again."""

import json
import sqlite3
from contextlib import closing

import pytest
from command import command
from journal_events import event_id, visit
from running_box import running_box
from test_journal_command import write_journal

from sophon_report.store.event_index import EventIndex, EventQuery, row_of


@pytest.fixture
def data(folder):
    (folder / "d").mkdir()
    write_journal(folder / "d" / "journal", visits=5)
    return folder / "d"


def ids_of(path):
    with closing(EventIndex(path)) as index:
        assert index.open()
        return [row.event_id for row in index.page(EventQuery(newest_first=False), 100).rows]


def spoil(path):
    """One row is missing, the next is wrong."""
    with closing(sqlite3.connect(str(path))) as connection, connection:
        connection.execute("DELETE FROM event WHERE number = ?", (int(event_id(2)),))
        connection.execute("UPDATE event SET score = 1 WHERE number = ?", (int(event_id(3)),))


def test_a_stopped_service_has_its_rows_repaired_and_older_ones_stay(data):
    """Those that the journal does not have any more."""
    path = data / "events.sqlite"
    with closing(EventIndex(path)) as index:
        index.open()
        index.put([row_of(visit(99))])
    first = json.loads(command("journal", "reindex", "--json", "--data-dir", data).stdout)
    assert (first["records"], first["added"], first["changed"], first["damaged"]) == (6, 5, 1, 0)
    spoil(path)
    told = command("journal", "reindex", "--data-dir", data).stdout
    assert "6 events read" in told
    assert "1 rows were missing, 1 were wrong" in told
    assert sorted(ids_of(path)) == [event_id(number) for number in (1, 2, 3, 4, 5, 99)]
    again = json.loads(command("journal", "reindex", "--json", "--data-dir", data).stdout)
    assert (again["added"], again["changed"]) == (0, 0)


def test_a_running_service_does_it_itself(data):
    """Beside its work."""
    with running_box(data, events={"max_age_days": 0}) as box:
        box.indexed()
        spoil(data / "events.sqlite")
        figures = json.loads(command("journal", "reindex", "--json", "--data-dir", data).stdout)
        assert (figures["added"], figures["changed"]) == (1, 1)
        index = box.process.history.index
        assert index.page(EventQuery(), 1).total == 5
        assert index.find(event_id(3)).score_pct == 27.5
