"""What goes when there is too much of it: whole segments, the oldest first, counted per destination.

The recognitions of visits that are still open are written again before the segment that holds them goes. Over the
bounds of bytes and age it stays if that is refused. On a full disk, where not even they have room, it goes all the
same: they wait in memory for the next room, and a power cut before that leaves these visits without their end.

All on the thread that owns the segments; ``OSError`` as it comes.
"""

import contextlib
import errno
from pathlib import Path
from typing import Callable, Dict, List, Mapping, NamedTuple, Optional

import structlog

from sophon_report.delivery.journal import ages
from sophon_report.delivery.journal.catalog import Segment
from sophon_report.delivery.journal.disk_room import DiskRoom
from sophon_report.delivery.journal.files import Files
from sophon_report.delivery.journal.limits import Limits, LogCounters
from sophon_report.delivery.journal.segment import Entry
from sophon_report.delivery.journal.segment_writer import SegmentWriter, remove
from sophon_report.delivery.journal.shelf import Shelf
from sophon_report.delivery.journal.tally import Tally

log = structlog.get_logger()


class Readers(NamedTuple):
    """Who reads, to count what they lose."""

    cursors: Callable[[], Mapping[str, int]]
    """Per destination the last delivered number."""
    told: Callable[[str], int]
    """The kind of records that a destination is told; those are counted for it."""


class _Lost(NamedTuple):
    """What is gone with a segment."""

    tally: Tally
    undelivered: Mapping[str, int]
    """Per destination."""


class Retention:
    """Lets segments of ``shelf`` go."""

    def __init__(
        self,
        directory: Path,
        shelf: Shelf,
        writer: SegmentWriter,
        room: DiskRoom,
        readers: Readers,
        counters: LogCounters,
        *,
        clock_ms: Callable[[], int],
        files: Files,
    ) -> None:
        self._shelf, self._writer, self._room, self._readers = shelf, writer, room, readers
        self._counters, self._clock_ms, self._files, self._directory = counters, clock_ms, files, directory

    def keep_bounds(self, limits: Limits) -> None:
        """Let go of what is over the bounds of bytes and age; the open segment stays."""
        while self._shelf.closed and self._over_bounds(limits):
            self._drop_oldest()

    def keep_reserve(self, limits: Limits) -> None:
        """Let go of the oldest segments for the sake of the reserve, if others have filled the disk."""
        self._room.count_anew()
        while True:
            try:
                return self._room.heed(0, limits.reserve_bytes)
            except OSError:
                if not self._shelf.closed and not self._can_end_open():
                    raise
                if not self._shelf.closed:
                    return None  # the next batch will end the open segment and let it go
            if not self.make_room():
                raise OSError(errno.ENOSPC, "no space left, and no segment can be removed")

    def make_room(self) -> bool:
        """Let the oldest segment go on a full disk, the open one last; ``False`` when there is none.

        What open visits need of it is written again before, or stays in memory until there is room.
        """
        shelf, writer = self._shelf, self._writer
        if not shelf.closed and self._can_end_open():
            writer.finish()
        if not shelf.closed:
            return False
        oldest = shelf.closed[0]
        carried, lost = self._not_saved(self._carried_anyway(oldest)), self._lost_with(oldest)
        if shelf.open is not None or len(shelf.closed) > 1:
            remove(self._files, oldest.path)
        elif not writer.hollow(oldest):
            return False
        self._forget(oldest, lost)
        writer.carry += carried
        self._room.gained(oldest.size_bytes)
        self._sync_quietly()
        return True

    def _not_saved(self, carried: List[Entry]) -> List[Entry]:
        """What of it could not be written to the open segment: all or nothing."""
        if carried and self._shelf.open is not None:
            with contextlib.suppress(OSError):
                self._writer.write(carried)
                return []
        return carried

    def discard(self) -> None:
        """Let every closed segment go, whatever is undelivered in it; nothing of it is counted as lost."""
        for oldest in self._shelf.closed:
            with contextlib.suppress(FileNotFoundError):
                self._files.unlink(oldest.path)
            self._shelf.closed = self._shelf.closed[1:]
            self._shelf.publish()
            self._room.gained(oldest.size_bytes)
        self._files.fsync_dir(self._directory)

    def with_old_pictures(self, limits: Limits) -> Optional[Segment]:
        """Return the oldest segment that has pictures past their bound, counted as segments are.

        One that cannot be read keeps what it has.
        """
        if not limits.pictures_max_age_ms or self._shelf.open is None:
            return None
        old = self._shelf.closed[: self._overdue(limits, limits.pictures_max_age_ms)]
        return next((each for each in old if not each.without_pictures and each.mark is not None), None)

    def _over_bounds(self, limits: Limits) -> bool:
        used = sum(segment.size_bytes for segment in self._shelf.closed)
        if used + limits.segment_bytes > limits.max_bytes:
            return True
        return self._shelf.open is not None and self._overdue(limits, limits.max_age_ms) > 0

    def _overdue(self, limits: Limits, max_age_ms: int) -> int:
        """How many of the oldest segments are older than that."""
        assert self._shelf.open is not None
        now_ms = self._clock_ms()
        begun_ms = [segment.created_ms for segment in (*self._shelf.closed, self._shelf.open)]
        newest_age_ms = self._writer.watched.age_ms(now_ms, limits.max_age_ms)
        return ages.overdue(begun_ms, newest_age_ms, now_ms, max_age_ms)

    def _drop_oldest(self) -> None:
        """Let the oldest segment go; recognitions of open visits are on the disk again before."""
        carried = self._writer.carried_from(self._shelf.closed[0])
        if carried:
            self._writer.write(carried)
        oldest = self._shelf.closed[0]
        self._forget(oldest, self._lost_with(oldest))
        remove(self._files, oldest.path)

    def _can_end_open(self) -> bool:
        """Whether it holds a number: what only carries would be written again at once."""
        return self._shelf.open is not None and self._writer.last_seq >= self._shelf.open.first_seq

    def _carried_anyway(self, segment: Segment) -> List[Entry]:
        try:
            return self._writer.carried_from(segment)
        except OSError as error:
            log.warning("journal segment unreadable", segment=segment.path.name, error=error.strerror)
            return []

    def _sync_quietly(self) -> None:
        """Make the disk know its free space."""
        try:
            self._files.fsync_dir(self._directory)
        except OSError as error:
            log.warning("journal folder not synced", error=error.strerror)

    def _forget(self, oldest: Segment, lost: _Lost) -> None:
        """Nobody reads the oldest segment from now on; it is counted."""
        self._shelf.closed = self._shelf.closed[1:]
        self._shelf.publish()
        counters, dropped = self._counters, self._counters.dropped_undelivered
        counters.dropped_undelivered = {
            name: dropped.get(name, 0) + lost.undelivered.get(name, 0) for name in {**dropped, **lost.undelivered}
        }
        counters.dropped_segments += 1
        counters.dropped_bytes += oldest.size_bytes
        counters.dropped_visits += lost.tally.visits
        counters.dropped_recognitions += lost.tally.recognitions
        say = log.warning if any(lost.undelivered.values()) else log.info
        say("journal segment dropped", segment=oldest.path.name, undelivered=lost.undelivered)

    def _lost_with(self, segment: Segment) -> _Lost:
        """What goes with ``segment``; asked while it is still there."""
        tally = self._shelf.tally_of(segment) or self._shelf.heads_of(segment).after(0)
        return _Lost(tally, self._undelivered(segment))

    def _undelivered(self, segment: Segment) -> Dict[str, int]:
        tally, heads = self._shelf.tally_of(segment), None
        counts = {}
        for name, cursor in self._readers.cursors().items():
            rest = tally
            if tally is None or segment.first_seq <= cursor < tally.last_seq:
                heads = heads or self._shelf.heads_of(segment)
                rest = heads.after(cursor)
            elif tally.last_seq <= cursor:
                continue
            counts[name] = rest.of(self._readers.told(name)) if rest else 0
        return {name: count for name, count in counts.items() if count}
