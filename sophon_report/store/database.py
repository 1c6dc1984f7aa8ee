"""The SQLite file of people, devices, destinations and settings: opened, brought up to date, locked.

The promise: a change is on the disk when its call returns, whole or not at all, also when the plug is pulled
(WAL, ``synchronous = FULL``; a file whose content can be had again may do with less, see :class:`FileKind`).
Another process, such as a command beside the running service, may read at any time and write in turn.
What is deleted is overwritten, not only unlinked: faces are personal.

A connection serves all threads of a process behind one lock. That of the event loop takes microseconds to a few
milliseconds a statement. What is written steadily, and what reads much, has a thread and a connection of its own,
so that the first waits neither for syncs nor for long lists.

``PRAGMA user_version`` numbers the migrations of ``migrations/``; each runs in a transaction of its own. A file of
a newer version, of another program or a damaged one is refused and left as it is.
"""

import contextlib
import os
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, List, Sequence, Tuple

import structlog

from sophon_report.errors import BadInput, StoreError, StoreUnusable
from sophon_report.store.folding import folded

BUSY_TIMEOUT_MS = 5000
SCRUB_TIMEOUT_MS = 50
"""How long a write waits for that of another process."""

Row = Tuple[Any, ...]
log = structlog.get_logger()


@dataclass(frozen=True)
class FileKind:
    """What a file is for: which tables it has, and how surely a change is on the disk."""

    migrations: Path
    """Folder of the numbered scripts."""
    synchronous: str = "FULL"
    """``NORMAL``: a power cut may take the last changes, whole ones and the newest first."""
    page_bytes: int = 4096
    """Of a file that is made anew; a page is what is written at least."""


MIGRATIONS = Path(__file__).parent / "migrations"
STORE = FileKind(MIGRATIONS)
"""People, devices, destinations and settings."""


class Database:
    """An open store file. Made by :meth:`open`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, kind: FileKind = STORE) -> "Database":
        """Open ``path``, made if missing (mode 0600), and bring it up to date.

        Raises:
            StoreError: it cannot be read or written.
            StoreUnusable: it is damaged, of a newer version or another program's.
        """
        with told_as_store_error(path):
            _make(path)
            connection = sqlite3.connect(
                str(path), timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
            )
            try:
                _prepare(connection, path, kind)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    def close(self) -> None:
        """Close the file; its write-ahead log is folded in."""
        with self._lock:
            self._connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> List[Row]:
        """All rows of a query.

        Raises:
            StoreError: the file cannot be read.
        """
        with self._lock, told_as_store_error(self.path):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Within the ``with`` all queries see the store of one moment, whatever is written meanwhile.

        Raises:
            StoreError: the file cannot be read.
        """
        with self._lock, told_as_store_error(self.path), _transaction(self._connection, "BEGIN"):
            yield

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end of the ``with``, undone when it raises.

        Raises:
            BadInput: a value outside its limits.
            StoreError: the file cannot be written.
        """
        with self._lock, told_as_store_error(self.path), _transaction(self._connection, "BEGIN IMMEDIATE"):
            yield self._connection

    def give_back(self) -> None:
        """Let go of the pages that are kept in memory: after reading much of the file once.

        Raises:
            StoreError: the file cannot be read.
        """
        self.rows("PRAGMA shrink_memory")

    def scrub(self) -> bool:
        """Fold the write-ahead log in and empty it, so that deleted rows are in neither file.

        ``False`` while another process reads: then this is left to the next call. It waits for it only a moment,
        since the event loop waits as well.
        """
        with self._lock:
            self.rows(f"PRAGMA busy_timeout = {SCRUB_TIMEOUT_MS}")
            try:
                return not self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
            finally:
                self.rows(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


@dataclass(frozen=True)
class Schema:
    """Of which version a file is, and which this program brings it to."""

    version: int
    newest: int


def schema_of(path: Path, kind: FileKind = STORE) -> Schema:
    """Of which version a file is; nothing is changed, and no other process has to wait.

    Raises:
        StoreError: it cannot be read.
        StoreUnusable: it is no database.
    """
    newest = _scripts(kind)[-1][0]
    with told_as_store_error(path), contextlib.closing(
        sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    ) as connection:
        connection.execute(f"PRAGMA busy_timeout = {SCRUB_TIMEOUT_MS}")
        return Schema(_version(connection), newest)


def _make(path: Path) -> None:
    """Make the file, readable by its owner only, unless it is there.

    One that is there is not opened: closing it again would drop the locks of every other connection of this
    process, and another process would take the write-ahead log from under them.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(str(path), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def told_as_store_error(path: Path) -> Iterator[None]:
    """Whatever SQLite raises inside comes out as an error of ours."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # ours: a closed connection or a wrong statement
    except UnicodeEncodeError as error:
        raise BadInput("a text holds half a surrogate pair: it is no Unicode") from error
    except OverflowError as error:
        raise BadInput("a number is larger than the store can hold") from error
    except sqlite3.IntegrityError as error:
        raise BadInput(f"the store refuses the value: {error}") from error
    except sqlite3.OperationalError as error:
        raise StoreError(f"the store {path} cannot be used: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreUnusable(f"the store {path} is damaged ({error}): move it away, or put a copy back") from error
    except OSError as error:
        raise StoreError(f"the store {path} cannot be opened: {error.strerror}") from error


def _prepare(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    sure = f"synchronous = {kind.synchronous}"
    page = f"page_size = {kind.page_bytes}"
    for pragma in (page, "foreign_keys = ON", "secure_delete = ON", sure, "trusted_schema = OFF"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("folded", 1, folded, deterministic=True)  # for the migrations
    scripts = _scripts(kind)
    _check_owner(connection, path, newest=scripts[-1][0])
    connection.execute("PRAGMA journal_mode = WAL")
    for number, script in scripts:
        _migrate(connection, path, number, script)


def _scripts(kind: FileKind) -> List[Tuple[int, Path]]:
    found = sorted(kind.migrations.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [(int(script.name[:4]), script) for script in found]


def _check_owner(connection: sqlite3.Connection, path: Path, newest: int) -> None:
    version = _version(connection)
    if version > newest:
        raise StoreUnusable(
            f"the store {path} is of version {version}, this program knows up to {newest}: install the newer one"
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StoreUnusable(f"{path} is the database of another program")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: Path, number: int, script: Path) -> None:
    with _transaction(
        connection, "BEGIN IMMEDIATE"
    ):  # the version is read inside: two processes may start at once
        if _version(connection) >= number:
            return
        for statement in _statements(script.read_text("utf-8")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    log.info("store_migrated", file=path.name, version=number)


def _statements(script: str) -> Iterator[str]:
    """One at a time: ``executescript`` would commit the transaction around it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not statement.strip(), "a migration ends with a semicolon"
