"""The admin password: made up at the first start, shown on a terminal alone, made anew by a command."""

import os
import pty
import stat
import sys

from command import REPO, command, running_service
from http_port import HttpPort

from sophon_report.report.user_accounts import GROUP_LETTERS, GROUPS

LOGIN = "/sophon/v2/face/login"


def file_of(config):
    return config.parent / "d" / "admin-password"


def password_of(config):
    return file_of(config).read_text("utf-8").strip()


def login(port, password):
    body = b'{"username": "admin", "password": "%s"}' % password.encode()
    return port.ask("POST", LOGIN, body)


def on_a_terminal(*arguments):
    """What the command shows on one; its standard output is another file."""
    ours, theirs = pty.openpty()
    pid = os.fork()
    if not pid:  # the command itself
        os.chdir(REPO)
        os.dup2(theirs, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(sys.executable, [sys.executable, "-m", "sophon_report", *map(str, arguments)])
    os.close(theirs)
    shown = b""
    try:
        while True:
            chunk = os.read(ours, 4096)
            if not chunk:
                break
            shown += chunk
    except OSError:
        pass  # Linux tells the end of a terminal so
    finally:
        os.close(ours)
        os.waitpid(pid, 0)
    return shown.decode()


def test_the_first_start_makes_a_password_up_and_no_log_has_it(config):
    """It is in a file of its owner's; a second start keeps it."""
    with running_service(config, "--only", "report") as service:
        password = password_of(config)
        assert stat.S_IMODE(file_of(config).stat().st_mode) == 0o600
        assert [len(group) for group in password.split("-")] == [GROUP_LETTERS] * GROUPS
        assert login(HttpPort(service.api_port, None), password).status == 200
        assert password not in service.log
    with running_service(config, "--only", "report") as service:
        assert password_of(config) == password
        assert login(HttpPort(service.api_port, None), password).status == 200
        assert password not in service.log


def test_a_reset_beside_a_running_service_counts_at_once(config):
    """The old password opens nothing, and who was logged in is out."""
    with running_service(config, "--only", "report") as service:
        port, old = HttpPort(service.api_port, None), password_of(config)
        session = login(port, old).json["session"]
        shown = {"Authorization": f"Bearer {session}"}
        assert port.ask("POST", "/sophon/v2/face/getconfigs", b"{}", **shown).status == 200
        assert command("password", "reset", "--config", config).returncode == 0
        assert password_of(config) != old
        assert port.ask("POST", "/sophon/v2/face/getconfigs", b"{}", **shown).status == 401
        assert login(port, old).status == 401
        assert login(port, password_of(config)).status == 200


def test_a_reset_of_a_stopped_service_counts_from_its_next_start(config):
    """Also before the first one."""
    ended = command("password", "reset", "--config", config)
    assert ended.returncode == 0
    assert str(file_of(config)) in ended.stdout
    with running_service(config, "--only", "report") as service:
        assert login(HttpPort(service.api_port, None), password_of(config)).status == 200


def test_a_terminal_is_shown_the_password_and_nothing_else_is(config):
    """What is piped may be kept by whoever reads it."""
    ended = command("password", "reset", "--config", config)
    assert password_of(config) not in ended.stdout + ended.stderr
    shown = on_a_terminal("password", "reset", "--config", config)
    assert f"password {password_of(config)}" in shown
