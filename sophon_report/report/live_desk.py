"""What goes on now, as pages ask for it: what is wrong, watched while the service runs, and today in figures."""

import asyncio
import contextlib
import time
from typing import Optional, Sequence

from sophon_report.api.v1.problems_now import ProblemNow
from sophon_report.api.v1.today import Today
from sophon_report.ops.clock import clock_ms, steady_ms
from sophon_report.report.problem_watch import ProblemWatch, watch_problems
from sophon_report.report.problems import Beside
from sophon_report.report.running import Parts, RunningService
from sophon_report.report.today_desk import TodayDesk


class LiveDesk:
    """Of one running service."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._service, self._watch = parts, RunningService(parts), ProblemWatch()
        self._today = TodayDesk(parts.history.index, parts.history.questions, clock_ms, zone_min)

    def problems(self) -> Sequence[ProblemNow]:
        """What is wrong now, the worst first."""
        beside = Beside(
            waiting=self._parts.live.waiting,
            password_made_up=self._parts.place.admin_password.exists(),
            tls_fault=self._parts.live.tls_fault,
        )
        return self._watch.look(self._service.snapshot(), steady_ms(), beside)

    async def today(self, utc_offset_min: Optional[int]) -> Today:
        """The day so far."""
        return await self._today.today(utc_offset_min)


def zone_min() -> int:
    """Minutes that the zone of this machine is ahead of UTC now."""
    return time.localtime().tm_gmtoff // 60


def open_live(stack: contextlib.AsyncExitStack, parts: Parts) -> LiveDesk:
    """Look from now on what is wrong, until ``stack`` ends."""
    desk = LiveDesk(parts)
    watching = asyncio.get_running_loop().create_task(watch_problems(desk.problems), name="problems")
    stack.callback(watching.cancel)
    return desk
