"""The audit: who changed what, and from where."""

from typing import List, Protocol, Sequence, Tuple

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Page
from sophon_report.store.audit import AuditLine


class AuditPage(Answer):
    """Lines of the audit, the newest first."""

    lines: List[AuditLine]
    total: int
    """How many there are in all, ten thousand at most."""


class AuditQuery(Page):
    """Which lines."""

    text: str = Field("", max_length=100)
    """What must stand in them, in letters of any case: a user, an address, a call."""


class AuditReader(Protocol):
    """Whoever reads the audit beside the event loop."""

    async def audit_lines(self, text: str, limit: int, offset: int) -> Tuple[Sequence[AuditLine], int]:
        """Lines in which ``text`` stands, the newest first, and how many there are.

        Raises:
            Unavailable: they cannot be read.
        """


class AuditCalls:
    """The one operation."""

    def __init__(self, audit: AuditReader) -> None:
        self._audit = audit

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET",
                "/audit",
                Need.ADMIN,
                "Who changed what",
                self.list,
                AuditPage,
                query=AuditQuery,
                tags=("audit",),
                tagged=True,
            )
        ]

    async def list(self, asked: Asked) -> AuditPage:
        """A page of the audit."""
        wanted: AuditQuery = asked.query
        lines, total = await self._audit.audit_lines(wanted.text, wanted.limit, wanted.offset)
        return AuditPage(lines=list(lines), total=total)
