"""The connections of the API port: how many, how long, and that whatever is no HTTP gets JSON too.

What *aiohttp* leaves open is bounded here; older releases, the last ones for Python 3.8, leave more open.

==================================  ========================  =================================
what                                bound                     over it
==================================  ========================  =================================
connections                         ``MAX_CONNECTIONS``       see below
of them from one address            ``MAX_PER_ADDRESS``       see below
time to the first request           ``FIRST_REQUEST_S``       cut; ``cut``
time without a request              ``IDLE_S``                closed
bytes of a request line or header   8 KiB                     400
bytes of all headers of a request   ``MAX_HEAD_BYTES``        cut; ``cut``
requests sent ahead                 ``MAX_AHEAD``             cut; ``cut``
time to take an answer              ``ANSWER_S``              cut; ``cut``
time to take a file                 ``FILE_S``                cut; ``cut``
what is left of a refused body      ``LINGER_S``              closed
==================================  ========================  =================================

A browser keeps six connections, and ten people of one office have one address. So a new connection takes the place
of the one that was answered and has asked nothing more for longest, ``gave_way``; where each is asking, or has not
yet, the new one gets 503 and is cut, ``refused_full``.

Bodies have bounds of their own (``body.py``). The log gets no line for what a stranger sends here: it is counted.
"""

import asyncio
import functools
from dataclasses import dataclass
from typing import Any, Dict, Iterator, Optional, Tuple

import orjson
import structlog
from aiohttp import web
from aiohttp.streams import StreamReader

from sophon_report.api.errors import Refusal, Shape, error_body
from sophon_report.api.front import errors_as_json, refused
from sophon_report.api.traffic import Traffic

MAX_CONNECTIONS = 256
MAX_PER_ADDRESS = 64
"""Behind a proxy all callers have its address."""
FIRST_REQUEST_S = 15.0
IDLE_S = 75.0
MAX_HEAD_BYTES = 32 << 10
MAX_AHEAD = 32
ANSWER_S = 60.0
FILE_S = 3600.0
"""A backup has gigabytes, and a phone a slow link; it is read from the disk piece by piece."""
LINGER_S = 5.0
SHUTDOWN_S = 2.0
"""How long calls under way may take when the service leaves."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Patience:
    """How long a peer is waited for."""

    first_request_s: float = FIRST_REQUEST_S
    answer_s: float = ANSWER_S
    file_s: float = FILE_S


def runner(app: web.Application, traffic: Traffic, patience: Optional[Patience] = None) -> web.AppRunner:
    """Serves ``app`` within the bounds above; what passes is counted in ``traffic``."""
    return _Runner(
        app,
        traffic,
        patience or Patience(),
        shutdown_timeout=SHUTDOWN_S,
        access_log=None,  # addresses of callers would fill it, and tokens have no place in it
        keepalive_timeout=IDLE_S,
        lingering_time=LINGER_S,
        auto_decompress=False,
    )


class _Runner(web.AppRunner):
    def __init__(self, app: web.Application, traffic: Traffic, patience: Patience, **options: Any) -> None:
        super().__init__(app, **options)
        self._traffic, self._patience = traffic, patience

    async def _make_server(self) -> web.Server:
        usual = await super()._make_server()
        # What is refused before the app's own middleware runs, such as a wrong Expect, becomes JSON as well.
        handler = functools.partial(errors_as_json, handler=usual.request_handler)
        factory = usual.request_factory
        return _Doors(self._traffic, self._patience, handler, request_factory=factory, **self._kwargs)


class _Doors(web.Server):
    def __init__(self, traffic: Traffic, patience: Patience, handler: Any, **options: Any) -> None:
        super().__init__(handler, **options)
        self._traffic, self._patience = traffic, patience
        self._idle: Dict[_Door, None] = {}
        """Those that were answered and have asked nothing more, for the longest first."""

    def __call__(self) -> web.RequestHandler:
        return _Door(self._traffic, self._patience, self._idle, self, loop=self._loop, **self._kwargs)


class _Door(web.RequestHandler):
    """One connection."""

    def __init__(
        self, traffic: Traffic, patience: Patience, idle: "Dict[_Door, None]", manager: web.Server, **options: Any
    ) -> None:
        super().__init__(manager, **options)
        self._traffic, self._patience, self._idle = traffic, patience, idle
        self._peer: Optional[str] = None
        self._first: Optional[asyncio.TimerHandle] = None
        self._body: Optional[StreamReader] = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        peername = transport.get_extra_info("peername")
        peer = peername[0] if isinstance(peername, tuple) else ""
        here = self._traffic.connections
        if not self._has_place(peer):
            self._traffic.refused_full += 1
            transport.write(_NO_PLACE)
            transport.close()
            return
        self._peer = peer
        here[peer] = here.get(peer, 0) + 1
        self._first = self._loop.call_later(self._patience.first_request_s, self._cut_unless_asked)
        super().connection_made(transport)

    def _has_place(self, peer: str) -> bool:
        """Whether there is a place for one more of ``peer``; an idle one is sent away for it."""
        here = self._traffic.connections
        if here.get(peer, 0) >= MAX_PER_ADDRESS:
            return self._made_room(door for door in self._idle if door.of(peer))
        return sum(here.values()) < MAX_CONNECTIONS or self._made_room(iter(self._idle))

    def _made_room(self, idle: "Iterator[_Door]") -> bool:
        door = next(idle, None)
        if door is None:
            return False
        self._traffic.gave_way += 1
        door.give_way()
        return True

    def of(self, peer: str) -> bool:
        """Whether it is one of ``peer``."""
        return self._peer == peer

    def give_way(self) -> None:
        """Leave the place to another one."""
        self._leave()
        if self.transport is not None:
            self.transport.close()

    def _leave(self) -> None:
        self._idle.pop(self, None)
        if self._peer is not None:
            left = self._traffic.connections.pop(self._peer) - 1
            if left:
                self._traffic.connections[self._peer] = left
            self._peer = None

    def connection_lost(self, exc: Optional[BaseException]) -> None:
        if self._first is not None:
            self._first.cancel()
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._idle.pop(self, None)
        body = self._body
        in_body = body is not None and not body.is_eof()
        before, ahead = self._request_count, len(self._messages)
        super().data_received(data)
        if body is not None and in_body and not body.is_eof() and len(self._messages) > ahead:
            # Behind half a body can be no request: the parser could not read on, and told only who asks next.
            self._messages.clear()
            body.set_exception(web.RequestPayloadError("the body cannot be read on"))
            body.feed_eof()  # or what is left of it would be waited for behind the answer
            self.close()
        elif self._messages:
            self._body = self._messages[-1][1]
        asked = self._request_count != before
        self._head_bytes = 0 if in_body or asked else self._head_bytes + len(data)
        if self._head_bytes > MAX_HEAD_BYTES or len(self._messages) > MAX_AHEAD:
            self._cut()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: Optional[float]
    ) -> Tuple[web.StreamResponse, bool]:
        self._traffic.answered(resp.status)
        resp.headers.setdefault("Server", "sophon-report")  # and not which releases of what it is made of
        resp.headers.setdefault("X-Content-Type-Options", "nosniff")  # files that somebody gave are no pages
        sending = super().finish_response(request, resp, start_time)
        longest_s = self._patience.file_s if isinstance(resp, web.FileResponse) else self._patience.answer_s
        try:
            sent = await asyncio.wait_for(sending, longest_s)
        except asyncio.TimeoutError:
            self._cut()
            return resp, True
        if self._peer is not None and not self._messages and request.content.is_eof():
            self._idle[self] = None
        return sent

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: Optional[BaseException] = None,
        message: Optional[str] = None,  # noqa: ARG002 - it may hold what the peer sent
    ) -> web.StreamResponse:
        """JSON for what is no HTTP, and for what the app's own error handling let through."""
        if request.writer.output_size > 0:
            raise ConnectionError("half an answer is sent already")
        if status < 500:
            answer = refused(Refusal("INVALID_ARGUMENTS", "this is no HTTP request that can be read"), "/")
        else:
            log.error("request_failed", exc_info=exc)
            answer = refused(Refusal("INTERNAL_ERROR", "see the service's log"), "/")
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kw: Any) -> None:
        log.error("connection_failed", what=str(args[0]) if args else "", exc_info=kw.get("exc_info"))

    def _cut_unless_asked(self) -> None:
        if not self._request_count:
            self._cut()

    def _cut(self) -> None:
        self._traffic.cut += 1
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()


def take_over(request: web.BaseRequest) -> asyncio.Transport:
    """The connection of a request that was read and not answered: its own from now on, and counted here no more.

    What the handler returns is then told to nobody.
    """
    handler = request.protocol
    transport = handler.transport
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        raise ConnectionResetError("the caller has gone")
    handler.transport = None  # or it would be closed with what follows
    handler.connection_lost(None)
    return transport


def _raw(refusal: Refusal) -> bytes:
    """A whole answer as bytes, for a connection that gets no handler."""
    body = orjson.dumps(error_body(refusal, Shape.V2))
    head = (
        f"HTTP/1.1 {refusal.http_status} Service Unavailable\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


_NO_PLACE = _raw(Refusal("UNAVAILABLE", "too many connections at one time: try again"))
