"""A word that only a newer version knows, in one destination's filter, made the whole list unreadable."""

from contextlib import closing
from dataclasses import replace

import pytest
from memory_log import recognition

from sophon_report.delivery.filtering import passes
from sophon_report.model import Destination, EventFilter, UserType
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("filter_json", '{"user_types":["robot"]}'),
        ("filter_json", "[]"),
        ("filter_json", "{"),
        ("transport_json", '{"carrier":"pigeon"}'),
    ],
)
def test_one_destination_that_cannot_be_read_keeps_the_others(tmp_path, column, text):
    """It is switched off and wants nothing, so it gets nothing that its filter would have kept from it."""
    odd = Destination("odd", "http://10.0.0.5/", filter=EventFilter(user_types=(UserType.VIP,)))
    other = replace(odd, name="other")
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        store = DestinationStore(database)
        store.add(odd)
        store.add(other)
        with database.change() as connection:
            connection.execute(f"UPDATE destination SET {column} = ? WHERE name = 'odd'", (text,))
        read, untouched = store.list()
        assert (read.name, read.enabled, untouched) == ("odd", False, other)
        assert not passes(recognition("1"), read.filter)
