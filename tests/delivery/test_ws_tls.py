"""The event stream over TLS, beside the plain one."""

import json
import socket
import ssl

import pytest
from event_port import closed_with, event_port, receive, until
from samples import recognition, shot
from tls import put, trusting
from websocket import WebSocket, WebSocketBadStatusException

FACES = {"with_face_image": True}


def picture_event(seq, size_bytes=60_000):
    return recognition(seq, shot=shot(face_jpeg=bytes(size_bytes * 3 // 4)))


def sequence(client, count):
    return [receive(client)["seq"] for _ in range(count)]


def test_both_kinds_of_clients_get_every_event():
    """In order, the same bytes, however many of each there are."""
    with event_port() as port:
        url = port.start_tls()
        clients = [port.connect_tls(url, FACES), port.connect(FACES), port.connect_tls(url, FACES)]
        port.publish(*(picture_event(seq) for seq in range(50)))
        messages = [[client.recv() for _ in range(50)] for client in clients]
        assert messages[0] == messages[1] == messages[2]
        assert [json.loads(message)["seq"] for message in messages[0]] == list(range(50))
        assert port.stats().certificate.expires_ms > 4 * 10**12


def test_a_client_whose_first_words_come_with_the_handshake_is_served():
    """What the system hands over in one piece is taken apart."""
    with event_port() as port:
        client = port.connect_tls(port.start_tls(), {})
        for seq in range(1, 4):
            port.publish(recognition(seq))
        assert sequence(client, 3) == [1, 2, 3]


def test_a_stuck_client_loses_its_oldest_here_too():
    """Within its bound; it goes on when it reads, and the others have everything."""
    with event_port(client_buffer_bytes=256 * 1024) as port:
        url = port.start_tls()
        stuck = port.connect_tls(url, FACES, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),))
        others = [port.connect_tls(url, FACES), port.connect(FACES)]
        for seq in range(150):
            port.publish(picture_event(seq))
            assert [receive(other)["seq"] for other in others] == [seq] * 2
        row = port.row(stuck)
        assert row.dropped > 0
        assert row.queued_bytes < 256 * 1024 + 64 * 1024 + 3 * 60_000
        got = sequence(stuck, 150 - row.dropped)
        assert got == sorted(set(got))
        assert got[-1] == 149


def test_a_refusal_is_told_through_tls():
    """As on the other port."""
    with event_port(max_clients=1) as port:
        url = port.start_tls()
        first = port.connect_tls(url, {})
        with pytest.raises(WebSocketBadStatusException, match="503"):
            port.connect_tls(url, {})
        first.send("[]")
        assert closed_with(first) == (1008, "configuration: must be a JSON object")


def test_a_client_that_does_not_trust_the_certificate_is_counted():
    """Its handshake ends, and nothing else does."""
    with event_port() as port:
        url = port.start_tls()
        with pytest.raises(ssl.SSLError):
            WebSocket(sslopt={"context": trusting("renewed.crt")}).connect(url, timeout=20)
        until(lambda: port.stats().refused_handshake == 1)


def test_a_renewed_certificate_is_shown_to_who_comes_then(tmp_path):
    """Streams go on over the old one."""
    settings = put(tmp_path, "box")
    with event_port() as port:
        url = port.start_tls(lambda: settings)
        before = port.connect_tls(url, {})
        put(tmp_path, "renewed")
        port.call(port.certificate.look_again)
        after = WebSocket(sslopt={"context": trusting("renewed.crt")})
        after.connect(url, timeout=20)
        after.send("{}")
        until(lambda: port.subscribed() == 2)
        port.publish(recognition(1))
        assert sequence(before, 1) == sequence(after, 1) == [1]


def test_stopping_gives_clients_what_waits():
    """And says good-bye through TLS."""
    with event_port() as port:
        client = port.connect_tls(port.start_tls(), FACES, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),))
        port.publish(*(picture_event(seq) for seq in range(150)))
        assert port.stats().clients[0].queued_events > 0
        stopped = port.later(port.server.stop, 20.0)
        assert sequence(client, 150) == list(range(150))
        assert closed_with(client) == (1001, "the service stops")
        client.shutdown()
        stopped.result(20.0)
