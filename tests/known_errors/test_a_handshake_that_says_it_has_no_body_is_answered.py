"""On Python 3.8, a box's own, every client written with Java's ``java.net.http`` was hung up on without a word."""

import socket

import pytest
from event_port import event_port
from running_box import running_box

HEAD = (
    b"GET %b HTTP/1.1\r\nConnection: Upgrade\r\n%b\r\nHost: box\r\nUpgrade: websocket\r\n"
    b"User-Agent: Java-http-client/17\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n%b\r\n"
)


def first_line(port, *pieces):
    """Of the answer to a handshake that comes in pieces; ``b""`` when there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        for piece in pieces:
            client.sendall(piece)
        with client.makefile("rb") as answer:
            return answer.readline()


@pytest.mark.parametrize("header", [b"Content-Length: 0", b"content-length:0 "])
def test_a_handshake_that_says_it_has_no_body_is_answered(header):
    """Whole, or in pieces that end anywhere."""
    head = HEAD % (b"/", header, b"")
    with event_port() as port:
        for at in (0, 60, len(head) - 2):
            assert first_line(port.server.port, head[:at], head[at:]).startswith(b"HTTP/1.1 101")
        assert port.stats().refused_handshake == 0


def test_one_with_a_body_is_not():
    """It is no handshake."""
    with event_port() as port:
        assert not first_line(port.server.port, HEAD % (b"/", b"Content-Length: 5", b"")).startswith(
            b"HTTP/1.1 101"
        )
        assert port.stats().refused_handshake == 1


def test_the_api_port_answers_it_too(tmp_path_factory):
    """Where a page's events are asked for."""
    with running_box(tmp_path_factory.mktemp("s") / "d", access={"open_reads": True}) as box:
        head = HEAD % (b"/api/v1/live", b"Content-Length: 0", b"")
        assert first_line(box.process.api_port, head).startswith(b"HTTP/1.1 101")
