"""The store file: made, migrated, refused."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest

from sophon_report.errors import BadInput, StoreError
from sophon_report.model import Device, DeviceType, Person, PersonFace
from sophon_report.store.database import MIGRATIONS, Database
from sophon_report.store.devices import DeviceStore
from sophon_report.store.folding import folded
from sophon_report.store.people import PeopleStore
from sophon_report.store.people_query import PeopleQuery

SCRIPTS = sorted(MIGRATIONS.glob("*.sql"))


def test_a_new_file_is_open_to_its_owner_only(tmp_path):
    """Faces are personal."""
    database = Database.open(tmp_path / "store.sqlite")
    PeopleStore(database).add(Person("a", "Ada"), [])
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_what_was_written_is_there_after_opening_again(tmp_path):
    """Migrations run once."""
    for expected in (0, 1):
        database = Database.open(tmp_path / "store.sqlite")
        assert PeopleStore(database).count() == expected
        if not expected:
            PeopleStore(database).add(Person("a", "Ada"), [])
        database.close()


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look like a file of pages" * 20, b"SQLite?"]
)
def test_a_file_that_is_no_database_is_refused_and_left(tmp_path, content):
    """The message names the file and says what to do."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"store\.sqlite is damaged.*move it away"):
        Database.open(path)
    assert path.read_bytes() == content


def test_a_damaged_page_is_told_as_such(tmp_path):
    """A file whose header is whole and whose content is not."""
    path = tmp_path / "store.sqlite"
    Database.open(path).close()
    raw = bytearray(path.read_bytes())
    raw[100:4096] = b"\xff" * (4096 - 100)
    path.write_bytes(raw)
    with pytest.raises(StoreError, match="damaged"):
        PeopleStore(Database.open(path)).count()


def test_a_newer_version_is_refused(tmp_path):
    """An older program does not touch what it does not know."""
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(str(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"version 99.*install the newer"):
        Database.open(path)


@pytest.mark.parametrize("version", range(1, len(SCRIPTS)))
def test_a_store_of_each_former_version_is_brought_up_to_date(tmp_path, version):
    """With all that was in it."""
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(str(path))) as connection:
        connection.create_function("folded", 1, folded)
        for script in SCRIPTS[:version]:
            connection.executescript(script.read_text("utf-8"))
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("INSERT INTO person (identity_id, name, user_type) VALUES ('a', 'Ada', 'vip')")
        connection.execute(
            "INSERT INTO device (device_id, name, type, url, permission_id, loop, speed)"
            " VALUES ('door', 'front', 'rtsp', 'rtsp://h/1', '', 0, 'realtime')"
        )
        connection.commit()
    for _ in range(2):
        with closing(Database.open(path)) as database:
            assert PeopleStore(database).get("a").name == "Ada"
            [device] = DeviceStore(database).list()
    assert device == Device("door", "front", DeviceType.RTSP, "rtsp://h/1", transport="tcp")


def test_faces_keep_their_photos_when_these_get_a_table_of_their_own(tmp_path):
    """Vectors, photos, groups and order; the former names are found by a part of them in any case."""
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(str(path))) as connection:
        for script in SCRIPTS[:7]:
            connection.executescript(script.read_text("utf-8"))
        connection.executescript(
            """PRAGMA user_version = 7;
            INSERT INTO person (identity_id, name, user_type) VALUES ('a', 'ÉMILE', 'vip'), ('b', 'Bob', 'vip');
            INSERT INTO permission_of VALUES ('a', 0, 'day');
            INSERT INTO face (number, face_id, identity_id, photo_id, embedder, embedding, photo_jpeg) VALUES
              (7, 'f7', 'a', 'p7', 'sha', x'00000000', x'ffd8'), (3, 'f3', 'a', 'p3', 'sha', x'0000803f', x'');"""
        )
    with closing(Database.open(path)) as database:
        people = PeopleStore(database)
        assert people.faces_of("a") == (
            PersonFace("f3", "p3", b"", bytes.fromhex("0000803f"), "sha"),
            PersonFace("f7", "p7", b"\xff\xd8", bytes(4), "sha"),
        )
        assert people.photo("p7") == people.identity("f7").photo_jpeg == b"\xff\xd8"
        assert [vector.permission_ids for vector in people.faces()] == [("day",), ("day",)]
        assert [person.identity_id for person in people.list(query=PeopleQuery("émi"))] == ["a"]
        people.delete(["a"])
        assert database.rows("SELECT count(*) FROM photo") == [(0,)]


def test_a_database_of_another_program_is_refused(tmp_path):
    """A wrong path in the settings ruins nothing."""
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(str(path)) as connection:
        connection.execute("CREATE TABLE song (name TEXT)")
    with pytest.raises(StoreError, match="another program"):
        Database.open(path)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    """In words, with the path."""
    with pytest.raises(StoreError, match="No such file"):
        Database.open(tmp_path / "missing" / "store.sqlite")


def test_a_change_that_raises_is_undone(tmp_path):
    """All of it or nothing."""
    database = Database.open(tmp_path / "store.sqlite")
    sql = "INSERT INTO person (identity_id, name, user_type) VALUES (?, '', 'vip')"
    with pytest.raises(BadInput), database.change() as connection:
        connection.executemany(sql, [("a",), ("",)])
    assert PeopleStore(database).count() == 0


def test_half_a_surrogate_pair_is_refused(tmp_path):
    """JSON can spell it, UTF-8 cannot."""
    with pytest.raises(BadInput, match="Unicode"):
        PeopleStore(Database.open(tmp_path / "store.sqlite")).add(Person("a", "\ud83d"), [])


def test_another_process_reads_and_writes_beside(tmp_path):
    """Commands work on the store of a running service."""
    path = tmp_path / "store.sqlite"
    people = PeopleStore(Database.open(path))
    people.add(Person("a", "Ada"), [])
    script = (
        "import sys; from pathlib import Path; from sophon_report.model import Person\n"
        "from sophon_report.store.database import Database; from sophon_report.store.people import PeopleStore\n"
        "people = PeopleStore(Database.open(Path(sys.argv[1])))\n"
        "assert people.get('a').name == 'Ada'; people.add(Person('b', 'Bob'), [])\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)
    assert people.count() == 2
