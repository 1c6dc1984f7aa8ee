"""The text of a line and its end were two writes; the other process' line came between: two lines in one."""

import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import structlog
from sophon_report.config.sections import Log
from sophon_report.ops import logs

logs.configure(Log(level="info", format="json"), "vision")
for number in range(3):
    structlog.get_logger().info("camera_up", number=number)
"""


def test_lines_that_two_processes_log_at_once_stay_two_lines():
    """Each is one write, which the kernel keeps whole."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # keeps writes apart
    with ours, theirs:
        subprocess.run([sys.executable, "-c", PROGRAM], stderr=theirs, cwd=str(ROOT), check=True, timeout=60)
        theirs.close()
        writes = list(iter(lambda: ours.recv(4096), b""))
    assert len(writes) == 3
    assert all(line.startswith(b"{") and line.endswith(b"}\n") for line in writes)
