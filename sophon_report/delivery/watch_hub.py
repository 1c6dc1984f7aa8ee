"""What waits for the watchers of a port where everybody gets the same, of what they want. Decides only: no I/O.

The promise:

- A message is one bytes object for all watchers, and one that can take it gets it at once.
- Whoever cannot (*paused*: it has not taken the last one) waits for the newest of each subject: a message takes
  the place of an older one of its subject, so a slow watcher sees fewer and never old ones. Subjects wait in the
  order in which they began to.
- A watcher has at most ``most_bytes`` waiting; over it what waits for longest goes. Both are counted.
- A watcher whose unsent bytes have not moved for ``stall_s`` is named by :meth:`WatchHub.stalled`.

Preview: a subject is a tile, so that at most one picture of each waits. Control: every message is a subject of its
own, so that all wait in order.
"""

from dataclasses import dataclass
from typing import Dict, FrozenSet, Hashable, Iterable, List, Mapping, Optional, Tuple

from sophon_report.delivery.hub import Waiting


@dataclass(frozen=True)
class WatcherRow:
    """One connected watcher, as it stands."""

    client_id: int
    peer: str
    since_ms: int
    """When it connected, UTC."""
    sent: int
    """Messages handed to its connection."""
    sent_bytes: int
    skipped: int
    """Messages that a newer one of their subject replaced before it could take them."""
    dropped: int
    """Messages let go because too much waited."""
    queued_events: int
    queued_bytes: int


@dataclass(frozen=True)
class WatchStats:
    """Counters since the start, of watchers that have left too."""

    watchers: Tuple[WatcherRow, ...]
    published: int
    sent: int
    sent_bytes: int
    skipped: int
    dropped: int


class _Watcher:
    __slots__ = (
        *("client_id", "peer", "since_ms", "paused", "wanted", "waiting", "queued_bytes"),
        *("sent", "sent_bytes", "skipped", "dropped", "delivered_bytes", "moved_ms"),
    )

    def __init__(self, client_id: int, peer: str, since_ms: int) -> None:
        self.client_id, self.peer, self.since_ms = client_id, peer, since_ms
        self.paused = False
        self.wanted: Optional[FrozenSet[Hashable]] = None
        self.waiting: Dict[Hashable, Waiting] = {}
        self.queued_bytes = self.sent = self.sent_bytes = self.skipped = self.dropped = 0
        self.delivered_bytes = 0
        self.moved_ms: Optional[int] = None

    def row(self) -> WatcherRow:
        return WatcherRow(
            client_id=self.client_id,
            peer=self.peer,
            since_ms=self.since_ms,
            sent=self.sent,
            sent_bytes=self.sent_bytes,
            skipped=self.skipped,
            dropped=self.dropped,
            queued_events=len(self.waiting),
            queued_bytes=self.queued_bytes,
        )


class WatchHub:
    """The watchers of one port, and what each still has to get.

    Args:
        most_bytes: that may wait for one.
        stall_s: how long unsent bytes may stand still.
    """

    def __init__(self, most_bytes: int, stall_s: float) -> None:
        self._most_bytes, self._stall_s = most_bytes, stall_s
        self._watchers: Dict[int, _Watcher] = {}
        self._last_id = 0
        self._published = self._sent = self._sent_bytes = self._skipped = self._dropped = 0

    def __len__(self) -> int:
        return len(self._watchers)

    def apply(self, most_bytes: int, stall_s: float) -> None:
        """Go by other bounds from now on; what is over them goes with the next message."""
        self._most_bytes, self._stall_s = most_bytes, stall_s

    def join(self, peer: str, since_ms: int) -> int:
        """Take in a watcher, who gets everything from now on; returns its id, never used twice."""
        self._last_id += 1
        self._watchers[self._last_id] = _Watcher(self._last_id, peer, since_ms)
        return self._last_id

    def leave(self, client_id: int) -> WatcherRow:
        """Let a watcher go with all it had waiting; returns how it stood."""
        return self._watchers.pop(client_id).row()

    def want(self, client_id: int, subjects: Iterable[Hashable]) -> None:
        """Give the watcher these subjects from now on, and no others; what waits for it of others goes."""
        watcher = self._watchers[client_id]
        watcher.wanted = frozenset(subjects)
        for subject in [each for each in watcher.waiting if each not in watcher.wanted]:
            watcher.queued_bytes -= len(watcher.waiting.pop(subject).frame)

    def publish(self, subject: Hashable, frame: bytes, now_ms: int) -> List[int]:
        """Take in a message; returns the ids of the watchers that can be sent it at once.

        Args:
            subject: a later message of it replaces this one where it still waits.
            frame: whole.
            now_ms: of a clock that never jumps.
        """
        self._published += 1
        ready = []
        for watcher in self._watchers.values():
            if watcher.wanted is not None and subject not in watcher.wanted:
                continue
            if watcher.paused:
                self._keep(watcher, subject, Waiting(frame, 0, now_ms))
            else:
                self._count_sent(watcher, frame)
                ready.append(watcher.client_id)
        return ready

    def pause(self, client_id: int) -> None:
        """The watcher's connection takes no more for now."""
        self._watchers[client_id].paused = True

    def resume(self, client_id: int) -> None:
        """The watcher's connection takes more: ask :meth:`next_frame` until it has none."""
        self._watchers[client_id].paused = False

    def is_paused(self, client_id: int) -> bool:
        """Whether the watcher's connection takes no more for now."""
        return self._watchers[client_id].paused

    def next_frame(self, client_id: int) -> Optional[Waiting]:
        """What waits for longest, handed over; ``None`` when nothing does or the watcher is paused."""
        watcher = self._watchers[client_id]
        if watcher.paused or not watcher.waiting:
            return None
        oldest = self._take_oldest(watcher)
        self._count_sent(watcher, oldest.frame)
        return oldest

    def queued_events(self, client_id: int) -> int:
        """How many messages wait for the watcher."""
        return len(self._watchers[client_id].waiting)

    def queued_bytes(self, client_id: int) -> int:
        """How long they are together."""
        return self._watchers[client_id].queued_bytes

    def dropped(self, client_id: int) -> int:
        """How many messages the watcher has lost; those that a newer one replaced are none."""
        return self._watchers[client_id].dropped

    def stalled(self, unsent: Mapping[int, int], now_ms: int) -> List[int]:
        """Watchers whose unsent bytes have not moved for ``stall_s``; to be asked about once a second.

        Args:
            unsent: for each, the bytes its connection has taken and not yet given to the system.
            now_ms: of a clock that never jumps.
        """
        return [
            watcher.client_id
            for watcher in self._watchers.values()
            if now_ms - self._moved_ms(watcher, unsent.get(watcher.client_id, 0), now_ms) >= self._stall_s * 1000
        ]

    def stats(self) -> WatchStats:
        """Counters and one row per watcher."""
        return WatchStats(
            watchers=tuple(watcher.row() for watcher in self._watchers.values()),
            published=self._published,
            sent=self._sent,
            sent_bytes=self._sent_bytes,
            skipped=self._skipped,
            dropped=self._dropped,
        )

    def _keep(self, watcher: _Watcher, subject: Hashable, waiting: Waiting) -> None:
        older = watcher.waiting.get(subject)
        if older is not None:
            watcher.queued_bytes -= len(older.frame)
            watcher.skipped += 1
            self._skipped += 1
        watcher.waiting[subject] = waiting  # in the older one's place, so that no subject is passed by for ever
        watcher.queued_bytes += len(waiting.frame)
        while watcher.queued_bytes > self._most_bytes:
            self._take_oldest(watcher)
            watcher.dropped += 1
            self._dropped += 1

    @staticmethod
    def _take_oldest(watcher: _Watcher) -> Waiting:
        oldest = watcher.waiting.pop(next(iter(watcher.waiting)))
        watcher.queued_bytes -= len(oldest.frame)
        return oldest

    def _count_sent(self, watcher: _Watcher, frame: bytes) -> None:
        watcher.sent += 1
        watcher.sent_bytes += len(frame)
        self._sent += 1
        self._sent_bytes += len(frame)

    @staticmethod
    def _moved_ms(watcher: _Watcher, unsent_bytes: int, now_ms: int) -> int:
        """When something last went to the system; now, when nothing waits."""
        delivered = watcher.sent_bytes - unsent_bytes
        waits = unsent_bytes > 0 or bool(watcher.waiting)
        if not waits or watcher.moved_ms is None or delivered != watcher.delivered_bytes:
            watcher.moved_ms = now_ms
        watcher.delivered_bytes = delivered
        return watcher.moved_ms
