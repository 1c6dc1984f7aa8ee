"""Some 300 connections that never said a word kept every client out, from any address and without a token."""

import socket

from event_port import event_port, receive, until
from samples import recognition

from sophon_report.delivery.ws_server import MAX_WAITING_PER_ADDRESS


def test_one_silent_address_leaves_places_for_others():
    """Over its bound it is cut; another address gets in and gets its event."""
    with event_port() as port:
        silent = [
            socket.create_connection(("127.0.0.1", port.server.port), source_address=("127.0.0.2", 0))
            for _ in range(MAX_WAITING_PER_ADDRESS + 5)
        ]
        until(lambda: port.stats().refused_full == 5)
        client = port.connect({})
        port.publish(recognition(1))
        assert receive(client)["seq"] == 1
        for connection in silent:
            connection.close()
