"""Whatever hangs, ``doctor`` ends; it changes nothing; its JSON keeps its shape."""

import os
import sqlite3
import threading
from contextlib import closing

from sophon_report.config import parse_settings
from sophon_report.doctor.examine import examine
from sophon_report.doctor.finding import LEVELS
from sophon_report.doctor.patience import all_within
from sophon_report.doctor.state import settings_seen
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.settings import SettingsStore


def test_a_look_that_hangs_keeps_no_other_one():
    """It is missing; the others are there, in spite of one that failed."""
    over = threading.Event()
    try:
        found = all_within(0.3, {"hangs": over.wait, "works": lambda: 7})
    finally:
        over.set()
    assert found == {"works": 7}


def test_a_look_that_hangs_is_told_as_one(tmp_path):
    """It is not passed over in silence. What hangs is the store: nobody writes into the pipe in its place."""
    store = DataDir(tmp_path).store
    os.mkfifo(str(store))
    try:
        found = examine(parse_settings({"data_dir": str(tmp_path)}), limit_s=0.2)
    finally:
        pipe = os.open(str(store), os.O_RDWR)
        store.unlink()
        os.close(pipe)
    [told] = [each for each in found if each.id == "store"]
    assert (told.level, "no answer within 0.2 s" in told.text) == ("error", True)


def test_every_finding_that_is_not_ok_says_what_to_do(tmp_path):
    """And each has an id that programs may go by."""
    for each in examine(parse_settings({"data_dir": str(tmp_path / "d")})):
        assert each.level in LEVELS
        assert (each.level == "ok") == (each.to_do == ""), each
        assert each.id.replace("_", "").isalnum(), each


def test_a_store_of_an_earlier_version_is_looked_at_and_left_as_it_is(tmp_path):
    """A new program's doctor beside an old service must not bring the store up to date under it."""
    place = DataDir(tmp_path)
    with closing(Database.open(place.store)) as database:
        SettingsStore(database).change({}, {"name": "east"})
    with closing(sqlite3.connect(place.store)) as connection:
        newest = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {newest - 1}")
    settings = settings_seen(parse_settings({"data_dir": str(tmp_path)}))
    [found] = [each for each in examine(settings) if each.id == "store"]
    assert f"schema {newest - 1}: the next start" in found.text
    with closing(sqlite3.connect(place.store)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == newest - 1
        connection.execute(f"PRAGMA user_version = {newest + 1}")
    [found] = [each for each in examine(settings) if each.id == "store"]
    assert (found.level, f"knows up to {newest}" in found.text) == ("error", True)


def test_a_service_that_answers_nothing_is_an_error_with_what_to_do(tmp_path):
    """It holds its folder, and its socket takes no connection."""
    place = DataDir(tmp_path / "d")
    place.prepare()
    with closing(place.lock()):
        found = [each for each in examine(parse_settings({"data_dir": str(place.root)})) if each.id == "service"]
    assert [(each.level, "does not answer" in each.text) for each in found] == [("error", True)]
    assert "restart" in found[0].to_do
