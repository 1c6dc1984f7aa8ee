"""What changes something is noted: who did it, from where, and what, without whose it was."""

from aiohttp import web
from http_port import http_port

from sophon_report.api.call import Call, Need, Noted
from sophon_report.errors import BadInput


async def done(_incoming):
    return {}


async def taken(_incoming):
    return Noted(web.Response(body=b"1", content_type="application/x-tar"), "everybody")


async def refused(_incoming):
    raise BadInput("no")


CALLS = [
    Call("POST", "/a/{identity_id}", Need.WRITE, done),
    Call("POST", "/unread/{identity_id}", Need.WRITE, done, reads_body=False),
    Call("POST", "/admin", Need.ADMIN, done),
    Call("GET", "/list", Need.ADMIN, done),
    Call("GET", "/file", Need.ADMIN, taken),
    Call("POST", "/bad", Need.WRITE, refused),
    Call("POST", "/push", Need.PUSH, done),
    Call("POST", "/read", Need.READ, done),
    Call("POST", "/login", Need.ANYONE, done),
]


def noted(**headers):
    lines = []
    who = {"good": "session:admin"}
    with http_port(CALLS, who=lambda token: who.get(token, ""), note=lambda *line: lines.append(line)) as port:
        for path in ("/a/E-1", "/unread/E-1", "/admin", "/bad", "/push", "/read", "/login"):
            port.ask("POST", path, b"{}", **headers)
        for path in ("/list", "/file"):
            port.ask("GET", path, **headers)
    return lines


def test_every_change_that_was_made_is_a_line_and_nothing_else_is():
    """Without the id of the path. To look at a list is none; to take a file away is one."""
    assert noted() == [
        ("127.0.0.1", "POST /a/{identity_id}", ""),
        ("127.0.0.1", "POST /unread/{identity_id}", ""),
        ("127.0.0.1", "POST /admin", ""),
        ("127.0.0.1", "GET /file", "everybody"),
    ]


def test_a_line_says_whose_session_it_was_and_from_where():
    """A session may be used from anywhere."""
    assert {(actor, detail) for actor, _, detail in noted(Authorization="Bearer good")} == {
        ("session:admin", "from 127.0.0.1"),
        ("session:admin", "everybody, from 127.0.0.1"),
    }
