"""What must come back within its time, and what did not.

A decoder or a chip that hangs does so inside of a native call: its thread cannot be ended, and only a new process
helps. So each call that may hang is noted here when it begins and when it ends, and another thread looks. Pure:
the time is passed in.

Bound: one note a call under way. A process that stood still (a suspended machine, a native call that kept the
interpreter to itself) blames nobody: time in which nobody looked does not count.
"""

import itertools
import threading
from dataclasses import dataclass, replace
from typing import Callable, Dict, Optional

from sophon_report.link.messages import Leaving

OVERSLEPT_S = 3.0
"""Between two looks: who looks late stood still, and so did the calls."""


@dataclass(frozen=True)
class _Call:
    verdict: Leaving
    """What its hanging means."""
    late_s: float
    """From when on it hangs."""
    is_over: Callable[[], bool]
    """Whether what it stands for has ended all the same."""


class HangWatch:
    """Calls under way; safe from any thread. Times are of one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._calls: Dict[int, _Call] = {}
        self._tickets = itertools.count()
        self._given_up: Optional[Leaving] = None
        self._looked_s: Optional[float] = None

    def began(
        self, now_s: float, limit_s: float, verdict: Leaving, is_over: Callable[[], bool] = lambda: False
    ) -> int:
        """Note a call that hangs when it has not ended ``limit_s`` from now; returns its ticket.

        Args:
            now_s: when it began.
            limit_s: it never takes so long.
            verdict: what its hanging means.
            is_over: asked when it is late, for work that ends by itself while nobody looks: that does not hang.
        """
        with self._guard:
            ticket = next(self._tickets)
            self._calls[ticket] = _Call(verdict, now_s + limit_s, is_over)
            return ticket

    def ended(self, ticket: int) -> None:
        """The call came back, however."""
        with self._guard:
            self._calls.pop(ticket, None)

    def give_up(self, verdict: Leaving) -> None:
        """Note that only a new process helps; the first word counts."""
        with self._guard:
            self._given_up = self._given_up or verdict

    def look(self, now_s: float) -> Optional[Leaving]:
        """Return why this process must end, if it must: of calls that hang the one that is overdue for longest."""
        with self._guard:
            if self._looked_s is not None and now_s - self._looked_s > OVERSLEPT_S:
                self._forgive(now_s - self._looked_s)
            self._looked_s = now_s
            if self._given_up is not None:
                return self._given_up
            late = [(ticket, call) for ticket, call in self._calls.items() if call.late_s <= now_s]
            for ticket in [ticket for ticket, call in late if call.is_over()]:
                del self._calls[ticket]  # who began it may have left without asking for it
            hung = [call for ticket, call in late if ticket in self._calls]
            return min(hung, key=lambda call: call.late_s).verdict if hung else None

    def _forgive(self, lost_s: float) -> None:
        for ticket, call in self._calls.items():
            self._calls[ticket] = replace(call, late_s=call.late_s + lost_s)
