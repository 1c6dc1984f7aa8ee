"""Which lines of the audit are written when, so that a busy program cannot push everybody else's out. Pure.

The first time that somebody does something is a line at once. Whatever they do of the same kind within
``TOGETHER_S`` after it is counted, and becomes one line that says how often. So one program and call make a line a
minute at most. At most ``MAX_KINDS`` kinds are kept apart at one time; over it a line is not written (``lost``).
"""

from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Tuple

from sophon_report.store.audit import AuditLine

TOGETHER_S = 60.0
MAX_KINDS = 1000


@dataclass
class _Kind:
    line: AuditLine
    times: int
    """Not written yet."""
    due_s: float


class AuditTally:
    """What was done and is not written yet; seconds are those of a clock that never steps back."""

    def __init__(self) -> None:
        self._kinds: Dict[Tuple[str, str, str], _Kind] = {}
        self.lost = 0
        """Lines that were not kept because there were too many kinds."""

    def add(self, line: AuditLine, now_s: float) -> None:
        """Something was done."""
        key = (line.actor, line.action, line.detail)
        kind = self._kinds.get(key)
        if kind is not None:
            kind.times += 1
            kind.line = line
        elif len(self._kinds) < MAX_KINDS:
            self._kinds[key] = _Kind(line, 1, now_s)
        else:
            self.lost += 1

    def due(self, now_s: float) -> List[AuditLine]:
        """The lines to write now."""
        found = []
        for key, kind in list(self._kinds.items()):
            if now_s < kind.due_s:
                continue
            if kind.times:
                found.append(_said(kind))
                kind.times, kind.due_s = 0, now_s + TOGETHER_S
            else:
                del self._kinds[key]
        return found

    def rest(self) -> List[AuditLine]:
        """All that is not written yet, for the last time."""
        found = [_said(kind) for kind in self._kinds.values() if kind.times]
        self._kinds.clear()
        return found

    def next_s(self) -> Optional[float]:
        """When :meth:`due` has something to do, ``None`` when it never will."""
        return min((kind.due_s for kind in self._kinds.values()), default=None)


def _said(kind: _Kind) -> AuditLine:
    if kind.times == 1:
        return kind.line
    return replace(kind.line, detail=f"{kind.line.detail} {kind.times} times".strip())
