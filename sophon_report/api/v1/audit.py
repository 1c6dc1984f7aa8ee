"""The audit: who changed what, and from where."""

from typing import List, Protocol, Sequence

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Page
from sophon_report.store.audit import AuditLine


class AuditPage(Answer):
    """Lines of the audit, the newest first."""

    lines: List[AuditLine]


class AuditReader(Protocol):
    """Whoever reads the audit beside the event loop."""

    async def audit_lines(self, limit: int, offset: int) -> Sequence[AuditLine]:
        """Lines, the newest first.

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
                query=Page,
                tags=("audit",),
                tagged=True,
            )
        ]

    async def list(self, asked: Asked) -> AuditPage:
        """A page of the audit."""
        page: Page = asked.query
        return AuditPage(lines=list(await self._audit.audit_lines(page.limit, page.offset)))
