"""Stored settings over those of the file."""

import pytest

from sophon_report.errors import ConfigError, StoreError
from sophon_report.store.database import Database
from sophon_report.store.settings import SettingsStore, merged

FILE = {"visit": {"gap_s": 4.0, "max_s": 600.0}, "license_key": "of the file"}


@pytest.fixture
def database(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield database
    database.close()


@pytest.fixture
def stored(database):
    return SettingsStore(database)


def test_a_stored_value_wins_over_the_file_and_leaves_its_neighbours():
    """Defaults, file, stored: the later wins, key by key."""
    settings = merged(FILE, {"visit.gap_s": 5, "license_key": "stored"})
    assert (settings.visit.gap_s, settings.visit.max_s, settings.visit.stranger_after_s) == (5, 600, 1.5)
    assert settings.license_key.get_secret_value() == "stored"
    assert FILE["visit"] == {"gap_s": 4.0, "max_s": 600.0}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("visit.gap_s", -1),
        ("visit.gap_s", "5"),
        ("visit.gaps", 5),
        ("visit", {"gap_s": 5}),
        ("nothing.at.all", 5),
        ("device", []),
        ("destination.0", {}),
        ("data_dir", "/tmp/x"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_key(stored, key, value):
    """And nothing is stored, not even the good ones beside it."""
    with pytest.raises(ConfigError) as refused:
        stored.change(FILE, {"visit.max_s": 700, key: value})
    assert [problem[0].split(".")[0] for problem in refused.value.problems] == [key.split(".")[0]]
    assert stored.all() == {}


def test_every_problem_is_told_at_once(stored):
    """Each with its own key."""
    with pytest.raises(ConfigError) as refused:
        stored.change({}, {"visit.gap_s": -1, "match.pass_pct": 101})
    assert {key for key, _ in refused.value.problems} == {"visit.gap_s", "match.pass_pct"}


def test_changes_are_kept_and_can_be_taken_back(stored):
    """``None`` returns to what the file says."""
    assert stored.change(FILE, {"visit.gap_s": 7, "access.open_reads": True}).visit.gap_s == 7
    assert stored.all() == {"access.open_reads": True, "visit.gap_s": 7}
    assert stored.change(FILE, {"visit.gap_s": None}).visit.gap_s == 4
    assert stored.all() == {"access.open_reads": True}


def test_a_section_of_the_file_that_is_no_table_is_the_files_problem():
    """The message names the section."""
    with pytest.raises(ConfigError, match="visit: "):
        merged({"visit": 3}, {"visit.gap_s": 5})


def test_a_row_that_is_no_json_is_told(stored, database):
    """Somebody wrote into the file by hand."""
    with database.change() as connection:
        connection.execute("INSERT INTO setting VALUES ('visit.gap_s', '{')")
    with pytest.raises(StoreError, match="no JSON"):
        stored.all()
