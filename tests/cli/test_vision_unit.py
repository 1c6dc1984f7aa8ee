"""``run --only vision`` as a unit of systemd."""

import os
import signal
import subprocess
import sys

from command import REPO, write_config
from waiting import until


def test_a_unit_that_cannot_start_says_why_and_waits_before_it_leaves(tmp_path):
    """Systemd would start it again after a second, for ever; asked to leave it does so."""
    config, log = write_config(tmp_path), tmp_path / "log"
    (tmp_path / "d" / "models").unlink()
    with log.open("wb") as file:
        unit = subprocess.Popen(
            [sys.executable, "-m", "sophon_report", "run", "--only", "vision", "--config", str(config)],
            cwd=REPO,
            env={**os.environ, "INVOCATION_ID": "1"},
            stderr=file,
        )
    try:
        until(lambda: "vision_cannot_start" in log.read_text(), "the reason")
        assert unit.poll() is None
        assert "is missing" in log.read_text()
        unit.send_signal(signal.SIGTERM)
        assert unit.wait(10) == 1
    finally:
        unit.kill()
        unit.wait()
