"""The audit of the running service: lines come from anywhere; a thread writes them, since each syncs the disk.

A line is on the disk some milliseconds after it was handed in, and at the latest when the service has left; a kill
in between loses it. What the disk refuses is lost (``lost``) and told in the log: what was done is done.
"""

import threading
import time
from typing import Callable, List, Optional, Tuple

import structlog

from sophon_report.errors import SophonReportError
from sophon_report.store.audit import LONGEST_ACTOR, LONGEST_DETAIL, AuditLine, AuditStore
from sophon_report.store.audit_tally import AuditTally

log = structlog.get_logger()


class AuditDesk:
    """Takes lines from any thread.

    Args:
        writes: on a connection that only the desk's thread writes with.
        reads: on another one, so that a look does not wait for the disk.
        clock_ms: milliseconds since the epoch.
        clock_s: seconds that never step back.
    """

    def __init__(
        self,
        writes: AuditStore,
        reads: AuditStore,
        clock_ms: Callable[[], int],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writes, self._reads = writes, reads
        self._clock_ms, self._clock_s = clock_ms, clock_s
        self._tally = AuditTally()
        self._changed = threading.Condition()
        self._thread: Optional[threading.Thread] = None
        self._stopping = False
        self._refused = 0

    def note(self, actor: str, action: str, detail: str = "") -> None:
        """Have it written that ``actor`` did this now; of what is done again and again a count."""
        line = AuditLine(self._clock_ms(), actor[:LONGEST_ACTOR], action, detail[:LONGEST_DETAIL])
        with self._changed:
            self._tally.add(line, self._clock_s())
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name="audit")
                self._thread.start()
            self._changed.notify_all()

    def search(self, text: str, limit: int, offset: int) -> Tuple[List[AuditLine], int]:
        """Lines in which ``text`` stands, newest first, and how many there are in all.

        Raises:
            StoreError: they cannot be read.
        """
        return self._reads.search(text, limit, offset)

    @property
    def lost(self) -> int:
        """Lines that could not be kept, or that the disk refused, since the start."""
        with self._changed:
            return self._tally.lost + self._refused

    def stop(self) -> None:
        """Write what waits and end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                lines = self._tally.due(self._clock_s())
                if not lines and not self._stopping:
                    next_s = self._tally.next_s()
                    self._changed.wait(None if next_s is None else max(0.0, next_s - self._clock_s()))
                    continue
                is_last = self._stopping
                if is_last:
                    lines += self._tally.rest()
            self._write(lines)
            if is_last:
                return

    def _write(self, lines: List[AuditLine]) -> None:
        try:
            self._writes.add_all(lines)
        except SophonReportError as error:
            with self._changed:
                self._refused += len(lines)
            log.error("audit_lines_lost", actions=[line.action for line in lines[:10]], reason=str(error))
