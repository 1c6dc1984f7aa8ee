"""What is known of imports: how far each is and whom it refused, on the disk, so that a killed one can go on.

::

    imports/<key>.json     an ImportNote; written after each batch, by rename
    imports/<key>.csv      rows that were refused, and faces left out: row, label, what, reason, and that in a word

A key is made of what is imported and how, so the same wish finds its note again; a file that has changed is
another. The note may be older than the store by what a pulled plug took: rows that come again are told from others
by whoever registers them. At most :data:`MAX_LINES` lines are written and the others counted; a note goes
:data:`KEPT_S` after its last change, the oldest sooner when there are more than :data:`MAX_NOTES`. Both files hold
names: mode 0600.

A cell that a program for sheets would take for a formula gets an apostrophe before it.
"""

import contextlib
import csv
import hashlib
import io
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Callable, List, Optional, Sequence

import orjson

from sophon_report.errors import NotFound, Unavailable

MAX_LINES = 10_000
MAX_NOTES = 50
KEPT_S = 30 * 86_400
HEADER = ("row", "label", "what", "reason", "code")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the wide forms of the first: programs of East Asia read them so."""
_BOM = b"\xef\xbb\xbf"
_KEY_LETTERS = 16


@dataclass(frozen=True)
class ImportNote:
    """How far an import is."""

    key: str
    source: str
    """Name of the file or folder."""
    total: Optional[int] = None
    rows: int = 0
    """Read, and registered or refused."""
    registered: int = 0
    refused: int = 0
    lines: int = 0
    """That the report would have; :data:`MAX_LINES` are written."""
    report_bytes: int = 0
    ended: str = ""
    """``done``, ``cancelled`` or why it failed; ``""`` while it runs, or since it was killed."""
    changed_s: float = 0.0
    """When, since the epoch."""


class Notebook:
    """The notes of one data folder.

    Args:
        folder: made when it is missing.
        now_s: seconds since the epoch.
    """

    def __init__(self, folder: Path, now_s: Callable[[], float] = time.time) -> None:
        self._folder, self._now_s = folder, now_s

    def find(self, key: str) -> ImportNote:
        """The note of that key.

        Raises:
            NotFound: there is none that can be read.
        """
        try:
            values = orjson.loads(self._path(key, "json").read_bytes())
            return ImportNote(**values)
        except (OSError, ValueError, TypeError):
            raise NotFound("there is no such import, or not any more") from None

    def list(self) -> List[ImportNote]:
        """All notes, the one that changed last first."""
        found = []
        for path in self._folder.glob("*.json"):
            with contextlib.suppress(NotFound):
                found.append(self.find(path.stem))
        return sorted(found, key=lambda note: -note.changed_s)

    def begin(self, note: ImportNote) -> "OpenNote":
        """Open the note and its report where ``note`` says that they are, and drop old ones.

        Raises:
            Unavailable: the disk refuses.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self.tidy()
            path = self._path(note.key, "csv")
            descriptor = os.open(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            file = os.fdopen(descriptor, "r+b")
            is_there = 0 < note.report_bytes <= file.seek(0, os.SEEK_END)
            file.truncate(note.report_bytes)
            file.seek(0, os.SEEK_END)
        except OSError as error:
            raise Unavailable(f"{self._folder} cannot be written: {error.strerror}") from error
        opened = OpenNote(self._path(note.key, "json"), file, note, self._now_s)
        if not is_there:
            opened.write_header()
        return opened

    def tidy(self) -> None:
        """Drop what was kept long enough."""
        for at, note in enumerate(self.list()):
            if at >= MAX_NOTES or self._now_s() - note.changed_s > KEPT_S:
                for suffix in ("json", "csv"):
                    with contextlib.suppress(OSError):
                        self._path(note.key, suffix).unlink()

    def report(self, key: str) -> bytes:
        """The report of that import, CSV in UTF-8 with a BOM; the header alone when nobody was refused.

        Raises:
            NotFound: there is no such import.
        """
        note = self.find(key)
        try:
            with self._path(key, "csv").open("rb") as file:
                return file.read(note.report_bytes) or csv_line(HEADER)
        except OSError:
            raise NotFound("the report of this import has gone") from None

    def _path(self, key: str, suffix: str) -> Path:
        if len(key) != _KEY_LETTERS or not key.isalnum():
            raise NotFound("there is no such import")
        return self._folder / f"{key}.{suffix}"


class OpenNote:
    """The note of a running import."""

    def __init__(self, path: Path, report: BinaryIO, note: ImportNote, now_s: Callable[[], float]) -> None:
        self.note, self._path, self._report, self._now_s = note, path, report, now_s

    def write_header(self) -> None:
        """The first line of a new report."""
        self._report.seek(0)
        self._report.truncate()
        self._report.write(_BOM + csv_line(HEADER))
        self.note = replace(self.note, lines=0)

    def line(self, number: int, label: str, what: str, reason: str, code: str) -> None:
        """One more line, if there is room."""
        if self.note.lines < MAX_LINES:
            self._report.write(csv_line((str(number), label, what, reason, code)))
        self.note = replace(self.note, lines=self.note.lines + 1)

    def save(self, **changes: Any) -> None:
        """Keep how far it is.

        Raises:
            Unavailable: the disk refuses.
        """
        try:
            self._report.flush()
            self.note = replace(self.note, report_bytes=self._report.tell(), changed_s=self._now_s(), **changes)
            written = self._path.with_suffix(".new")
            descriptor = os.open(str(written), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(orjson.dumps(asdict(self.note)))
            os.replace(str(written), str(self._path))
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Let the report go."""
        self._report.close()


def key_of(path: Path, how: Sequence[str]) -> str:
    """The key of importing what lies there now in this way.

    Raises:
        Unavailable: it cannot be looked at.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
    parts = [str(path.resolve()), str(state.st_size), str(state.st_mtime_ns), *how]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:_KEY_LETTERS]


def csv_line(cells: Sequence[str]) -> bytes:
    """A line of CSV that no program takes for a formula."""
    text = io.StringIO()
    csv.writer(text).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return text.getvalue().encode("utf-8", "replace")
