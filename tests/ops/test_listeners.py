"""Listening sockets that are kept over a restart, with real sockets; systemd's end is a datagram socket."""

import array
import asyncio
import errno
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, closing

import pytest

from sophon_report.ops.listeners import Address, Listeners, address_of, in_the_way

HOST = "127.0.0.1"


def listening(host=HOST, port=0):
    return socket.create_server((host, port))


def opened(listeners, host, port):
    return asyncio.run(listeners.open(host, port))


@pytest.fixture
def stack():
    with ExitStack() as ends:
        yield ends


def test_a_kept_socket_is_taken_where_its_address_is_asked_for():
    """It is the same one, with all who wait in it."""
    kept = listening()
    port = kept.getsockname()[1]
    waiting = socket.create_connection((HOST, port))
    listeners = Listeners()
    listeners.take_over([kept])
    (taken,) = opened(listeners, HOST, port)
    assert taken is kept
    listeners.let_go_of_rest()
    served, _ = taken.accept()
    for each in (served, waiting, taken):
        each.close()


def test_what_nobody_asks_for_is_closed():
    """A port that is not in the settings any more must refuse, and not let its clients wait for ever."""
    kept = listening()
    port = kept.getsockname()[1]
    copy = socket.socket(fileno=os.dup(kept.fileno()))  # systemd's
    listeners = Listeners()
    listeners.take_over([kept])
    listeners.let_go_of_rest()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))
    copy.close()


def test_a_port_can_be_opened_on_another_address_at_once():
    """The former one would be in the way, here and in systemd's hands."""
    kept = listening("0.0.0.0")
    port = kept.getsockname()[1]
    copy = socket.socket(fileno=os.dup(kept.fileno()))
    listeners = Listeners()
    listeners.take_over([kept])
    (made,) = opened(listeners, HOST, port)
    assert made.getsockname() == (HOST, port)
    made.close()
    copy.close()


def test_an_address_that_the_system_has_not_is_refused():
    """One that it has not beside one that it has is passed over: ``localhost`` where there is no IPv6."""
    with pytest.raises(OSError, match="annot assign") as refused:
        opened(Listeners(), "192.0.2.1", 0)
    assert refused.value.errno == errno.EADDRNOTAVAIL


def test_only_what_has_the_port_is_in_the_way():
    """The sockets of other ports may be asked for later."""
    here, there, other = (Address(2, host, port) for host, port in ((HOST, 1), ("0.0.0.0", 1), (HOST, 2)))
    assert in_the_way([here, there, other], [here]) == [there]


def test_what_is_no_listening_tcp_socket_is_not_taken(stack):
    """Whatever is handed over by a unit that somebody has changed."""
    connected = stack.enter_context(closing(socket.socket()))
    datagrams = stack.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
    local = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
    assert [address_of(each) for each in (connected, datagrams, local)] == [None] * 3


def test_a_new_socket_is_given_to_systemd_with_a_name_of_its_own(tmp_path):
    """The descriptor goes over; one of a port of the system's choice does not, since nobody finds it again."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd, listening() as free:
        systemd.bind(str(tmp_path / "n"))
        port = free.getsockname()[1]
        free.close()
        script = (
            "import asyncio; from sophon_report.ops.listeners import SHARED\n"
            f"asyncio.run(SHARED.open('{HOST}', 0)); asyncio.run(SHARED.open('{HOST}', {port}))"
        )
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "n")}
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)
        descriptors = array.array("i", [0])
        said, rights, _, _ = systemd.recvmsg(200, socket.CMSG_SPACE(descriptors.itemsize))
        assert said.decode() == f"FDSTORE=1\nFDNAME=tcp_{HOST}_{port}"
        descriptors = array.array("i", rights[0][2])
        with closing(socket.socket(fileno=descriptors[0])) as kept:
            assert kept.getsockname() == (HOST, port)
            socket.create_connection((HOST, port)).close()  # the process has gone, and nobody is refused


def test_what_systemd_kept_is_taken_over_by_its_process_only():
    """Who has it hands it on to none of its children, nor do these take it for theirs."""
    script = """
import os, sys
from sophon_report.ops import listeners
os.dup2(int(sys.argv[2]), 3)
os.environ["LISTEN_PID"] = str(os.getpid() if sys.argv[1] == "mine" else 1)
listeners.take_over()
assert "LISTEN_FDS" not in os.environ
print(len(listeners.SHARED._kept), os.get_inheritable(3))
"""
    with listening() as kept:
        for whose, told in (("mine", "1 False\n"), ("another's", "0 True\n")):
            ended = subprocess.run(
                [sys.executable, "-c", script, whose, str(kept.fileno())],
                pass_fds=[kept.fileno()],
                env={**os.environ, "LISTEN_FDS": "1"},
                capture_output=True,
                text=True,
                check=True,
            )
            assert ended.stdout == told
