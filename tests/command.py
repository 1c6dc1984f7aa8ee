"""The command as a user runs it: a process of its own, and a service that runs beside the test."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from waiting import until

REPO = Path(__file__).resolve().parent.parent
VAR = REPO / "var"
DEADLINE_S = 60.0
SECRET = "hunter2"
"""A password that stands in settings and must be nowhere else."""


def command(*arguments, **options):
    """Run ``sophon-report`` to its end; what it says has no traceback and no secret in it."""
    ended = subprocess.run(
        [sys.executable, "-m", "sophon_report", *map(str, arguments)],
        **{"cwd": REPO, "capture_output": True, "text": True, "timeout": DEADLINE_S, **options},
        check=False,
    )
    for said in (ended.stdout, ended.stderr):
        assert "Traceback" not in (said or ""), said
        assert SECRET not in (said or ""), said
    return ended


class RunningService:
    """``sophon-report run`` on free ports; its log is JSON lines."""

    def __init__(self, config, log, *more):
        self._log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sophon_report", "run", "--config", str(config), *more],
                cwd=REPO,
                stdout=file,
                stderr=file,
            )
        serving = until(lambda: self.said("serving"), "serving")
        self.event_port, self.api_port = serving["event_port"], serving["api_port"]
        self.preview_port, self.control_port = serving["preview_port"], serving["control_port"]
        self.system_port = serving["system_port"]

    def said(self, event):
        """The first log line of that event, or ``None``."""
        assert self.process.poll() is None, self._log.read_text()
        lines = (json.loads(line) for line in self._log.read_text().splitlines() if line.endswith("}"))
        return next((line for line in lines if line["event"] == event), None)

    @property
    def log(self):
        return self._log.read_text()

    def stop(self, number=signal.SIGTERM):
        """Ask it to leave; returns its exit status."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.process.wait(DEADLINE_S)


@contextmanager
def running_service(config, *more):
    service = RunningService(config, config.parent / "log", *more)
    try:
        yield service
    finally:
        service.stop()


def write_config(folder, more=""):
    """Settings on free ports for a service on ``folder``/d, its models those of ``var``; returns the file."""
    data = folder / "d"
    data.mkdir(exist_ok=True)
    if not (data / "models").is_symlink():
        (data / "models").symlink_to(VAR / "models", target_is_directory=True)
    config = folder / "config.toml"
    config.write_text(
        f'data_dir = "{data}"\n[server]\nhost = "127.0.0.1"\nevent_port = 0\napi_port = 0\n'
        f"preview_port = 0\ncontrol_port = 0\nsystem_port = 0\n{more}",
        "utf-8",
    )
    return config
