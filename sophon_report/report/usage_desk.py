"""What the service takes of the box, looked at beside the event loop and no more often than is of use.

The machine and the processes are looked at every :data:`LOOK_S` at most, folders every :data:`COUNT_S`: a journal
has thousands of files. A folder of more than :data:`MAX_FILES` is counted up to that many.
"""

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

from sophon_report.api.v1.usage import BoxTold, JournalTold, PlaceTold, ProcessTold, SpaceTold, Usage
from sophon_report.condition import BoxState, Space
from sophon_report.ops.box import BoxReader
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.process_usage import ProcessReader
from sophon_report.report.running import Parts

LOOK_S = 1.0
COUNT_S = 30.0
MAX_FILES = 200_000


class UsageDesk:
    """The :class:`sophon_report.api.v1.usage.UsageService` of a running service."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._box, self._processes = BoxReader(parts.place.root), ProcessReader()
        self._lock = asyncio.Lock()
        self._looked_s = self._counted_s = float("-inf")
        self._state: Optional[Tuple[BoxState, List[ProcessTold]]] = None
        self._places: List[PlaceTold] = []

    async def usage(self) -> Usage:
        """What is taken now."""
        hello, stats = self._parts.flow.vision(), self._parts.journal.stats()
        pids = {"report": os.getpid(), **({"vision": hello.pid} if hello is not None else {})}
        async with self._lock:
            state, processes = await asyncio.get_running_loop().run_in_executor(None, self._look, pids)
            places = list(self._places)
        return Usage(
            box=_told(state),
            processes=processes,
            places=places,
            journal=JournalTold(
                size_bytes=stats.size_bytes,
                max_bytes=stats.max_bytes,
                oldest_ms=stats.oldest_ms,
                rate_bytes_per_day=stats.rate_bytes_per_day,
                reach_days=stats.reach_days,
            ),
        )

    def _look(self, pids: Dict[str, int]) -> Tuple[BoxState, List[ProcessTold]]:
        now_s = time.monotonic()
        if self._state is None or now_s - self._looked_s >= LOOK_S:
            self._looked_s, self._state = now_s, (self._box.read(), list(self._taken(pids)))
        if now_s - self._counted_s >= COUNT_S:
            self._counted_s, self._places = now_s, places_of(self._parts.place)
        return self._state

    def _taken(self, pids: Dict[str, int]) -> Iterator[ProcessTold]:
        for process, pid in pids.items():
            usage = self._processes.read(pid)
            if usage is not None:
                yield ProcessTold(process=process, **vars(usage))


def places_of(place: DataDir) -> List[PlaceTold]:
    """What lies in the data folder, the largest first. Blocks."""
    found = {
        "journal": [place.journal],
        "history": [place.events],
        "store": [place.store],
        "dead_letters": [place.dead_letters],
        "models": [place.models],
        "import": [place.import_folder],
        "exports": [place.exports],
        "backups": [place.backups],
    }
    told = [_counted(name, paths) for name, paths in found.items()]
    return sorted(told, key=lambda one: (-one.size_bytes, one.place))


def _counted(name: str, paths: List[Path]) -> PlaceTold:
    size_bytes = files = 0
    for path in paths:
        for file in _files(path):
            with contextlib.suppress(OSError):
                size_bytes += os.stat(file, follow_symlinks=False).st_blocks * 512
                files += 1
            if files >= MAX_FILES:
                break
    return PlaceTold(place=name, size_bytes=size_bytes, files=files)


def _files(path: Path) -> Iterator[str]:
    """The files below a folder, or a SQLite file with what lies beside it."""
    if path.suffix == ".sqlite":
        yield from (f"{path}{end}" for end in ("", "-wal", "-shm"))
        return
    for folder, _folders, names in os.walk(path):
        for name in names:
            yield os.path.join(folder, name)


def _told(state: BoxState) -> BoxTold:
    return BoxTold(
        name=state.name,
        serial=state.serial,
        sdk=state.sdk,
        cpu=state.cpu,
        cores=state.cores,
        cpu_usage=state.cpu_usage,
        memory=_space(state.memory),
        tpu=state.tpu,
        tpu_usage=state.tpu_usage,
        tpu_memory=_space(state.tpu_memory) if state.tpu else None,
        disk=_space(state.disk),
        core_celsius=state.core_celsius,
        board_celsius=state.board_celsius,
        uptime_s=state.uptime_s,
    )


def _space(space: Optional[Space]) -> Optional[SpaceTold]:
    return SpaceTold(size_bytes=space.size_bytes, free_bytes=space.free_bytes) if space is not None else None
