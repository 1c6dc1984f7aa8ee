"""Which web pages may read the event stream."""

import pytest
from event_port import event_port, receive, until
from samples import recognition
from websocket import WebSocket, WebSocketBadStatusException

from sophon_report.config import parse_settings
from sophon_report.delivery.origins import is_welcome
from sophon_report.errors import ConfigError

BROWSER = "Mozilla/5.0"


@pytest.mark.parametrize(
    ("origin", "host", "user_agent"),
    [
        (None, "10.0.0.1:5679", BROWSER),
        (None, "", None),
        ("http://10.0.0.1:5679", "10.0.0.1:5679", None),
        ("http://box.company.example:5679", "box.company.example:5679", None),
        ("http://evil.example", "10.0.0.1:5679", None),
        ("http://10.0.0.1", "10.0.0.1:5679", BROWSER),
        ("https://10.0.0.1:8443", "10.0.0.1:5679", BROWSER),
        ("http://[fd00::7]:5555", "[fd00::7]:5679", BROWSER),
        ("http://BOX:80", "box:5679", BROWSER),
        ("http://box.local", "box.local:5679", BROWSER),
        ("http://localhost:8080", "localhost:5679", BROWSER),
    ],
)
def test_programs_and_the_boxs_own_pages_are_welcome(origin, host, user_agent):
    """The documented client sends an origin and no user agent, under any name of the box."""
    assert is_welcome(origin, host, user_agent, ())


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "10.0.0.1:5679"),
        ("null", "10.0.0.1:5679"),
        ("", "10.0.0.1:5679"),
        ("http://10.0.0.10", "10.0.0.1:5679"),
        ("http://10.0.0.1.evil.example", "10.0.0.1:5679"),
        ("http://10.0.0.1@evil.example", "10.0.0.1:5679"),
        ("http://evil.example:5679", "evil.example:5679"),
        ("http://[", "["),
        ("http://10.0.0.1", ""),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_pages_of_other_sites_are_not(origin, host):
    """Nor one whose public name was made to lead here."""
    assert not is_welcome(origin, host, BROWSER, ())
    assert is_welcome(origin, host, BROWSER, ("*",))


def test_a_page_that_is_named_is_welcome():
    """In any spelling of its letters; one beside it is not."""
    allowed = ("https://Board.example", "null")
    assert is_welcome("https://board.example", "10.0.0.1:5679", BROWSER, allowed)
    assert is_welcome("null", "10.0.0.1:5679", BROWSER, allowed)
    assert not is_welcome("https://board.example:8443", "10.0.0.1:5679", BROWSER, allowed)
    assert not is_welcome("http://board.example", "10.0.0.1:5679", BROWSER, allowed)


@pytest.mark.parametrize("origin", ["board.example", "https://board.example/", "https://a b", "https://u@h", ""])
def test_what_no_browser_sends_is_refused_in_the_settings(origin):
    """With its key and its place."""
    with pytest.raises(ConfigError) as caught:
        parse_settings({"access": {"allowed_origins": ["https://good.example", origin]}})
    ((key, what),) = caught.value.problems
    assert key == "access.allowed_origins"
    assert "origin 2 must be like" in what


def connect(port, **options):
    client = WebSocket()
    client.connect(port.url, timeout=20, **options)
    return client


def test_a_foreign_page_is_turned_away_before_the_upgrade():
    """403 with the name of the setting; one that is named later is let in, and so is one with a token."""
    allowed = []
    with event_port(origins=lambda: allowed) as port:
        page = {"origin": "https://board.example", "header": [f"User-Agent: {BROWSER}"]}
        with pytest.raises(WebSocketBadStatusException, match="403") as caught:
            connect(port, **page)
        assert b"access.allowed_origins" in caught.value.resp_body
        assert (port.stats().refused_origin, port.stats().refused_handshake) == (1, 0)
        with_token = connect(port, **{**page, "header": [*page["header"], "Authorization: Bearer good"]})
        allowed.append("https://board.example")
        named = connect(port, **page)
        program = connect(port)
        for client in (with_token, named, program):
            client.send("{}")
        until(lambda: port.subscribed() == 3)
        port.publish(recognition(1))
        assert [receive(client)["seq"] for client in (with_token, named, program)] == [1, 1, 1]
