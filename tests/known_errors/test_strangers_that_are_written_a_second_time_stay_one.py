"""A batch that was tried again, after a fault behind its commit, split those again whom it had made one."""

from contextlib import closing

import pytest

from sophon_report.errors import StoreError
from sophon_report.store.database import Database
from sophon_report.store.strangers import Filed, Merged, StrangerPicture, StrangerStore


def filed(name):
    return Filed(name, 1, StrangerPicture(f"p{name}", b"\xff\xd8", b"\x01" * 64, "sha", 1.0))


CHANGES = [filed("1"), filed("2"), Merged("1", "2"), filed("3"), Merged("2", "3")]


class LogThatCannotBeEmptied:
    """A store file whose write-ahead log stays."""

    def __init__(self, database):
        self._database = database
        self.change, self.rows = database.change, database.rows

    def scrub(self):
        raise StoreError("the disk is full")


@pytest.fixture
def database(tmp_path):
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        yield database


def content(store):
    return [row.stranger_id for row in store.list()], store.aliases_of("3")


def test_strangers_that_are_written_a_second_time_stay_one(database):
    """The whole batch, whose first half had come true before."""
    store = StrangerStore(database)
    for _ in range(2):
        store.write(CHANGES)
        assert content(store) == (["3"], ("1", "2"))


def test_what_is_written_is_not_written_again_because_the_log_stays(database):
    """The next change empties it."""
    store = StrangerStore(LogThatCannotBeEmptied(database))
    store.write(CHANGES)
    assert content(store) == (["3"], ("1", "2"))
