"""What the service takes of the box: processor, memory, disk, and how long the journal will reach."""

from typing import List, Optional, Protocol

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer


class SpaceTold(Answer):
    """Of a memory or a disk."""

    size_bytes: int
    free_bytes: int


class BoxTold(Answer):
    """The machine; what it does not tell is null."""

    name: str
    serial: str
    sdk: str
    """Of the vendor, when there is one."""
    cpu: str
    cores: int
    cpu_usage: Optional[float]
    """0 to 1, of all cores since the look before."""
    memory: Optional[SpaceTold]
    tpu: str
    """Its name; empty: there is none."""
    tpu_usage: Optional[float]
    """0 to 1."""
    tpu_memory: Optional[SpaceTold]
    disk: Optional[SpaceTold]
    """The one that the data is on."""
    core_celsius: Optional[float]
    board_celsius: Optional[float]
    uptime_s: Optional[float]


class ProcessTold(Answer):
    """One of the two processes."""

    process: str
    """``report`` or ``vision``."""
    pid: int
    memory_bytes: int
    cpu_cores: Optional[float]
    """Cores that it kept busy since the look before; null at the first one."""


class PlaceTold(Answer):
    """What lies in the data folder."""

    place: str
    """``journal``, ``history``, ``store``, ``dead_letters``, ``models``, ``import``, ``exports``, ``backups``."""
    size_bytes: int
    files: int


class JournalTold(Answer):
    """How long events stay."""

    size_bytes: int
    max_bytes: int
    oldest_ms: Optional[int]
    rate_bytes_per_day: Optional[float]
    """Null: it is not known yet."""
    reach_days: Optional[float]
    """How long an event stays at today's rate; null: it is not known yet."""


class Usage(Answer):
    """What the service takes of the box."""

    box: BoxTold
    processes: List[ProcessTold]
    places: List[PlaceTold]
    """The largest first."""
    journal: JournalTold


class UsageService(Protocol):
    """Whoever looks."""

    async def usage(self) -> Usage:
        """What is taken now; looked at anew every few seconds at most."""


class UsageCalls:
    """The one operation."""

    def __init__(self, desk: UsageService) -> None:
        self._desk = desk

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET", "/usage", Need.READ, "What the service takes of the box", self.look, Usage, tags=("system",)
            )
        ]

    async def look(self, _asked: Asked) -> Usage:
        """What is taken now."""
        return await self._desk.usage()
