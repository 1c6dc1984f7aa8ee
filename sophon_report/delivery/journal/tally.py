"""What the records of a segment come to, in a few numbers. Pure.

Each segment's first record holds the tally of the segment before (:class:`Before`), so a start knows what
thousands of segments hold from one page of each. The size stands with it: a segment that has another size today
was torn, damaged or written anew, and its tally is counted again.
"""

from dataclasses import dataclass
from typing import Any, List, Optional

import msgpack

from sophon_report.delivery.journal.segment import Kind


@dataclass(frozen=True)
class Tally:
    """Of one segment, or of the part of it behind a place; all 0 for nothing."""

    records: int = 0
    """With a number, of any kind."""
    visits: int = 0
    recognitions: int = 0
    first_ms: int = 0
    """Time of the first visit or recognition, UTC; 0 for none."""
    last_ms: int = 0
    last_seq: int = 0

    def of(self, kind: int) -> int:
        """How many records of ``kind``, a visit or a recognition."""
        return self.recognitions if kind == Kind.RECOGNITION else self.visits


@dataclass(frozen=True)
class Before:
    """The segment before, as it was when it ended."""

    first_seq: int
    size_bytes: int
    tally: Tally

    def packed(self) -> List[int]:
        """Return it as the snapshot holds it."""
        tally = self.tally
        counts = [tally.records, tally.visits, tally.recognitions]
        return [self.first_seq, self.size_bytes, *counts, tally.first_ms, tally.last_ms, tally.last_seq]


def before_of(snapshot: bytes) -> Optional[Before]:
    """Return what a snapshot's body says of the segment before, ``None`` when it says nothing."""
    try:
        values: Any = msgpack.unpackb(snapshot)["before"]
        first_seq, size_bytes, *numbers = (int(value) for value in values)
        return Before(first_seq, size_bytes, Tally(*numbers))
    except (ValueError, TypeError, KeyError, msgpack.UnpackException):
        return None
