"""What is said to systemd, with a real datagram socket in its place."""

import os
import socket
import subprocess
import sys

import pytest

from sophon_report.ops.systemd import handed_over


@pytest.fixture
def said(tmp_path):
    """What arrives when a process runs a line with ``systemd`` imported."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "n"))
        systemd.setblocking(False)

        def run(line, address=str(tmp_path / "n")):
            environment = {**os.environ, "NOTIFY_SOCKET": address}
            script = f"from sophon_report.ops import systemd; {line}"
            subprocess.run([sys.executable, "-c", script], env=environment, check=True)
            try:
                return systemd.recv(1000).decode()
            except BlockingIOError:
                return None

        yield run


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("systemd.tell_alive()", "WATCHDOG=1"),
        ("systemd.ready('Serving')", "READY=1\nSTATUS=Serving"),
        ("systemd.status('two\\nlines')", "STATUS=two lines"),
        ("systemd.starting('Reading', 2.5)", "STATUS=Reading\nEXTEND_TIMEOUT_USEC=2500000"),
        ("systemd.stopping('Leaving')", "STOPPING=1\nSTATUS=Leaving"),
        ("systemd.forget_socket('tcp_a_1')", "FDSTOREREMOVE=1\nFDNAME=tcp_a_1"),
    ],
)
def test_each_word_is_one_datagram(said, line, words):
    """In the spelling of ``sd_notify(3)``; a line feed in a status would begin another word."""
    assert said(line) == words


def test_nobody_listening_is_no_error(said, tmp_path):
    """A unit that went, or none at all."""
    assert said("systemd.tell_alive()", str(tmp_path / "none")) is None
    assert said("systemd.ready('Serving')", "") is None


def test_a_child_leaves_the_word_to_its_parent(said):
    """Its being ready is not the unit's."""
    assert said("systemd.leave_it_to_the_parent(); systemd.ready('Looking')") is None


def test_descriptors_are_those_of_the_process_they_were_handed_to():
    """They begin behind the three that every process has."""
    assert list(handed_over({"LISTEN_PID": "7", "LISTEN_FDS": "2"}, 7)) == [3, 4]
    assert list(handed_over({"LISTEN_PID": "8", "LISTEN_FDS": "2"}, 7)) == []
    assert list(handed_over({"LISTEN_PID": "7", "LISTEN_FDS": "x"}, 7)) == []
    assert list(handed_over({}, 7)) == []
