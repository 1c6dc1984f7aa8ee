"""What goes on now, over WebSockets of the API port: events as they come, and pictures of cameras.

The handshake is a call like any other one: it needs the same rights, is refused in the same words, and a browser
may send it from a page of this box only. Then the connection belongs to the port that sends the events.
"""

import asyncio
from typing import Callable, List, Optional, Protocol, Sequence

from aiohttp import web

from sophon_report.api.call import Need
from sophon_report.api.door import take_over
from sophon_report.api.errors import Refusal
from sophon_report.api.shown import is_of_no_other_site, is_of_this_origin
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.delivery.handover import Stays, head_of, problem_of
from sophon_report.delivery.ws_connection import Refused

TAGS = ("live",)
EVENTS = """Each event is a text message, JSON with fields of `GET /api/v1/events` and `seq`. Nothing comes until
the client has said `{}` in a text message, or `{"since": <seq>}`: then all after that event comes first. An event
with `"resume_gone": true` says that some before it are not there any more. An empty object, every 20 seconds, is a
sign of life. Who may not see events any more, or whose session ends, is closed with 1008. A picture of an event is
at `/api/v1/events/{event_id}/pictures/face`, from the moment that the event comes."""
TILES = """The client says `{"devices": ["door"], "width_px": 640}` in a text message, at most 16 devices, and
again to look at others. Each binary message is one picture: the length of a JSON text in 4 bytes, the greatest
first, the text (`device_id`, `frame_id`, `at_ms`, `width`, `height`, `roi`, `faces` with `track_id`, `box`,
`name` and `kind`), then a JPEG. Who is slow gets fewer pictures, never old ones."""


class SocketPort(Protocol):
    """Where WebSockets go on."""

    def no_place(self, host: str) -> Optional[str]:
        """Why one more client may not join from that address; ``None`` when it may."""

    def adopt(self, transport: asyncio.Transport, head: bytes, stays: Stays) -> None:
        """Go on with a client whose handshake is ``head``, as long as it ``stays``."""


MayStay = Callable[[Need, str, Optional[str]], Refused]
"""Need, address of the caller, token: whether who was let in may go on; asking is no use."""


class LiveCalls:
    """The WebSockets.

    Args:
        events: sends events.
        tiles: sends pictures.
        may_stay: asked once a second for each client.
        allowed_origins: other sites whose pages may connect, those of the settings.
    """

    def __init__(
        self,
        events: SocketPort,
        tiles: SocketPort,
        may_stay: MayStay,
        allowed_origins: Callable[[], Sequence[str]],
    ) -> None:
        self._events, self._tiles = events, tiles
        self._may_stay, self._allowed_origins = may_stay, allowed_origins

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "GET",
                "/live",
                Need.READ,
                "Events as they come, over a WebSocket",
                self.events,
                http_status=101,
                tags=TAGS,
                socket=True,
                description=EVENTS,
            ),
            Operation(
                "GET",
                "/live/preview",
                Need.READ,
                "Pictures of cameras with who is on them, over a WebSocket",
                self.tiles,
                http_status=101,
                tags=TAGS,
                socket=True,
                description=TILES,
            ),
        ]

    async def events(self, asked: Asked) -> web.StreamResponse:
        """A client of the events."""
        return self._open(asked, self._events)

    async def tiles(self, asked: Asked) -> web.StreamResponse:
        """A client of the pictures."""
        return self._open(asked, self._tiles)

    def _open(self, asked: Asked, port: SocketPort) -> web.StreamResponse:
        incoming, request = asked.incoming, asked.incoming.request
        if request is None or not incoming.peer or request.method != "GET":
            raise Refusal("UPGRADE_REQUIRED", "connect to it as a WebSocket, on the API port")
        self._check(request, shows=incoming.credentials)
        head = head_of(request.raw_path, request.raw_headers)
        problem = problem_of(head)
        if problem:
            raise Refusal("INVALID_ARGUMENTS", problem)
        no_place = port.no_place(incoming.peer)
        if no_place is not None:
            raise Refusal("UNAVAILABLE", no_place.strip())
        peer, token = incoming.peer, incoming.bearer
        port.adopt(take_over(request), head, lambda: self._may_stay(Need.READ, peer, token))
        return web.Response(status=101)

    def _check(self, request: web.Request, *, shows: bool) -> None:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise Refusal("UPGRADE_REQUIRED", "this is a WebSocket: connect to it as one")
        if request.can_read_body:
            raise Refusal("INVALID_ARGUMENTS", "the handshake of a WebSocket has no body")
        # A page that has the box's address under a name of its own for a while has no session there.
        headers = request.headers
        secure = request.secure
        own = is_of_this_origin(headers, secure) if shows else is_of_no_other_site(headers, secure)
        if not own and headers.get("Origin") not in self._allowed_origins():
            raise Refusal("PASSWORD_ERROR", "a page of another site may not look on; open one of this box")
