"""The newest lines of the log, in memory, for whoever looks at them through the page.

==============  ===================  ======================================================
what            bound                over it
==============  ===================  ======================================================
lines           ``MAX_LINES``        the oldest goes; ``dropped`` counts it
all of them     ``MAX_BYTES``        the same
==============  ===================  ======================================================

Lines come from any thread, after secrets were masked (``logs.redact``), and are numbered from 1: whoever follows
asks for those after a number, and is told how many went before they asked. A restart begins anew.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Deque, List, Mapping, MutableMapping, Sequence

import orjson

MAX_LINES = 5_000
MAX_BYTES = 4 << 20
LEVELS = ("debug", "info", "warning", "error", "critical")
_OWN = ("event", "level", "timestamp")


@dataclass(frozen=True)
class LogLine:
    """One line."""

    seq: int
    at: str
    """ISO 8601, UTC."""
    level: str
    event: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """What else it tells, each as text."""

    @property
    def size_bytes(self) -> int:
        """About, in memory."""
        return 200 + len(self.event) + sum(len(name) + len(text) for name, text in self.fields.items())

    def has(self, text: str) -> bool:
        """Whether ``text``, folded, is in it in any case."""
        told = [self.event, *self.fields, *self.fields.values()]
        return any(text in one.casefold() for one in told)


@dataclass(frozen=True)
class LogPage:
    """Some lines, and where they stand."""

    lines: Sequence[LogLine]
    """The oldest first."""
    last_seq: int
    """Of the newest line there is."""
    missed: int
    """Lines after the number that was asked for which have gone."""
    dropped: int
    """Lines that gave way since the start."""


class LogRing:
    """Keeps them.

    Args:
        max_lines: at most.
        max_bytes: of all of them, about.
    """

    def __init__(self, max_lines: int = MAX_LINES, max_bytes: int = MAX_BYTES) -> None:
        self._max_lines, self._max_bytes = max_lines, max_bytes
        self._lines: Deque[LogLine] = deque()
        self._size_bytes = self._last_seq = self._dropped = 0
        self._lock = threading.Lock()

    def keep(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A processor of structlog, behind the one that masks secrets."""
        fields = {name: _text(value) for name, value in event.items() if name not in _OWN}
        at, level, said = (str(event.get(name, "")) for name in ("timestamp", "level", "event"))
        with self._lock:
            self._last_seq += 1
            line = LogLine(self._last_seq, at, level, said, fields)
            self._lines.append(line)
            self._size_bytes += line.size_bytes
            while len(self._lines) > self._max_lines or self._size_bytes > self._max_bytes:
                self._size_bytes -= self._lines.popleft().size_bytes
                self._dropped += 1
        return event

    def page(self, after: int, level: str, text: str, limit: int) -> LogPage:
        """The newest ``limit`` lines after number ``after``, of ``level`` or a graver one, that hold ``text``."""
        with self._lock:
            lines, last_seq, dropped = tuple(self._lines), self._last_seq, self._dropped
        gravest, wanted = LEVELS.index(level), text.casefold()
        found: List[LogLine] = []
        for line in reversed(lines):
            if line.seq <= after or len(found) >= limit:
                break
            if _gravity(line.level) >= gravest and (not wanted or line.has(wanted)):
                found.append(line)
        return LogPage(found[::-1], last_seq, _missed(after, dropped), dropped)


def _missed(after: int, dropped: int) -> int:
    """The oldest have gone, and numbers have no gaps: so ``dropped`` is the number of the last of them."""
    return max(0, dropped - after) if after else 0


def _gravity(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("info")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a surrogate pair, a number that is too large: the log itself writes them
        return str(value).encode("utf-8", "replace").decode()
