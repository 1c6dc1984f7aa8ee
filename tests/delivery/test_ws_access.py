"""Who may see the event stream: asked before the upgrade, and every second after it."""

import json

import pytest
from event_port import closed_with, event_port, is_silent, until
from websocket import WebSocket, WebSocketBadStatusException

from sophon_report.delivery.ws_connection import token_of

BODY = b'{"error":{"code":"PASSWORD_ERROR","message":"no"}}'
SILENCE_S = 0.3


class Allowed:
    """Lets in by token; remembers who asked."""

    def __init__(self, *tokens):
        self.tokens, self.asked = set(tokens), []

    def __call__(self, peer, token):
        self.asked.append((peer, token))
        return None if token in self.tokens else (401, BODY)


def connect(port, path="/", **options):
    client = WebSocket()
    client.connect(port.url + path, timeout=20, **options)
    return client


@pytest.mark.parametrize("options", [{}, {"header": ["Authorization: Bearer bad"]}, {"path": "/?token=bad"}])
def test_who_may_not_is_refused_before_the_upgrade(options):
    """HTTP 401 with a JSON body that says why, and no place is taken."""
    with event_port(Allowed("good")) as port:
        with pytest.raises(WebSocketBadStatusException) as caught:
            connect(port, **options)
        assert caught.value.status_code == 401
        assert caught.value.resp_headers["content-type"] == "application/json"
        assert caught.value.resp_headers["www-authenticate"] == "Bearer"
        assert json.loads(caught.value.resp_body)["error"]["code"] == "PASSWORD_ERROR"
        stats = port.stats()
        assert (stats.refused_access, stats.refused_handshake, stats.clients) == (1, 0, ())


@pytest.mark.parametrize(
    "options",
    [
        {"header": ["Authorization: Bearer good"]},
        {"header": ["authorization: bEARER  good"]},
        {"path": "/?token=good"},
        {"path": "/events?a=1&token=good&b"},
        {"path": "/?token=bad", "header": ["Authorization: Bearer good"]},
    ],
)
def test_a_token_is_taken_from_the_header_or_else_from_the_address(options):
    """Some documented clients cannot set a header."""
    allowed = Allowed("good")
    with event_port(allowed) as port:
        client = connect(port, **options)
        assert allowed.asked[0] == ("127.0.0.1", "good")
        client.shutdown()


@pytest.mark.parametrize("header", ["Basic Z29vZA==", "good", ""])
def test_another_kind_of_credentials_counts_as_none(header):
    """As if nothing had been sent."""
    allowed = Allowed(None)
    with event_port(allowed) as port:
        connect(port, header=[f"Authorization: {header}"]).shutdown()
    assert allowed.asked[0] == ("127.0.0.1", None)


def test_a_stream_ends_when_its_token_is_revoked():
    """Within a second or two, with 1008; others stay."""
    allowed = Allowed("good", "other")
    with event_port(allowed) as port:
        revoked, other = (connect(port, header=[f"Authorization: Bearer {token}"]) for token in ("good", "other"))
        allowed.tokens.discard("good")
        assert closed_with(revoked) == (1008, "not allowed any more")
        until(lambda: port.stats().refused_access == 1)
        assert is_silent(other, SILENCE_S)


def test_a_store_that_cannot_be_asked_ends_no_stream():
    """503 to who comes then; who is in stays in."""
    answers = [None]
    with event_port(lambda _peer, _token: answers[-1]) as port:
        client = connect(port)
        answers.append((503, b"{}"))
        with pytest.raises(WebSocketBadStatusException, match="503"):
            connect(port)
        assert is_silent(client, 2.5)


def test_the_query_of_an_address_is_read_as_it_comes():
    """Nothing in it raises."""

    class Request:
        headers = type("H", (), {"get_all": staticmethod(lambda _name: [])})()

    for path, token in (
        ("/", None),
        ("/?", None),
        ("/?token", ""),
        ("/?token=", ""),
        ("/?token=a%20b&token=c", "a b"),
        ("/?token=%ff%zz", "\ufffd%zz"),
        ("//?x=token=1", None),
        ("/?" + "&" * 8000, None),
    ):
        request = Request()
        request.path = path
        assert token_of(request) == token
