"""How far each destination is: one small file each, written in place.

::

        0  a line   │ number of the last event delivered, turn, CRC-32 in hexadecimal:  4711 23 0a1b2c3d
    4,096  a line   │ the same of the turn before or after

A write goes into the place of the older turn, and the newer one that is whole counts: a torn write costs itself
alone. It changes one block of the disk and nothing that the file system keeps of the file. A new file by rename,
which a file begins with, changes eight (measured on ext4), several times a second while events are delivered.

``advance`` only takes note; ``flush`` writes what changed, and the journal calls it every 100 ms, so a crash
repeats at most what was delivered since. A cursor that is lost or damaged counts as 0: everything that is still
there comes again, nothing is left out. One that goes back is begun by rename: the turn before it would have events
left out.
"""

import re
import threading
import zlib
from pathlib import Path
from typing import Collection, Dict, List, Mapping, NamedTuple, Optional, Set

import structlog

from sophon_report.delivery.journal.files import Files, read_whole, replace_file
from sophon_report.delivery.journal.segment import Kind
from sophon_report.errors import BadInput, JournalError

CURSOR_DIR = "cursors"
SUFFIX = ".cursor"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")
_LINE_BYTES = 64
_SECOND = 4096
"""Where the second line lies: in a block of its own on every disk."""
_MAX_FILE_BYTES = _SECOND + _LINE_BYTES
_MAX_SEQ = 1 << 63

log = structlog.get_logger()


class Place(NamedTuple):
    """What a cursor file says."""

    seq: int
    turn: int
    """Counts the writes of the file."""


class Cursors:
    """The cursors of one journal; safe to use from several threads."""

    def __init__(self, directory: Path, files: Files) -> None:
        """Load every cursor of ``directory``.

        Raises:
            JournalError: the folder cannot be read or made.
        """
        self.damaged = 0
        self._directory, self._files = directory, files
        self._lock = threading.Lock()
        self._disk_lock = threading.Lock()
        self._dirty: Set[str] = set()
        try:
            files.make_dir(directory)
            found = _read_places(directory, files)
        except OSError as error:
            raise JournalError(f"cursors cannot be read: {error.strerror}") from error
        self._kinds: Dict[str, int] = {}
        self._seqs: Dict[str, int] = {name: place.seq if place else 0 for name, place in found.items()}
        self._written: Dict[str, Place] = {name: place for name, place in found.items() if place}
        for name in sorted(name for name, place in found.items() if place is None):
            self.damaged += 1
            log.warning("cursor damaged, delivery repeats from the oldest event", destination=name)

    def _path(self, name: str) -> Path:
        return self._directory / (name + SUFFIX)

    @property
    def is_dirty(self) -> bool:
        """Whether ``flush`` has anything to write."""
        return bool(self._dirty)

    def all(self) -> Mapping[str, int]:
        """Per destination the last delivered number."""
        with self._lock:
            return dict(self._seqs)

    def names(self) -> Collection[str]:
        """All destinations whose place is remembered."""
        return self.all().keys()

    def position(self, name: str) -> int:
        """Number of the last event delivered to ``name``, 0 for nothing."""
        with self._lock:
            return self._seqs.get(name, 0)

    def kind(self, name: str) -> int:
        """What ``name`` is told, visits unless :meth:`tells` said otherwise."""
        with self._lock:
            return self._kinds.get(name, Kind.VISIT)

    def tells(self, name: str, kind: int) -> None:
        """Take note that ``name`` is told records of this kind, until it is removed or the process ends."""
        with self._lock:
            self._kinds[name] = kind

    def open(self, name: str, start_seq: int) -> "Cursor":
        """Return the cursor of ``name``; one without a file begins at ``start_seq``.

        Raises:
            BadInput: a name that is no file name of ours, a number out of range.
        """
        if not _NAME.fullmatch(name):
            raise BadInput("a destination's name has 1 to 128 letters, digits, dots, dashes and underscores")
        if name not in self.all():
            self.advance(name, start_seq)
        return Cursor(self, name)

    def advance(self, name: str, seq: int) -> None:
        """Take note that everything up to ``seq`` is delivered to ``name``; see :class:`Cursor`.

        Raises:
            BadInput: a number out of range.
        """
        if not 0 <= seq < _MAX_SEQ:
            raise BadInput("a place must be a sequence number")
        with self._lock:
            if self._seqs.get(name) != seq:
                self._seqs[name] = seq
                self._dirty.add(name)

    def flush(self) -> None:
        """Write what has changed.

        Raises:
            JournalError: the disk refused; what was not written stays to be written.
        """
        with self._disk_lock:
            with self._lock:
                changed = {name: self._seqs[name] for name in self._dirty}
                self._dirty.clear()
            begun: List[str] = []
            try:
                begun += [name for name, seq in sorted(changed.items()) if not self._write_in_place(name, seq)]
                for name in begun:
                    self._begin(name, changed[name])
                if begun:
                    self._files.fsync_dir(self._directory)
            except OSError as error:
                for name in begun:
                    # What its name stands for after a power cut is not known: it is begun again.
                    self._written.pop(name, None)
                with self._lock:
                    self._dirty |= changed.keys() & self._seqs.keys()
                raise JournalError(f"cursors cannot be written: {error.strerror}") from error

    def _write_in_place(self, name: str, seq: int) -> bool:
        """Whether that could be: it is a further number of a file that is there."""
        written = self._written.get(name)
        if written is None or seq < written.seq:
            return False
        place = Place(seq, written.turn + 1)
        try:
            self._files.overwrite(self._path(name), place.turn % 2 * _SECOND, encode_cursor(*place))
        except FileNotFoundError:
            return False
        self._written[name] = place
        return True

    def _begin(self, name: str, seq: int) -> None:
        self._written.pop(name, None)
        replace_file(self._files, self._path(name), encode_cursor(seq))
        self._written[name] = Place(seq, 0)

    def remove(self, name: str) -> None:
        """Forget a destination; added again it is new.

        Raises:
            JournalError: the disk refused.
        """
        with self._disk_lock:
            with self._lock:
                known = self._seqs.pop(name, None) is not None
                self._kinds.pop(name, None)
                self._dirty.discard(name)
            self._written.pop(name, None)
            if known:
                self._unlink(name)

    def _unlink(self, name: str) -> None:
        try:
            self._files.unlink(self._path(name))
            self._files.fsync_dir(self._directory)
        except FileNotFoundError:
            return
        except OSError as error:
            raise JournalError(f"cursor of {name} cannot be removed: {error.strerror}") from error


class Cursor:
    """How far one destination has got."""

    def __init__(self, cursors: Cursors, name: str) -> None:
        self._cursors, self._name = cursors, name

    def position(self) -> int:
        """Number of the last event that is dealt with; 0 after the cursor was removed."""
        return self._cursors.position(self._name)

    def advance(self, seq: int) -> None:
        """Take note that everything up to ``seq`` is dealt with."""
        self._cursors.advance(self._name, seq)


def encode_cursor(seq: int, turn: int = 0) -> bytes:
    """Return the line of a number: that of turn 0 is a whole file."""
    numbers = b"%d %d" % (seq, turn)
    return b"%s %08x\n" % (numbers, zlib.crc32(numbers))


def decode_cursor(data: bytes) -> Optional[int]:
    """Return the number of a cursor file, ``None`` when it is damaged."""
    place = _place_of(data)
    return place.seq if place else None


def read_cursors(directory: Path, files: Files) -> Dict[str, Optional[int]]:
    """Return what each cursor file of ``directory`` says, ``None`` for a damaged one; ``OSError`` as it comes."""
    return {name: place.seq if place else None for name, place in _read_places(directory, files).items()}


def _read_places(directory: Path, files: Files) -> Dict[str, Optional[Place]]:
    names = [name[: -len(SUFFIX)] for name in files.list(directory) if name.endswith(SUFFIX)]
    paths = {name: directory / (name + SUFFIX) for name in sorted(names) if _NAME.fullmatch(name)}
    return {name: _place_of(read_whole(files, path, _MAX_FILE_BYTES)) for name, path in paths.items()}


def _place_of(data: bytes) -> Optional[Place]:
    """The newest whole line; a line without a turn is of a file written by rename alone."""
    found = [_read_line(data[at : at + _LINE_BYTES]) for at in (0, _SECOND)]
    return max((place for place in found if place), key=lambda place: place.turn, default=None)


def _read_line(data: bytes) -> Optional[Place]:
    line, _, _ = data.partition(b"\n")
    numbers, _, checksum = line.rpartition(b" ")
    seq, _, turn = numbers.partition(b" ")
    whole = b"\n" in data and checksum == b"%08x" % zlib.crc32(numbers)
    if not whole or not all(number.isdigit() and len(number) <= 19 for number in (seq, turn or b"0")):
        return None
    return Place(int(seq), int(turn or 0))
