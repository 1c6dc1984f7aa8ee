"""What was done to people's data, by whom and when, without saying to whose.

At most :data:`MAX_LINES` lines are kept, the oldest go.
"""

from dataclasses import dataclass
from typing import Callable, List

import structlog

from sophon_report.errors import SophonReportError
from sophon_report.store.database import Database

MAX_LINES = 10_000

log = structlog.get_logger()


@dataclass(frozen=True)
class AuditLine:
    """One thing that was done."""

    at_ms: int
    actor: str
    """``command``, or the address of who asked."""
    action: str
    detail: str
    """Without personal data."""


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
        values = (line.at_ms, line.actor, line.action, line.detail)
        with self._database.change() as connection:
            connection.execute(
                """INSERT INTO audit (at_ms, actor, action, detail) SELECT ?, ?, ?, ?
                   WHERE ? = '' OR NOT EXISTS (SELECT 1 FROM audit WHERE instr(detail, ?) > 0)""",
                (*values, once, once),
            )
            connection.execute(
                """DELETE FROM audit WHERE number <=
                   (SELECT number FROM audit ORDER BY number DESC LIMIT 1 OFFSET ?)""",
                (self._max_lines,),
            )

    def list(self, limit: int = 100) -> List[AuditLine]:
        """The newest lines, newest first."""
        sql = "SELECT at_ms, actor, action, detail FROM audit ORDER BY number DESC LIMIT ?"
        return [AuditLine(*row) for row in self._database.rows(sql, (limit,))]


class AuditLog:
    """Notes what is done now.

    Args:
        store: keeps the lines.
        clock_ms: milliseconds since the epoch.
    """

    def __init__(self, store: AuditStore, clock_ms: Callable[[], int]) -> None:
        self._store, self._clock_ms = store, clock_ms

    def note(self, actor: str, action: str, detail: str = "") -> None:
        """Write a line; what was done is done, so one that cannot be written is told in the log only."""
        try:
            self._store.add(AuditLine(self._clock_ms(), actor[:128], action, detail[:1024]))
        except SophonReportError as error:
            log.error("audit_line_lost", actor=actor, action=action, reason=str(error))
