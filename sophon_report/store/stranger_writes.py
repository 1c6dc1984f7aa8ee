"""What becomes of strangers, on its way to the disk: written by a thread, so that no event waits for a flash disk.

The promise:

- Changes are written in the order in which they came, each whole or not at all. What the disk refuses is tried
  again until it takes it; only what the store says it can never take is dropped, counted and logged.
- At most :data:`MAX_WAITING` changes wait. :attr:`StrangerWrites.has_room` says so before a decision is made: what
  could not be kept is not decided, and ``dropped`` counts it. So the library in memory knows nothing that the
  disk will not know.
- When each stranger was seen, and how often, waits in one place per stranger and is written every
  :data:`SEEN_EVERY_S`: that is what a crash may lose, besides the changes that waited. A stranger whose filing was
  lost gets another id when seen again; no id is ever given to two.

The thread begins with the first change and ends with :meth:`StrangerWrites.stop`. It has a connection of its own
to the store: a read of the event loop does not wait for its syncs.
"""

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Deque, Dict, Mapping, Optional, Sequence

import structlog

from sophon_report.errors import BadInput, StoreError
from sophon_report.store.strangers import Change, Seen, StrangerStore

MAX_WAITING = 128
"""With a photo of 30 KB each about 4 MB."""
BATCH = 32
"""Changes of one transaction."""
SEEN_EVERY_S = 5.0
RETRY_S = 1.0
"""A full disk is asked again after so long."""

log = structlog.get_logger()


@dataclass(frozen=True)
class StrangerWriteStats:
    """Level of this moment and counters since the start."""

    waiting: int
    """Changes that are not on the disk yet."""
    dropped: int
    """Decisions that were not made because too many changes waited, and changes that the store can never take."""
    failures: int
    """Times that the disk refused."""
    failing: bool
    """It refused the last time, and is asked again."""


class StrangerWrites:
    """The queue and its thread; every method may be called from any thread.

    Args:
        store: on a connection that only this thread writes with.
        retry_s: how long to wait after the disk refused.
    """

    def __init__(self, store: StrangerStore, retry_s: float = RETRY_S) -> None:
        self._store, self._retry_s = store, retry_s
        self._changed = threading.Condition()
        self._waiting: Deque[Change] = deque()
        self._seen: Dict[str, Seen] = {}
        self._thread: Optional[threading.Thread] = None
        self._stopping = self._hurry = self._failing = False
        self._dropped = self._failures = 0
        self._came = self._written = 0
        self._looks = self._looks_written = 0

    def has_room(self) -> bool:
        """Whether one more change can wait; ``False`` counts one that is not made."""
        with self._changed:
            room = len(self._waiting) < MAX_WAITING and not self._stopping
            self._dropped += not room
            return room

    def put(self, change: Change) -> None:
        """Have a change written; whoever makes it has asked :meth:`has_room`."""
        with self._changed:
            self._waiting.append(change)
            self._came += 1
            self._wake()

    def seen(self, stranger_id: str, when: Seen) -> None:
        """Have it written within :data:`SEEN_EVERY_S` that a stranger was seen."""
        with self._changed:
            self._seen[stranger_id] = when
            self._looks += 1
            self._wake()

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that came so far is on the disk; ``False``: the disk refused, or was too slow."""
        with self._changed:
            if self._thread is None:
                return True
            self._hurry = True
            self._changed.notify_all()
            came, looks = self._came, self._looks
            return self._changed.wait_for(
                lambda: self._written >= came and self._looks_written >= looks, timeout_s
            )

    def stop(self, timeout_s: float) -> None:
        """Write what waits, for at most so long, and end the thread; what is left is lost and told."""
        self.flush(timeout_s)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._waiting:
            log.error("stranger_changes_lost", changes=len(self._waiting))

    def stats(self) -> StrangerWriteStats:
        """Level and counters."""
        with self._changed:
            return StrangerWriteStats(len(self._waiting), self._dropped, self._failures, self._failing)

    def _wake(self) -> None:
        if self._thread is None and not self._stopping:
            self._thread = threading.Thread(target=self._run, name="strangers")
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        seen_due_s = time.monotonic() + SEEN_EVERY_S
        while True:
            with self._changed:
                self._wait(seen_due_s)
                if self._stopping:
                    return
                changes, seen, looks = list(itertools.islice(self._waiting, BATCH)), {}, self._looks_written
                if self._hurry or time.monotonic() >= seen_due_s:
                    seen, self._seen, looks, self._hurry = self._seen, {}, self._looks, False
                    seen_due_s = time.monotonic() + SEEN_EVERY_S
            try:
                self._write(changes, seen)
            except StoreError as error:
                self._refused(seen, error)
            else:
                self._taken(len(changes), looks)

    def _wait(self, seen_due_s: float) -> None:
        """Until there is something to write; who holds the lock may go on."""
        while not self._stopping and not self._waiting:
            rest_s = seen_due_s - time.monotonic()
            if self._seen and (self._hurry or rest_s <= 0):
                return
            self._changed.wait(rest_s if self._seen else None)

    def _write(self, changes: Sequence[Change], seen: Mapping[str, Seen]) -> None:
        try:
            self._store.write(changes, seen)
        except BadInput as error:
            if len(changes) > 1:  # one of them; the others are written alone, and a second time changes nothing
                for change in changes:
                    self._write([change], {})
                self._write([], seen)
                return
            log.error("stranger_change_dropped", kind=type(changes[0]).__name__, reason=str(error))
            with self._changed:
                self._dropped += 1

    def _taken(self, count: int, looks: int) -> None:
        with self._changed:
            self._failing = False
            for _ in range(count):
                self._waiting.popleft()
            self._written += count
            self._looks_written = looks
            self._changed.notify_all()

    def _refused(self, seen: Mapping[str, Seen], error: StoreError) -> None:
        if not self._failing:
            log.error("strangers_not_written", reason=str(error))
        with self._changed:
            self._failing = True
            self._failures += 1
            self._seen = {**seen, **self._seen}
            self._hurry = True
            self._changed.wait_for(lambda: self._stopping, self._retry_s)
