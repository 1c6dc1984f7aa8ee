"""Keeps one thing that happens again and again from filling the log.

==================  ===================  ==================================================================
what                bound                over it
==================  ===================  ==================================================================
lines of one kind   ``MAX_LINES`` a      they are left out; the first one of the next window tells their
                    ``WINDOW_S``         number as ``left_out``
kinds               ``MAX_KINDS``        the one that was begun first is forgotten, with its number
==================  ===================  ==================================================================

Of one kind are lines that say the same of the same camera, destination and address of a peer, whichever its port.
What is critical is never left out.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Callable, MutableMapping, Tuple

import structlog

MAX_LINES = 100
WINDOW_S = 60.0
MAX_KINDS = 1024
ABOUT = ("device_id", "destination")
NEVER_LEFT_OUT = ("critical", "fatal")


@dataclass
class _Kind:
    began_s: float
    lines: int = 0
    left_out: int = 0


class LogBounds:
    """Says which lines are left out. Safe from any thread.

    Args:
        max_lines: of a kind in a window.
        window_s: of time.
        clock_s: seconds that never step back.
    """

    def __init__(
        self,
        max_lines: int = MAX_LINES,
        window_s: float = WINDOW_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_lines, self._window_s, self._clock_s = max_lines, window_s, clock_s
        self._kinds: OrderedDict[Tuple[str, ...], _Kind] = OrderedDict()
        self._lock = threading.Lock()
        self.left_out = 0
        """Lines, since the start."""

    def bound(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A processor of structlog, the first of all.

        Raises:
            structlog.DropEvent: the line is left out.
        """
        if method in NEVER_LEFT_OUT:
            return event
        about = (str(event.get(name, ""))[:100] for name in ABOUT)
        of = (method, str(event.get("event", ""))[:200], *about, _host(str(event.get("peer", ""))[:100]))
        with self._lock:
            kind, before = self._kind(of)
            kind.lines += 1
            if kind.lines > self._max_lines:
                kind.left_out += 1
                self.left_out += 1
                raise structlog.DropEvent
        if before:
            event["left_out"] = before
        return event

    def _kind(self, of: Tuple[str, ...]) -> Tuple[_Kind, int]:
        """The window of a kind, and how many lines were left out of the one before."""
        now_s = self._clock_s()
        known = self._kinds.get(of)
        if known is not None and now_s - known.began_s < self._window_s:
            return known, 0
        self._kinds.pop(of, None)
        fresh = self._kinds[of] = _Kind(now_s)
        if len(self._kinds) > MAX_KINDS:
            self._kinds.popitem(last=False)
        return fresh, known.left_out if known is not None else 0


def _host(peer: str) -> str:
    """Without its port: who connects again and again has another one each time."""
    host, _, port = peer.rpartition(":")
    return host if host and port.isdigit() else peer
