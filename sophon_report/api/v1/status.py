"""How the box does now: what is wrong and why, in one call that may be asked every second."""

from typing import Dict, List, Protocol

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer


class Status(Answer):
    """How the box does."""

    version: str
    now_ms: int
    uptime_s: int
    health: str
    """``ok``, ``degraded`` (what is amiss, a restart would not mend) or ``failing`` (it does not do its work)."""
    wrong: List[str]
    """What is wrong now, the worst first; each says which part and why."""
    vision: bool
    """The vision process is there."""
    devices: Dict[str, int]
    """How many devices are in each state."""
    faces: int
    """Registered, and compared with."""
    clients: int
    """Programs that read the event stream."""
    backlog: int
    """Events that wait for their receivers, all together."""
    refused: int
    """Events that receivers refused for good and that are set aside."""
    open_visits: int
    jobs: int
    """That wait or run."""
    waiting_for_restart: List[str]
    """Settings that were changed and count from the next start on."""


class StatusService(Protocol):
    """Whoever knows."""

    def status(self) -> Status:
        """How the box does now."""


class StatusCalls:
    """The one operation."""

    def __init__(self, service: StatusService) -> None:
        self._service = service

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation("GET", "/status", Need.OPEN, "How the box does now", self.look, Status, tags=("status",))
        ]

    async def look(self, _asked: Asked) -> Status:
        """How the box does now."""
        return self._service.status()
