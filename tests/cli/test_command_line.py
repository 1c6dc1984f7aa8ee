"""The command line as a whole: statuses, words, and the end by a signal."""

import signal
import socket
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from command import REPO, SECRET, command, until, write_config

from sophon_report import __version__


def test_the_version_is_told():
    """On standard output, status 0."""
    ended = command("--version")
    assert (ended.returncode, ended.stdout) == (0, f"sophon-report {__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        [],
        ["run", "--only", "camera"],
        ["people"],
        ["journal", "show", "first"],
        ["watch", "http://127.0.0.1:5679"],
        ["receive", "--port", "nine"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_status_2_and_says_what_is_wrong(arguments):
    """On standard error, nothing on standard output."""
    ended = command(*arguments)
    assert ended.returncode == 2
    assert ended.stderr.strip()
    assert not ended.stdout


def test_every_problem_of_a_command_line_is_told_at_once():
    """With the option's name."""
    said = command("receive", "--port", "-1", "--fail-rate", "nan", "--delay-ms", "-5").stderr
    assert [line.split(":")[0] for line in said.splitlines()] == ["--port", "--fail-rate", "--delay-ms"]


def test_an_address_that_is_none_is_status_1():
    """It could be an address; only connecting tells."""
    ended = command("watch", "ws://")
    assert ended.returncode == 1
    assert "ws:// is no address" in ended.stderr


def test_a_port_in_use_is_told_by_the_receiver_too():
    """With the port and who has it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = command("receive", "--host", "127.0.0.1", "--port", port)
    assert ended.returncode == 1
    assert f"port {port} is in use by" in ended.stderr


def test_a_closed_pipe_is_no_error(config):
    """``sophon-report models | head`` ends quietly."""
    listing = subprocess.Popen(
        [sys.executable, "-m", "sophon_report", "models", "list", "--config", str(config)],
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    listing.stdout.close()
    assert listing.wait(60) == 0
    assert listing.stderr.read() == b""
    listing.stderr.close()


def test_a_full_disk_at_the_other_end_is_told(config):
    """Status 1 and a line, not a traceback."""
    with open("/dev/full", "w") as full:
        ended = command("check-config", config, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 1
    assert "No space left" in ended.stderr


def interrupted(arguments, ready, then=lambda line: None):
    """Status and standard error of a command that gets Ctrl-C after a line with ``ready``, shown to ``then``."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "sophon_report", *map(str, arguments)],
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that put this run into the background has it, and all it starts, ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread runs here
    )
    then(until(lambda: next((line for line in [process.stdout.readline()] if ready in line), None), ready))
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    return process.returncode, said


def test_ctrl_c_ends_a_watch_with_status_130():
    """As a shell expects of what was interrupted; no traceback."""
    assert interrupted(["watch", "ws://127.0.0.1:1"], "no connection") == (130, "")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read: No such file"),
        (b"", "must hold"),
        (SECRET.encode(), "must hold"),
        (b"\xff", "must hold"),
    ],
)
def test_a_file_without_a_signing_key_is_told_and_not_shown(tmp_path, content, why):
    """Before anything is received without it."""
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    ended = command("receive", "--port", "0", "--secret-file", path)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"--secret-file: {why}")


def test_a_receiver_with_a_signing_key_refuses_what_is_not_signed(tmp_path):
    """The key is in a file, which may end with a line break."""
    path = tmp_path / "key"
    path.write_text("whsec_" + "QUJD" * 8 + "\n")
    statuses = []

    def refused(line):
        port = line.split("http://127.0.0.1:")[1].split()[0]
        with pytest.raises(HTTPError) as error:
            urlopen(f"http://127.0.0.1:{port}/HistoryEvent", b"{}", timeout=60)
        statuses.append(error.value.code)

    arguments = ["receive", "--host", "127.0.0.1", "--port", "0", "--secret-file", path]
    assert interrupted(arguments, "listening", refused) == (0, "")
    assert statuses == [401]


def test_ctrl_c_is_how_a_receiver_is_meant_to_end():
    """Status 0."""
    assert interrupted(["receive", "--host", "127.0.0.1", "--port", "0"], "listening") == (0, "")


def test_a_folder_with_a_path_too_long_for_sockets_is_told(folder):
    """Before anything is made."""
    config = write_config(folder)
    config.write_text(f'data_dir = "{folder}/{"x" * 120}"\n')
    ended = command("run", "--config", config)
    assert ended.returncode == 2
    assert "data_dir: path is too long" in ended.stderr
