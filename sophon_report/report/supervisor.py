"""Keeps the vision process running: started, watched, and started again with growing pauses.

Vision may end in any way (a native library that calls ``exit(0)``, a crash, a kill) or go quiet; each is a failure
unless it was asked to stop. A process that says nothing for :data:`SILENCE_S` is killed. One that left because a
device hung is started again at once: holding that device back is another's business (``hold_back.py``), and the
other cameras shall not wait.
"""

import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from typing import List, Optional

import structlog

from sophon_report.link.messages import LEFT_FOR_DEVICE, LEFT_FOR_GOOD
from sophon_report.ops.ending import ended

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""A process that ran so long did not fail at its start: the pauses begin anew."""
SILENCE_S = 15.0
OVERSLEPT_S = 3.0
"""A second's sleep that took longer: this process stood still, and its own silence is no fault of vision."""
START_S = 120.0
"""Loading models on a slow box may take so long before the first word."""
STOP_S = 5.0

log = structlog.get_logger()


def pause_s(quick_failures: int) -> float:
    """Pause before the next start after so many failures in a row, doubling up to half a minute."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(max(0, quick_failures - 1), 10)))


@dataclass(frozen=True)
class SupervisorStats:
    """How vision does as a process."""

    pid: Optional[int]
    starts: int
    last_end: str


class Supervisor:
    """Runs ``sophon-report run --only vision`` as a child; ``arguments`` follow the interpreter's name."""

    def __init__(self, arguments: List[str]) -> None:
        self._arguments = arguments
        self._process: Optional[asyncio.subprocess.Process] = None
        self._task: Optional[asyncio.Task[None]] = None
        self._starts = 0
        self._last_end = ""
        self._heard_s = 0.0
        self._spoke = False

    def start(self) -> None:
        """Begin; returns at once."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="supervisor")

    async def stop(self) -> None:
        """Ask vision to leave, then make it."""
        if self._task is not None:
            await ended(self._task)
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except asyncio.TimeoutError:
            log.warning("vision_killed", reason="did not leave when asked")
            process.kill()
            await process.wait()

    def heard(self) -> None:
        """Vision has said something."""
        self._heard_s = time.monotonic()
        self._spoke = True

    def begins_anew(self) -> None:
        """Vision leaves; where a keeper makes another one of the same process, that takes as long as a start."""
        self._heard_s = time.monotonic()
        self._spoke = False

    def patience_s(self) -> float:
        """Return how long it may say nothing now."""
        return SILENCE_S if self._spoke else START_S

    def stats(self) -> SupervisorStats:
        """How vision does."""
        running = self._process is not None and self._process.returncode is None
        return SupervisorStats(
            self._process.pid if self._process and running else None, self._starts, self._last_end
        )

    async def _run(self) -> None:
        failures = 0
        while True:
            began_s = time.monotonic()
            await self._run_once()
            if self._left_for_device():
                log.warning("vision_ended", how=self._last_end, next_start_s=0)
                continue
            failures = 1 if time.monotonic() - began_s > STEADY_S else failures + 1
            pause = pause_s(failures)
            log.error("vision_ended", how=self._last_end, next_start_s=pause)
            await asyncio.sleep(pause)

    def _left_for_device(self) -> bool:
        return self._process is not None and self._process.returncode == LEFT_FOR_DEVICE

    async def _run_once(self) -> None:
        self._heard_s, self._spoke = time.monotonic(), False
        self._process = None
        try:
            self._process = await asyncio.create_subprocess_exec(sys.executable, *self._arguments)
        except OSError as error:
            self._last_end = f"could not be started: {error.strerror}"
            return
        self._starts += 1
        log.info("vision_started", pid=self._process.pid)
        ended = asyncio.ensure_future(self._process.wait())
        looked_s = time.monotonic()
        while not (await asyncio.wait({ended}, timeout=1.0))[0]:
            now_s = time.monotonic()
            if now_s - looked_s > OVERSLEPT_S:
                self._heard_s = now_s  # this process stood still; what vision said meanwhile is not read yet
            looked_s = now_s
            quiet_s = now_s - self._heard_s
            if quiet_s > self.patience_s():
                log.error("vision_killed", reason="said nothing", quiet_s=round(quiet_s))
                self._process.kill()
        self._last_end = describe_end(self._process.returncode or 0)


def describe_end(code: int) -> str:
    """How a process ended, in words: ``exit status 1``, ``killed by SIGSEGV``."""
    if code in _ON_PURPOSE:
        return _ON_PURPOSE[code]
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


_ON_PURPOSE = {
    LEFT_FOR_DEVICE: "it left since a device hung",
    LEFT_FOR_GOOD: "it left since it could not go on",
}
