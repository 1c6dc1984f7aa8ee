"""Whether the service runs, answers, and what it says of itself."""

import asyncio
from typing import Any, Dict, Iterator, Tuple

from sophon_report.admin import Admin
from sophon_report.config import Settings
from sophon_report.doctor.finding import Finding, Look, error, ok, warning
from sophon_report.errors import SophonReportError
from sophon_report.ops.data_dir import DataDir

ANSWER_S = 10.0
RESTART = "`sudo systemctl restart sophon-report.service`; a support bundle before it keeps what it was at"
SAID_ELSEWHERE = ("password_made_up",)
"""Problems that another look tells, whether the service runs or not."""


def _service(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    if not place.running():
        text = "is not running"
        yield warning(
            "service", "service", text, "`sudo systemctl start sophon-report.target`, or `sophon-report run`"
        )
        return
    try:
        works, reasons, problems = asyncio.run(_asked(place))
    except SophonReportError as fault:
        yield error("service", "service", f"is running, and does not answer: {fault}", RESTART)
        return
    yield ok("service", "service", "is running")
    for reason in reasons:
        to_do = "see the page, System, Health; `sophon-report support-bundle FILE` collects what helps"
        yield warning("health", "health", reason, to_do) if works else error("health", "health", reason, to_do)
    for problem in problems:
        yield from _noticed(problem, reasons)


def _noticed(problem: Dict[str, Any], told: Tuple[str, ...]) -> Iterator[Finding]:
    if problem["text"] in told or problem["code"] in SAID_ELSEWHERE:
        return
    to_do = f"see the page at #/{problem['place']}" if problem["place"] else "see the page, System, Health"
    yield warning(f"problem_{problem['code']}", "noticed", problem["text"], to_do)


async def _asked(place: DataDir) -> Tuple[bool, Tuple[str, ...], Tuple[Dict[str, Any], ...]]:
    async with Admin(place, ANSWER_S) as admin:
        works, reasons = await admin.health()
        now = await admin.get("/api/v1/problems-now")
        return works, reasons, tuple(now["problems"])


LOOKS: Tuple[Look, ...] = (_service,)
