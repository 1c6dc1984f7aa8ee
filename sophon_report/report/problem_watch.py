"""What is wrong, watched over time: since when, and what only shows between two looks.

A look is cheap; one is taken every :data:`LOOK_S`, and whenever somebody asks. What is kept is bounded by devices
and destinations: one time for each thing that is wrong now, one figure for each camera, and for each destination
that has a backlog a figure every :data:`LOOK_S`, :data:`GROWS_LOOKS` in all: then the oldest goes.
"""

import asyncio
import contextlib
from collections import deque
from dataclasses import replace
from typing import Callable, Deque, Dict, Iterable, List, Optional, Sequence, Tuple

import structlog

from sophon_report.api.v1.problems_now import ProblemNow
from sophon_report.delivery.standing import DestinationStats
from sophon_report.link.messages import DeviceState
from sophon_report.report.figures import Snapshot
from sophon_report.report.problems import SEVERITIES, Beside, found, noticed

LOOK_S = 10.0
STALLED_MS = 30_000
"""Online, and no new picture for so long: vision itself calls a source off that gives none, unless it hangs."""
GROWS_LOOKS = 30
"""Five minutes: a backlog that was never smaller in all of them, and is greater at the end, grows."""
GROWS_EVENTS = 10
JUMP_MS = 5_000
"""A clock that differs by more from what passed was set; NTP moves it by less."""
JUMP_SHOWN_MS = 3_600_000

log = structlog.get_logger()


class ProblemWatch:
    """Pure but for :func:`watch_problems`, which calls it: times come in."""

    def __init__(self) -> None:
        self._since_ms: Dict[Tuple[str, str], int] = {}
        self._frames: Dict[str, Tuple[int, float]] = {}
        """Count of each camera that is online, and when it last changed, of a clock that never jumps."""
        self._backlogs: Dict[str, Deque[int]] = {}
        self._clock: Optional[Tuple[int, float]] = None
        self._jump: Tuple[float, float] = (0.0, -float("inf"))
        self._sampled_ms = -float("inf")

    def look(self, now: Snapshot, steady_ms: float, beside: Beside) -> List[ProblemNow]:
        """What is wrong now, the worst first; to be called every :data:`LOOK_S` at least.

        Args:
            now: figures of this moment.
            steady_ms: of a clock that never jumps.
            beside: what is known besides; what shows between looks is filled in here.
        """
        seen = replace(
            beside,
            stalled=self._stalled(now.states.values(), steady_ms),
            growing=self._growing(now.destinations, steady_ms),
            jumped_s=self._jumped_s(now.now_ms, steady_ms),
        )
        problems = [*found(now), *noticed(now, seen)]
        kept = {(each.code, each.subject) for each in problems}
        self._since_ms = {key: self._since_ms.get(key, now.now_ms) for key in kept}
        dated = [replace(each, since_ms=self._since_ms[each.code, each.subject]) for each in problems]
        return sorted(dated, key=lambda each: SEVERITIES.index(each.severity))

    def _stalled(self, states: Iterable[DeviceState], steady_ms: float) -> List[str]:
        frames: Dict[str, Tuple[int, float]] = {}
        for state in states:
            if state.state == "online":
                before = self._frames.get(state.device_id)
                same = before is not None and before[0] == state.frames
                frames[state.device_id] = before if same and before is not None else (state.frames, steady_ms)
        self._frames = frames
        return [device for device, (count, at_ms) in frames.items() if count and steady_ms - at_ms >= STALLED_MS]

    def _growing(self, rows: Sequence[DestinationStats], steady_ms: float) -> List[str]:
        sampled = steady_ms - self._sampled_ms >= LOOK_S * 1000
        self._sampled_ms = steady_ms if sampled else self._sampled_ms
        backlogs: Dict[str, Deque[int]] = {}
        for row in rows:
            looks = self._backlogs.get(row.destination, deque(maxlen=GROWS_LOOKS))
            if looks and row.backlog < looks[-1]:
                looks.clear()
            if sampled:
                looks.append(row.backlog)
            if row.backlog:
                backlogs[row.destination] = looks
        self._backlogs = backlogs
        return [
            name
            for name, looks in backlogs.items()
            if len(looks) == GROWS_LOOKS and looks[-1] - looks[0] >= GROWS_EVENTS
        ]

    def _jumped_s(self, now_ms: int, steady_ms: float) -> float:
        if self._clock is not None:
            by_ms = (now_ms - self._clock[0]) - (steady_ms - self._clock[1])
            if abs(by_ms) >= JUMP_MS:
                self._jump = by_ms / 1000, steady_ms
        self._clock = now_ms, steady_ms
        return self._jump[0] if steady_ms - self._jump[1] < JUMP_SHOWN_MS else 0.0


async def watch_problems(look: Callable[[], object], look_s: float = LOOK_S) -> None:
    """Look until cancelled; a fault in one look is told, and the next one comes all the same."""
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            try:
                look()
            except Exception:
                log.exception("problems_not_seen")
            await asyncio.sleep(look_s)
