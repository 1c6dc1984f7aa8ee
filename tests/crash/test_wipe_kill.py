"""kill -9 in the middle of a wipe: the next start finishes it before it does anything else."""

import asyncio
import contextlib
import http.client
import signal
import sqlite3
import threading
import time
from contextlib import closing

import pytest
from command import DEADLINE_S, running_service, write_config
from journal_events import recognition

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.wiping import Scope, WipeNote
from sophon_report.store.audit import AuditStore
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

PEOPLE, EVENTS = 4000, 50
OPEN = "[access]\nopen_writes = true\n"
TABLES = ("person", "face", "photo", "device", "setting")


@pytest.fixture
def config(tmp_path_factory):
    return write_config(tmp_path_factory.mktemp("w"), OPEN)


def place_of(config):
    return DataDir(config.parent / "d")


def fill(place):
    """People with photos, a device, a setting, events."""
    with closing(Database.open(place.store)) as database, database.change() as connection:
        numbers = range(1, PEOPLE + 1)
        connection.executemany(
            "INSERT INTO person (number, identity_id, name, user_type) VALUES (?, ?, 'Somebody', 'employee')",
            [(number, f"E-{number}") for number in numbers],
        )
        connection.executemany(
            """INSERT INTO face (number, face_id, identity_id, photo_id, embedder, embedding)
               VALUES (?, ?, ?, ?, 'model', ?)""",
            [(number, f"f{number}", f"E-{number}", f"p{number}", bytes(512)) for number in numbers],
        )
        photo = b"\xff\xd8somebody's photo" + bytes(8000)
        connection.executemany("INSERT INTO photo VALUES (?, ?)", [(number, photo) for number in numbers])
        connection.execute("INSERT INTO setting VALUES ('match.pass_pct', '91.0')")

    async def append():
        journal = Journal.open(place.journal, Settings(), clock_ms=lambda: 1_760_000_000_000)
        await journal.start()
        for number in range(1, EVENTS + 1):
            journal.append(recognition(number))
        await journal.close()

    asyncio.run(append())


def left(place):
    """Rows of what a wipe removes, and files with a photo or a name of an event."""
    with closing(Database.open(place.store)) as database:
        rows = {table: database.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}
    files = [path for path in place.root.rglob("*") if path.is_file() and "models" not in path.parts]
    words = (b"somebody's photo", "员工一".encode())
    return {table for table, count in rows.items() if count}, {
        str(path.relative_to(place.root)) for path in files if any(word in path.read_bytes() for word in words)
    }


def people(place):
    with closing(Database.open(place.store)) as database:
        return PeopleStore(database).count()


@contextlib.contextmanager
def held_up(place):
    """The wipe waits after its first people: somebody else writes to the store."""
    with closing(sqlite3.connect(str(place.store), isolation_level=None)) as connection:
        end_s = time.monotonic() + DEADLINE_S
        while connection.execute("SELECT count(*) FROM person").fetchone()[0] == PEOPLE:
            assert time.monotonic() < end_s, "nobody was removed"
        connection.execute("BEGIN IMMEDIATE")
        yield


def ask_to_wipe(port):
    """Whether it was answered before it broke off."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.request(
            "POST", "/sophon/v2/face/wipedata", b'{"all": true}', {"Content-Type": "application/json"}
        )
        connection.getresponse()
    connection.close()


def test_a_wipe_that_was_killed_is_finished_by_the_next_start(config):
    """Of four thousand people some are gone when the power goes."""
    place = place_of(config)
    place.prepare()
    fill(place)
    with running_service(config, "--only", "report") as service:
        asking = threading.Thread(target=ask_to_wipe, args=(service.api_port,))
        asking.start()
        with held_up(place):
            assert service.stop(signal.SIGKILL) == -signal.SIGKILL
        asking.join()
    assert WipeNote(place.wiping).read() == frozenset(Scope), "it was over before the kill"
    assert 0 < people(place) < PEOPLE
    with running_service(config, "--only", "report") as service:
        assert service.said("wipe_goes_on") is not None
    assert left(place) == (set(), set())
    assert not place.wiping.exists()
    with closing(Database.open(place.store)) as database:
        assert ("start", "wipe done") in [(line.actor, line.action) for line in AuditStore(database).list()]


@pytest.mark.parametrize("scope", Scope)
def test_only_what_the_note_says_is_removed(config, scope):
    """What was removed before may have been added again."""
    place = place_of(config)
    place.prepare()
    fill(place)
    WipeNote(place.wiping).write({scope})
    with running_service(config, "--only", "report"):
        pass
    tables, files = left(place)
    assert ("person" in tables) is (scope is not Scope.USERS)
    assert ("setting" in tables) is (scope is not Scope.SETTINGS)
    assert any(name.startswith("journal/") for name in files) is (scope is not Scope.EVENTS)
