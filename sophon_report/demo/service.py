"""The real service as the demo runs it: a process of its own on a folder of its own, told by a config file."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from sophon_report.admin import Admin
from sophon_report.errors import Unavailable
from sophon_report.ops.data_dir import DataDir

START_S = 60.0
LEAVE_S = 20.0
DEVICE_ID = "demo"


@dataclass(frozen=True)
class Ports:
    """Where the demo listens: the usual ports, or free ones where those are taken."""

    events: int
    api: int
    receiver: int

    @classmethod
    def choose(cls) -> "Ports":
        """Take the usual port wherever nobody holds it."""
        return cls(events=_free(5679), api=_free(5555), receiver=_free(9528))


def _free(usual: int) -> int:
    for port in (usual, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))  # noqa: S104 - where the service will listen
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Unavailable("no free port is left")


def prepare(folder: Path, models: Path, video: Path, ports: Ports, speed: str) -> Path:
    """Make ``folder`` anew for one run; returns the config file. The demo owns this folder and nothing else."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / "models").symlink_to(models.resolve(), target_is_directory=True)
    config = folder / "config.toml"
    config.write_text(
        f"""data_dir = {_toml(str(folder))}
[server]
event_port = {ports.events}
api_port = {ports.api}
preview_port = 0
control_port = 0
system_port = 0
[log]
format = "text"
[[device]]
id = "{DEVICE_ID}"
name = "demo video"
type = "file"
url = {_toml(str(video.resolve()))}
speed = "{speed}"
[[destination]]
name = "receiver"
url = "http://127.0.0.1:{ports.receiver}/HistoryEvent"
from = "oldest"
""",
        encoding="utf-8",
    )
    return config


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Service:
    """A running ``sophon-report run``; its log goes to ``service.log`` in its folder."""

    def __init__(self, folder: Path, config: Path) -> None:
        self._folder, self._config = folder, config
        self._process: Optional[asyncio.subprocess.Process] = None

    async def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            Unavailable: it ended or did not answer; the message names the log.
        """
        command: List[str] = [sys.executable, "-m", "sophon_report", "run", "--config", str(self._config)]
        with (self._folder / "service.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo only, which asks the service to leave.
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        await self.until(lambda _delivery: True, START_S)

    async def stop(self) -> int:
        """Ask it to leave; returns its exit status, 137 when it had to be killed."""
        process = self._process
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(process.wait(), LEAVE_S)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()
            return 137

    def kill(self) -> None:
        """End it and all it started at once; for whoever cannot wait any more."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def until(self, reached: Callable[[Dict[str, Any]], bool], deadline_s: float) -> Dict[str, Any]:
        """Ask for the figures of delivery until ``reached`` says they are as wanted; returns them.

        Raises:
            Unavailable: the service ended, or the time is over.
        """
        end = asyncio.get_running_loop().time() + deadline_s
        async with Admin(DataDir(self._folder)) as admin:
            while asyncio.get_running_loop().time() < end:
                if self._process is None or self._process.returncode is not None:
                    break
                try:
                    figures = await admin.get("/api/v1/delivery")
                except Unavailable:
                    figures = None
                if figures is not None and reached(figures):
                    return figures
                await asyncio.sleep(0.1)
        raise Unavailable(f"the service did not get there in time; see {self._folder / 'service.log'}")

    async def device(self) -> Dict[str, Any]:
        """State of the demo's device."""
        async with Admin(DataDir(self._folder)) as admin:
            rows: List[Dict[str, Any]] = (await admin.get("/api/v1/devices"))["devices"]
        return next(row for row in rows if row["device_id"] == DEVICE_ID)
