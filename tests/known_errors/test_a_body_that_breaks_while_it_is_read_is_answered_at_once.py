"""A chunk that is none, come after its head, left the caller without an answer until the body's time was up."""

from http_port import http_port, read_reply

from sophon_report.api.call import Call, Need

HEAD = b"POST /hello HTTP/1.1\r\nHost: box\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"


async def hello(_incoming):
    return {"hello": 1}


def test_a_body_that_breaks_while_it_is_read_is_answered_at_once():
    """The port has begun to read the body when it breaks: it has said so with 100."""
    with http_port([Call("POST", "/hello", Need.OPEN, hello)]) as port, port.connect() as connection:
        connection.sendall(HEAD)
        assert read_reply(connection).status == 100
        connection.sendall(b"zz\r\n")
        reply = read_reply(connection)
        assert (reply.status, reply.code) == (400, "INVALID_ARGUMENTS")
        assert read_reply(connection) is None
