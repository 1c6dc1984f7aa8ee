"""What a process takes of the machine, as ``/proc`` tells it; a process that has gone takes nothing."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Optional, Tuple

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ProcessUsage:
    """Of one process."""

    pid: int
    memory_bytes: int
    """Resident."""
    cpu_cores: Optional[float]
    """Cores that it kept busy since the look before; ``None`` at the first one."""


@dataclass(frozen=True)
class ProcessTotals:
    """Of one process since it began: what may be added up over time."""

    process: str
    """``report`` or ``vision``."""
    cpu_s: float
    memory_bytes: int
    """Resident, now."""
    started_s: int
    """Seconds since 1970."""


def totals(process: str, pid: int, now_s: float, proc: Path = Path("/proc")) -> Optional[ProcessTotals]:
    """What the process has taken so far, ``None`` when it has gone; takes some microseconds.

    Args:
        process: its name.
        pid: of it.
        now_s: the wall clock.
        proc: what stands for ``/proc``.
    """
    try:
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()  # its name may hold anything
        pages = int((proc / str(pid) / "statm").read_text().split()[1])
        busy_s, began_s = (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[19]) / _TICKS
    except (OSError, ValueError, IndexError):
        return None
    since_s = time.clock_gettime(time.CLOCK_BOOTTIME) - began_s
    return ProcessTotals(process, busy_s, pages * _PAGE_BYTES, round(now_s - since_s))


class ProcessReader:
    """Looks at processes; must not be used by two threads at once.

    Args:
        proc: what stands for ``/proc``.
        clock_s: seconds that never step back.
    """

    def __init__(self, proc: Path = Path("/proc"), clock_s: Callable[[], float] = time.monotonic) -> None:
        self._proc, self._clock_s = proc, clock_s
        self._before: Dict[int, Tuple[float, float]] = {}

    def read(self, pid: int) -> Optional[ProcessUsage]:
        """What the process takes now, ``None`` when it has gone."""
        try:
            stat = (self._proc / str(pid) / "stat").read_text()
            pages = int((self._proc / str(pid) / "statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            self._before.pop(pid, None)
            return None
        fields = stat.rpartition(")")[2].split()  # its name may hold anything
        busy_s, now_s = (int(fields[11]) + int(fields[12])) / _TICKS, self._clock_s()
        before = self._before.get(pid)
        self._before = {**{each: self._before[each] for each in list(self._before)[-7:]}, pid: (busy_s, now_s)}
        passed_s = now_s - before[1] if before else 0.0
        cores = max(0.0, (busy_s - before[0]) / passed_s) if before and passed_s > 0 else None
        return ProcessUsage(pid, pages * _PAGE_BYTES, cores)
