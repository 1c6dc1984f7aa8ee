"""Beginning anew, for settings that only a start takes up."""

import asyncio
from typing import List, Protocol, Tuple

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer
from sophon_report.errors import WrongState

ANSWERED_S = 0.3
"""The answer goes out first."""
COMMANDS = ("systemctl restart sophon-report", "sophon-report run")


class RestartTold(Answer):
    """How the service begins anew."""

    possible: bool
    """It does so by itself when asked to."""
    waiting: List[str]
    """Settings that wait for it."""
    commands: List[str]
    """What does it by hand: where it is a unit of systemd, and where it is not."""


class Restarter(Protocol):
    """Whoever can."""

    def is_offered(self) -> bool:
        """Whether it can be done here."""

    def ask(self) -> None:
        """Leave, and begin anew."""


class WaitingSettings(Protocol):
    """Whoever knows what waits."""

    @property
    def waiting(self) -> Tuple[str, ...]:
        """Keys."""


class RestartCalls:
    """Operations over ``restarter``."""

    def __init__(self, restarter: Restarter, settings: WaitingSettings) -> None:
        self._restarter, self._settings = restarter, settings

    def operations(self) -> List[Operation]:
        """Both."""
        return [
            Operation(
                "GET", "/restart", Need.READ, "What waits for a restart", self.look, RestartTold, tags=("system",)
            ),
            Operation(
                "POST",
                "/restart",
                Need.ADMIN,
                "Leave in order, and begin anew",
                self.restart,
                RestartTold,
                http_status=202,
                tags=("system",),
                errors=("CONFLICT",),
                description="Cameras and clients are away for some seconds; no accepted event is lost.",
            ),
        ]

    async def look(self, _asked: Asked) -> RestartTold:
        """What waits."""
        return self._told()

    async def restart(self, _asked: Asked) -> RestartTold:
        """Begin anew, soon after this answer."""
        if not self._restarter.is_offered():
            raise WrongState("this process cannot begin anew by itself: " + ", or ".join(COMMANDS))
        asyncio.get_running_loop().call_later(ANSWERED_S, self._restarter.ask)
        return self._told()

    def _told(self) -> RestartTold:
        return RestartTold(
            possible=self._restarter.is_offered(),
            waiting=list(self._settings.waiting),
            commands=list(COMMANDS),
        )
