"""What is previewed, on the disk."""

import pytest

from sophon_report.model import PreviewChoice
from sophon_report.store import json_table
from sophon_report.store.database import Database
from sophon_report.store.preview import KEY, PreviewStore
from sophon_report.store.vendor_config import TABLE


@pytest.fixture
def database(tmp_path):
    opened = Database.open(tmp_path / "store.sqlite")
    yield opened
    opened.close()


def test_what_was_chosen_comes_back(database):
    """Nothing chosen is not the same as nothing to be shown."""
    store = PreviewStore(database)
    assert store.get() == PreviewChoice()
    for choice in (PreviewChoice((), None, 1, "QT"), PreviewChoice(("a", "b"), ("b",), 16, "BOX")):
        store.put(choice)
        assert PreviewStore(database).get() == choice


@pytest.mark.parametrize(
    "kept",
    [
        "text",
        {},
        {"mode": "x", "last_set_name": "", "selected": None, "previewed": None},
        {"mode": 4, "last_set_name": "", "selected": 7, "previewed": None},
    ],
)
def test_what_cannot_be_read_is_nothing_chosen(database, kept):
    """It stops no start; the next choice takes its place."""
    with database.change() as connection:
        json_table.put(connection, TABLE, {KEY: kept})
    store = PreviewStore(database)
    assert store.get() == PreviewChoice()
    store.put(PreviewChoice(("a",)))
    assert store.get() == PreviewChoice(("a",))
