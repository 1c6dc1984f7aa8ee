"""Pages that look at cameras: each gets the pictures of the devices that it named, the newest of each.

They come through the API port (see ``handover``); beside that it is a port like the preview's, with its bounds: at
most one picture of a device waits for a page that does not follow, older ones are ``skipped``.
"""

import asyncio
from typing import Callable, Dict, Protocol

from sophon_report.config import Server
from sophon_report.delivery.event_connection import AskingConnection
from sophon_report.delivery.handover import Admitted, Stays, begin
from sophon_report.delivery.watch_hub import WatchHub
from sophon_report.delivery.watch_server import WatchConnection, WatchServerStats
from sophon_report.delivery.ws_connection import Connection, Gate
from sophon_report.delivery.ws_port import WsPort
from sophon_report.wire.page_tile import TileWish, parse_wish


class TileGate(Gate, Protocol):
    """What a page that looks on needs of its server."""

    def wishes(self, client_id: int, wish: TileWish) -> None:
        """The page looks at this now."""


class TileConnection(Admitted, AskingConnection, WatchConnection):
    """A page's."""

    def __init__(self, gate: TileGate, stays: Stays) -> None:
        AskingConnection.__init__(self, gate)
        Admitted.__init__(self, stays)
        self._tiles = gate

    def _asks(self, message: bytes) -> None:
        assert self.client_id is not None
        self._tiles.wishes(self.client_id, parse_wish(message))


class PageTiles(WsPort):
    """All of them. Called on the event loop.

    Args:
        settings: bounds.
        changed: called when other devices are looked at.
    """

    def __init__(self, settings: Server, changed: Callable[[], None]) -> None:
        self._hub = WatchHub(settings.client_buffer_bytes, settings.client_stall_s)
        super().__init__(settings, "page preview", None, self._hub)
        self._wishes: Dict[int, TileWish] = {}
        self._changed = changed

    def adopt(self, transport: asyncio.Transport, head: bytes, stays: Stays) -> None:
        """Go on with a page that the API port has let in; :meth:`no_place` was asked before."""
        begin(TileConnection(self, stays), transport, head)

    def wanted(self) -> Dict[str, int]:
        """Devices that somebody looks at, and how wide their pictures are to be."""
        widths: Dict[str, int] = {}
        for wish in self._wishes.values():
            for device_id in wish.device_ids:
                widths[device_id] = max(widths.get(device_id, 0), wish.width_px)
        return widths

    def publish(self, device_id: str, frame: bytes) -> None:
        """Send a picture to the pages that look at the device."""
        now_ms = self.ticks_ms()
        client_ids = self._hub.publish(device_id, frame, now_ms)
        self._send([self._clients[client_id] for client_id in client_ids], frame, now_ms)

    def apply(self, settings: Server) -> None:
        """Go by other bounds from now on."""
        self._settings = settings
        self._hub.apply(settings.client_buffer_bytes, settings.client_stall_s)

    def stats(self) -> WatchServerStats:
        """Counters and one row per page."""
        return WatchServerStats(self._hub.stats(), tuple(self._refused.items()), self._closed_stalled)

    # What its connections tell.

    def joined(self, client_id: int, connection: Connection) -> None:
        super().joined(client_id, connection)
        self.wishes(client_id, TileWish())

    def wishes(self, client_id: int, wish: TileWish) -> None:
        self._wishes[client_id] = wish
        self._hub.want(client_id, wish.device_ids)
        self._changed()

    def left(self, client_id: int) -> None:
        super().left(client_id)
        del self._wishes[client_id]
        self._changed()
