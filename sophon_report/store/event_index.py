"""The event index: an SQLite file of its own with a row for every event, to be asked who was where and when.

::

    journal ──► feeder ──► put ──► events.sqlite ──► find, page, face_vectors, rows ──► REST
    (pictures)             rows and cursor, one transaction

The promise
    * A row is in the file together with the cursor that says so: after ``kill -9`` or a power cut the feeder goes
      on exactly where the rows end. A power cut may take the last rows (``synchronous = NORMAL``); the cursor goes
      with them, and the journal, which syncs each event, gives them again.
    * One event, one row, whatever comes twice or late: a row of an earlier journal record never replaces one of a
      later record.
    * Questions see one moment, take at most :data:`BOUND_S` and never stop the feeder (WAL); at most
      ``readers.READERS`` are answered at once. They block: ask from a thread, not on the event loop.
    * What is removed is overwritten (``secure_delete``), and in no log either once :meth:`scrub` said so.
    * A file that cannot be used (damaged, another program's, of a newer version) is moved aside, one at most, and
      a new one begun: the journal fills it again as far back as it goes. Older rows are lost then.

Bounds: rows by number and age, which the feeder has trimmed. A row takes 0.9 KB with a vector of 128 numbers, of
which 0.35 KB are not the vector, and 2.9 KB with one of 512: three of those share a page of 8 KB.

Threads: any. One lock is around what writes; each question has a connection of its own.
"""

import contextlib
import os
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import AbstractSet, Callable, Iterator, List, Optional, Sequence, Tuple, TypeVar

import structlog

from sophon_report.errors import StoreError, StoreUnusable, Unavailable
from sophon_report.store.database import Database, FileKind
from sophon_report.store.events import counting, reading
from sophon_report.store.events.counting import Counted
from sophon_report.store.events.event_number import (
    HASHED,
    EventPicture,
    event_of_picture,
    number_of,
    picture_id,
)
from sophon_report.store.events.readers import Readers
from sophon_report.store.events.traits import Looks
from sophon_report.store.events.values import (
    EventIndexStats,
    EventPage,
    EventQuery,
    EventRow,
    FaceVectors,
    Histogram,
    Place,
    Stretch,
    row_of,
)
from sophon_report.store.events.writing import Tables, pieces

__all__ = [
    "EventIndex",
    "EventIndexStats",
    "EventPage",
    "EventPicture",
    "EventQuery",
    "EventRow",
    "FaceVectors",
    "Histogram",
    "Looks",
    "Place",
    "Stretch",
    "event_of_picture",
    "picture_id",
    "row_of",
]

KIND = FileKind(Path(__file__).parent / "events" / "migrations", "NORMAL", page_bytes=8192)
"""A page of 8 KB holds three faces with vectors of 512 numbers; one of 4 KB holds one, and is half empty."""
BOUND_S = 2.0
"""The longest that a question may take: the whole of a month with ten million rows takes a tenth of it."""
SLICE = 500
"""Rows of one transaction when many go: others write between."""

T = TypeVar("T")
log = structlog.get_logger()


class EventIndex:
    """The index of one file. Made closed: :meth:`open` may take a while after a power cut.

    Args:
        path: of the file.
        bound_s: the longest that a question may take.
    """

    def __init__(self, path: Path, bound_s: float = BOUND_S) -> None:
        self._path, self._bound_s = path, bound_s
        self._lock = threading.RLock()
        self._database: Optional[Database] = None
        self._readers: Optional[Readers] = None
        self._tables = Tables()
        self._rows = self._cursor = self._newest_ms = 0
        self._problem, self._damage = "it is not open yet", ""
        self._halted = False

    def open(self) -> bool:
        """Open the file or begin one; ``False``: one that could not be used was moved aside, this is a new one.

        Raises:
            StoreError: the disk refuses; it stays closed and may be tried again.
        """
        with self._lock:
            if self._database is not None:
                return True
            try:
                self._open()
            except StoreUnusable as error:
                self.begin_anew(0, error)
                return False
            except StoreError as error:
                self._problem = str(error)
                raise
            return True

    def halt(self) -> None:
        """Begin no further slice of what is under way in another thread: it ends with a ``StoreError``."""
        self._halted = True

    def close(self) -> None:
        """Answer nothing more; the write-ahead log is folded in."""
        with self._lock:
            self._close("it is closed")

    def begin_anew(self, cursor: int, keep: Optional[StoreUnusable] = None) -> None:
        """Go on with an empty file.

        Args:
            cursor: journal record up to which nothing is missed in it.
            keep: what is wrong with the former file, which is moved aside; ``None``: it is removed, and one that
                was moved aside before as well.

        Raises:
            StoreError: the disk refuses.
        """
        with self._lock:
            self._close("it begins anew")
            if keep is not None:
                self._put_aside(keep)
            else:
                self.forget_aside()
                _remove(_files(self._path))
            self._open()
            self.put((), cursor)

    def _open(self) -> None:
        database = Database.open(self._path, KIND)
        try:
            [(self._cursor,), (self._rows,)] = database.rows("SELECT value FROM state ORDER BY name")
            newest = "SELECT coalesce(max(number), 0) / 1000 FROM event WHERE number < ?"
            [(self._newest_ms,)] = database.rows(newest, (HASHED,))
        except BaseException as error:
            database.close()
            if isinstance(error, ValueError) or "no such table" in str(error):
                raise StoreUnusable(f"the store {self._path} lacks its tables") from error
            raise
        self._database, self._readers = database, Readers(self._path, self._bound_s)
        self._tables, self._problem, self._damage = Tables(), "", ""

    def _close(self, why: str) -> None:
        self._problem = why
        readers, self._readers = self._readers, None
        database, self._database = self._database, None
        if readers is not None:
            readers.close()
        if database is not None:
            database.close()

    # Aside

    @property
    def aside(self) -> Path:
        """Where a file goes that cannot be used."""
        return self._path.with_name(f"{self._path.stem}-unusable.sqlite")

    def forget_aside(self) -> None:
        """Remove the file that was moved aside: it holds what the index held.

        Raises:
            StoreError: it cannot be removed.
        """
        _remove(_files(self.aside))

    def _put_aside(self, why: StoreUnusable) -> None:
        """Make room for a new file; the one that was moved aside before goes."""
        log.error(
            "event_index_begins_anew",
            reason=str(why),
            moved_to=self.aside.name,
            lost="rows of events that the journal does not have any more",
        )
        self.forget_aside()
        try:
            for source, target in zip(_files(self._path), _files(self.aside)):
                if source.exists():
                    os.replace(source, target)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be moved aside: {error.strerror}") from error

    # Asking

    def find(self, event_id: str) -> EventRow:
        """The row of an event.

        Raises:
            NotFound: there is none.
            Unavailable: the index cannot be asked now (so do all that ask).
        """
        with self._asked() as readers, readers.one() as connection:
            return reading.find(connection, event_id)

    def page(self, query: EventQuery, limit: int, offset: int = 0) -> EventPage:
        """At most ``limit`` events behind the first ``offset`` of the answer, and how many it has in all."""
        with self._asked() as readers, readers.one() as connection:
            return reading.page(connection, query, limit, offset)

    def stretch(
        self, query: EventQuery, limit: int, before: Optional[Place] = None, after: Optional[Place] = None
    ) -> Stretch:
        """Neighbours of the answer: those just older than ``before``, just newer than ``after``, or the first."""
        with self._asked() as readers, readers.one() as connection:
            return reading.stretch(connection, query, limit, before, after)

    def histogram(self, query: EventQuery, edges: Sequence[int]) -> Histogram:
        """How many events lie between each two neighbours of ``edges``.

        After half of the time that a question may take the rest is not counted.
        """
        late_s = time.monotonic() + self._bound_s / 2
        with self._asked() as readers, readers.one() as connection:
            return reading.histogram(connection, query, edges, lambda: time.monotonic() > late_s)

    def rows(self, numbers: Sequence[int]) -> List[EventRow]:
        """The rows with these numbers, in their order; what has gone is left out."""
        with self._asked() as readers, readers.one() as connection:
            return reading.rows(connection, numbers)

    def count(self, from_ms: int, to_ms: int) -> Counted:
        """The events from ``from_ms`` on and before ``to_ms``, by hour, device and kind of person."""
        with self._asked() as readers, readers.one() as connection:
            return counting.count(connection, from_ms, to_ms)

    def extent(self, identity_ids: Sequence[str], seqs: Sequence[int]) -> List[int]:
        """How many events are of these people, in all and behind each of these records of the journal."""
        with self._asked() as readers, readers.one() as connection:
            return reading.extent(connection, identity_ids, seqs)

    def of_these(self, identity_ids: Sequence[str], event_ids: Sequence[str]) -> int:
        """How many of these events are of these people."""
        with self._asked() as readers, readers.one() as connection:
            return reading.of_these(connection, identity_ids, event_ids)

    def face_vectors(
        self,
        from_ms: Optional[int],
        to_ms: Optional[int],
        device_ids: Sequence[str],
        embedder: str,
        newest_first: bool = True,
        limit: int = reading.MAX_VECTORS,
        filters: EventQuery = EventQuery(),  # noqa: B008 - frozen
    ) -> FaceVectors:
        """The faces of the first ``limit`` (at most 50,000) events of a time, as far as they are of this model."""
        query = replace(
            filters, from_ms=from_ms, to_ms=to_ms, device_ids=tuple(device_ids), newest_first=newest_first
        )
        with self._asked() as readers, readers.one() as connection:
            return reading.face_vectors(connection, query, embedder, limit)

    @contextlib.contextmanager
    def _asked(self) -> Iterator[Readers]:
        readers = self._readers
        if readers is None:
            raise Unavailable(f"the event index cannot be asked: {self._problem}")
        try:
            yield readers
        except StoreUnusable as error:  # some pages may be good: nothing is moved aside for a question
            self._damage = str(error)
            raise

    # Writing

    @property
    def cursor(self) -> int:
        """Journal record up to which everything is in it."""
        return self._cursor

    @property
    def newest_ms(self) -> int:
        """When the newest event was made, as of the opening of the file; 0 for none."""
        return self._newest_ms

    def put(self, rows: Sequence[EventRow], cursor: Optional[int] = None) -> Tuple[int, int]:
        """Make these the rows of their events, and with them the cursor; how many are new, and changed.

        A row of an earlier journal record than the one that is there changes nothing.

        Raises:
            StoreError: the disk refuses; nothing is changed.
            BadInput: a value that SQLite has no form for; nothing is changed.
        """

        def change(database: Database) -> Tuple[int, int]:
            with database.change() as connection:
                outcome = self._tables.put(connection, rows)
                if cursor is not None:
                    connection.execute("UPDATE state SET value = ? WHERE name = 'cursor'", (cursor,))
            self._rows += outcome[0]
            self._cursor = self._cursor if cursor is None else cursor
            return outcome

        return self._changed(change)

    def forget(self, identity_ids: AbstractSet[str], event_ids: AbstractSet[str] = frozenset()) -> int:
        """Remove these people, all their events and these events; how many rows there were.

        Raises:
            StoreError: the disk refuses; what is not removed yet is as it was, and a second call goes on.
        """
        gone = 0
        for some in pieces([number_of(each) for each in sorted(event_ids)]):
            gone += self._remove(partial(_these, some))
        for identity_id in sorted(identity_ids):
            removed = 1
            while removed:
                removed = self._remove(partial(_events_of, identity_id))
                gone += removed

        def people(database: Database) -> None:
            with database.change() as connection:
                self._tables.remove_people(connection, identity_ids)

        self._changed(people)
        return gone

    def recount(self) -> None:
        """Count the rows, of which somebody else may have removed some.

        Raises:
            StoreError: the disk refuses.
        """

        def change(database: Database) -> None:
            with database.change() as connection:
                counted = int(connection.execute("SELECT count(*) FROM event").fetchone()[0])
                connection.execute("UPDATE state SET value = ? WHERE name = 'rows'", (counted,))
            self._rows = counted

        self._changed(change)

    def count_of(self, identity_ids: AbstractSet[str], event_ids: AbstractSet[str] = frozenset()) -> int:
        """How many rows :meth:`forget` would remove.

        Raises:
            StoreError: the file cannot be read.
        """

        def counted(database: Database) -> int:
            people: List[int] = []
            for identity_id in identity_ids:
                people += _people(database, identity_id)
            named = f"person IN ({_listed(people)})"
            found = 0
            for some in pieces(people):
                found += _count(database, f"person IN ({_listed(some)})")
            for some in pieces([number_of(each) for each in sorted(event_ids)]):
                found += _count(database, f"number IN ({_listed(some)}) AND (person IS NULL OR NOT {named})")
            return found

        return self._changed(counted)

    def trim(self, max_rows: int, before_ms: Optional[int] = None) -> int:
        """Remove some of the oldest rows: those over ``max_rows``, those made before ``before_ms``; how many.

        At most :data:`SLICE`; 0 means that nothing is left to remove. ``max_rows`` 0: as many as there are.

        Raises:
            StoreError: the disk refuses.
        """
        over = max(0, self._rows - max_rows) if max_rows else 0
        removed = self._remove(lambda database: _oldest(database, min(over, SLICE))) if over else 0
        if not removed and before_ms is not None:
            removed = self._remove(lambda database: _oldest(database, SLICE, before_ms))
        return removed

    def scrub(self) -> bool:
        """Empty the write-ahead log; ``False`` while somebody reads: then to be tried again.

        Raises:
            StoreError: the disk refuses.
        """
        return self._changed(lambda database: database.scrub())

    def stats(self) -> EventIndexStats:
        """Figures of this moment, without the disk but for the size of the file."""
        size_bytes = sum(map(_size_bytes, _files(self._path)))
        is_open = self._database is not None
        return EventIndexStats(self._rows, self._cursor, size_bytes, is_open, self._problem or self._damage)

    def _remove(self, which: Callable[[Database], Sequence[int]]) -> int:
        def change(database: Database) -> int:
            numbers = which(database)
            if not numbers:
                return 0
            with database.change() as connection:
                removed = self._tables.remove(connection, numbers)
            self._rows -= removed
            return removed

        return self._changed(change)

    def _changed(self, change: Callable[[Database], T]) -> T:
        with self._lock:
            if self._database is None or self._halted:
                raise StoreError(f"the event index cannot be written: {self._problem or 'the service leaves'}")
            try:
                return change(self._database)
            except BaseException:
                self._tables.forget_numbers()
                raise


def _these(numbers: Sequence[int], _database: Database) -> Sequence[int]:
    return numbers


def _events_of(identity_id: str, database: Database) -> List[int]:
    listed = _listed(_people(database, identity_id))
    sql = f"SELECT number FROM event WHERE person IN ({listed}) LIMIT {SLICE}"  # noqa: S608 - numbers
    return [row[0] for row in database.rows(sql)]


def _people(database: Database, identity_id: str) -> List[int]:
    return [row[0] for row in database.rows("SELECT number FROM person WHERE identity_id = ?", (identity_id,))]


def _count(database: Database, where: str) -> int:
    return int(database.rows(f"SELECT count(*) FROM event WHERE {where}")[0][0])  # noqa: S608 - numbers


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _oldest(database: Database, limit: int, before_ms: int = 1 << 50) -> List[int]:
    """By their ids, which say when they were made: a picture's own time may be anything."""
    sql = "SELECT number FROM event WHERE number < ? ORDER BY number LIMIT ?"
    return [row[0] for row in database.rows(sql, (max(0, before_ms) * 1000, limit))]


def _files(path: Path) -> List[Path]:
    """The file and its logs."""
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]


def _remove(paths: Sequence[Path]) -> None:
    try:
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
    except OSError as error:
        raise StoreError(f"{paths[0]} cannot be removed: {error.strerror}") from error


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
