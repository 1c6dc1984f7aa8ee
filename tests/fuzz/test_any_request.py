"""The API port over a real socket: whatever comes, it answers JSON with a status of ours, and goes on."""

import json

import pytest
from fuzz_values import bodies, content_types, outcome
from http_port import http_port, read_reply
from hypothesis import strategies as st

from sophon_report.api.call import Call, Need
from sophon_report.api.errors import CODES, Refusal

NEW, OLD = "/sophon/v2/face/x", "/SophonFace/api/x"
STATUSES = {200, *(code.http_status for code in CODES.values())} - {500}
"""An error that nobody meant is a 500, and a fault here."""


async def use(incoming):
    """Reads everything in every way; what is refused is told."""
    arguments, said = incoming.arguments, {}
    for name in [*arguments.names(), "missing"]:
        for read in (
            arguments.text,
            arguments.flag,
            lambda name: arguments.whole(name, 0, low=-(2**62), high=2**62),
            lambda name: arguments.number(name, 0.0, low=-1e300, high=1e300),
            lambda name: arguments.texts(name, []),
            lambda name: arguments.table(name, {}),
            lambda name: [inner.names() for inner in arguments.tables(name)],
        ):
            value = outcome(read, name)
            said.setdefault(name, []).append(str(value) if isinstance(value, Refusal) else value)
    arguments.needed("a")
    return said


CALLS = [Call(method, path, Need.OPEN, use) for path in (NEW, OLD) for method in ("GET", "POST", "DELETE")]
methods = st.sampled_from(["GET", "POST", "POST", "POST", "DELETE", "HEAD", "PUT", "OPTIONS", "X"])
queries = st.binary(max_size=12).map(lambda raw: "?" + raw.decode("latin-1")) | st.sampled_from(
    ["", "?a=1", "?a=1&a=2", "?a=%ff", "?a=%00", "?%", "?a=%u1234", "?" + "a=1&" * 100]
)
paths = st.tuples(st.sampled_from([NEW, OLD, OLD + "/", "/", "//", "/%00", "*"]), queries).map("".join)


@pytest.fixture(scope="module")
def port():
    with http_port(CALLS) as running:
        yield running


def test_a_request_of_any_content_is_answered_with_json(hunt, port):
    """Every reader is used on what it brings."""

    def rule(method, path, body, content_type):
        head = [f"{method} {path} HTTP/1.1", "Host: box", f"Content-Length: {len(body)}", "Connection: close"]
        head += [f"Content-Type: {content_type}"] if content_type else []
        reply = port.say("\r\n".join([*head, "", ""]).encode("latin-1") + body)
        assert reply.status in STATUSES
        if method != "HEAD":
            json.loads(reply.body)

    hunt(rule, methods, paths, bodies, content_types)


def test_bytes_that_are_hardly_http_are_answered_with_json_or_cut(hunt, port):
    """Heads with anything in them; the next good client is served."""

    def rule(raw):
        with port.connect() as connection:
            try:
                connection.sendall(raw + b"\r\n\r\n")
                connection.shutdown(1)
                reply = read_reply(connection)
            except OSError:
                reply = None
        if reply is not None and reply.status == 100:
            return  # what follows it may have come with it; other rules read it
        if reply is not None and reply.body:
            assert reply.status in STATUSES
            json.loads(reply.body)

    lines = st.sampled_from(
        [
            b"Content-Length: 3",
            b"Content-Length: x",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: x",
            b"Content-Encoding: gzip",
            b"Expect: 100-continue",
            b"Expect: y",
            b"Connection: Upgrade",
            b"Upgrade: websocket",
            b"Content-Type: multipart/form-data; boundary=",
            b"Authorization: Bearer \xff",
            b" folded",
        ]
    ) | st.binary(max_size=20)
    starts = st.sampled_from(
        [b"POST /SophonFace/api/x HTTP/1.1", b"GET / HTTP/1.0", b"PRI * HTTP/2.0", b"\x16\x03"]
    )
    hunt(
        rule,
        st.tuples(starts | st.binary(max_size=20), st.lists(lines, max_size=5)).map(
            lambda pair: b"\r\n".join([pair[0], *pair[1]])
        ),
    )
    assert port.ask("POST", OLD, b'{"a": "1"}').status == 200
