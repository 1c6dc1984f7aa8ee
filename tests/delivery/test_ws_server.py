"""The event port, over real sockets, as clients of the vendor's box use it."""

import json
import os
import socket
import struct

import pytest
from event_port import closed_with, event_port, is_silent, receive, until
from samples import recognition, shot
from websocket import ABNF, WebSocketBadStatusException

from sophon_report.config import Compat, Server
from sophon_report.delivery.hub import Hub
from sophon_report.delivery.ws_connection import MAX_HANDSHAKE_BYTES
from sophon_report.delivery.ws_server import EventServer
from sophon_report.errors import PortInUse, Unavailable

FACES = {"with_face_image": True}
SILENCE_S = 0.3
LONG_SILENCE_S = float(os.environ.get("SOPHON_REPORT_SILENCE_S", "3600"))
UPGRADE = "GET {path} HTTP/1.1\r\nHost: box\r\nUpgrade: {upgrade}\r\nConnection: {connection}\r\n{more}\r\n"
KEY = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"


@pytest.fixture
def port():
    with event_port() as running:
        yield running


def picture_event(seq, size_bytes=60_000):
    return recognition(seq, shot=shot(face_jpeg=bytes(size_bytes * 3 // 4)))


def sequence(client, count):
    return [receive(client)["seq"] for _ in range(count)]


def raw(port, request):
    """What the server answers to ``request``, to the end of its header."""
    with socket.create_connection(("127.0.0.1", port.server.port), timeout=20) as client:
        client.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            chunk = client.recv(4096)
            if not chunk:
                break
            answer += chunk
        return answer


@pytest.mark.parametrize("silence_s", [SILENCE_S, pytest.param(LONG_SILENCE_S, marks=pytest.mark.long)])
def test_the_documented_client_lives_through_silence_and_bursts(port, silence_s):
    """It dies of a ping, a greeting, an acknowledgement or a close; none comes, and every event does, in order."""
    client = port.connect()
    assert is_silent(client, SILENCE_S)
    client.send(json.dumps({"with_face_image": True, "media_device_ids": []}))
    until(port.subscribed)
    assert is_silent(client, silence_s)
    port.publish(*(picture_event(seq) for seq in range(100)))
    assert sequence(client, 100) == list(range(100))
    assert is_silent(client, SILENCE_S)


def test_nothing_is_sent_before_the_configuration(port):
    """Events before it are not for this client, not even later."""
    client = port.connect()
    until(lambda: port.stats().clients)
    port.publish(recognition(1))
    assert is_silent(client, SILENCE_S)
    client.send("{}")
    until(port.subscribed)
    port.publish(recognition(2))
    assert sequence(client, 1) == [2]


def test_a_second_configuration_replaces_the_first(port):
    """From the next event on, without a word in between."""
    client = port.connect({"media_device_ids": ["door"], "with_face_image": True})
    client.send(json.dumps({"media_device_ids": ["gate"]}))
    until(lambda: port.stats().clients[0].device_ids == ("gate",))
    port.publish(recognition(1, "door"), recognition(2, "gate"))
    event = receive(client)
    assert event["seq"] == 2
    assert "recognize_face_image" not in event


BAD_CONFIGURATIONS = [
    ("[]", "configuration: must be a JSON object"),
    ("{'with_face_image': True}", "configuration: is not JSON"),
    ("[" * 10_000 + "]" * 10_000, "configuration: is not JSON"),
    ('{"with_face_image": "yes"}', "with_face_image: must be true or false"),
    ('{"media_device_ids": [1]}', "media_device_ids[0]: must be a text"),
    ("x" * 1_000_000, "configuration: must not be larger than 65536 bytes"),
    ("", "configuration: is not JSON"),
]


@pytest.mark.parametrize("first", [None, {}], ids=["first", "later"])
@pytest.mark.parametrize(("text", "reason"), BAD_CONFIGURATIONS, ids=[reason for _, reason in BAD_CONFIGURATIONS])
def test_a_bad_configuration_ends_the_session_with_its_key(port, first, text, reason):
    """Close 1008 with a reason, whether it is the first or a later one; nothing else is sent."""
    client = port.connect(first)
    client.send(text)
    assert closed_with(client) == (1008, reason)
    until(lambda: not port.stats().clients)
    assert port.stats().refused_configuration == 1


def test_a_binary_configuration_is_refused(port):
    """The protocol says text; guessing would hide a mistake of the client."""
    client = port.connect()
    client.send_binary(b"{}")
    assert closed_with(client) == (1008, "configuration: must be a text message")


def test_a_configuration_may_come_in_fragments(port):
    """RFC 6455 lets any client split any message, with pings in between."""
    client = port.connect()
    client.send_frame(ABNF.create_frame('{"media_device', ABNF.OPCODE_TEXT, fin=0))
    client.ping("between")
    client.send_frame(ABNF.create_frame('_ids": ["gate"]', ABNF.OPCODE_CONT, fin=0))
    client.send_frame(ABNF.create_frame("}", ABNF.OPCODE_CONT, fin=1))
    until(port.subscribed)
    assert port.stats().clients[0].device_ids == ("gate",)


def test_fragments_are_bounded_together(port):
    """Many small pieces are not a way around the bound of the message."""
    client = port.connect()
    client.send_frame(ABNF.create_frame("{" + " " * 40_000, ABNF.OPCODE_TEXT, fin=0))
    client.send_frame(ABNF.create_frame(" " * 40_000, ABNF.OPCODE_CONT, fin=0))
    assert closed_with(client) == (1008, "configuration: must not be larger than 65536 bytes")


def test_a_ping_is_answered_and_only_answered(port):
    """One pong with the ping's own data for each ping; the stream goes on."""
    client = port.connect({})
    client.ping("are you there")
    assert client.recv_data(control_frame=True) == (ABNF.OPCODE_PONG, b"are you there")
    assert is_silent(client, SILENCE_S)
    port.publish(recognition(1))
    assert sequence(client, 1) == [1]


def test_a_client_says_good_bye(port):
    """Its close is answered with its own code, and its place is free."""
    client = port.connect({})
    client.send_close(1000, b"done")
    assert closed_with(client) == (1000, "done")
    until(lambda: not port.stats().clients)


def test_a_client_that_breaks_the_protocol_is_closed(port):
    """A reserved bit was never agreed on: 1002, as RFC 6455 has it."""
    client = port.connect({})
    client.sock.sendall(struct.pack("!BB4s", 0xC1, 0x80, bytes(4)))
    assert closed_with(client)[0] == 1002
    until(lambda: not port.stats().clients)


def test_a_stuck_client_costs_the_others_nothing():
    """They get every event in order; it keeps to its bound, loses its oldest, and goes on when it reads."""
    with event_port(client_buffer_bytes=256 * 1024) as port:
        stuck = port.connect(FACES, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),))
        others = [port.connect(FACES) for _ in range(3)]
        for seq in range(200):
            port.publish(picture_event(seq))
            assert [receive(other)["seq"] for other in others] == [seq] * 3
        row = port.stats().clients[0]
        assert row.dropped > 0
        assert row.queued_bytes < 256 * 1024 + 64 * 1024 + 2 * 60_000
        got = sequence(stuck, 200 - row.dropped)
        assert got == sorted(set(got))
        assert got[-1] == 199
        assert [other.dropped for other in port.stats().clients[1:]] == [0, 0, 0]


def test_a_client_that_takes_nothing_is_closed():
    """After client_stall_s without a byte moving; the one beside it, silent but not behind, stays."""
    with event_port(client_stall_s=1.0) as port:
        stuck = port.connect(FACES, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),))
        other = port.connect({"media_device_ids": ["gate"]})
        port.publish(*(picture_event(seq) for seq in range(200)))
        until(lambda: len(port.stats().clients) == 1, "the close")
        assert port.stats().closed_stalled == 1
        port.publish(recognition(1, "gate"))
        assert sequence(other, 1) == [1]
        stuck.shutdown()


def test_a_client_that_floods_is_closed(port):
    """Pings are answered, but not without end: the stream would be late for everybody."""
    client = port.connect({})
    pings = ABNF.create_frame("x" * 125, ABNF.OPCODE_PING).format() * 9000
    client.sock.sendall(pings)
    until(lambda: port.stats().refused_flood == 1)
    assert port.stats().clients == ()


def test_a_client_that_does_not_read_is_not_read(port):
    """Or the pongs to its pings would pile up: here they wait on its own side, unanswered."""
    client = port.connect(FACES, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),))
    port.publish(*(picture_event(seq) for seq in range(100)))
    waiting = port.stats().queued_bytes
    assert waiting > 0
    client.sock.settimeout(0.5)
    pings = ABNF.create_frame("x" * 125, ABNF.OPCODE_PING).format() * 200_000
    with pytest.raises(socket.timeout):
        client.sock.sendall(pings)
    assert port.stats().queued_bytes == waiting


def test_a_client_that_vanishes_leaves_nothing_behind(port):
    """A reset connection is gone from the hub."""
    client = port.connect({})
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sock.close()
    until(lambda: not port.stats().clients)
    port.publish(recognition(1))


@pytest.mark.parametrize(
    ("path", "upgrade", "connection", "more"),
    [
        ("/", "websocket", "Upgrade", "Origin: http://10.0.0.1:5679\r\n"),
        ("/any/path?x=1", "websocket", "keep-alive, Upgrade", "Origin: null\r\n"),
        ("/", "WebSocket", "upgrade", "Sec-WebSocket-Protocol: events, more\r\n"),
        ("/", "websocket", "Upgrade", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"),
    ],
    ids=["documented", "Firefox", "old spelling", "with extensions"],
)
def test_any_client_may_come(port, path, upgrade, connection, more):
    """No path, origin, subprotocol, extension or spelling is demanded, and none is agreed on."""
    answer = raw(port, UPGRADE.format(path=path, upgrade=upgrade, connection=connection, more=more + KEY).encode())
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"sec-websocket-extensions" not in answer.lower()
    assert b"sec-websocket-protocol" not in answer.lower()


def test_a_browser_page_is_told_what_lives_here(port):
    """A plain GET is answered and counted."""
    answer = raw(port, b"GET / HTTP/1.1\r\nHost: box\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 426 ")
    until(lambda: port.stats().refused_handshake == 1)


@pytest.mark.parametrize(
    "request_bytes", [b"\x16\x03\x01 hello\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 3000]
)
def test_what_is_no_handshake_is_cut(port, request_bytes):
    """Nonsense, and headers without end: at most 16 KiB are looked at."""
    assert len(request_bytes) < 100 or len(request_bytes) > MAX_HANDSHAKE_BYTES
    try:
        assert not raw(port, request_bytes).startswith(b"HTTP/1.1 101")
    except ConnectionResetError:
        pass
    until(lambda: port.stats().refused_handshake == 1)


@pytest.mark.long
def test_a_connection_without_a_handshake_is_cut_after_a_while(port):
    """Ten seconds are enough for a request line."""
    assert raw(port, b"GET / HT") == b""


def test_places_for_clients_are_limited():
    """One too many is told so by HTTP; a place that becomes free can be taken."""
    with event_port(max_clients=1) as port:
        first = port.connect({})
        with pytest.raises(WebSocketBadStatusException, match="503"):
            port.connect()
        assert port.stats().refused_full == 1
        first.close()
        until(lambda: not port.stats().clients)
        second = port.connect({})
        port.publish(recognition(1))
        assert sequence(second, 1) == [1]


def test_places_of_one_address_are_limited():
    """Whoever else comes is let in; a larger bound counts at once, a place that becomes free can be taken."""
    with event_port(max_clients_per_address=2) as port:
        first, second = port.connect({}), port.connect({})
        with pytest.raises(WebSocketBadStatusException, match="503") as caught:
            port.connect()
        assert b"server.max_clients_per_address" in caught.value.resp_body
        assert (port.stats().refused_address, port.stats().refused_full) == (1, 0)
        other = port.connect(
            socket=socket.create_connection(("127.0.0.1", port.server.port), 20, ("127.0.0.2", 0))
        )
        second.close()
        until(lambda: len(port.stats().clients) == 2)
        third = port.connect({})
        port.call(port.server.apply, Server(max_clients_per_address=3), Compat())
        fourth = port.connect({})
        port.publish(recognition(1))
        assert [sequence(client, 1) for client in (first, third, fourth)] == [[1]] * 3
        assert is_silent(other, SILENCE_S)


def test_a_row_tells_what_was_sent_and_how_old_what_was_not_is():
    """Nothing waits: 0. What waits ages, whether its connection holds it or the hub."""
    with event_port() as port:
        small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),)
        slow, quick = port.connect(FACES, sockopt=small), port.connect({})
        assert (port.row(quick).last_seq, port.row(quick).lag_ms) == (0, 0)
        port.publish(*(picture_event(seq) for seq in range(1, 101)))
        assert (port.row(quick).last_seq, port.row(quick).lag_ms) == (100, 0)
        assert 0 < port.row(slow).last_seq < 100
        until(lambda: port.row(slow).lag_ms >= 200)
        sequence(slow, 100)
        until(lambda: port.row(slow).lag_ms == 0)
        assert port.row(slow).last_seq == 100


def test_bounds_change_without_a_disconnect():
    """A place more is there at once, and the clients stay."""
    with event_port(max_clients=1) as port:
        first = port.connect({})
        port.call(port.server.apply, Server(max_clients=2), Compat())
        second = port.connect({})
        port.publish(recognition(1))
        assert sequence(first, 1) == sequence(second, 1) == [1]


def test_stopping_gives_clients_what_waits():
    """The rest is delivered, then the close says that the service goes away."""
    with event_port() as port:
        client = port.connect(FACES, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),))
        port.publish(*(picture_event(seq) for seq in range(100)))
        assert port.stats().clients[0].queued_events > 0
        stopped = port.later(port.server.stop, 20.0)
        assert sequence(client, 100) == list(range(100))
        assert closed_with(client) == (1001, "the service stops")
        client.shutdown()
        stopped.result(20.0)


def test_a_taken_port_is_told_with_its_holder():
    """The message names the port and, where it can be seen, the program."""
    with socket.create_server(("127.0.0.1", 0)) as taken, event_port() as port:
        number = taken.getsockname()[1]
        server = Server(host="127.0.0.1", event_port=number)
        with pytest.raises(PortInUse, match=rf"port {number} is in use by .*\(pid {os.getpid()}\)"):
            port.call(EventServer(server, Hub(server)).start)


def test_an_address_that_is_not_ours_is_told():
    """Another fault than a taken port has its own words."""
    with event_port() as port:
        server = Server(host="192.0.2.1", event_port=0)
        with pytest.raises(Unavailable, match=r"port 0 on 192\.0\.2\.1 cannot be opened"):
            port.call(EventServer(server, Hub(server)).start)


def test_the_system_looks_after_dead_peers(port):
    """Keepalive every 30 s, three probes 10 s apart, unacknowledged data a minute: on each kind of connection."""
    clients = [port.connect_tls(port.start_tls(), {}), port.connect({})]
    assert len(port.server._connections) == len(clients)
    for connection in [each._transport.get_extra_info("socket") for each in port.server._connections]:
        read = connection.getsockopt
        assert read(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        names = ("TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
        values = [read(socket.IPPROTO_TCP, getattr(socket, name)) for name in names]
        assert values == [1, 30, 10, 3, 60_000]
