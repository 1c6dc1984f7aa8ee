"""Connections of the API port: what is no HTTP, and who takes more than a share."""

import pytest
from event_port import until
from http_port import http_port, read_reply

from sophon_report.api.call import Call, Need
from sophon_report.api.door import MAX_HEAD_BYTES, MAX_PER_ADDRESS, Patience

GET = b"GET /hello HTTP/1.1\r\nHost: box\r\n\r\n"


async def hello(_incoming):
    return {"hello": 1}


@pytest.fixture
def port():
    with http_port([Call("GET", "/hello", Need.OPEN, hello), Call("POST", "/hello", Need.OPEN, hello)]) as running:
        yield running


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"hello\r\n\r\n",
        b"GET /hello HTTP/9.9\r\nHost: box\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /hello HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nX y\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nX: \x00\r\n\r\n",
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nX: " + b"a" * 10_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_json_and_the_end(port, garbage):
    """400 as JSON; the next client is served."""
    with port.connect() as connection:
        connection.sendall(garbage)
        reply = read_reply(connection)
        assert (reply.status, reply.code) == (400, "INVALID_ARGUMENTS")
        assert read_reply(connection) is None
    assert port.say(GET).json == {"hello": 1}


def test_a_broken_body_is_the_callers_fault(port):
    """Chunks that are none, with the head or behind it: one answer, then the end."""
    head = b"POST /hello HTTP/1.1\r\nHost: box\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply = port.say(head + b"zz\r\n")
    assert reply is None or (reply.status, reply.code) == (400, "INVALID_ARGUMENTS")
    assert port.say(GET).json == {"hello": 1}


def test_headers_without_end_are_cut(port):
    """Many small ones: no single line is too long."""
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(100))
    with port.connect() as connection:
        connection.sendall(b"GET /hello HTTP/1.1\r\n")
        try:
            for _ in range(2 * MAX_HEAD_BYTES // len(lines)):
                connection.sendall(lines)
        except OSError:
            pass  # cut already
        reply = read_reply(connection)
    assert reply is None or reply.status == 400
    assert port.say(GET).json == {"hello": 1}


def test_a_connection_is_kept_for_the_next_request(port):
    """Clients that poll need not connect each time."""
    with port.connect() as connection:
        for _ in range(3):
            connection.sendall(GET)
            assert read_reply(connection).json == {"hello": 1}


def test_requests_sent_ahead_are_bounded(port):
    """A flood of them on one connection is cut, or read only as fast as it is answered."""
    with port.connect() as connection:
        try:
            connection.sendall(GET * 100_000)
        except OSError:
            pass
        connection.close()
    assert port.say(GET).json == {"hello": 1}


def test_one_address_does_not_take_every_place(port):
    """Those over its share are told so, in JSON; who leaves makes room."""
    held = [port.connect() for _ in range(MAX_PER_ADDRESS)]
    until(lambda: port.traffic.connections.get("127.0.0.1") == MAX_PER_ADDRESS)
    reply = port.say(b"")
    assert (reply.status, reply.code) == (503, "INTERNAL_ERROR")
    assert port.traffic.refused_full == 1
    for connection in held:
        connection.close()
    until(lambda: not port.traffic.connections)
    assert port.say(GET).json == {"hello": 1}


def test_a_new_connection_takes_the_place_of_the_one_that_was_idle_for_longest(port):
    """A browser keeps six; ten people of one office, who have one address, are served all the same."""
    held = [port.connect() for _ in range(MAX_PER_ADDRESS)]
    for connection in held:
        connection.sendall(GET)
        assert read_reply(connection).json == {"hello": 1}
    held[0].sendall(GET)
    assert read_reply(held[0]).json == {"hello": 1}
    with port.connect() as newcomer:
        newcomer.sendall(GET)
        assert read_reply(newcomer).json == {"hello": 1}
    assert held[1].recv(1) == b""
    assert (port.traffic.gave_way, port.traffic.refused_full) == (1, 0)
    held[0].sendall(GET)
    assert read_reply(held[0]).json == {"hello": 1}
    for connection in held:
        connection.close()


def test_answers_are_counted_by_their_status(port):
    """What is no HTTP counts as well."""
    port.say(GET)
    port.say(b"garbage\r\n\r\n")
    port.say(GET.replace(b"hello", b"nothing"))
    until(lambda: port.traffic.answers == {200: 1, 400: 1, 404: 1}, "the answers")


def test_who_asks_nothing_is_not_waited_for():
    """A connection costs a descriptor, which a client of the event port may need."""
    with http_port([], patience=Patience(first_request_s=0.2)) as port, port.connect() as connection:
        connection.sendall(b"GET / HT")
        assert read_reply(connection) is None
        until(lambda: port.traffic.cut == 1)


def test_who_does_not_take_its_answer_is_not_waited_for():
    """What it holds of memory is free again."""

    async def much(_incoming):
        return {"much": "x" * (64 << 20)}

    calls = [Call("GET", "/hello", Need.OPEN, much)]
    with http_port(calls, patience=Patience(answer_s=0.5)) as port, port.connect() as connection:
        connection.sendall(GET)
        until(lambda: port.traffic.cut == 1)
        until(lambda: not port.traffic.connections)


def test_a_body_that_comes_slowly_is_not_waited_for():
    """408, in the shape of the call."""
    calls = [Call("POST", "/SophonFace/api/x", Need.OPEN, hello)]
    with http_port(calls, body_s=0.2) as port:
        reply = port.say(b"POST /SophonFace/api/x HTTP/1.1\r\nHost: box\r\nContent-Length: 10\r\n\r\n{")
    assert (reply.status, reply.code) == (408, 40000)
    assert reply.json["error"]["message"] == "the body did not come within 0.2 s"
