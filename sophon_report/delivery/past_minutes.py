"""How a destination did in the last hour, minute by minute: what a page draws, and what a rate is made of. Pure.

Bounded: :data:`MINUTES` minutes, of which those without an attempt are left out.
"""

from collections import deque
from dataclasses import dataclass
from typing import Deque, Tuple

MINUTES = 60
MINUTE_MS = 60_000


@dataclass(frozen=True)
class PastMinute:
    """One minute in which something was tried."""

    at_ms: int
    """When it began."""
    accepted: int
    failed: int
    """Attempts that came to nothing."""


class PastMinutes:
    """Counts attempts."""

    def __init__(self) -> None:
        self._minutes: Deque[PastMinute] = deque(maxlen=MINUTES)

    def note(self, now_ms: int, accepted: bool) -> None:
        """Count one."""
        at_ms = now_ms - now_ms % MINUTE_MS
        last = (
            self._minutes.pop() if self._minutes and self._minutes[-1].at_ms == at_ms else PastMinute(at_ms, 0, 0)
        )
        self._minutes.append(PastMinute(at_ms, last.accepted + accepted, last.failed + (not accepted)))

    def since(self, now_ms: int) -> Tuple[PastMinute, ...]:
        """Those of the last hour, the oldest first."""
        return tuple(each for each in self._minutes if each.at_ms > now_ms - MINUTES * MINUTE_MS)
