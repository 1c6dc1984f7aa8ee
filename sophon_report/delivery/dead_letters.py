"""Events that a destination refused for good: which, when and why. The journal keeps the events themselves.

One JSON line an event, appended and synced before the cursor moves past it, so that a crash in between
repeats an attempt and forgets nothing. At :data:`MAX_BYTES` the older half of the lines goes and is counted.
"""

import contextlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import List
from urllib.parse import quote

import orjson

MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class DeadLetter:
    """One refused event."""

    seq: int
    event_id: str
    reason: str
    set_aside_ms: int


class DeadLetters:
    """The list of one destination, in ``folder``.

    Attributes:
        dropped: lines that went because the list was full.
    """

    def __init__(self, folder: Path, destination: str, max_bytes: int = MAX_BYTES) -> None:
        self._path = folder / f"{quote(destination, safe='')}.jsonl"
        self._max_bytes = max_bytes
        self.dropped = 0
        self.count = len(self.entries())

    def entries(self) -> List[DeadLetter]:
        """All that is listed, oldest first; lines that cannot be read (a torn one after a crash) are skipped."""
        return [letter for line in self._lines() for letter in _parse(line)]

    def add(self, letter: DeadLetter) -> None:
        """List ``letter``; on disk when this returns.

        Raises:
            OSError: the disk refused.
        """
        line = orjson.dumps(asdict(letter)) + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._size_bytes() + len(line) > self._max_bytes:
            self._drop_older_half()
        with self._path.open("ab") as file:
            if file.tell() and not self._ends_with_newline():
                file.write(b"\n")
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self.count += 1

    def remove(self) -> None:
        """Forget the list."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self.count = 0

    def _lines(self) -> List[bytes]:
        try:
            return self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []

    def _size_bytes(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def _ends_with_newline(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _drop_older_half(self) -> None:
        lines = self._lines()
        kept = lines[(len(lines) + 1) // 2 :]
        shorter = self._path.with_suffix(".new")
        with shorter.open("wb") as file:
            file.write(b"".join(line + b"\n" for line in kept))
            file.flush()
            os.fsync(file.fileno())
        shorter.replace(self._path)
        self.dropped += len(lines) - len(kept)
        self.count = len(kept)


def _parse(line: bytes) -> List[DeadLetter]:
    try:
        return [DeadLetter(**orjson.loads(line))]
    except (orjson.JSONDecodeError, TypeError):
        return []
