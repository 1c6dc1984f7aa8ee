"""A site whose name led to a box for a while could not change anything, and read whatever needs no password."""

import pytest
from http_port import http_port

from sophon_report.api.call import Call, Need

LOOK = "/sophon/v2/face/look"
FILE, LOGIN = "/page/digest/main.js", "/api/v1/session"


async def look(_incoming):
    return {}


@pytest.fixture(scope="module")
def port():
    looks = [Call("GET", LOOK, Need.OPEN, look), Call("POST", LOOK, Need.READ, look)]
    login = [Call("GET", FILE, Need.ANYONE, look), Call("POST", LOGIN, Need.ANYONE, look)]
    with http_port([*looks, *login]) as running:
        yield running


def status(port, host, method="GET", more=""):
    head = f"{method} {LOOK} HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: 0\r\n\r\n"
    return port.say(head.encode()).status


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_browser_that_asks_by_a_name_which_anybody_may_have_registered_sees_nothing(port, method):
    """It sends no Origin with a look: to it that is the page's own site. It always says its languages."""
    assert status(port, "evil.example:5555", method, "Accept-Language: zh-CN\r\n") == 401


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("10.0.0.5:5555", "Accept-Language: zh-CN\r\n"),
        ("box.local", "Accept-Language: zh-CN\r\n"),
        ("box", "Accept-Language: zh-CN\r\n"),
        ("box.company.example", ""),
    ],
)
def test_a_browser_on_the_box_itself_and_a_program_look_on(port, host, more):
    """By the address or a name that only the network gives away; programs by any name."""
    assert status(port, host, "GET", more) == 200


def test_the_page_stands_there_and_says_what_to_do(port):
    """Its modules, which a browser asks for with an Origin, were refused: a login that did nothing was left."""
    head = (
        "Host: box.lan:5555\r\nOrigin: http://box.lan:5555\r\nAccept-Language: zh-CN\r\nContent-Length: 0\r\n\r\n"
    )
    assert port.say(f"GET {FILE} HTTP/1.1\r\n{head}".encode()).status == 200
    refused = port.say(f"POST {LOGIN} HTTP/1.1\r\n{head}".encode())
    assert (refused.status, refused.code) == (403, "FOREIGN_PAGE")
