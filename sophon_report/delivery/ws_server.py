"""The event port: accepts clients, hands them what the hub decides, watches who does not follow.

Why *websockets* for what arrives and plain transports for what leaves: a prebuilt frame written to the transport
is as cheap as sending can be in Python, whichever library did the handshake; so the library was chosen by what it
accepts. *picows* 1.9 and 2.3 answer 400 to ``Connection: keep-alive, Upgrade``, which is what Firefox sends.

What is bounded, and what happens when it is full:

============================  ======================================  ==============================
connected clients             ``server.max_clients``                  HTTP 503; ``refused_full``
connections before that       ``SPARE_CONNECTIONS`` more              longest silent cut; ``refused_full``
a client's unsent bytes       ``server.client_buffer_bytes``          its oldest go; ``dropped``
all clients' unsent bytes     ``server.all_clients_buffer_bytes``     the fullest's oldest go; ``dropped``
unsent bytes that stand still ``server.client_stall_s``               closed; ``closed_stalled``
a configuration               64 KiB                                  closed 1008; ``refused_configuration``
what a client sends in all    1 MiB at once, 64 KiB a second          closed 1008; ``refused_flood``
============================  ======================================  ==============================

Who may not see events gets HTTP 401 and JSON before anything is upgraded; who may not any more, because the
settings changed or a token was revoked, is closed with 1008 within a second. Both are ``refused_access``.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Optional, Tuple

import structlog
from websockets.frames import CloseCode

from sophon_report.config import Compat, Server
from sophon_report.delivery.burst import send_to_all
from sophon_report.delivery.hub import ClientRow, Hub
from sophon_report.delivery.ws_connection import BUSY, Connection, Refused
from sophon_report.model import Recognition
from sophon_report.ops import ports

SPARE_CONNECTIONS = 64
"""Room for handshakes, and for refusals to be told."""
SWEEP_S = 1.0
GOODBYE_S = 1.0

log = structlog.get_logger()
Admit = Callable[[str, Optional[str]], Refused]


def everyone(_peer: str, _token: Optional[str]) -> Refused:
    """No token is needed, wherever a client is."""
    return None


@dataclass(frozen=True)
class EventServerStats:
    """Counters since the start; one row per connected client."""

    clients: Tuple[ClientRow, ...]
    """``queued_bytes`` counts what the connection holds as well."""
    published: int
    encoded: int
    sent: int
    dropped: int
    queued_bytes: int
    refused_full: int
    refused_access: int
    refused_handshake: int
    refused_configuration: int
    refused_flood: int
    closed_stalled: int


class EventServer:
    """The WebSocket server of ``server.event_port``. All methods are called on the event loop.

    Args:
        settings: bounds; host and port are read at the start only.
        hub: decides who gets what.
        admit: asked with a client's address and token, at its handshake and every second after it.
    """

    def __init__(self, settings: Server, hub: Hub, admit: Admit = everyone) -> None:
        self.hub = hub
        self.admit = admit
        self._settings = settings
        self._server: Optional[asyncio.AbstractServer] = None
        self._sweeper: Optional[asyncio.Task[None]] = None
        self._connections: Dict[Connection, None] = {}
        """Oldest first."""
        self._clients: Dict[int, Connection] = {}
        self._refused = {"full": 0, "access": 0, "handshake": 0, "configuration": 0, "flood": 0}
        self._closed_stalled = 0

    async def start(self) -> None:
        """Open the port.

        Raises:
            PortInUse: another program has it; the message names both.
            Unavailable: the system refuses the address for another reason.
        """
        loop = asyncio.get_running_loop()
        self._nobody = asyncio.Event()
        self._nobody.set()
        host, port = self._settings.host, self._settings.event_port
        try:
            self._server = await loop.create_server(lambda: Connection(self), host, port)
        except OSError as error:
            raise ports.refusal(error, host, port) from error
        self._sweeper = loop.create_task(self._sweep())
        log.info("event port open", host=host, port=self.port)

    @property
    def port(self) -> int:
        """The port that is open; the system's choice when the settings say 0."""
        assert isinstance(self._server, asyncio.base_events.Server), "started"
        return int(self._server.sockets[0].getsockname()[1])

    def publish(self, recognition: Recognition) -> None:
        """Send an event to every client that wants it; never waits for one."""
        for frame, client_ids in self.hub.publish(recognition):
            self._send([self._clients[client_id] for client_id in client_ids], frame)

    def apply(self, settings: Server, compat: Compat) -> None:
        """Go by other bounds and readings from now on; host and port wait for a restart. Nobody is cut off."""
        self._settings = settings
        self.hub.apply(settings, compat)

    async def stop(self, deadline_s: float = 5.0) -> None:
        """Take no more clients, give the present ones until the deadline to fetch what waits, then close."""
        if self._server is None or self._sweeper is None:
            return
        self._server.close()
        self._sweeper.cancel()
        for connection in tuple(self._connections):
            connection.close_when_sent(CloseCode.GOING_AWAY, "the service stops")
        await self._see_off(deadline_s)
        for connection in tuple(self._connections):
            connection.abort("the service stops")
        await self._server.wait_closed()
        self._server = None

    async def _see_off(self, deadline_s: float) -> None:
        """Wait for clients to fetch what is theirs until the deadline; for a mere good-bye a second at most."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + deadline_s
        while loop.time() < end_s:
            try:
                await asyncio.wait_for(self._nobody.wait(), GOODBYE_S)
            except asyncio.TimeoutError:
                if self.stats().queued_bytes:
                    continue
            return

    def stats(self) -> EventServerStats:
        """Counters and one row per client."""
        own = self.hub.stats()
        rows = tuple(
            replace(row, queued_bytes=row.queued_bytes + self._clients[row.client_id].unsent_bytes)
            for row in own.clients
        )
        return EventServerStats(
            clients=rows,
            published=own.published,
            encoded=own.encoded,
            sent=own.sent,
            dropped=own.dropped,
            queued_bytes=sum(row.queued_bytes for row in rows),
            refused_full=self._refused["full"],
            refused_access=self._refused["access"],
            refused_handshake=self._refused["handshake"],
            refused_configuration=self._refused["configuration"],
            refused_flood=self._refused["flood"],
            closed_stalled=self._closed_stalled,
        )

    @staticmethod
    def _send(connections: List[Connection], frame: bytes) -> None:
        """One frame to many: straight to the sockets before which nothing waits, else through their transports."""
        sockets = [connection.free_socket for connection in connections]
        if BUSY in sockets:
            connections = _those_behind_nothing(connections, frame)
            sockets = [connection.free_socket for connection in connections]
        for index, taken in send_to_all(sockets, frame):
            connections[index].send_rest(frame, taken)

    # What its connections tell and ask (ws_connection.Gate).

    @property
    def default_dialect(self) -> str:
        """The dialect of a configuration that shows none."""
        return self._settings.default_dialect

    def opened(self, connection: Connection) -> None:
        if len(self._connections) >= self._settings.max_clients + SPARE_CONNECTIONS:
            self._make_room(connection)
        self._connections[connection] = None
        self._nobody.clear()

    def _make_room(self, newest: Connection) -> None:
        """Cut who has waited longest without being a client: who says nothing keeps nobody out."""
        self.refused("full")
        waiting = (each for each in self._connections if each.client_id is None)
        longest = next(waiting, newest)
        self._connections.pop(longest, None)
        longest.abort("no place")

    def has_room(self) -> bool:
        return len(self._clients) < self._settings.max_clients

    def joined(self, client_id: int, connection: Connection) -> None:
        self._clients[client_id] = connection

    def left(self, client_id: int) -> None:
        del self._clients[client_id]

    def closed(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        if not self._connections:
            self._nobody.set()

    def refused(self, why: str) -> None:
        self._refused[why] += 1

    def now_ms(self) -> int:
        return round(time.time() * 1000)

    # What it does by itself.

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_S)
            unsent = {client_id: connection.unsent_bytes for client_id, connection in self._clients.items()}
            for client_id in self.hub.stalled(unsent, round(loop.time() * 1000)):
                self._closed_stalled += 1
                self._clients[client_id].abort("takes nothing any more")
            for client_id, connection in tuple(self._clients.items()):
                connection.look_after(self.hub.dropped(client_id))


def _those_behind_nothing(connections: List[Connection], frame: bytes) -> List[Connection]:
    """The connections before which nothing waits; to the others the frame is given to wait as well."""
    free = []
    for connection in connections:
        connection.look_again()
        if connection.free_socket == BUSY:
            connection.send(frame)
        else:
            free.append(connection)
    return free
