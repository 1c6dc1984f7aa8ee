"""A WebSocket port of the service: who is let in, how many, and how they are seen off.

What is served there, and who gets what, is for :class:`~sophon_report.delivery.ws_server.EventServer` and
:class:`~sophon_report.delivery.watch_server.WatchServer` to say.
"""

import asyncio
import time
from typing import Callable, Dict, List, Optional, Sequence

import structlog
from websockets.frames import CloseCode

from sophon_report.config import Server
from sophon_report.delivery.burst import send_to_all
from sophon_report.delivery.origins import is_welcome
from sophon_report.delivery.ws_connection import BUSY, Connection, Outbox, Refused
from sophon_report.ops import listeners, ports
from sophon_report.ops.certificate import Certificate
from sophon_report.ops.tls_port import TlsPort

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


class WsPort:
    """A port with its connections and clients. All methods are called on the event loop.

    Args:
        settings: bounds, and the host, which is read at the start only.
        name: what the log calls the port.
        port: number of it; 0 is the system's choice; ``None``: it has none, clients come through another door.
        hub: decides who gets what.
        admit: asked with a client's address and token, at its handshake and every second after it.
        origins: asked at a handshake which web pages of other sites may connect.
    """

    def __init__(
        self,
        settings: Server,
        name: str,
        port: Optional[int],
        hub: Outbox,
        admit: Admit = everyone,
        origins: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.admit = admit
        self._outbox, self._settings, self._name, self._wanted_port = hub, settings, name, port
        self._origins = origins
        self._servers: List[asyncio.base_events.Server] = []
        self._tls: Optional[TlsPort] = None
        self._certificate: Optional[Certificate] = None
        self._sweeper: Optional[asyncio.Task[None]] = None
        self._connections: Dict[Connection, None] = {}
        """Oldest first."""
        self._clients: Dict[int, Connection] = {}
        self._of_address: Dict[str, int] = {}
        self._refused = dict.fromkeys(WHY_REFUSED, 0)
        self._closed_stalled = 0

    def _connection(self) -> Connection:
        """A connection of the kind that is served on the port."""
        raise NotImplementedError

    async def start(self) -> None:
        """Open the port.

        Raises:
            PortInUse: another program has it; the message names both.
            Unavailable: the system refuses the address for another reason.
        """
        self._loop = loop = asyncio.get_running_loop()
        self._nobody = asyncio.Event()
        self._nobody.set()
        self._sweeper = loop.create_task(self._sweep())
        host, port = self._settings.host, self._wanted_port
        if port is None:
            return
        try:
            for listening in await listeners.SHARED.open(host, port):
                self._servers.append(
                    await loop.create_server(self._connection, sock=listening, backlog=listeners.QUEUE)
                )
        except OSError as error:
            self._sweeper.cancel()
            raise ports.refusal(error, host, port) from error
        log.info("port_open", of=self._name, host=host, port=self.port)

    async def start_tls(self, certificate: Certificate, port: int) -> int:
        """Open a TLS port beside the other one; returns its number, the system's choice for 0.

        Raises:
            PortInUse, Unavailable: as :meth:`start`.
        """
        self._certificate = certificate
        self._tls = TlsPort(self._connection, lambda: certificate.context)
        await self._tls.start(self._settings.host, port)
        log.info("port_open", of=self._name, host=self._settings.host, port=self._tls.port, tls=True)
        return self._tls.port

    @property
    def port(self) -> int:
        """The port that is open; the system's choice when the settings say 0."""
        assert self._servers, "started"
        return int(self._servers[0].sockets[0].getsockname()[1])

    async def stop(self, deadline_s: float = 5.0) -> None:
        """Take no more clients, give the present ones until the deadline to fetch what waits, then close."""
        if self._sweeper is None:
            return
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        if self._tls is not None:
            self._tls.stop()
        self._sweeper.cancel()
        self._sweeper = None
        for connection in tuple(self._connections):
            connection.close_when_sent(CloseCode.GOING_AWAY, "the service stops")
        await self._see_off(deadline_s)
        for connection in tuple(self._connections):
            connection.abort("the service stops")
        for server in servers:
            await server.wait_closed()

    async def _see_off(self, deadline_s: float) -> None:
        """Wait for clients to fetch what is theirs until the deadline; for a mere good-bye a second at most."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + deadline_s
        while loop.time() < end_s:
            try:
                await asyncio.wait_for(self._nobody.wait(), GOODBYE_S)
            except asyncio.TimeoutError:
                if self.unsent_bytes():
                    continue
            return

    def unsent_bytes(self) -> int:
        """What waits for all clients together."""
        return sum(
            self._outbox.queued_bytes(client_id) + connection.unsent_bytes
            for client_id, connection in self._clients.items()
        )

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
    def outbox(self) -> Outbox:
        return self._outbox

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

    def serves(self, path: str) -> bool:  # noqa: ARG002 - on the event port any path will do
        return True

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

    def left(self, client_id: int) -> None:
        host = self._clients.pop(client_id).host
        self._of_address[host] -= 1
        if not self._of_address[host]:
            del self._of_address[host]

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
            for client_id in self._outbox.stalled(unsent, self.ticks_ms()):
                self._closed_stalled += 1
                self._clients[client_id].abort("takes nothing any more")
            for client_id, connection in tuple(self._clients.items()):
                connection.look_after(self._outbox.dropped(client_id))


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
