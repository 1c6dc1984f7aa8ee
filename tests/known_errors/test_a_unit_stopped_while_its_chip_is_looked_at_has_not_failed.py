"""Systemd asks every process of a unit to leave: that of the probe died, and vision had failed to start for it."""

import os
import signal
import subprocess
import sys

from command import REPO, write_config
from waiting import until

STUCK = """
import pathlib, signal
pathlib.Path(__file__).with_name("is_looked_at").touch()
while True:
    signal.pause()
"""


def test_a_unit_stopped_while_its_chip_is_looked_at_has_not_failed(tmp_path):
    """It leaves as it was asked to."""
    config, sail = write_config(tmp_path), tmp_path / "fake" / "sophon"
    config.write_text(config.read_text() + '\n[engine]\nkind = "sail"\n')
    sail.mkdir(parents=True)
    (sail / "__init__.py").touch()
    (sail / "sail.py").write_text(STUCK)
    path = os.pathsep.join([str(sail.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    unit = subprocess.Popen(
        [sys.executable, "-m", "sophon_report", "run", "--only", "vision", "--config", str(config)],
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": path, "INVOCATION_ID": "1"},
        start_new_session=True,
    )
    try:
        until((sail / "is_looked_at").exists, "the look at the chip")
        os.killpg(unit.pid, signal.SIGTERM)
        assert unit.wait(30) == 0
    finally:
        unit.kill()
        unit.wait()
