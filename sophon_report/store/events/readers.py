"""Connections that only read, a few of them, each lent to one thread at a time and for a bounded time."""

import contextlib
import queue
import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List

from sophon_report.errors import TooMuch, Unavailable
from sophon_report.store.database import told_as_store_error

READERS = 3
CACHE_KB = 8 << 10
"""Pages that each keeps in memory."""
STEPS_A_LOOK = 20_000
"""Of SQLite's machine between two looks at the time: about a millisecond."""
BUSY_TIMEOUT_S = 5.0


class Readers:
    """The connections to one file, made as they are needed.

    Args:
        path: of the file; it is there.
        bound_s: the longest a question may take, and the longest a thread waits for its turn.
    """

    def __init__(self, path: Path, bound_s: float) -> None:
        self._path, self._bound_s = path, bound_s
        self._free: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._turns = threading.BoundedSemaphore(READERS)
        self._lock = threading.Lock()
        self._all: List[sqlite3.Connection] = []
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction: all that is read in it is of one moment.

        Raises:
            Unavailable: too many ask at once, or this question takes too long.
            StoreError: the file cannot be read.
        """
        if not self._turns.acquire(timeout=self._bound_s):
            raise Unavailable("too many questions about events at once: try again")
        try:
            with self._lent() as connection, _bounded(connection, self._bound_s):
                yield connection
        finally:
            self._turns.release()

    def close(self) -> None:
        """End all of them; who is still reading finishes first."""
        with self._lock:
            self._closed = True
        for _ in range(READERS):
            self._turns.acquire()
        for connection in self._all:
            connection.close()
        for _ in range(READERS):
            self._turns.release()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        with told_as_store_error(self._path):
            connection = self._taken()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                with contextlib.suppress(sqlite3.Error):
                    connection.rollback()
                self._free.put(connection)

    def _taken(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise Unavailable("the event index is closed")
            with contextlib.suppress(queue.Empty):
                return self._free.get_nowait()
            connection = sqlite3.connect(
                str(self._path), timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            try:
                for pragma in ("query_only = ON", f"cache_size = -{CACHE_KB}", "trusted_schema = OFF"):
                    connection.execute(f"PRAGMA {pragma}")
            except sqlite3.Error:  # a damaged file is read for one of them
                connection.close()
                raise
            self._all.append(connection)
            return connection


@contextmanager
def _bounded(connection: sqlite3.Connection, bound_s: float) -> Iterator[None]:
    deadline = time.monotonic() + bound_s
    late = False

    def look() -> int:
        nonlocal late
        late = time.monotonic() > deadline
        return late

    connection.set_progress_handler(look, STEPS_A_LOOK)
    try:
        yield
    except sqlite3.OperationalError as error:
        if late:
            raise TooMuch(
                f"the question takes longer than {bound_s:g} s: ask for a shorter time, or for fewer devices"
            ) from error
        raise
    finally:
        connection.set_progress_handler(None, 0)
