"""What is done to closed segments beside the appending: one person's records erased, old pictures taken out.

Everything here runs on one worker thread, one job at a time. It reads and copies segments by itself; what belongs
to the thread that owns the segments (ending the open one, the swap) it has done there by ``on_owner``.

Erasing goes in rounds until nothing new is found: end the open segment, look through the segments not yet looked
through. An event is a person's when any record of it names them: a stranger who matched later is the same face.
What must be erased is told (``decided``) before the first segment is changed, since after that the journal itself
does not know it any more.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import AbstractSet, Callable, FrozenSet, Iterator, Optional, Protocol, Set, Tuple, TypeVar

from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.files import Files
from sophon_report.delivery.journal.rewrite import (
    Change,
    Erasing,
    Halted,
    Rewritten,
    Traces,
    records_of,
    rewrite,
    strip,
    traces_in,
)
from sophon_report.delivery.journal.segment import event_key
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.errors import JournalError

MAX_ROUNDS = 20
"""A person whose events still come after so many was not taken from whoever makes them."""

T = TypeVar("T")
_File = Tuple[int, Optional[bytes]]
Told = Callable[[int, int], None]
"""``told(done_bytes, all_bytes)``: how far the job is."""


class OnOwner(Protocol):
    """Has a step done by the thread that owns the segments, and returns its result."""

    def __call__(self, step: Callable[[SegmentLog], T]) -> T: ...


@dataclass(frozen=True)
class Wanted:
    """Whose records are to be erased, and who is to be told meanwhile."""

    identity_ids: FrozenSet[str]
    event_ids: FrozenSet[str] = frozenset()
    """Known before, from an erasing that was broken off."""
    forget: Callable[[AbstractSet[str]], AbstractSet[str]] = lambda _: frozenset()
    """Drops the open visits of these events and of the people, waits until everything appended is on the disk;
    returns the events of the visits it dropped."""
    decided: Callable[[AbstractSet[str], int], None] = lambda _events, _records: None
    """Takes note, durably, of all events that will be erased, and of how many records they have."""
    told: Told = lambda _done, _all: None


@dataclass(frozen=True)
class ErasedRecords:
    """What an erasing changed."""

    event_ids: FrozenSet[str]
    records: int
    segments: int


class Tending:
    """Jobs on the closed segments of ``segments``.

    Args:
        files: file system.
        segments: its ``closed`` is read on this thread, everything else on the owner's.
        on_owner: see :class:`OnOwner`.
        halted: whether to leave off; then jobs raise ``JournalError``.
    """

    def __init__(self, files: Files, segments: SegmentLog, on_owner: OnOwner, halted: Halted) -> None:
        self._files, self._log, self._on_owner, self._halted = files, segments, on_owner, halted

    def erase(self, wanted: Wanted) -> ErasedRecords:
        """Erase every record of these people and of the events they appear in.

        Raises:
            JournalError: the disk refused, or it was left off; what is not erased yet is as it was.
        """
        with _told_as_journal_error():
            event_ids, loose = self._find(wanted)
            erasing = Erasing(wanted.identity_ids, event_ids)
            counts = {_file(each): self._records_of(each, erasing) for each in self._log.closed}
            wanted.decided(event_ids, sum(count or 0 for count in counts.values()))
            touched = loose | {key for key, count in counts.items() if count is not None}
            meant = [each for each in self._log.closed if _file(each) in touched]
            progress = _Progress(wanted.told, sum(each.size_bytes for each in meant))
            done = [self._replaced(each, erasing, progress) for each in meant]
        changed = [fresh.records for fresh in done if fresh]
        return ErasedRecords(frozenset(event_ids), sum(changed), len(changed))

    def strip_next(self) -> Optional[Rewritten]:
        """Take the pictures out of the oldest segment that has some and is wholly older than they may become.

        Returns:
            What was done; ``None`` when there is no such segment.

        Raises:
            JournalError: the disk refused, there is no room for a copy, or it was left off.
        """
        with _told_as_journal_error():
            segment = self._on_owner(lambda segments: segments.with_old_pictures())
            return self._replaced(segment, strip, without_pictures=True) if segment else None

    def _find(self, wanted: Wanted) -> Tuple[Set[str], Set[_File]]:
        """The ids of all events that are meant, and the segments that hold an id outside of their records."""
        event_ids = set(wanted.event_ids)
        loose: Set[_File] = set()
        seen: Set[_File] = set()
        for _ in range(MAX_ROUNDS):
            event_ids |= wanted.forget(event_ids)
            self._end_open(frozenset(map(event_key, event_ids)))
            fresh = [segment for segment in self._log.closed if _file(segment) not in seen]
            progress = _Progress(wanted.told, sum(segment.size_bytes for segment in fresh))
            found: Set[str] = set()
            for segment in fresh:
                traces = self._traces(segment, wanted.identity_ids)
                found |= traces.event_ids
                loose |= {_file(segment)} if traces.loose else set()
                seen.add(_file(segment))
                progress.advance(segment.size_bytes)
            if found <= event_ids:
                return event_ids, loose
            event_ids |= found
        raise JournalError("the person's events do not end")

    def _end_open(self, erased_keys: AbstractSet[int]) -> None:
        self._on_owner(lambda segments: segments.end_open(erased_keys))

    def _traces(self, segment: Segment, identity_ids: AbstractSet[str]) -> Traces:
        try:
            return traces_in(self._files, segment, identity_ids, self._halted)
        except FileNotFoundError:  # retention took it meanwhile
            return Traces(frozenset(), loose=False)

    def _records_of(self, segment: Segment, erasing: Erasing) -> Optional[int]:
        try:
            return records_of(self._files, segment, erasing.keys)
        except FileNotFoundError:
            return None

    def _replaced(
        self,
        segment: Segment,
        change: Change,
        progress: "Optional[_Progress]" = None,
        *,
        without_pictures: bool = False,
    ) -> Optional[Rewritten]:
        """Write ``segment`` anew and swap it; ``None`` when retention took it meanwhile."""
        self._log.room.copy_bytes = segment.size_bytes
        try:
            fresh = rewrite(self._files, segment, change, self._halted, without_pictures=without_pictures)
            swapped = self._on_owner(lambda segments: segments.swap(segment, fresh))
        except FileNotFoundError:
            return None
        finally:
            self._log.room.copy_bytes = 0
        if progress:
            progress.advance(segment.size_bytes)
        return fresh if swapped else None


class _Progress:
    """Tells how far a part of a job is."""

    def __init__(self, told: Told, all_bytes: int) -> None:
        self._told, self._all_bytes, self._done_bytes = told, all_bytes, 0

    def advance(self, done_bytes: int) -> None:
        self._done_bytes += done_bytes
        self._told(self._done_bytes, self._all_bytes)


def _file(segment: Segment) -> _File:
    return segment.first_seq, segment.mark


@contextmanager
def _told_as_journal_error() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(f"journal cannot be rewritten: {error.strerror}") from error
