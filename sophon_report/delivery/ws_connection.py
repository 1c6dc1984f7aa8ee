"""One client of a WebSocket port: its handshake, its frames, its end.

The vendor's sample client parses whatever arrives as an event and dies of anything else, so after the handshake
the server sends event frames and nothing more: no greeting, no acknowledgement, no ping. The two exceptions are
answers that RFC 6455 demands, a pong to the client's ping and a close frame.

What arrives is parsed by the protocol of *websockets*, which does no I/O. What leaves are frames that were built
once for all clients; the server sends them to all sockets in one call, and what a socket does not take waits in
its transport.

The transport holds at most ``HIGH_WATER_BYTES`` and one frame; what does not fit waits in the hub, where the
oldest can still be let go. While the transport is full nothing is read either, or a client that pings without
reading would pile up pongs.
"""

import asyncio
import contextlib
import logging
import socket
from collections import deque
from http import HTTPStatus
from typing import Any, Callable, Deque, List, Mapping, Optional, Protocol, Tuple, cast
from urllib.parse import parse_qs

import structlog
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request, Response

from sophon_report.delivery.hub import Waiting
from sophon_report.delivery.ws_protocol import ClientProtocol
from sophon_report.wire.subscription import MAX_CONFIGURATION_BYTES

HANDSHAKE_S = 10.0
MAX_HANDSHAKE_BYTES = 16 << 10
READ_BYTES = 8 << 10
"""What is read at once; parsing a thousand small frames takes milliseconds, and all clients wait for it."""
MAX_FLOOD_BYTES, FLOOD_BYTES_S = 1 << 20, 64 << 10
"""What a client may send at once, and a second: sixteen of the largest configurations, and one."""
LINGER_S = 5.0
"""A client that was told to go is read, and nothing done with it, for so long: closing on unread bytes would be a
reset, which takes the reason away from it."""
FOREIGN_PAGE = "A page of another site may read events only if access.allowed_origins names it.\n"
BUSY = -1
"""No descriptor."""
HIGH_WATER_BYTES = 64 << 10
LOW_WATER_BYTES = 16 << 10
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_PROBES = 30, 10, 3
"""As the vendor's client sets them for its own side; a silent peer that answers these may stay for ever."""

_library_log = logging.getLogger("sophon_report.websockets")
_library_log.setLevel(logging.WARNING)  # its "connection open" is told here, with names


Refused = Optional[Tuple[int, bytes]]
"""``None`` for who is let in; else HTTP status and JSON body of the refusal."""


class Farewell(Protocol):
    """How a client stood when it left."""

    @property
    def sent(self) -> int:
        """Messages handed to its connection."""

    @property
    def dropped(self) -> int:
        """Messages it has lost."""

    @property
    def queued_events(self) -> int:
        """Messages it was still to get."""


class Outbox(Protocol):
    """What waits for the clients of a port, and who is a client: a hub, as connections see it."""

    def join(self, peer: str, since_ms: int) -> int:
        """Take in a client; returns its id, never used twice."""

    def leave(self, client_id: int) -> Farewell:
        """Let a client go with all it had waiting."""

    def pause(self, client_id: int) -> None:
        """Its connection takes no more for now."""

    def resume(self, client_id: int) -> None:
        """Its connection takes more: :meth:`next_frame` until it has none."""

    def is_paused(self, client_id: int) -> bool:
        """Whether its connection takes no more for now."""

    def next_frame(self, client_id: int) -> Optional[Waiting]:
        """What it is to get next, handed over; ``None`` when there is nothing or it is paused."""

    def queued_events(self, client_id: int) -> int:
        """How many messages wait for it."""

    def queued_bytes(self, client_id: int) -> int:
        """How long they are."""

    def dropped(self, client_id: int) -> int:
        """How many messages it has lost."""

    def stalled(self, unsent: Mapping[int, int], now_ms: int) -> List[int]:
        """Clients whose unsent bytes have not moved for too long; asked about once a second."""


class Gate(Protocol):
    """What a connection needs of the server that accepted it."""

    @property
    def outbox(self) -> Outbox:
        """What waits for clients."""

    def opened(self, connection: "Connection") -> None:
        """A TCP connection is there."""

    def admit(self, peer: str, token: Optional[str]) -> Refused:
        """Whether who calls from the address ``peer`` with ``token`` may see events."""

    def serves(self, path: str) -> bool:
        """Whether anything is there under that path, its query left out."""

    def welcomes(self, origin: Optional[str], host: str, user_agent: Optional[str]) -> bool:
        """Whether who sends these headers without a token may see events, as far as web pages go."""

    def no_place(self, host: str) -> Optional[str]:
        """Why one more client may not join from that address; ``None`` when it may."""

    def joined(self, client_id: int, connection: "Connection") -> None:
        """The hub's client ``client_id`` is reached through this connection."""

    def left(self, client_id: int) -> None:
        """The hub has let the client go."""

    def closed(self, connection: "Connection") -> None:
        """The TCP connection is gone."""

    def refused(self, why: str) -> None:
        """Count a client that was turned away; ``why`` as in ``clients_refused`` of the figures."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""

    def ticks_ms(self) -> int:
        """Milliseconds of a clock that never jumps."""


class Connection(asyncio.BufferedProtocol):
    """A TCP connection of a port, from accept to the last byte. What a client says is read and passed over."""

    high_water_bytes, low_water_bytes = HIGH_WATER_BYTES, LOW_WATER_BYTES
    """What the transport holds when the hub is told to pause, and to go on."""
    client_id: Optional[int] = None
    """The hub's, between a good handshake and the beginning of the end."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._hub = gate.outbox
        self._protocol = ClientProtocol(max_size=MAX_CONFIGURATION_BYTES, logger=_library_log)
        self._token: Optional[str] = None
        self._turned_away = False
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._received_bytes = 0
        self._ending = False
        self.free_socket = BUSY
        """The socket, while a frame may go there directly because nothing waits before it; else :data:`BUSY`.
        After a write :meth:`look_again` finds out."""
        self._handed_bytes = 0
        self._unsent: Deque[Tuple[int, int]] = deque()
        """What the transport holds, by message: the count of bytes at its end, and when it came up."""
        self._room: Optional[asyncio.Future[None]] = None
        self._losing, self._dropped = False, 0
        self._goodbye: Optional[Tuple[int, str]] = None
        self._timer: Optional[asyncio.TimerHandle] = None

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self.high_water_bytes, low=self.low_water_bytes)
        connection = self._transport.get_extra_info("socket")
        keep_alive(connection)
        self._socket: int = connection.fileno()
        self._encrypted = self._transport.get_extra_info("sslcontext") is not None
        self.look_again()
        peername = self._transport.get_extra_info("peername")
        self.peer = _address(peername)
        self.host: str = peername[0] if isinstance(peername, tuple) else ""
        self._log = structlog.get_logger().bind(peer=self.peer)
        self._set_timer(HANDSHAKE_S, self._handshake_overdue)
        self._gate.opened(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - a fixed size is the point
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._received_bytes += nbytes
        self._protocol.receive_data(bytes(self._buffer[:nbytes]))
        for event in self._protocol.events_received():
            if self._ending:
                break
            if isinstance(event, Request):
                self._on_request(event)
            elif isinstance(event, Frame):
                self._on_frame(event)
        if not self._ending:
            self._notice_end()
        self._flush()
        if self.client_id is None and not self._ending and self._received_bytes > MAX_HANDSHAKE_BYTES:
            self._handshake_overdue()

    def eof_received(self) -> None:
        self._leave("client closed")
        self._end()  # without a true value returned, the transport closes itself once its buffer is out

    def pause_writing(self) -> None:
        self._transport.pause_reading()
        if self.client_id is not None:
            self._hub.pause(self.client_id)

    def resume_writing(self) -> None:
        self._transport.resume_reading()
        if self.client_id is None:
            return
        self._hub.resume(self.client_id)
        oldest = self._hub.next_frame(self.client_id)
        while oldest is not None:
            self.send_rest(oldest.frame, 0, oldest.at_ms)
            oldest = self._hub.next_frame(self.client_id)
        if self._room is not None and not self._room.done() and not self._hub.is_paused(self.client_id):
            self._room.set_result(None)
        self._close_if_sent()

    def connection_lost(self, error: Optional[Exception]) -> None:
        self._leave(error.strerror if isinstance(error, OSError) and error.strerror else "connection lost")
        self._clear_timer()
        self._gate.closed(self)

    # What the server calls.

    def send(self, frame: bytes) -> None:
        """Hand a whole frame to the transport; may end in the hub being told to pause."""
        self.send_rest(frame, 0, self._gate.ticks_ms())

    def send_rest(self, frame: bytes, taken: int, at_ms: int) -> None:
        """Hand over what the socket has not taken of a frame.

        Args:
            frame: whole.
            taken: bytes that the socket has.
            at_ms: when its event came up, of a clock that never jumps.
        """
        self._forget_sent()
        self._handed_bytes += len(frame) - taken
        self._unsent.append((self._handed_bytes, at_ms))
        self._transport.write(memoryview(frame)[taken:])
        self.free_socket = BUSY

    async def room(self) -> None:
        """Return once the connection takes more than it has."""
        while self.client_id is not None and self._hub.is_paused(self.client_id):
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def lag_ms(self, now_ms: int) -> int:
        """Age of the oldest message that the system has not taken whole; 0 when there is none."""
        self._forget_sent()
        return max(0, now_ms - self._unsent[0][1]) if self._unsent else 0

    def _forget_sent(self) -> None:
        sent_bytes = self._handed_bytes - self._transport.get_write_buffer_size()
        while self._unsent and self._unsent[0][0] <= sent_bytes:
            self._unsent.popleft()

    def look_again(self) -> None:
        """Set :attr:`free_socket` by what the transport still holds; past TLS nothing goes, ever."""
        if not self._encrypted and self._transport.get_write_buffer_size() == 0:
            self.free_socket = self._socket

    def look_after(self, dropped: int) -> None:
        """To be called once a second: turns away who sends too much or may not see events any more, logs losses.

        Args:
            dropped: events the client has lost so far.
        """
        refused = self._admission()
        if refused is not None and refused[0] == HTTPStatus.UNAUTHORIZED:
            self._gate.refused("access")
            self.close(CloseCode.POLICY_VIOLATION, "not allowed any more")
        if self._received_bytes > MAX_FLOOD_BYTES:
            self._gate.refused("flood")
            self.close(CloseCode.POLICY_VIOLATION, "too much was sent")
        self._received_bytes = max(0, self._received_bytes - FLOOD_BYTES_S)
        losing = dropped > self._dropped
        if losing and not self._losing:
            self._log.warning("client loses events", dropped=dropped)
        elif self._losing and not losing:
            self._log.info("client keeps up again", dropped=dropped)
        self._losing, self._dropped = losing, dropped

    @property
    def unsent_bytes(self) -> int:
        """Bytes the transport has taken and the system has not."""
        return self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Send a close frame behind what the transport holds, and let the client go."""
        if self._ending:
            return
        self._leave(reason)
        self._protocol.fail(code, reason)
        self._flush()

    def close_when_sent(self, code: int, reason: str) -> None:
        """Close once the hub has nothing left for this client."""
        self._goodbye = (code, reason)
        self._close_if_sent()

    def abort(self, reason: str) -> None:
        """Cut the connection; what is unsent is lost."""
        self._leave(reason)
        self._transport.abort()

    # What a client does.

    def _on_request(self, request: Request) -> None:
        refusal = self._refusal(request)
        self._turned_away = refusal is not None
        response = refusal or self._protocol.accept(request)
        self._protocol.send_response(response)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self._clear_timer()
            self.client_id = self._hub.join(self.peer, self._gate.now_ms())
            self._gate.joined(self.client_id, self)
            self._log.info("client connected", client_id=self.client_id)
        elif response.status_code != HTTPStatus.UNAUTHORIZED:  # told, and bounded, by who refuses
            self._log.warning("client turned away", status=response.status_code)

    def _refusal(self, request: Request) -> Optional[Response]:
        """Why not, before anything is upgraded."""
        if not self._gate.serves(request.path.partition("?")[0]):
            return self._protocol.reject(HTTPStatus.NOT_FOUND, "There is nothing under this path.\n")
        self._token = token_of(request)
        refused = self._admission()
        if refused is not None:
            self._gate.refused("access")
            response = self._protocol.reject(refused[0], refused[1].decode())
            del response.headers["Content-Type"]
            response.headers["Content-Type"] = "application/json"
            if refused[0] == HTTPStatus.UNAUTHORIZED:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
        named = [_header(request, name) for name in ("Origin", "Host", "User-Agent")]
        if self._token is None and not self._gate.welcomes(named[0], named[1] or "", named[2]):
            self._gate.refused("origin")
            return self._protocol.reject(HTTPStatus.FORBIDDEN, FOREIGN_PAGE)
        no_place = self._gate.no_place(self.host)
        return None if no_place is None else self._protocol.reject(HTTPStatus.SERVICE_UNAVAILABLE, no_place)

    def _admission(self) -> Refused:
        """Whether it may see events now."""
        return self._gate.admit(self.host, self._token)

    def _on_frame(self, frame: Frame) -> None:
        """A whole frame has come; what it says is for a subclass to take."""

    def _notice_end(self) -> None:
        """See whether the protocol has ended the session by itself."""
        if self._protocol.handshake_exc is not None and not self._turned_away:
            self._gate.refused("handshake")
        elif self._protocol.close_rcvd is not None:
            self._leave("client closed")
        elif self._protocol.close_sent is not None:
            if self._protocol.close_sent.code == CloseCode.POLICY_VIOLATION:
                self._gate.refused("configuration")
            self._leave(self._protocol.close_sent.reason)

    def _handshake_overdue(self) -> None:
        self._gate.refused("handshake")
        self.abort("no handshake")

    # The end.

    def _close_if_sent(self) -> None:
        if self._goodbye and not (self.client_id and self._hub.queued_events(self.client_id)):
            self.close(*self._goodbye)

    def _leave(self, reason: str) -> None:
        if self.client_id is None:
            return
        row = self._hub.leave(self.client_id)
        self._gate.left(self.client_id)
        self.client_id = None
        self._log.info("client gone", reason=reason, sent=row.sent, dropped=row.dropped, unsent=row.queued_events)

    def _flush(self) -> None:
        """Write what the protocol has to say; its empty chunk means: no more from this side."""
        for chunk in self._protocol.data_to_send():
            if chunk:
                self.send(chunk)
            else:
                self._end()

    def _end(self) -> None:
        if self._ending:
            return
        self._ending = True
        self._set_timer(LINGER_S, self._transport.abort)
        if self._transport.can_write_eof():
            with contextlib.suppress(OSError):  # it has reset the connection, and the loop will say so next
                self._transport.write_eof()
        else:
            self._transport.close()

    def _set_timer(self, delay_s: float, call: Callable[[], None]) -> None:
        """The connection's one timer: the handshake's, then the linger's."""
        self._clear_timer()
        self._timer = asyncio.get_running_loop().call_later(delay_s, call)

    def _clear_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def token_of(request: Request) -> Optional[str]:
    """What a handshake shows to be let in: ``Authorization: Bearer``, or ``?token=`` of who can set no header."""
    headers = request.headers.get_all("Authorization")
    scheme, _, token = (headers[0] if headers else "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    asked = parse_qs(request.path.partition("?")[2], keep_blank_values=True)
    return asked["token"][0] if "token" in asked else None


def _header(request: Request, name: str) -> Optional[str]:
    values = request.headers.get_all(name)
    return ", ".join(values) if values else None


def keep_alive(connection: socket.socket) -> None:
    """Have the system find a dead peer within a minute, without a byte the peer's program could see."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_PROBES)
    silence_s = KEEPALIVE_IDLE_S + KEEPALIVE_INTERVAL_S * KEEPALIVE_PROBES
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, silence_s * 1000)


def _address(peername: Any) -> str:
    """``host:port``, an IPv6 host in brackets."""
    if not isinstance(peername, tuple):
        return "unknown"
    host, port = peername[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
