"""The note of an erasing that has begun: what is left to do after a kill or a power cut.

It holds ids of a person, so it is there only until the erasing is done. It is written whole, by rename; its
folder is synced each time.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, FrozenSet, Optional

import orjson

from sophon_report.delivery.journal import Files
from sophon_report.delivery.journal.files import read_whole, replace_file
from sophon_report.errors import StoreError
from sophon_report.wire.layouts import Event

_MAX_BYTES = 64 << 20
"""Ids of three million events."""


@dataclass(frozen=True)
class ErasureNote:
    """One erasing, as far as it is known."""

    number: str
    """Tells it from others in the audit; says nothing of the person."""
    identity_id: str
    actor: str
    identity_ids: FrozenSet[str] = frozenset()
    """All ids the person has or had."""
    event_ids: FrozenSet[str] = frozenset()
    """Events that are erased, known before the first is."""
    people: int = 0
    faces: int = 0
    records: int = 0
    dead_letters: int = 0
    rows: int = 0

    def is_of(self, event: Event) -> bool:
        """Whether ``event`` is one of the person's."""
        identity = event.match.identity
        who = identity.identity_id if identity else None
        return event.event_id in self.event_ids or who == self.identity_id or who in self.identity_ids

    @property
    def is_somebody(self) -> bool:
        """Whether anything was found."""
        return bool(self.people or self.faces or self.records or self.dead_letters or self.rows)


class NoteFile:
    """The one note of a data folder."""

    def __init__(self, path: Path, files: Files) -> None:
        self._path, self._files = path, files

    def read(self) -> Optional[ErasureNote]:
        """Return the note of an erasing that is not finished, ``None`` when there is none.

        Raises:
            StoreError: it cannot be read.
        """
        try:
            values: Dict[str, Any] = orjson.loads(read_whole(self._files, self._path, _MAX_BYTES))
            for name in ("identity_ids", "event_ids"):
                values[name] = frozenset(values[name])
            return ErasureNote(**values)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreError(f"{self._path} cannot be read: {error}") from error

    def write(self, note: ErasureNote) -> None:
        """Make ``note`` the one that is there; durable when this returns.

        Raises:
            StoreError: it cannot be written; the former one is there.
        """
        try:
            replace_file(self._files, self._path, orjson.dumps(asdict(note), default=sorted))
            self._files.fsync_dir(self._path.parent)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}") from error

    def remove(self) -> None:
        """Leave none, durably; what a write left half done goes as well.

        Raises:
            StoreError: it cannot be removed.
        """
        try:
            for path in (self._path.with_name(self._path.name + ".tmp"), self._path):
                if path.name in self._files.list(path.parent):
                    self._files.unlink(path)
            self._files.fsync_dir(self._path.parent)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be removed: {error.strerror}") from error
