"""``Expect: 100-continue`` and a reset in one breath put a traceback into the log, as often as one liked."""

import socket
import struct

from http_port import http_port

from sophon_report.api.call import Call, Need

HEAD = b"POST /hello HTTP/1.1\r\nHost: box\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
GET = b"GET /hello HTTP/1.1\r\nHost: box\r\n\r\n"
RESET_AT_CLOSE = struct.pack("ii", 1, 0)


async def hello(_incoming):
    return {"hello": 1}


def test_a_caller_that_leaves_before_its_100_is_no_fault_of_ours(capsys):
    """Neither an error in the log, nor anything for the next caller to notice."""
    with http_port([Call(method, "/hello", Need.OPEN, hello) for method in ("GET", "POST")]) as port:
        for _ in range(50):
            with port.connect() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
                connection.sendall(HEAD)
        assert port.say(GET).json == {"hello": 1}
    said = capsys.readouterr()
    assert "request_failed" not in said.out + said.err
