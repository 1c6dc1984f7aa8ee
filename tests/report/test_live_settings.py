"""Settings that change while the service runs."""

import asyncio

import pytest

from sophon_report.config import Settings, parse_settings
from sophon_report.errors import BadInput, ConfigError
from sophon_report.report.live_settings import LiveSettings, waiting
from sophon_report.report.shelf import Lane
from sophon_report.report.turn import Turn
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


def with_live(store, applied, story):
    """What ``story`` returns of settings that live."""

    async def told():
        lane = Lane("test")
        try:
            return await story(LiveSettings(parse_settings(FILE), store, Turn(lane), applied.append))
        finally:
            await lane.stop()

    return asyncio.run(told())


def test_a_change_reaches_the_parts_and_the_next_start(store, applied):
    """It is applied once, whole; another start begins with it; the rest of the file stays."""

    async def change(live):
        changed = await live.change({"match.pass_pct": 70, "status.urls": ["http://b/"]})
        assert applied == [changed.settings] == [live.now]
        return changed

    async def look(live):
        return live.now

    changed = with_live(store, applied, change)
    assert (changed.settings.match.pass_pct, changed.settings.status.urls) == (70, ("http://b/",))
    assert changed.waiting == ()
    again = with_live(store, applied, look)
    assert again == changed.settings
    assert (again.visit.gap_s, again.license_key.get_secret_value()) == (4, "of the file")


def test_a_refused_change_changes_nothing(store, applied):
    """Not the good half either, neither here nor on the disk."""

    async def story(live):
        before = live.now
        with pytest.raises(ConfigError, match=r"match\.pass_pct"):
            await live.change({"visit.gap_s": 5, "match.pass_pct": 101})
        assert (live.now, applied, store.all()) == (before, [], {})

    with_live(store, applied, story)


def test_changes_at_once_are_all_kept_and_applied_as_they_were_stored(store, applied):
    """What is applied last is what is stored, however many come in the same moment."""

    async def story(live):
        gaps = [live.change({"visit.gap_s": 5 + number}) for number in range(5)]
        others = [live.change({"match.pass_pct": 70}), live.change({"visit.max_s": 700})]
        await asyncio.gather(*gaps, *others)
        assert [each.visit.gap_s for each in applied[:5]] == [5, 6, 7, 8, 9]
        return live.now

    now = with_live(store, applied, story)
    assert applied[-1] == now
    assert store.all() == {"visit.gap_s": 9, "match.pass_pct": 70, "visit.max_s": 700}


def test_of_two_who_have_seen_the_same_settings_only_one_changes_them(store, applied):
    """Whoever is second has not seen what the first did: the check is made when nobody else changes them."""

    async def story(live):
        seen = live.now

        def check():
            if live.now is not seen:
                raise BadInput("these are others")

        changes = (live.change({"visit.gap_s": 5 + number}, check) for number in range(2))
        first, second = await asyncio.gather(*changes, return_exceptions=True)
        assert first.settings.visit.gap_s == live.now.visit.gap_s == 5
        assert isinstance(second, BadInput)

    with_live(store, applied, story)


def test_what_waits_for_a_restart_is_named_until_it_is_taken_back(store, applied):
    """Ports, engine and models are taken up at the start; a later change still names what waits."""
    keys = {"server.api_port": 1234, "engine.threads": 2, "models.detector": "x.onnx"}

    async def story(live):
        assert set((await live.change({**keys, "visit.gap_s": 5})).waiting) == set(keys)
        assert set((await live.change({"visit.gap_s": 6})).waiting) == set(keys)
        assert (await live.change(dict.fromkeys(keys))).waiting == ()

    with_live(store, applied, story)


def test_settings_that_are_equal_wait_for_nothing():
    """However they came to be."""
    assert waiting(Settings(), parse_settings({})) == ()


def test_a_stored_value_that_cannot_be_any_more_stops_neither_start_nor_change(store, applied):
    """Another version stored it: it is passed over, its neighbours count, and it stays for that version."""
    with store._database.change() as connection:
        for key, value in (
            ("visit.gap_s", "-1"),
            ("visit.max_s", "700"),
            ("of.old", "1"),
            ("status.urls", '["x"]'),
        ):
            connection.execute("INSERT INTO setting VALUES (?, ?)", (key, value))

    async def story(live):
        assert (live.now.visit.gap_s, live.now.visit.max_s, live.now.status.urls) == (4, 700, ())
        assert (await live.change({"match.pass_pct": 70})).settings.visit.max_s == 700

    with_live(store, applied, story)
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
