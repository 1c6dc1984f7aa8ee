"""One page that shows events as they come: a client of the event server that came through the API port.

It says ``{"since": <seq>}`` or ``{}`` and gets events in the page's own dialect, past and new ones, as every
client does. While nothing happens it gets ``{}`` every :data:`SIGN_OF_LIFE_S`: a browser tells no page that the
box has gone from the network, and has no ping of its own.
"""

from typing import Mapping

from sophon_report.delivery.event_connection import EventConnection, EventGate
from sophon_report.delivery.handover import Admitted, Stays
from sophon_report.wire import ws_page
from sophon_report.wire.frames import text_frame
from sophon_report.wire.subscription import Dialect

SIGN_OF_LIFE_S = 20
_SIGN = text_frame(b"{}")


class PageConnection(Admitted, EventConnection):
    """A page's."""

    dialects: Mapping[str, Dialect] = {ws_page.DIALECT.name: ws_page.DIALECT}

    def __init__(self, gate: EventGate, stays: Stays) -> None:
        EventConnection.__init__(self, gate)
        Admitted.__init__(self, stays)
        self._looks = 0

    def _default_dialect(self) -> str:
        return ws_page.DIALECT.name

    def look_after(self, dropped: int) -> None:
        """As of every connection, and the sign of life; not to one that has yet to take what it was sent."""
        super().look_after(dropped)
        self._looks += 1
        if self._looks % SIGN_OF_LIFE_S == 0 and self.client_id is not None and not self.unsent_bytes:
            self.send(_SIGN)
