"""The preview's parts put together: two ports, what is shown, and where its pictures come from."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Tuple

from sophon_report.config import Server, Settings
from sophon_report.delivery.page_tiles import PageTiles
from sophon_report.delivery.watch_server import WatchServer
from sophon_report.ops.clock import clock_ms
from sophon_report.report.eventflow import EventFlow
from sophon_report.report.preview_desk import PreviewDesk
from sophon_report.report.preview_stream import PreviewStream
from sophon_report.store.database import Database
from sophon_report.store.preview import PreviewStore

PATHS = ("/preview", "/preview/", "/")
"""The vendor's, and that of who gives none."""
GOODBYE_S = 1.0
"""What waits for a watcher is of no use when the service has gone."""


@dataclass(frozen=True)
class PreviewParts:
    """What belongs to the preview."""

    viewers: WatchServer
    """``server.preview_port``."""
    control: WatchServer
    """``server.control_port``."""
    desk: PreviewDesk
    stream: PreviewStream
    pages: PageTiles
    """Pages that look at cameras; they come through the API port."""

    def apply(self, server: Server) -> None:
        """Go by changed settings."""
        self.viewers.apply(server)
        self.control.apply(server)
        self.pages.apply(server)
        self.stream.changed()


async def open_preview(
    stack: contextlib.AsyncExitStack,
    store: Path,
    settings: Callable[[], Settings],
    flow: EventFlow,
    admit: Callable[[str, Optional[str]], Optional[Tuple[int, bytes]]],
) -> PreviewParts:
    """Open both ports; closed by ``stack``. Vision is to be given the stream, and the stream vision.

    Args:
        stack: closes what is opened.
        store: the store's file; what is chosen is written through a connection of its own, beside the event loop.
        settings: those of the moment.
        flow: knows the devices, and who is before them.
        admit: whether an address with a token may see events: who may, may watch.

    Raises:
        PortInUse, Unavailable: a port cannot be opened.
    """
    server = settings().server

    def origins() -> Tuple[str, ...]:
        return settings().access.allowed_origins

    database = Database.open(store)
    stack.callback(database.close)
    control = WatchServer(server, "control", server.control_port, (), admit, origins)
    desk = PreviewDesk(
        PreviewStore(database), flow.devices, control.publish, lambda: settings().engine.attributes, clock_ms
    )
    stack.push_async_callback(desk.stop)

    def counted(watchers: int) -> None:
        stream.count(watchers)

    viewers = WatchServer(server, "preview", server.preview_port, PATHS, admit, origins, counted)
    stream = PreviewStream(desk.tiles, flow.devices, flow.known, lambda: settings().preview, viewers.publish)
    desk.on_tiles = stream.changed
    pages = PageTiles(server, stream.changed)
    stream.show_to(pages)
    for port in (control, viewers, pages):
        await port.start()
        stack.push_async_callback(port.stop, GOODBYE_S)
    return PreviewParts(viewers, control, desk, stream, pages)
