"""A box is updated from any version: all that was stored is there, and a migration is done or not begun."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from earlier_stores import CAMERA, JPEG, NEWEST, ROWS, TOKEN, VECTOR, VERSIONS, make
from running_box import running_box
from waiting import until

from sophon_report.config import Settings
from sophon_report.errors import StoreUnusable
from sophon_report.model import Role
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.accounts import AccountStore
from sophon_report.store.audit import AuditStore
from sophon_report.store.database import MIGRATIONS, Database, FileKind, schema_of
from sophon_report.store.destinations import DestinationStore
from sophon_report.store.devices import DeviceStore
from sophon_report.store.event_index import KIND, EventIndex, EventQuery
from sophon_report.store.groups import GroupStore
from sophon_report.store.people import PeopleStore
from sophon_report.store.permissions import PermissionStore
from sophon_report.store.settings import SettingsStore
from sophon_report.store.setup import SetupStore
from sophon_report.store.strangers import StrangerStore
from sophon_report.store.tokens import TokenStore
from sophon_report.store.vendor_config import VendorConfigStore


def version_of(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


@pytest.fixture(scope="module", params=VERSIONS)
def earlier(request, tmp_path_factory):
    """The version, and a store of it."""
    folder = tmp_path_factory.mktemp("e")
    path = folder / "store.sqlite"
    make(path, request.param, folder / "scripts")
    assert version_of(path) == request.param
    return request.param, path


def test_the_rows_of_the_test_are_in_every_table_of_the_newest_store(tmp_path):
    """A table that is forgotten here would be tried for nobody."""
    make(tmp_path / "store.sqlite", NEWEST, tmp_path / "scripts")
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert {name for (name,) in tables} - {table for table, _ in ROWS} == set()


def test_people_with_their_faces_and_photos_are_there(earlier):
    """And can be changed."""
    _, path = earlier
    with closing(Database.open(path)) as database:
        people = PeopleStore(database)
        assert [(one.identity_id, one.name, one.user_type.value) for one in people.list()] == [
            ("E-1", "Ada", "employee"),
            ("E-2", "李", "vip"),
        ]
        [face] = people.faces_of("E-1")
        assert (face.embedding, face.photo_jpeg, people.photo("p1")) == (VECTOR, JPEG, JPEG)
        assert people.get("E-1").permission_ids == ("staff",)
        people.delete(["E-2"])
        assert people.count() == 1


def test_devices_destinations_and_settings_are_there(earlier):
    """What was deleted stays deleted; what a platform set counts."""
    version, path = earlier
    with closing(Database.open(path)) as database:
        devices, receivers = DeviceStore(database, lambda: Settings().limits), DestinationStore(database)
        [door] = devices.list()
        assert (door.url, door.roi, door.name) == (CAMERA, (0, 0, 640, 480), "front door")
        [platform] = receivers.list()
        assert (platform.url, platform.timeout_s, platform.layout) == ("http://10.0.0.5:9528/x", 12.5, "g2")
        stored = SettingsStore(database).all()
        assert stored["visit.gap_s"] == 7.5
        if 2 <= version < 6:
            assert stored["quality.stream_fiqa"] is False
        if version >= 2:
            assert VendorConfigStore(database).all()["GATE_WORK_MODE"] == "mq"
        receivers.pause("platform", True)
        assert database.rows("SELECT count(*) FROM seed WHERE key = 'gone'") == [(1,)]
        assert "done" in SetupStore(database).passed()


def test_who_may_come_in_still_may(earlier):
    """Tokens and accounts keep all their rights."""
    version, path = earlier
    with closing(Database.open(path)) as database:
        token = TokenStore(database).find(TOKEN)
        assert (token.name, token.role) == ("platform", Role.ADMIN) if version >= 2 else token is None
        account = AccountStore(database).find("admin")
        assert (account.role, account.generation) == (Role.ADMIN, 3) if version >= 7 else account is None


def test_strangers_groups_and_the_audit_are_there(earlier):
    """As far as the version had them."""
    version, path = earlier
    with closing(Database.open(path)) as database:
        strangers = StrangerStore(database)
        assert [row.stranger_id for row in strangers.list()] == (["S-1"] if version >= 4 else [])
        assert strangers.resolve("S-0") == ("S-1" if version >= 4 else "S-0")
        assert len(AuditStore(database).list()) == (version >= 3)
        assert PermissionStore(database).count() == (version >= 8)
        names = [row.name for row in GroupStore(database).list()]
        assert names == (["default_group", "night"] if version >= 9 else ["default_group"])
        [user] = GroupStore(database).users(["E-1"]).values()
        assert ("night" in user.groups, user.info_json != "{}") == (version >= 9, version >= 9)


def test_the_service_runs_on_a_store_of_the_first_version(tmp_path):
    """The camera is watched, the destination is told, the setting counts."""
    place = DataDir(tmp_path / "d")
    place.prepare()
    make(place.store, 1, tmp_path / "scripts")
    with running_box(place.root, device=[]) as box:
        until(lambda: box.vision.devices == ["door"], "the devices are told to vision")
        assert list(box.backlogs()) == ["platform"]
        assert box.process.live.now.visit.gap_s == 7.5
        stats = box.call(box.process.people.stats)
        assert stats.faces + stats.other_embedder == 1


SLOW = (
    "SELECT count(*) FROM (WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n);\n"
)
OPEN = """
import sys
from pathlib import Path
from sophon_report.store.database import Database, FileKind
print("begins", flush=True)
Database.open(Path(sys.argv[1]), FileKind(Path(sys.argv[2])))
"""


@pytest.mark.parametrize("version", [2, 8, NEWEST])
def test_a_migration_that_is_killed_is_not_begun(tmp_path, version):
    """The next start does it from the beginning: nothing of it is there before all of it is."""
    path, scripts = tmp_path / "store.sqlite", tmp_path / "scripts"
    make(path, version - 1, scripts)
    [script] = MIGRATIONS.glob(f"{version:04}_*.sql")
    (scripts / script.name).write_text(script.read_text("utf-8") + "\n" + SLOW, "utf-8")
    child = subprocess.Popen([sys.executable, "-c", OPEN, str(path), str(scripts)], stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"begins\n"

        def writes():
            with closing(sqlite3.connect(path, timeout=0)) as other:
                try:
                    other.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    return True
                other.execute("ROLLBACK")
                return False

        until(writes, "the migration has begun")
        # It cannot have ended: its last statement never does.
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    assert schema_of(path).version == version - 1
    Database.open(path).close()
    assert version_of(path) == NEWEST
    with closing(Database.open(path)) as database:
        assert [one.name for one in PeopleStore(database).list()] == ["Ada", "李"]
        assert [one.name for one in DestinationStore(database).list()] == ["platform"]


def test_a_store_of_a_newer_version_is_refused_in_words_and_left_as_it_is(tmp_path):
    """Who goes back to an older program has to put the store of before back."""
    path = tmp_path / "store.sqlite"
    make(path, NEWEST, tmp_path / "scripts")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    before = tmp_path / "before.sqlite"
    shutil.copy(path, before)
    with pytest.raises(StoreUnusable, match=f"is of version {NEWEST + 1}, this program knows up to {NEWEST}"):
        Database.open(path)
    assert path.read_bytes() == before.read_bytes()


LOOKS = '[7,0,0,[1,2,30,40],[1,2,3,4,5,6,7,8,9,10],0.9,[80,500,120,1,-2,0.5,false],[null,null,null,null,null],""]'


def test_a_history_of_the_first_version_is_asked_as_before(tmp_path):
    """Its events are there; what they look like is known once the journal is read again."""
    first = tmp_path / "scripts"
    first.mkdir()
    [script] = KIND.migrations.glob("0001_*.sql")
    shutil.copy(script, first)
    path = tmp_path / "events.sqlite"
    Database.open(path, FileKind(first, "NORMAL", page_bytes=8192)).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO device VALUES (1, 'door', 'front door', 'rtsp', '', '', '', 'gate')")
        connection.execute("INSERT INTO name VALUES (1, 'Ada', 'ada')")
        connection.execute("INSERT INTO person VALUES (1, 'E-1', 1, 'p1')")
        at_ms = 1_760_000_000_000
        event = (1_760_000_000_000_001, None, 1, at_ms, at_ms, at_ms + 1000, 1, 1, 1, 0, 910_000, "0", "left")
        connection.execute(f"INSERT INTO event VALUES ({', '.join('?' * len(event))})", event)
        connection.execute("INSERT INTO embedder VALUES (1, ?)", ("e" * 64,))
        connection.execute("INSERT INTO face VALUES (?, 1, ?, ?)", (event[0], VECTOR, LOOKS))
        connection.execute("UPDATE state SET value = 1 WHERE name = 'rows'")
    index = EventIndex(path)
    assert index.open()
    try:
        [row] = index.page(EventQuery(), 10).rows
        assert (row.event_id, row.device_id, row.name) == ("1760000000000001", "door", "Ada")
    finally:
        index.close()
    assert version_of(path) == 2
