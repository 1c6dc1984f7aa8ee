"""What a wipe removes from the store: nobody and nothing is left out by being new."""

from contextlib import closing

import pytest

from sophon_report.store.database import Database
from sophon_report.store.wiping import wipe_devices, wipe_people, wipe_settings, wipe_strangers

REMOVED = {
    wipe_people: {
        "person",
        "permission_of",
        "face",
        "photo",
        "permission_group",
        "user_group",
        "group_of",
        "user_info",
    },
    wipe_strangers: {"stranger", "stranger_alias"},
    wipe_devices: {"device"},
    wipe_settings: {"setting", "setup_step", "vendor_config", "destination", "seed"},
}
KEPT = {"account", "token", "audit"}
"""Who may come in, and what was done."""


@pytest.fixture
def database(tmp_path):
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        yield database


def test_every_table_is_removed_by_one_wipe_or_kept_on_purpose(database):
    """One that is added fails here until it is said which."""
    names = database.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert {name for (name,) in names} == set().union(*REMOVED.values()) | KEPT


def test_people_go_with_all_that_is_theirs_and_more_than_a_slice_of_them(database):
    """Faces, photos and groups; nothing of a name is left in the files."""
    with database.change() as connection:
        people = [(number, f"E-{number}", f"Somebody {number}") for number in range(1, 501)]
        connection.executemany(
            "INSERT INTO person (number, identity_id, name, user_type) VALUES (?, ?, ?, 'employee')", people
        )
        connection.executemany(
            "INSERT INTO face (number, face_id, identity_id, photo_id, embedder, embedding) "
            "VALUES (?, 'f' || ?, ?, 'p' || ?, 'm', ?)",
            [(number, number, identity_id, number, bytes(512)) for number, identity_id, _ in people],
        )
        connection.execute("INSERT INTO photo VALUES (1, x'ffd8')")
        connection.execute("UPDATE user_group SET description = 'Somebody''s'")
        connection.execute("INSERT INTO user_group VALUES (9, 'night', 'Somebody''s', '{}')")
        connection.execute("INSERT INTO group_of VALUES (1, 'E-1', 'night')")
        connection.execute("INSERT INTO user_info VALUES ('E-1', '{}')")
        connection.execute("INSERT INTO permission_of VALUES ('E-1', 0, 'staff')")
        connection.execute("INSERT INTO permission_group VALUES (1, 'staff', 'Staff', 'staff', '', '{}')")
    wipe_people(database)
    assert database.rows("SELECT name, description FROM user_group") == [("default_group", "")]
    for table in REMOVED[wipe_people] - {"user_group"}:
        assert database.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
    files = [database.path, database.path.with_name("store.sqlite-wal")]
    assert not any(b"Somebody" in path.read_bytes() for path in files)


def test_settings_go_and_who_may_come_in_stays(database):
    """A wipe leaves no box open, and none locked."""
    with database.change() as connection:
        connection.execute("INSERT INTO setting VALUES ('match.pass_pct', '91.0')")
        connection.execute("INSERT INTO token (name, sha256, created_ms) VALUES ('platform', zeroblob(32), 1)")
        connection.execute("INSERT INTO audit (at_ms, actor, action, detail) VALUES (1, 'command', 'a', '')")
    for wipe in REMOVED:
        wipe(database)
    assert database.rows("SELECT count(*) FROM setting") == [(0,)]
    assert database.rows("SELECT name FROM token") == [("platform",)]
    assert len(database.rows("SELECT * FROM audit")) == 1
