"""Events that a destination refused for good, kept apart with the reason until they are sent again or given up.

::

    dead/<destination>/00000000000000000042.letter      refused; waits for a person
                       00000000000000000057.resend      to be sent again, also after a restart
                       00000000000000000061.letter.tmp  being written; a start removes it

Promise: a letter holds the event itself, so that the journal's retention does not take it. It is on the disk,
under its name, before the destination's place moves past the event, and goes only when the receiver has accepted
it, when a person gives it up, erases the person or removes the destination, or when there is no room.

Room: each destination has :class:`Bounds`. Over them, on a full disk, or where the disk's reserve would be
touched, the oldest letters go first, and are counted. A letter that does not fit even then goes too: one refused
event must not hold up those behind it.

Power cut: a file comes by rename and its name says all; what was not renamed is removed by the next start. Both
names at once mean that it was refused again just then: the letter is what counts. A file that is damaged is told,
listed as such, and passed over by a resend; it goes with :meth:`DeadLetters.give_up` or :meth:`DeadLetters.erase`.
"""

import contextlib
import errno
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple

import structlog

from sophon_report.delivery import dead_folder
from sophon_report.delivery import letter as form
from sophon_report.delivery.journal.files import Files, RealFiles
from sophon_report.delivery.letter import DeadLetter
from sophon_report.errors import NotFound, SophonReportError
from sophon_report.wire.layouts import Event

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
TOLD_IDS = 20

log = structlog.get_logger()


@dataclass(frozen=True)
class Bounds:
    """How much is kept of one destination."""

    letters: int = 1000
    size_bytes: int = 256 << 20
    reserve_bytes: Callable[[], int] = int
    """What must stay free on the disk."""


@dataclass(frozen=True)
class _Kept:
    size_bytes: int
    resending: bool = False


class DeadLetters:
    """The letters of one destination; safe to use from several threads. All but the figures touch the disk.

    ``OSError`` comes as the system gives it.

    Attributes:
        dropped: letters that went for want of room since the start.
    """

    def __init__(
        self, folder: Path, destination: str, *, files: Optional[Files] = None, bounds: Optional[Bounds] = None
    ) -> None:
        """Take up what is there.

        Args:
            folder: of the letters of all destinations.
            destination: its name.
            files: file system, the real one by default.
            bounds: see :class:`Bounds`.

        Raises:
            BadInput: a name that no folder of ours can have.
        """
        self.dropped = 0
        self._folder = dead_folder.of(folder, destination)
        self._files, self._bounds = files or RealFiles(), bounds or Bounds()
        self._say = log.bind(destination=destination)
        self._lock = threading.Lock()
        self._made = self._gone = False
        self._kept: Dict[int, _Kept] = {}
        self._told: Set[int] = set()
        try:
            self._take_up()
        except OSError as error:
            self._say.error("dead_letters_unreadable", reason=error.strerror)

    # Figures, of this moment and without the disk

    @property
    def count(self) -> int:
        """Letters on the disk."""
        return len(self._kept)

    @property
    def resending(self) -> int:
        """Those of them that wait to be sent again."""
        return sum(kept.resending for kept in tuple(self._kept.values()))

    @property
    def size_bytes(self) -> int:
        """Bytes of all letters."""
        return sum(kept.size_bytes for kept in tuple(self._kept.values()))

    def next_to_resend(self) -> Optional[int]:
        """Number of the oldest letter that waits to be sent again."""
        return min((seq for seq, kept in tuple(self._kept.items()) if kept.resending), default=None)

    # Looking

    def entries(self) -> List[DeadLetter]:
        """All letters, oldest first, by their heads; a damaged one is told of once."""
        found = dead_folder.entries(self._files, self._folder)
        for seq in {letter.seq for letter in found if letter.damaged} - self._told:
            self._told.add(seq)
            self._say.error("dead_letter_damaged", seq=seq)
        return found

    def read(self, seq: int) -> Tuple[DeadLetter, Event]:
        """A letter and its event.

        Raises:
            NotFound: there is no such letter.
            BadMessage: it is damaged.
        """
        return dead_folder.read(self._files, self._folder, seq)

    def find(self, ids: Iterable[str]) -> List[int]:
        """Numbers of the letters that ``ids`` name, each by its number or the id of its event.

        Raises:
            NotFound: which of them name none.
        """
        by_event: Optional[Dict[str, List[int]]] = None
        found, unknown = set(), []
        for one in ids:
            if one.isascii() and one.isdigit() and int(one) in self._kept:
                found.add(int(one))
                continue
            if by_event is None:
                by_event = self._by_event()
            found.update(by_event.get(one, ()))
            unknown += [] if one in by_event else [one]
        if unknown:
            more = f" and {len(unknown) - TOLD_IDS} more" if len(unknown) > TOLD_IDS else ""
            raise NotFound(f"there is no dead letter {', '.join(unknown[:TOLD_IDS])}{more}")
        return sorted(found)

    def _by_event(self) -> Dict[str, List[int]]:
        found: Dict[str, List[int]] = {}
        for each in self.entries():
            found.setdefault(each.event_id, []).append(each.seq)
        found.pop("", None)  # damaged
        return found

    # Changing

    def add(self, letter: DeadLetter, event: Event) -> bool:
        """Keep ``letter``; on the disk when this returns. ``False``: there is no room for it, or no destination.

        It replaces one of the same number.
        """
        pieces = form.encode(letter, event)
        size_bytes = sum(map(len, pieces))
        with self._lock:
            if self._gone:
                return False
            if size_bytes <= self._bounds.size_bytes:
                self._make_room(letter.seq, size_bytes)
            while not self._put(letter.seq, pieces):
                if not self._could_help(size_bytes):
                    self._say.error("dead_letter_not_kept", seq=letter.seq, event_id=letter.event_id)
                    self.dropped += 1
                    return False
                self._drop_oldest()
            return True

    def resend(self, seqs: Optional[Sequence[int]] = None) -> int:
        """Have these letters (all by default) sent again; returns how many now wait for it. Survives a restart."""
        with self._lock:
            wanted = [seq for seq in self._of(seqs) if not self._kept[seq].resending]
            for seq in wanted:
                self._files.rename(self._path(seq), self._path(seq, resending=True))
                self._kept[seq] = replace(self._kept[seq], resending=True)
            self._sync(wanted)
            return self.resending

    def not_resent(self, seq: int) -> None:
        """Stop sending a letter again; it stays as it is."""
        with self._lock:
            self._unmark(seq)

    def refused(self, letter: DeadLetter, event: Event) -> None:
        """It was sent again and refused again: ``letter`` says why now. One that has gone meanwhile stays away.

        Without room for the new words the old ones stay.
        """
        pieces = form.encode(letter, event)
        with self._lock:
            if letter.seq in self._kept and not self._put(letter.seq, pieces):
                self._unmark(letter.seq)

    def give_up(self, seqs: Optional[Sequence[int]] = None) -> int:
        """Let these letters (all by default) go because a person says so; durably, returns how many."""
        with self._lock:
            gone = self._of(seqs)
            self._remove(gone)
        if gone:
            self._say.warning("dead_letters_given_up", letters=len(gone), seqs=gone[:TOLD_IDS], last_seq=gone[-1])
        return len(gone)

    def forget(self, seq: int) -> None:
        """Let a letter go that is of no more use: the receiver has it now. Durably."""
        with self._lock:
            self._remove(self._of([seq]))

    def erase(self, is_of: Callable[[Event], bool]) -> int:
        """Remove every letter whose event ``is_of`` says yes to, durably; returns how many.

        What is damaged goes too: nobody can say whose it is. What is on the disk counts, not what is remembered.
        """
        with self._lock:
            self._take_up()
            gone = self._remove([seq for seq in self._of(None) if self._is_of(seq, is_of)])
            if gone:
                self._say.info("dead_letters_erased", letters=gone)
            return gone

    def remove(self) -> int:
        """Forget all letters and their folder; nothing is kept here any more. Returns how many there were."""
        with self._lock:
            self._gone, self._kept = True, {}
            return dead_folder.remove(self._files, self._folder)

    # Inside, with the lock held

    def _take_up(self) -> None:
        names = dead_folder.names(self._files, self._folder)
        self._made = bool(names)
        paths = {seq: self._path(seq, resending=marked) for seq, marked in dead_folder.numbers(names).items()}
        self._kept = {
            seq: _Kept(self._files.size(path), resending=path.suffix == dead_folder.MARKED)
            for seq, path in paths.items()
        }
        for name in set(names) - {path.name for path in paths.values()}:
            self._unlink(self._folder / name)

    def _of(self, seqs: Optional[Sequence[int]]) -> List[int]:
        return sorted(self._kept) if seqs is None else [seq for seq in seqs if seq in self._kept]

    def _path(self, seq: int, *, resending: bool = False) -> Path:
        return dead_folder.path_of(self._folder, seq, resending=resending)

    def _is_of(self, seq: int, is_of: Callable[[Event], bool]) -> bool:
        try:
            return is_of(self.read(seq)[1])
        except (SophonReportError, OSError):
            return True

    def _make_room(self, seq: int, size_bytes: int) -> None:
        """Let the oldest go until one more is within the bounds; one of the same number counts as gone."""
        same = self._kept.get(seq, _Kept(0)).size_bytes
        while self._kept and (
            self.count - (seq in self._kept) >= self._bounds.letters
            or self.size_bytes - same + size_bytes > self._bounds.size_bytes
        ):
            self._drop_oldest()

    def _could_help(self, size_bytes: int) -> bool:
        """Whether there would be room for one so large if all that are there went."""
        if not self._kept or size_bytes > self._bounds.size_bytes:
            return False
        short_bytes = size_bytes + self._bounds.reserve_bytes() - self._files.free_bytes(self._folder)
        return short_bytes <= self.size_bytes

    def _drop_oldest(self) -> None:
        seq = min(self._kept)
        self._remove([seq])
        self.dropped += 1
        self._say.warning("dead_letter_dropped", seq=seq)

    def _put(self, seq: int, pieces: Sequence[bytes]) -> bool:
        """Whether there was room; it is no longer marked then."""
        size_bytes = sum(map(len, pieces))
        if size_bytes > self._bounds.size_bytes or not self._written(self._path(seq), pieces, size_bytes):
            return False
        if seq in self._kept and self._kept[seq].resending:
            self._unlink(self._path(seq, resending=True))
            self._sync([seq])
        self._kept[seq] = _Kept(size_bytes)
        return True

    def _written(self, path: Path, pieces: Sequence[bytes], size_bytes: int) -> bool:
        fresh = path.with_name(path.name + ".tmp")
        try:
            self._make_folder()
            reserve_bytes = self._bounds.reserve_bytes()
            if reserve_bytes and self._files.free_bytes(self._folder) - size_bytes < reserve_bytes:
                return False
            file = self._files.create(fresh)
            try:
                file.write(pieces)
                file.fdatasync()
            finally:
                file.close()
            self._files.rename(fresh, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._files.unlink(fresh)
            if error.errno not in _NO_ROOM:
                raise
            return False
        self._files.fsync_dir(self._folder)
        return True

    def _unmark(self, seq: int) -> None:
        if seq in self._kept and self._kept[seq].resending:
            self._files.rename(self._path(seq, resending=True), self._path(seq))
            self._kept[seq] = replace(self._kept[seq], resending=False)
            self._sync([seq])

    def _make_folder(self) -> None:
        if not self._made:
            self._files.make_dir(self._folder)
            self._files.fsync_dir(self._folder.parent)
            self._made = True

    def _remove(self, seqs: Sequence[int]) -> int:
        for seq in seqs:
            self._unlink(self._path(seq, resending=self._kept[seq].resending))
            del self._kept[seq]
            self._told.discard(seq)
        self._sync(seqs)
        return len(seqs)

    def _sync(self, changed: Sequence[int]) -> None:
        if changed:
            self._files.fsync_dir(self._folder)

    def _unlink(self, path: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._files.unlink(path)
