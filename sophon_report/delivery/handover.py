"""A WebSocket that begins at another door: its connection, handed over with the handshake that it came with.

The API port reads the request as any other one, decides who may, and lets go of the connection; from then on it is
one of a :class:`~sophon_report.delivery.ws_port.WsPort`, which answers the handshake. So there is one way to send
to clients, with one set of bounds, whichever door they came through.
"""

import asyncio
from http import HTTPStatus
from typing import Callable, Optional, Sequence, Tuple

from websockets.http11 import Request, Response

from sophon_report.delivery.ws_connection import Connection, Refused
from sophon_report.delivery.ws_protocol import ClientProtocol
from sophon_report.ops.tls_port import feed

Stays = Callable[[], Refused]
"""Asked once a second: ``None`` while the caller may go on."""


def head_of(path: str, headers: Sequence[Tuple[bytes, bytes]]) -> bytes:
    """The request as it came, for who reads it once more; headers as they came, names and values."""
    lines = [f"GET {path} HTTP/1.1".encode("utf-8", "surrogateescape")]
    return b"\r\n".join([*lines, *(name + b": " + value for name, value in headers), b"", b""])


def problem_of(head: bytes) -> str:
    """What is wrong with a handshake; ``""``: nothing."""
    protocol = ClientProtocol()
    protocol.receive_data(head)
    for event in protocol.events_received():
        if isinstance(event, Request):
            answer: Response = protocol.accept(event)
            good = answer.status_code == HTTPStatus.SWITCHING_PROTOCOLS
            return "" if good else (answer.body or b"").decode().strip().partition("\n")[0]
    return "this is no handshake of a WebSocket"


def begin(connection: Connection, transport: asyncio.Transport, head: bytes) -> None:
    """Have ``connection`` go on with ``transport``, at the handshake."""
    transport.set_protocol(connection)
    connection.connection_made(transport)
    feed(connection, head)


class Admitted:
    """Of a connection that another door has let in: nothing is asked again but whether it may stay."""

    def __init__(self, stays: Stays) -> None:
        self._stays = stays

    def _refusal(self, _request: Request) -> Optional[Response]:
        return None

    def _admission(self) -> Refused:
        return self._stays()
