"""Destinations in the store."""

from dataclasses import replace

import pytest

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Destination
from sophon_report.store.database import Database
from sophon_report.store.destinations import MAX_DESTINATIONS, DestinationStore

PLATFORM = Destination("platform", "http://10.0.0.5/events", "g2", True, 12.5, 7)


@pytest.fixture
def destinations(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield DestinationStore(database)
    database.close()


def test_a_destination_comes_back_as_added_and_changed(destinations):
    """Every field."""
    destinations.add(PLATFORM)
    assert destinations.list() == [destinations.get("platform")] == [PLATFORM]
    changed = Destination("platform", "http://10.0.0.6/", "se3", False, 1.0, 0)
    destinations.update(changed)
    assert destinations.get("platform") == changed


def test_a_pause_changes_nothing_else(destinations):
    """Begun and ended by name."""
    destinations.add(PLATFORM)
    destinations.add(Destination("other", PLATFORM.url))
    destinations.pause("platform", True)
    assert destinations.list() == [replace(PLATFORM, paused=True), Destination("other", PLATFORM.url)]
    destinations.pause("platform", False)
    assert destinations.get("platform") == PLATFORM
    with pytest.raises(NotFound):
        destinations.pause("nobody", True)


def test_names_are_unique_and_addresses_are_not(destinations):
    """Two workers may post to one address."""
    destinations.add(PLATFORM)
    destinations.add(Destination("copy", PLATFORM.url))
    with pytest.raises(BadInput, match="platform is taken"):
        destinations.add(PLATFORM)


@pytest.mark.parametrize(
    "bad",
    [
        Destination("a", "http://x", "g" * 33),
        Destination("a", "http://x", start_seq=-1),
        Destination("", "http://x"),
    ],
)
def test_values_outside_their_limits_are_refused(destinations, bad):
    """The file's own constraints."""
    with pytest.raises(BadInput):
        destinations.add(bad)


def test_seeds_of_the_file_come_once_and_stay_deleted(destinations):
    """As devices do."""
    assert destinations.seed([PLATFORM]) == ("platform",)
    assert destinations.list() == [PLATFORM]
    destinations.delete("platform")
    assert destinations.seed([PLATFORM]) == ()
    assert destinations.list() == []


def test_the_bound_is_told_and_seeds_stop_at_it(destinations):
    """One more is refused, or passed over."""
    many = [Destination(f"d{number}", "http://x") for number in range(MAX_DESTINATIONS + 1)]
    assert len(destinations.seed(many)) == MAX_DESTINATIONS
    with pytest.raises(BadInput, match="destinations already"):
        destinations.add(PLATFORM)


def test_a_seed_that_had_no_room_is_offered_again(destinations):
    """Once another is gone; that one stays deleted."""
    many = [Destination(f"d{number}", "http://x") for number in range(MAX_DESTINATIONS + 1)]
    destinations.seed(many)
    destinations.delete("d0")
    assert destinations.seed(many) == (many[-1].name,)


def test_an_unknown_name_is_not_found(destinations):
    """The message names it."""
    for call in (destinations.get, destinations.delete):
        with pytest.raises(NotFound, match="nowhere"):
            call("nowhere")
    with pytest.raises(NotFound, match="platform"):
        destinations.update(PLATFORM)


def test_those_of_one_origin_are_replaced_at_once(destinations):
    """In the new order; one that cannot be leaves all as they were, and other origins never notice."""
    destinations.add(PLATFORM)
    first, second = (Destination(f"history-{number}", f"http://{number}/", origin="history") for number in (1, 2))
    destinations.replace("history", [first, second])
    destinations.replace("history", [second, first])
    assert destinations.list() == [PLATFORM, second, first]
    with pytest.raises(BadInput, match="platform is taken"):
        destinations.replace("history", [first, Destination("platform", "http://x/", origin="history")])
    assert destinations.list() == [PLATFORM, second, first]
    destinations.replace("history", [])
    assert destinations.list() == [PLATFORM]
