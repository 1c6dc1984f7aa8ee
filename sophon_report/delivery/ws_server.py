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
from dataclasses import dataclass, replace
from typing import Callable, Optional, Sequence, Tuple

from sophon_report.config import Compat, Server
from sophon_report.delivery.event_connection import EventConnection
from sophon_report.delivery.handover import Stays, begin
from sophon_report.delivery.hub import ClientRow, Hub
from sophon_report.delivery.page_connection import PageConnection
from sophon_report.delivery.resume import Resume
from sophon_report.delivery.ws_connection import Connection
from sophon_report.delivery.ws_port import Admit, WsPort, everyone
from sophon_report.model import Recognition
from sophon_report.ops.certificate import CertificateStats
from sophon_report.wire.subscription import Subscription


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


class EventServer(WsPort):
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
        super().__init__(settings, "event", settings.event_port, hub, admit, origins)
        self.hub = hub
        self._resume = resume

    def _connection(self) -> EventConnection:
        return EventConnection(self)

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

    def adopt(self, transport: asyncio.Transport, head: bytes, stays: Stays) -> None:
        """Go on with a page that the API port has let in; :meth:`no_place` was asked before.

        Args:
            transport: its connection, on which nothing was answered yet.
            head: the handshake, a good one.
            stays: asked once a second whether it may go on.
        """
        begin(PageConnection(self, stays), transport, head)

    def shown(self, event_id: str) -> Optional[Recognition]:
        """An event that was shown a moment ago, which may be in no history yet."""
        return self._resume.recent.find(event_id) if self._resume is not None else None

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

    # What its connections tell and ask beyond those of every port (event_connection.EventGate).

    @property
    def default_dialect(self) -> str:
        """The dialect of a configuration that shows none."""
        return self._settings.default_dialect

    def subscribed(self, client_id: int, subscription: Subscription) -> None:
        if self._resume is None or subscription.since is None:
            self._end_replay(client_id)
            self.hub.subscribe(client_id, subscription)
        else:
            self._resume.begin(client_id, self._clients[client_id], subscription)

    def left(self, client_id: int) -> None:
        self._end_replay(client_id)
        super().left(client_id)

    def _end_replay(self, client_id: int) -> None:
        if self._resume is not None:
            self._resume.end(client_id)
