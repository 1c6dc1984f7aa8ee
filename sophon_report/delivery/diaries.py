"""The diaries of all destinations (see ``diary``): noted on the event loop, written beside it.

Bounds: a destination has a file of at most ``diary.MAX_ENTRIES`` entries, and in memory what is to be written
within the next ten seconds: at most :data:`MAX_PENDING` entries, over which the oldest are put together as in a
file, and as many that are being written. A disk that refuses costs notes, never a delivery: ``failed`` counts the
writes. One that hangs has one thread of a destination wait for it, and no second.
"""

import asyncio
import contextlib
import os
import threading
from pathlib import Path
from typing import Callable, Dict, List, Optional

import structlog

from sophon_report.delivery.diary import (
    ENTRY_BYTES,
    MAX_ENTRIES,
    WINDOW_MS,
    End,
    Entry,
    decode,
    encode,
    thinned,
    told_of,
)

MAX_PENDING = 1024
SUFFIX = ".notes"

Noting = Callable[[int, int, Optional[End]], None]
"""``note(first_seq, last_seq, end)``: what came of these neighbours just now, in the order of the records but for
what is sent again; ``None``: they hold nothing that the destination is told."""

log = structlog.get_logger()


def note_nothing(_first_seq: int, _last_seq: int, _end: Optional[End]) -> None:
    """For a worker that nobody asks later."""


class Diary:
    """Of one destination. All but :meth:`find` is called on the event loop.

    Args:
        path: of its file, made with the first write.
        now_ms: milliseconds since the epoch.
        write_s: from a note until it is written, with those that came meanwhile.
    """

    def __init__(self, path: Path, now_ms: Callable[[], int], write_s: float = WINDOW_MS / 1000) -> None:
        self.failed = 0
        self._path, self._now_ms, self._write_s = path, now_ms, write_s
        self._lock = threading.Lock()
        """Around the file and what is being written to it."""
        self._pending: List[Entry] = []
        self._writing: List[Entry] = []
        self._due: Optional[asyncio.TimerHandle] = None
        self._write_under_way: Optional[asyncio.Future[None]] = None
        self._gone = False
        self._untold_seq = 0
        """First of the neighbours up to the one seen last that no entry holds: the next entry begins there."""
        self._seen_seq = -1

    def note(self, first_seq: int, last_seq: int, end: Optional[End]) -> None:
        """What came of records just now; see :data:`Noting`."""
        if end is End.RESENT:
            self._add(first_seq, last_seq, end)
            return
        if first_seq != self._seen_seq + 1:
            self._untold_seq = first_seq
        self._seen_seq = last_seq
        if end is not None:
            self._add(self._untold_seq, last_seq, end)
            self._untold_seq = last_seq + 1

    def _add(self, first_seq: int, last_seq: int, end: End) -> None:
        now_ms = self._now_ms()
        entry = Entry(first_seq, last_seq, now_ms, now_ms, end)
        both = self._pending[-1].with_next(entry) if self._pending else None
        if both is not None:
            self._pending[-1] = both
        else:
            self._pending = thinned([*self._pending, entry], MAX_PENDING)
        self._write_later()

    def find(self, seq: int) -> Optional[Entry]:
        """What is known of a record, from a thread; ``None``: nothing.

        Raises:
            OSError: the file cannot be read.
        """
        with self._lock:
            return told_of([*self._read(), *self._writing, *self._pending], seq)

    async def close(self) -> None:
        """Write what is left."""
        if self._due is not None:
            self._due.cancel()
        if self._write_under_way is not None:
            await self._write_under_way
        await self._begin_write()

    def remove(self) -> None:
        """Forget everything; blocking. Nothing is written any more."""
        with self._lock:
            self._gone = True
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()

    def _write_later(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(self._write_s, self._write_aside)

    def _write_aside(self) -> None:
        self._due = None
        if self._write_under_way is None or self._write_under_way.done():
            self._begin_write()
        else:
            self._write_later()

    def _begin_write(self) -> "asyncio.Future[None]":
        self._due = None
        self._writing, self._pending = self._pending, []
        self._write_under_way = asyncio.get_running_loop().run_in_executor(None, self._write)
        return self._write_under_way

    def _write(self) -> None:
        with self._lock:
            try:
                if self._writing and not self._gone:
                    self._append(self._writing)
            except OSError as error:
                self.failed += 1
                log.warning("diary_not_written", file=self._path.name, reason=error.strerror)
            self._writing = []

    def _append(self, entries: List[Entry]) -> None:
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        size_bytes = self._path.stat().st_size if self._path.exists() else 0
        if size_bytes % ENTRY_BYTES == 0 and size_bytes // ENTRY_BYTES + len(entries) <= MAX_ENTRIES:
            with self._path.open("ab") as file:
                file.write(encode(entries))
            return
        fresh = self._path.with_name(self._path.name + ".tmp")
        fresh.write_bytes(encode(thinned([*self._read(), *entries], MAX_ENTRIES * 3 // 4)))
        os.replace(str(fresh), str(self._path))

    def _read(self) -> List[Entry]:
        with contextlib.suppress(FileNotFoundError):
            return decode(self._path.read_bytes())
        return []


class Diaries:
    """One a destination, below ``folder``."""

    def __init__(self, folder: Path, now_ms: Callable[[], int]) -> None:
        self._folder, self._now_ms = folder, now_ms
        self._open: Dict[str, Diary] = {}

    def of(self, name: str) -> Diary:
        """The diary of a destination, whose name is a file name."""
        if name not in self._open:
            self._open[name] = Diary(self._folder / (name + SUFFIX), self._now_ms)
        return self._open[name]

    def forget(self, name: str) -> None:
        """Remove that of ``name``; blocking.

        Raises:
            OSError: the disk refused.
        """
        diary = self._open.pop(name, None)
        (diary or Diary(self._folder / (name + SUFFIX), self._now_ms)).remove()

    async def close(self) -> None:
        """Write what is left."""
        await asyncio.gather(*(diary.close() for diary in self._open.values()))
