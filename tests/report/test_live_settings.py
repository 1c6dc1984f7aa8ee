"""Settings that change while the service runs."""

import pytest

from sophon_report.config import Settings, parse_settings
from sophon_report.errors import ConfigError
from sophon_report.report.live_settings import LiveSettings, waiting
from sophon_report.store.database import Database
from sophon_report.store.settings import SettingsStore, usable

FILE = {"visit": {"gap_s": 4.0}, "license_key": "of the file", "destination": [{"name": "a", "url": "http://a/"}]}


@pytest.fixture
def store(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield SettingsStore(database)
    database.close()


@pytest.fixture
def applied():
    return []


@pytest.fixture
def live(store, applied):
    return LiveSettings(parse_settings(FILE), store, applied.append)


def test_a_change_reaches_the_parts_and_the_next_start(live, store, applied):
    """It is applied once, whole; another start begins with it; the rest of the file stays."""
    changed = live.change({"match.pass_pct": 70, "status.urls": ["http://b/"]})
    assert applied == [changed.settings] == [live.now]
    assert (changed.settings.match.pass_pct, changed.settings.status.urls) == (70, ("http://b/",))
    assert changed.waiting == ()
    again = LiveSettings(parse_settings(FILE), store, applied.append).now
    assert again == live.now
    assert (again.visit.gap_s, again.license_key.get_secret_value()) == (4, "of the file")


def test_a_refused_change_changes_nothing(live, store, applied):
    """Not the good half either, neither here nor on the disk."""
    before = live.now
    with pytest.raises(ConfigError, match=r"match\.pass_pct"):
        live.change({"visit.gap_s": 5, "match.pass_pct": 101})
    assert (live.now, applied, store.all()) == (before, [], {})


def test_what_waits_for_a_restart_is_named_until_it_is_taken_back(live):
    """Ports, engine and models are taken up at the start; a later change still names what waits."""
    keys = {"server.api_port": 1234, "engine.threads": 2, "models.detector": "x.onnx"}
    assert set(live.change({**keys, "visit.gap_s": 5}).waiting) == set(keys)
    assert set(live.change({"visit.gap_s": 6}).waiting) == set(keys)
    assert live.change(dict.fromkeys(keys)).waiting == ()


def test_settings_that_are_equal_wait_for_nothing():
    """However they came to be."""
    assert waiting(Settings(), parse_settings({})) == ()


def test_a_stored_value_that_cannot_be_any_more_stops_neither_start_nor_change(store):
    """Another version stored it: it is passed over, its neighbours count, and it stays for that version."""
    with store._database.change() as connection:
        for key, value in (
            ("visit.gap_s", "-1"),
            ("visit.max_s", "700"),
            ("of.old", "1"),
            ("status.urls", '["x"]'),
        ):
            connection.execute("INSERT INTO setting VALUES (?, ?)", (key, value))
    live = LiveSettings(parse_settings(FILE), store, lambda _settings: None)
    assert (live.now.visit.gap_s, live.now.visit.max_s, live.now.status.urls) == (4, 700, ())
    assert live.change({"match.pass_pct": 70}).settings.visit.max_s == 700
    assert store.all() == {
        "match.pass_pct": 70,
        "of.old": 1,
        "status.urls": ["x"],
        "visit.gap_s": -1,
        "visit.max_s": 700,
    }


def test_the_files_own_problem_is_not_blamed_on_what_is_stored():
    """It is told as it is."""
    with pytest.raises(ConfigError, match="visit: "):
        usable({"visit": 3}, {"visit.max_s": 700})
