"""A port whose clients only watch: the preview's and the control's. Everybody gets the same from then on.

The vendor's sample client of such a port takes whatever comes for JSON and dies of anything else, as that of the
event port does: messages leave and nothing more, no greeting, no ping. What a watcher says is read within the
bounds of every port and passed over; its pings and its close frame are answered, as RFC 6455 demands.

Why no server of *aiohttp* or *websockets*, which pings or not as one likes: both frame and copy a message for each
client anew, and neither says before it takes a message whether the one before has gone. Here a message is built
once, and one call of the native core hands it to all sockets.

What is bounded beside what the event port bounds (see ``ws_server``), and what happens when it is full:

=============================  ====================================  =======================================
the system's buffer            ``SEND_BUFFER_BYTES`` a watcher       its connection waits
what a connection holds        the rest of one message               the next ones wait in the hub
what waits in the hub          the newest of each subject, and in    replaced ones ``skipped``; over it the
                               all ``server.client_buffer_bytes``    oldest go, ``dropped``
=============================  ====================================  =======================================
"""

import asyncio
import socket
from typing import Callable, Hashable, NamedTuple, Sequence, Tuple

from sophon_report.config import Server
from sophon_report.delivery.watch_hub import WatchHub, WatchStats
from sophon_report.delivery.ws_connection import Connection
from sophon_report.delivery.ws_port import Admit, WsPort, everyone

SEND_BUFFER_BYTES = 256 << 10
"""Two pictures or so: what lies in the system's buffer is old before it is seen, and left alone it grows to
megabytes."""


class WatchServerStats(NamedTuple):
    """Counters since the start."""

    hub: WatchStats
    refused: Tuple[Tuple[str, int], ...]
    """Watchers that were turned away, by why."""
    closed_stalled: int


class WatchConnection(Connection):
    """A connection that counts as full as long as it holds anything."""

    high_water_bytes = low_water_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        super().connection_made(transport)


class WatchServer(WsPort):
    """A WebSocket server that tells all its clients the same. All methods are called on the event loop.

    Args:
        settings: bounds, and the host, which is read at the start only.
        name: what the log calls the port.
        port: number of it; 0 is the system's choice.
        paths: those under which it serves, ``()`` for any.
        admit, origins: as of the event port.
        counted: called with the number of watchers when one has come or gone.
    """

    def __init__(
        self,
        settings: Server,
        name: str,
        port: int,
        paths: Sequence[str] = (),
        admit: Admit = everyone,
        origins: Callable[[], Sequence[str]] = tuple,
        counted: Callable[[int], None] = lambda _watchers: None,
    ) -> None:
        self._hub = WatchHub(settings.client_buffer_bytes, settings.client_stall_s)
        super().__init__(settings, name, port, self._hub, admit, origins)
        self._paths, self._counted = tuple(paths), counted

    def _connection(self) -> WatchConnection:
        return WatchConnection(self)

    def publish(self, subject: Hashable, frame: bytes) -> None:
        """Send a message to every watcher; to one that has not taken the last one when it has.

        Args:
            subject: a later message of it replaces this one where it still waits.
            frame: whole.
        """
        now_ms = self.ticks_ms()
        client_ids = self._hub.publish(subject, frame, now_ms)
        self._send([self._clients[client_id] for client_id in client_ids], frame, now_ms)

    def apply(self, settings: Server) -> None:
        """Go by other bounds from now on; host and port wait for a restart. Nobody is cut off."""
        self._settings = settings
        self._hub.apply(settings.client_buffer_bytes, settings.client_stall_s)

    @property
    def watchers(self) -> int:
        """How many are connected."""
        return len(self._clients)

    def stats(self) -> WatchServerStats:
        """Counters and one row per watcher."""
        return WatchServerStats(self._hub.stats(), tuple(self._refused.items()), self._closed_stalled)

    # What its connections tell and ask.

    def serves(self, path: str) -> bool:
        return not self._paths or path in self._paths

    def joined(self, client_id: int, connection: Connection) -> None:
        super().joined(client_id, connection)
        self._counted(len(self._clients))

    def left(self, client_id: int) -> None:
        super().left(client_id)
        self._counted(len(self._clients))
