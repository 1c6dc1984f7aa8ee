"""Whatever is asked of the API port, over a real socket, is answered with JSON in the shape of its path."""

import gzip
import json

import pytest
from http_port import http_port

from sophon_report.api.body import MAX_BODIES_BYTES, MAX_BODY_BYTES
from sophon_report.api.call import Call, Need
from sophon_report.api.errors import Refusal
from sophon_report.errors import NotFound

NEW, OLD = "/sophon/v2/face/echo", "/SophonFace/api/echo"
BOUNDARY = "multipart/form-data; boundary=b"


async def echo(incoming):
    """What arrived, as it was read."""
    return {name: incoming.arguments.raw(name) for name in incoming.arguments.names()}


async def place(incoming):
    return dict(incoming.path)


async def nobody(_incoming):
    raise NotFound("no\udc80body")


async def broken(_incoming):
    raise KeyError("secret")


async def never(_incoming):
    raise AssertionError("was asked")


CALLS = [
    Call("GET", NEW, Need.OPEN, echo),
    Call("POST", NEW, Need.OPEN, echo),
    Call("POST", OLD, Need.OPEN, echo),
    Call("DELETE", OLD, Need.OPEN, echo),
    Call("GET", "/sophon/v2/face/image/{image_id}", Need.OPEN, place),
    Call("POST", "/sophon/v2/face/nobody", Need.OPEN, nobody),
    Call("POST", "/sophon/v2/face/broken", Need.OPEN, broken),
    Call("POST", "/sophon/v2/face/later", Need.OPEN, never, reads_body=False),
    Call("POST", "/sophon/v2/face/change", Need.WRITE, echo),
]


@pytest.fixture(scope="module")
def port():
    with http_port(CALLS) as running:
        yield running


def part(name, value, more=""):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/sophon/v2/face/nothing", 404, "NOT_FOUND"),
        ("POST", "/SophonFace/api/nothing", 404, 40400),
        ("GET", "/SophonFace", 404, 40400),
        ("GET", "/%ff%fe/%00", 404, "NOT_FOUND"),
        ("GET", "/sophon/v2/face/image/%2e%2e%2f%2e%2e", 200, None),
        ("PUT", NEW, 405, "METHOD_NOT_ALLOWED"),
        ("OPTIONS", NEW, 405, "METHOD_NOT_ALLOWED"),
        ("PATCH", OLD, 405, 40000),
        ("GET", OLD, 405, 40000),
    ],
)
def test_unknown_paths_and_wrong_methods_are_told_in_json(port, method, path, status, code):
    """In the shape of the path, whatever bytes are in it."""
    reply = port.ask(method, path)
    assert reply.status == status
    assert code is None or reply.code == code


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/\udcff\udcfe"), ("GET", "/sophon/v2/face/image/\udcff"), ("BREW", NEW)]
)
def test_what_only_some_readers_of_http_let_through_is_refused_in_json_too(port, method, path):
    """Bytes that are no text, methods that are no words: newer releases of the library refuse them themselves."""
    assert port.ask(method, path).code in ("NOT_FOUND", "METHOD_NOT_ALLOWED", "INVALID_ARGUMENTS")


def test_a_wrong_method_is_told_the_right_ones(port):
    """In the header and in words."""
    reply = port.ask("PUT", NEW)
    assert reply.headers["allow"] == "GET, HEAD, POST"
    assert reply.json["error"]["message"] == "this path takes GET, HEAD, POST"


def test_head_is_a_get_without_the_body(port):
    """Same status and headers."""
    got, head = port.ask("GET", NEW + "?a=1"), port.ask("HEAD", NEW + "?a=1", connection="close")
    assert (got.status, got.json) == (200, {"a": "1"})
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"a": 1}', "application/json", 200, None),
        (b'\xef\xbb\xbf{"a": 1}', "application/json; charset=utf-8", 200, None),
        (b'{"a": 1, "a": 2}', "application/json", 200, None),
        (b"", None, 200, None),
        (b"", "text/plain", 200, None),
        (b'{"a": 1}', None, 415, "UNSUPPORT_CONTENT_TYPE"),
        (b'{"a": 1}', "text/json", 415, "UNSUPPORT_CONTENT_TYPE"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "UNSUPPORT_CONTENT_TYPE"),
        (part("a", b"1") + b"--b--", BOUNDARY, 415, "UNSUPPORT_CONTENT_TYPE"),
        (b'{"a": 1}', ";;;\udcff=", 415, "UNSUPPORT_CONTENT_TYPE"),
        (b"[1]", "application/json", 400, "INVALID_REQUEST_JSON"),
        (b"null", "application/json", 400, "INVALID_REQUEST_JSON"),
        (b'{"a": ', "application/json", 400, "INVALID_REQUEST_JSON"),
        (b"{'a': True}", "application/json", 400, "INVALID_REQUEST_JSON"),
        (b'{"a": NaN}', "application/json", 400, "INVALID_REQUEST_JSON"),
        (b'{"a": -Infinity}', "application/json", 400, "INVALID_REQUEST_JSON"),
        (b'{"a": "\xff"}', "application/json", 400, "INVALID_REQUEST_JSON"),
        (b'{"a": "\\ud800"}', "application/json", 400, "INVALID_REQUEST_JSON"),
        ('{"a": "李"}'.encode("gbk"), "application/json; charset=gbk", 400, "INVALID_REQUEST_JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "application/json", 400, "INVALID_REQUEST_JSON"),
        (b"\x00" * 100, "application/json", 400, "INVALID_REQUEST_JSON"),
    ],
)
def test_a_new_call_takes_json_and_says_what_else_it_got(port, body, content_type, status, code):
    """No body is no arguments; a type is asked for only where there is a body."""
    reply = port.ask("POST", NEW, body, content_type)
    assert reply.status == status, reply
    assert reply.json if code is None and body else True
    assert code is None or reply.code == code


def test_the_last_of_equal_keys_counts(port):
    """As most JSON readers have it."""
    assert port.ask("POST", NEW, b'{"a": 1, "a": 2}').json == {"a": 2}


@pytest.mark.parametrize(
    ("body", "content_type", "read"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b'{"a": 1}', None, {"a": 1}),
        (b'{"a": 1}', "application/x-www-form-urlencoded", {"a": 1}),
        (b"a=1&b=%E6%9D%8E+x&c=", "application/x-www-form-urlencoded", {"a": "1", "b": "李 x", "c": ""}),
        (b"a=1&a=2&a=3", "application/x-www-form-urlencoded", {"a": ["1", "2", "3"]}),
        (part("a", "李".encode()) + part("b", b"", '; filename="f"') + b"--b--", BOUNDARY, {"a": "李", "b": ""}),
        (b"", None, {}),
    ],
)
def test_an_old_call_takes_forms_as_well(port, body, content_type, read):
    """And JSON without a type, or under the one that curl gives everything."""
    assert port.ask("POST", OLD, body, content_type).json == read


def test_an_old_call_takes_its_arguments_from_the_address_too(port):
    """The vendor's samples delete so; a body without a name of the query leaves it standing."""
    assert port.ask("DELETE", OLD + "?event_id_list=a,b&x=1&x=2", content_type=None).json == {
        "event_id_list": "a,b",
        "x": ["1", "2"],
    }


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=%", "multipart/form-data"),
        (b"a=\xff", "application/x-www-form-urlencoded"),
        (part("a", b"\xff") + b"--b--", BOUNDARY),
        (part("a", b"1"), BOUNDARY),
        (b"--b\r\nX: y\r\n\r\n1\r\n--b--", BOUNDARY),
        (b"".join(part(f"n{n}", b"") for n in range(300)) + b"--b--", BOUNDARY),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n' + b"X: y\r\n" * 5000 + b"\r\n\r\n--b--", BOUNDARY),
        (b"&".join(b"n%d=1" % n for n in range(300)), "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(port, body, content_type):
    """Bombs of parts, fields and headers too."""
    reply = port.ask("POST", OLD, body, content_type)
    assert (reply.status, reply.code) == (400, 40091)


def test_long_words_in_the_headers_of_a_form_cost_no_time(port):
    """Reading them is linear; this would take a minute if it were not."""
    word = "a" * 4000
    body = b"".join(part(f"n{n}", b"", f"; {word}") for n in range(250)) + b"--b--"
    assert len(port.ask("POST", OLD, body, f"{BOUNDARY}; {word}").json) == 250


def test_a_query_that_is_no_unicode_is_refused(port):
    """Half surrogate pairs go no further."""
    assert port.ask("GET", NEW + "?a=\udcff").status in (200, 400)
    assert port.ask("GET", NEW + "?" + "&" * 5000).json == {}


def test_a_compressed_body_is_not_unpacked(port):
    """16 MiB of zeros are 16 KB; they are refused unread."""
    bomb = gzip.compress(json.dumps({"a": " " * MAX_BODY_BYTES}).encode())
    for coding in ("gzip", "deflate", "br", "gzip, gzip"):
        reply = port.ask("POST", NEW, bomb, Content_Encoding=coding)
        assert (reply.status, reply.code) == (415, "UNSUPPORT_CONTENT_TYPE")
    assert port.ask("POST", NEW, b"{}", Content_Encoding="identity").status == 200


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(port):
    """Not one byte of it is needed for the answer."""
    head = (
        f"POST {NEW} HTTP/1.1\r\nHost: box\r\nContent-Type: application/json\r\nContent-Length: {1 << 40}\r\n\r\n"
    )
    reply = port.say(head.encode())
    assert (reply.status, reply.code) == (413, "PAYLOAD_TOO_LARGE")


def test_who_sends_all_before_it_reads_learns_of_the_refusal(port):
    """As most client libraries do; what is left of the body is taken for a moment and thrown away."""
    reply = port.ask("POST", NEW, bytes(2 * MAX_BODY_BYTES))
    assert (reply.status, reply.code) == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_in_chunks_is_bounded_too(port):
    """It announces nothing; what is over the bound is not kept."""
    head = f"POST {OLD} HTTP/1.1\r\nHost: box\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"%x\r\n" % (1 << 20) + bytes(1 << 20) + b"\r\n"
    reply = port.say(head, *[chunk] * 17)
    assert (reply.status, reply.code) == (413, 41300)
    assert port.say(head, b'8\r\n{"a": 1}\r\n0\r\n\r\n').json == {"a": 1}


def test_bodies_share_a_bounded_room(port):
    """While others fill it, one more is told to come again; small ones have room."""
    count = MAX_BODIES_BYTES // MAX_BODY_BYTES
    head = "POST {} HTTP/1.1\r\nHost: box\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    waiting = [port.connect() for _ in range(count)]
    for connection in waiting:
        connection.sendall(head.format(NEW, MAX_BODY_BYTES).encode() + b"{")
    refused = None
    while refused is None or refused.status != 503:
        refused = port.say(head.format(NEW, MAX_BODY_BYTES).encode() + b" " * MAX_BODY_BYTES)
    assert refused.code == "INTERNAL_ERROR"
    for connection in waiting:
        connection.close()
    while port.ask("POST", NEW, b"{}").status != 200:
        pass


@pytest.mark.parametrize("expect", ["100-continue", "tea"])
def test_an_expectation_is_answered_with_json(port, expect):
    """Also one that nobody can meet."""
    reply = port.ask("POST", NEW, b"", Expect=expect)
    if reply.status == 100:
        return
    assert reply.code == "INVALID_ARGUMENTS"


def test_what_a_call_raises_is_told_and_what_it_did_not_mean_to_raise_is_not(port):
    """An error of the package has its code; any other is 500 and a pointer to the log."""
    reply = port.ask("POST", "/sophon/v2/face/nobody")
    assert (reply.status, reply.json["error"]) == (404, {"code": "ID_NOT_FOUND", "message": "no?body"})
    reply = port.ask("POST", "/sophon/v2/face/broken")
    assert (reply.status, reply.code) == (500, "INTERNAL_ERROR")
    assert b"secret" not in reply.body


def test_a_call_that_reads_no_body_is_asked_whatever_the_body_is():
    """Nothing of it is looked at."""

    async def later(_incoming):
        raise Refusal("NOT_IMPLEMENTED", "later")

    with http_port([Call("POST", NEW, Need.OPEN, later, reads_body=False)]) as port:
        for body, kind in ((b"garbage", "text/plain"), (b"", None), (b"x" * (1 << 20), "image/jpeg")):
            reply = port.ask("POST", NEW, body, kind)
            assert (reply.status, reply.code) == (501, "NOT_IMPLEMENTED")


def test_a_caller_is_asked_for_before_the_body_is_read():
    """401 although half of the body is missing; the header says how to come again."""
    asked = []

    def nobody_may(need, peer, token):
        asked.append((need, peer, token))
        return Refusal("PASSWORD_ERROR", "no")

    with http_port(CALLS, nobody_may) as port:
        head = f"POST {OLD} HTTP/1.1\r\nHost: box\r\nAuthorization: bearer  abc\r\nContent-Length: 100\r\n\r\n"
        reply = port.say(head.encode(), b"{")
    assert (reply.status, reply.code, reply.headers["www-authenticate"]) == (401, 40100, "Bearer")
    assert asked == [(Need.OPEN, "127.0.0.1", "abc")]


def test_a_page_of_another_site_changes_nothing(port):
    """A browser says where a form came from; programs do not, and a page of the box itself may."""
    path = "/sophon/v2/face/change"
    assert port.ask("POST", path, Origin="http://evil.example").status == 401
    assert port.ask("POST", path, Origin="null").status == 401
    assert port.ask("POST", path, Origin="http://box").status == 200
    assert port.ask("POST", path, Origin="http://evil.example", Authorization="Bearer x").status == 200
    assert port.ask("POST", path).status == 200
    assert port.ask("POST", NEW, Origin="http://evil.example").status == 200
