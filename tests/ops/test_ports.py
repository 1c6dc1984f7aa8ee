"""Who holds a port."""

import errno
import os
import socket

from sophon_report.ops.ports import holder, refusal


def test_a_listening_program_is_named():
    """Its name and pid, so that it can be stopped."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert holder(server.getsockname()[1]).endswith(f"(pid {os.getpid()})")


def test_an_ipv6_listener_counts():
    """The kernel lists it in another table."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        assert holder(server.getsockname()[1]).endswith(f"(pid {os.getpid()})")


def test_a_connection_is_not_a_listener():
    """A client's own port is not held against anybody."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(
        server.getsockname()
    ) as client:
        assert holder(client.getsockname()[1]) is None


def test_where_nothing_can_be_seen_nothing_is_claimed(tmp_path):
    """No process table, no answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert holder(server.getsockname()[1], proc=tmp_path) is None


def test_a_low_port_without_the_right_is_told_with_the_right():
    """And a higher one with the system's words."""
    low = str(refusal(PermissionError(errno.EACCES, "denied"), "0.0.0.0", 80))
    assert (
        low == "port 80 on 0.0.0.0 cannot be opened: ports below 1024 need root or the right CAP_NET_BIND_SERVICE"
    )
    assert str(refusal(PermissionError(errno.EACCES, "denied"), "::", 8080)).endswith("Permission denied")
