"""Keys that were kept and told became settings, and what a platform had set was forgotten without a word."""

import json
import sqlite3
from contextlib import closing

import pytest

from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import MIGRATIONS, Database
from sophon_report.store.settings import SettingsStore
from sophon_report.store.vendor_config import VendorConfigStore

FORMER = 5
SET = {
    "REGN_TIME_PART1": "08:00:00,18:00:00",
    "REGN_TIME_PART1_SWITCH": True,
    "REGN_POSE_THRESH": "low",
    "REGN_VIDEO_FIQA": False,
    "ALG_SUPPORT_MASK": True,
}
IDLE = {"GRAB_POSE_THRESH": "low"}


@pytest.fixture
def place(tmp_path):
    """A data folder of the version that kept these values, with ``SET`` and ``IDLE``."""
    place = DataDir(tmp_path)
    with closing(sqlite3.connect(str(place.store))) as connection:
        for script in sorted(MIGRATIONS.glob("*.sql"))[:FORMER]:
            connection.executescript(script.read_text("utf-8"))
        connection.execute(f"PRAGMA user_version = {FORMER}")
        for key, value in {**SET, **IDLE}.items():
            connection.execute("INSERT INTO vendor_config VALUES (?, ?)", (key, json.dumps(value)))
        connection.commit()
    return place


def test_they_are_settings_after_it(place):
    """And kept in one place only."""
    with closing(Database.open(place.store)) as database:
        assert SettingsStore(database).all() == {
            "active.part1": "08:00:00,18:00:00",
            "active.part1_switch": True,
            "quality.stream_pose": "low",
            "quality.stream_fiqa": False,
            "engine.mask": True,
        }
        assert VendorConfigStore(database).all() == IDLE


def test_what_was_set_as_a_setting_since_wins(place):
    """A store that was in use by a version between."""
    with closing(sqlite3.connect(str(place.store))) as connection:
        connection.execute("INSERT INTO setting VALUES ('quality.stream_pose', '\"off\"')")
        connection.commit()
    with closing(Database.open(place.store)) as database:
        assert SettingsStore(database).all()["quality.stream_pose"] == "off"
