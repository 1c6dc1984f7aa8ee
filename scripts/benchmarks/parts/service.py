"""The report process as it is installed: ``sophon-report run --only report`` on a folder, told by a file."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

START_S = 120.0
LEAVE_S = 30.0


class Service:
    """Started when made; ports are those the system gave."""

    def __init__(self, root, config):
        root = Path(root)
        (root / "config.toml").write_text(config, encoding="utf-8")
        command = [sys.executable, "-m", "sophon_report", "run", "--only", "report"]
        where = ["--config", str(root / "config.toml"), "--data-dir", str(root / "d")]
        package = Path(__file__).resolve().parent.parent.parent.parent
        path = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH", "")]))
        self.began_s = time.perf_counter()
        self._process = subprocess.Popen(
            [*command, *where], stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
        )
        self.pid = self._process.pid
        self.event_port = self.api_port = 0
        self._serving = threading.Event()
        self.log = root / "service.log"
        threading.Thread(target=self._keep_log, daemon=True).start()

    def wait(self):
        """Return once it answers at ``/healthz``; seconds since its start."""
        if not self._serving.wait(START_S):
            raise SystemExit(f"the service does not start, see {self.log}")
        self.ask("/healthz")  # 503, since no vision is there, is an answer too
        return time.perf_counter() - self.began_s

    def ask(self, path):
        """An answer of its API, from JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return json.load(connection.getresponse())

    def kill(self):
        """End it as a crash does."""
        self._process.kill()
        self._process.wait()

    def stop(self):
        """Have it leave; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _keep_log(self):
        with self.log.open("wb") as kept:
            for line in self._process.stderr:
                kept.write(line)
                kept.flush()
                if b'"serving"' in line:
                    said = json.loads(line)
                    self.event_port, self.api_port = said["event_port"], said["api_port"]
                    self._serving.set()
