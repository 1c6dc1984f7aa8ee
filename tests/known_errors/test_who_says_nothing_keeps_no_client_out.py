"""Some 300 connections that never said a word kept every client out, from any address and without a token."""

import socket

from event_port import event_port, receive, until
from samples import recognition

from sophon_report.delivery.ws_port import SPARE_CONNECTIONS


def test_who_says_nothing_keeps_no_client_out():
    """The longest silent is cut for each that comes; clients stay."""
    with event_port(max_clients=2) as port:
        first = port.connect({})
        address = ("127.0.0.1", port.server.port)
        silent = [socket.create_connection(address, timeout=20) for _ in range(SPARE_CONNECTIONS + 6)]
        until(lambda: port.stats().refused_full == 5)
        assert all(connection.recv(1) == b"" for connection in silent[:5])
        second = port.connect({})
        port.publish(recognition(1))
        assert [receive(client)["seq"] for client in (first, second)] == [1, 1]
        for connection in silent:
            connection.close()
