"""The watchdog of systemd, with a real datagram socket in its place."""

import os
import socket
import subprocess
import sys

TELL = "from sophon_report.ops.systemd import tell_alive; tell_alive()"


def test_the_watchdog_hears_that_the_process_is_alive(tmp_path):
    """One datagram with systemd's word for it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as watchdog:
        watchdog.bind(str(tmp_path / "n"))
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "n")}
        subprocess.run([sys.executable, "-c", TELL], env=environment, check=True)
        assert watchdog.recv(100) == b"WATCHDOG=1"


def test_nobody_listening_is_no_error(tmp_path):
    """A unit that went, or none at all."""
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "none")}
    subprocess.run([sys.executable, "-c", TELL], env=environment, check=True)
