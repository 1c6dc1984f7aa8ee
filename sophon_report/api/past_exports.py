"""What the HTTP edge asks of exports of events."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Sequence, Tuple

from sophon_report.api.bulk import ExportFile
from sophon_report.api.job import Job
from sophon_report.store.event_index import EventQuery


@dataclass(frozen=True)
class EventExportWish:
    """Which events, and how they are told."""

    query: EventQuery
    """The newest first."""
    form: str
    """``csv`` or ``zip``."""
    pictures: Tuple[str, ...]
    """Of a zip: ``face``, ``scene``."""
    language: str
    """Of the header and the words: ``en`` or ``zh``."""
    utc_offset_min: int


class EventExportService(Protocol):
    """Whoever exports."""

    def start(self, wish: EventExportWish, actor: str) -> Job:
        """Begin to write a file; raises Unavailable."""

    async def list(self) -> Sequence[ExportFile]:
        """Those that can be fetched."""

    async def path_of(self, name: str) -> Path:
        """Where one is; raises NotFound."""

    async def remove(self, name: str) -> None:
        """Remove one; raises NotFound."""
