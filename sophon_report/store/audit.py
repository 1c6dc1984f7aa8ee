"""What was done to people, devices and settings, by whom and when, without saying to whom.

At most :data:`MAX_LINES` lines are kept, the oldest go.
"""

import re
from dataclasses import dataclass, field
from typing import Callable, List, Optional, Sequence, Tuple

import structlog

from sophon_report.errors import SophonReportError
from sophon_report.store.database import Database

MAX_LINES = 10_000
LONGEST_ACTOR = 128
LONGEST_DETAIL = 1024

log = structlog.get_logger()


@dataclass(frozen=True)
class AuditLine:
    """One thing that was done."""

    at_ms: int
    actor: str
    """``command``, ``session:NAME``, ``token:NAME``, or the address of who asked."""
    action: str
    detail: str
    """Without personal data."""
    number: int = field(default=0, compare=False)
    """Of a line that was written: a newer one has a higher number."""


class AuditStore:
    """The lines of one store file."""

    def __init__(self, database: Database, max_lines: int = MAX_LINES) -> None:
        self._database, self._max_lines = database, max_lines

    def add(self, line: AuditLine, once: str = "") -> None:
        """Write ``line``.

        Args:
            line: what was done.
            once: a part of its detail; when a line has it already, nothing is written.

        Raises:
            BadInput: a text over its limits.
            StoreError: the file cannot be written.
        """
        self._write([line], once)

    def add_all(self, lines: Sequence[AuditLine]) -> None:
        """Write ``lines``, all or none; raises as :meth:`add`."""
        self._write(lines)

    def list(self, limit: int = 100, before: Optional[int] = None) -> List[AuditLine]:
        """The newest lines, newest first; only those with numbers under ``before`` when that is given."""
        sql = (
            "SELECT at_ms, actor, action, detail, number FROM audit WHERE ? IS NULL OR number < ? "
            "ORDER BY number DESC LIMIT ?"
        )
        return [AuditLine(*row) for row in self._database.rows(sql, (before, before, limit))]

    def search(self, text: str, limit: int, offset: int) -> Tuple[List[AuditLine], int]:
        """Lines in which ``text`` stands, in letters of any case, newest first, and how many there are in all.

        Raises:
            StoreError: the file cannot be read.
        """
        like = "%" + re.sub(r"([%_\\])", r"\\\1", text) + "%"
        where = "FROM audit WHERE actor || ' ' || action || ' ' || detail LIKE ? ESCAPE '\\'"
        sql = f"SELECT at_ms, actor, action, detail, number {where} ORDER BY number DESC LIMIT ? OFFSET ?"
        with self._database.one_moment():
            rows = self._database.rows(sql, (like, limit, offset))
            count = self._database.rows(f"SELECT count(*) {where}", (like,))[0][0]
        return [AuditLine(*row) for row in rows], int(count)

    def _write(self, lines: Sequence[AuditLine], once: str = "") -> None:
        rows = [(line.at_ms, line.actor, line.action, line.detail, once, once) for line in lines]
        with self._database.change() as connection:
            connection.executemany(
                """INSERT INTO audit (at_ms, actor, action, detail) SELECT ?, ?, ?, ?
                   WHERE ? = '' OR NOT EXISTS (SELECT 1 FROM audit WHERE instr(detail, ?) > 0)""",
                rows,
            )
            connection.execute(
                """DELETE FROM audit WHERE number <=
                   (SELECT number FROM audit ORDER BY number DESC LIMIT 1 OFFSET ?)""",
                (self._max_lines,),
            )


class AuditLog:
    """Notes what a command does now; the running service has an :mod:`~sophon_report.store.audit_desk`.

    Args:
        store: keeps the lines.
        clock_ms: milliseconds since the epoch.
    """

    def __init__(self, store: AuditStore, clock_ms: Callable[[], int]) -> None:
        self._store, self._clock_ms = store, clock_ms

    def note(self, actor: str, action: str, detail: str = "") -> None:
        """Write a line; what was done is done, so one that cannot be written is told in the log only."""
        try:
            self._store.add(AuditLine(self._clock_ms(), actor[:LONGEST_ACTOR], action, detail[:LONGEST_DETAIL]))
        except SophonReportError as error:
            log.error("audit_line_lost", actor=actor, action=action, reason=str(error))
