"""Recognitions that are still without their visit. Pure.

Each segment begins with a snapshot of this, so that a restart reads one segment and not the whole journal to
know which visits a crash left open. The snapshot holds no pictures, only where each recognition is.
"""

from dataclasses import dataclass
from typing import AbstractSet, Dict, List, Optional

import msgpack

from sophon_report.delivery.journal.segment import Kind, is_numeric
from sophon_report.delivery.journal.tally import Before

MAX_OPEN = 10_000
"""Far above what cameras can show; over it the oldest is forgotten and would not be closed after a crash."""


@dataclass(frozen=True)
class OpenVisit:
    """Where a recognition is and when its person was last known to be there."""

    event_key: int
    seq: int
    last_seen_ms: int
    segment_first_seq: int


class OpenVisits:
    """The open visits after the records told so far."""

    def __init__(self) -> None:
        self.newest_event_us = 0
        """Greatest numeric event id so far."""
        self.forgotten = 0
        self._open: Dict[int, OpenVisit] = {}

    def __len__(self) -> int:
        return len(self._open)

    def all(self) -> List[OpenVisit]:
        """In the order of their recognitions."""
        return sorted(self._open.values(), key=lambda visit: visit.seq)

    def tell(self, kind: int, seq: int, key: int, time_ms: int, segment_first_seq: int) -> None:
        """Take note of a record that is on the disk in the given segment."""
        if is_numeric(key) and kind in (Kind.RECOGNITION, Kind.VISIT):
            self.newest_event_us = max(self.newest_event_us, key)
        if kind == Kind.VISIT:
            self._open.pop(key, None)
        elif kind == Kind.PROGRESS and key in self._open:
            self._see(self._open[key], time_ms)
        elif kind == Kind.RECOGNITION:
            self._add(OpenVisit(key, seq, time_ms, segment_first_seq))
        elif kind == Kind.CARRIED and key in self._open:
            visit = self._open[key]
            self._open[key] = OpenVisit(key, seq, visit.last_seen_ms, segment_first_seq)

    def forget(self, keys: AbstractSet[int]) -> bool:
        """Let go of the visits of these events, which are erased; whether there was one."""
        gone = keys & self._open.keys()
        for key in gone:
            del self._open[key]
        return bool(gone)

    def keep_only(self, segment_first_seqs: AbstractSet[int]) -> None:
        """Forget visits whose recognition is in none of these segments: there is nothing to close them with."""
        self._open = {
            key: visit for key, visit in self._open.items() if visit.segment_first_seq in segment_first_seqs
        }

    def _add(self, visit: OpenVisit) -> None:
        self._open[visit.event_key] = visit
        while len(self._open) > MAX_OPEN:
            del self._open[next(iter(self._open))]
            self.forgotten += 1

    def _see(self, visit: OpenVisit, time_ms: int) -> None:
        seen_ms = max(visit.last_seen_ms, time_ms)
        self._open[visit.event_key] = OpenVisit(visit.event_key, visit.seq, seen_ms, visit.segment_first_seq)

    def snapshot(self, before: Optional[Before] = None) -> bytes:
        """Return all of it as the body of a record, with what the segment before comes to."""
        rows = [[visit.event_key, visit.seq, visit.last_seen_ms, visit.segment_first_seq] for visit in self.all()]
        tally = {"before": before.packed()} if before else {}
        packed: bytes = msgpack.packb({"newest_event_us": self.newest_event_us, **tally, "open": rows})
        return packed

    @classmethod
    def from_snapshot(cls, body: bytes) -> "Optional[OpenVisits]":
        """Return what :meth:`snapshot` wrote, or ``None`` when it is no such thing."""
        visits = cls()
        try:
            values = msgpack.unpackb(body)
            visits.newest_event_us = int(values["newest_event_us"])
            for key, seq, seen_ms, first_seq in values["open"]:
                visits._add(OpenVisit(int(key), int(seq), int(seen_ms), int(first_seq)))
        except (ValueError, TypeError, KeyError, msgpack.UnpackException):
            return None
        return visits


def without_visits(body: bytes, keys: AbstractSet[int]) -> Optional[bytes]:
    """Return a snapshot without the visits of these events; ``None`` when it has none or is no snapshot."""
    try:
        values = msgpack.unpackb(body)
        rows = [row for row in values["open"] if row[0] not in keys]
        if len(rows) == len(values["open"]):
            return None
        packed: bytes = msgpack.packb({**values, "open": rows})
    except (ValueError, TypeError, KeyError, IndexError, msgpack.UnpackException):
        return None
    return packed
