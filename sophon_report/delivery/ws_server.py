"""The event port: accepts clients, hands them what the hub decides, watches who does not follow.

Why *websockets* for what arrives and plain transports for what leaves: a prebuilt frame written to the transport
is as cheap as sending can be in Python, whichever library did the handshake; so the library was chosen by what it
accepts. *picows* 1.9 and 2.3 answer 400 to ``Connection: keep-alive, Upgrade``, which is what Firefox sends.

What is bounded, and what happens when it is full:

============================  ======================================  ==============================
connected clients             ``server.max_clients``                  HTTP 503; ``refused_full``
clients of one address        ``server.max_clients_per_address``      HTTP 503; ``refused_address``
connections before that       ``SPARE_CONNECTIONS`` more              longest silent cut; ``refused_full``
a client's unsent bytes       ``server.client_buffer_bytes``          its oldest go; ``dropped``
all clients' unsent bytes     ``server.all_clients_buffer_bytes``     the fullest's oldest go; ``dropped``
TLS handshakes                see ``ops/tls_port.py``                 cut; ``refused_handshake``
unsent bytes that stand still ``server.client_stall_s``               closed; ``closed_stalled``
a configuration               64 KiB                                  closed 1008; ``refused_configuration``
what a client sends in all    1 MiB at once, 64 KiB a second          closed 1008; ``refused_flood``
============================  ======================================  ==============================

Who may not see events gets HTTP 401 and JSON before anything is upgraded; who may not any more, because the
settings changed or a token was revoked, is closed with 1008 within a second. Both are ``refused_access``. Web
pages of other sites get HTTP 403 (see ``origins``); ``refused_origin``.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import structlog
from websockets.frames import CloseCode

from sophon_report.config import Compat, Server
from sophon_report.delivery.burst import send_to_all
from sophon_report.delivery.hub import ClientRow, Hub
from sophon_report.delivery.origins import is_welcome
from sophon_report.delivery.resume import Resume
from sophon_report.delivery.ws_connection import BUSY, Connection, Refused
from sophon_report.model import Recognition
from sophon_report.ops import ports
from sophon_report.ops.certificate import Certificate, CertificateStats
from sophon_report.ops.tls_port import TlsPort
from sophon_report.wire.subscription import Subscription

SPARE_CONNECTIONS = 64
"""Room for handshakes, and for refusals to be told."""
SWEEP_S = 1.0
GOODBYE_S = 1.0

WHY_REFUSED = ("full", "address", "access", "origin", "handshake", "configuration", "flood")

log = structlog.get_logger()
Admit = Callable[[str, Optional[str]], Refused]


def everyone(_peer: str, _token: Optional[str]) -> Refused:
    """No token is needed, wherever a client is."""
    return None


@dataclass(frozen=True)
class EventServerStats:
    """Counters since the start; one row per connected client."""

    clients: Tuple[ClientRow, ...]
    """``queued_bytes`` counts what the connection holds as well, and ``lag_ms`` what it holds alone."""
    published: int
    encoded: int
    sent: int
    dropped: int
    queued_bytes: int
    refused_full: int
    refused_address: int
    """Clients of an address that had as many as one may have."""
    refused_access: int
    refused_origin: int
    """Web pages of other sites."""
    refused_handshake: int
    refused_configuration: int
    refused_flood: int
    closed_stalled: int
    lost_to_resume: int
    """Events that the disk refused and that no client can ask for any more."""
    certificate: Optional[CertificateStats] = None
    """What the TLS port shows; ``None`` without one."""


class EventServer:
    """The WebSocket server of ``server.event_port``. All methods are called on the event loop.

    Args:
        settings: bounds; host and port are read at the start only.
        hub: decides who gets what.
        admit: asked with a client's address and token, at its handshake and every second after it.
        resume: gives clients the past that they ask for; without it that wish is passed over.
        origins: asked at a handshake which web pages of other sites may read events.
    """

    def __init__(
        self,
        settings: Server,
        hub: Hub,
        admit: Admit = everyone,
        resume: Optional[Resume] = None,
        origins: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.hub = hub
        self.admit = admit
        self._settings, self._resume, self._origins = settings, resume, origins
        self._server: Optional[asyncio.AbstractServer] = None
        self._tls: Optional[TlsPort] = None
        self._certificate: Optional[Certificate] = None
        self._sweeper: Optional[asyncio.Task[None]] = None
        self._connections: Dict[Connection, None] = {}
        """Oldest first."""
        self._clients: Dict[int, Connection] = {}
        self._of_address: Dict[str, int] = {}
        self._refused = dict.fromkeys(WHY_REFUSED, 0)
        self._closed_stalled = 0

    async def start(self) -> None:
        """Open the port.

        Raises:
            PortInUse: another program has it; the message names both.
            Unavailable: the system refuses the address for another reason.
        """
        self._loop = loop = asyncio.get_running_loop()
        self._nobody = asyncio.Event()
        self._nobody.set()
        host, port = self._settings.host, self._settings.event_port
        try:
            self._server = await loop.create_server(lambda: Connection(self), host, port)
        except OSError as error:
            raise ports.refusal(error, host, port) from error
        self._sweeper = loop.create_task(self._sweep())
        log.info("event port open", host=host, port=self.port)

    async def start_tls(self, certificate: Certificate, port: int) -> int:
        """Open a TLS port beside the other one; returns its number, the system's choice for 0.

        Raises:
            PortInUse, Unavailable: as :meth:`start`.
        """
        self._certificate = certificate
        self._tls = TlsPort(lambda: Connection(self), lambda: certificate.context)
        await self._tls.start(self._settings.host, port)
        log.info("event port open", host=self._settings.host, port=self._tls.port, tls=True)
        return self._tls.port

    @property
    def port(self) -> int:
        """The port that is open; the system's choice when the settings say 0."""
        assert isinstance(self._server, asyncio.base_events.Server), "started"
        return int(self._server.sockets[0].getsockname()[1])

    def publish(self, recognition: Recognition, accepted: "Optional[asyncio.Future[None]]" = None) -> None:
        """Send an event to every client that wants it; never waits for one.

        Args:
            recognition: the event, with its number.
            accepted: its journal record's future; ``None`` when there is none.
        """
        if self._resume is not None:
            self._resume.note(recognition, accepted)
        now_ms = self.ticks_ms()
        for frame, client_ids in self.hub.publish(recognition, now_ms):
            self._send([self._clients[client_id] for client_id in client_ids], frame, now_ms)

    def forget(self, is_of: Callable[[Recognition], bool]) -> None:
        """Keep nothing of events that ``is_of`` says yes to for clients that ask for the past.

        A frame that waits for a slow client was shown to the others already, and is not taken back.
        """
        if self._resume is not None:
            self._resume.forget(is_of)

    def apply(self, settings: Server, compat: Compat) -> None:
        """Go by other bounds and readings from now on; host and port wait for a restart. Nobody is cut off."""
        self._settings = settings
        self.hub.apply(settings, compat)

    async def stop(self, deadline_s: float = 5.0) -> None:
        """Take no more clients, give the present ones until the deadline to fetch what waits, then close."""
        if self._server is None or self._sweeper is None:
            return
        self._server.close()
        if self._tls is not None:
            self._tls.stop()
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
        own, now_ms = self.hub.stats(), self.ticks_ms()
        rows = tuple(self._whole(row, self._clients[row.client_id], now_ms) for row in own.clients)
        return EventServerStats(
            clients=rows,
            published=own.published,
            encoded=own.encoded,
            sent=own.sent,
            dropped=own.dropped,
            queued_bytes=sum(row.queued_bytes for row in rows),
            refused_full=self._refused["full"],
            refused_address=self._refused["address"],
            refused_access=self._refused["access"],
            refused_origin=self._refused["origin"],
            refused_handshake=self._refused["handshake"] + (self._tls.failed if self._tls is not None else 0),
            refused_configuration=self._refused["configuration"],
            refused_flood=self._refused["flood"],
            closed_stalled=self._closed_stalled,
            lost_to_resume=self._resume.recent.lost if self._resume is not None else 0,
            certificate=self._certificate.stats() if self._certificate is not None else None,
        )

    @staticmethod
    def _whole(row: ClientRow, connection: Connection, now_ms: int) -> ClientRow:
        """The row with what the connection knows."""
        queued_bytes = row.queued_bytes + connection.unsent_bytes
        return replace(row, queued_bytes=queued_bytes, lag_ms=connection.lag_ms(now_ms))

    @staticmethod
    def _send(connections: List[Connection], frame: bytes, now_ms: int) -> None:
        """One frame to many: straight to the sockets before which nothing waits, else through their transports."""
        sockets = [connection.free_socket for connection in connections]
        if BUSY in sockets:
            connections = _those_behind_nothing(connections, frame, now_ms)
            sockets = [connection.free_socket for connection in connections]
        for index, taken in send_to_all(sockets, frame):
            connections[index].send_rest(frame, taken, now_ms)

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

    def welcomes(self, origin: Optional[str], host: str, user_agent: Optional[str]) -> bool:
        return is_welcome(origin, host, user_agent, self._origins())

    def no_place(self, host: str) -> Optional[str]:
        if len(self._clients) >= self._settings.max_clients:
            self.refused("full")
            return "All places for clients are taken (server.max_clients).\n"
        if self._of_address.get(host, 0) >= self._settings.max_clients_per_address:
            self.refused("address")
            return "All places for clients of one address are taken (server.max_clients_per_address).\n"
        return None

    def joined(self, client_id: int, connection: Connection) -> None:
        self._clients[client_id] = connection
        self._of_address[connection.host] = self._of_address.get(connection.host, 0) + 1

    def subscribed(self, client_id: int, subscription: Subscription) -> None:
        if self._resume is None or subscription.since is None:
            self._end_replay(client_id)
            self.hub.subscribe(client_id, subscription)
        else:
            self._resume.begin(client_id, self._clients[client_id], subscription)

    def left(self, client_id: int) -> None:
        self._end_replay(client_id)
        host = self._clients.pop(client_id).host
        self._of_address[host] -= 1
        if not self._of_address[host]:
            del self._of_address[host]

    def _end_replay(self, client_id: int) -> None:
        if self._resume is not None:
            self._resume.end(client_id)

    def closed(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        if not self._connections:
            self._nobody.set()

    def refused(self, why: str) -> None:
        self._refused[why] += 1

    def now_ms(self) -> int:
        return round(time.time() * 1000)

    def ticks_ms(self) -> int:
        return round(self._loop.time() * 1000)

    # What it does by itself.

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            unsent = {client_id: connection.unsent_bytes for client_id, connection in self._clients.items()}
            for client_id in self.hub.stalled(unsent, self.ticks_ms()):
                self._closed_stalled += 1
                self._clients[client_id].abort("takes nothing any more")
            for client_id, connection in tuple(self._clients.items()):
                connection.look_after(self.hub.dropped(client_id))


def _those_behind_nothing(connections: List[Connection], frame: bytes, now_ms: int) -> List[Connection]:
    """The connections before which nothing waits; to the others the frame is given to wait as well."""
    free = []
    for connection in connections:
        connection.look_again()
        if connection.free_socket == BUSY:
            connection.send_rest(frame, 0, now_ms)
        else:
            free.append(connection)
    return free
