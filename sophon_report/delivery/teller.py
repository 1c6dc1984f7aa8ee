"""What one destination is told: which records concern it, and their bytes."""

from dataclasses import dataclass
from typing import Callable, Optional, Tuple

from sophon_report.delivery.exchange import Exchange, Reply
from sophon_report.delivery.filtering import passes
from sophon_report.delivery.outcome import Rejected
from sophon_report.delivery.reason import LAYOUT, Reason
from sophon_report.errors import LayoutError
from sophon_report.model import EventFilter, Record
from sophon_report.wire import layouts
from sophon_report.wire.layouts import Event, Layout
from sophon_report.wire.telling import Telling

Body = Tuple[bytes, str]
"""Bytes, and the value of their ``Content-Type``."""


@dataclass(frozen=True)
class Teller:
    """Tells events in one layout."""

    layout: Layout
    content_type: str
    """``json`` or ``form-data``."""
    telling: Callable[[], Telling]
    """Asked at every event, so that a change needs no restart."""
    filter: EventFilter = EventFilter()

    def event_of(self, record: Record) -> Optional[Event]:
        """The record's event; ``None`` when it holds none of the kind that is told."""
        value = record.value
        return value if isinstance(value, self.layout.tells) else None

    def wants(self, event: Event) -> bool:
        """Whether an event of the kind is told: the layout takes it, and the filter lets it pass."""
        return passes(event, self.filter) and self._layout_wants(event)

    def encode(self, event: Event) -> Body:
        """Body, and its ``Content-Type``: that of form-data names the boundary in this body.

        Raises:
            LayoutError: the layout cannot tell this event; it never will.
        """
        return layouts.body(self.layout, event, self.telling(), self.content_type)

    def _layout_wants(self, event: Event) -> bool:
        try:
            return self.layout.wants(event)
        except Exception:  # noqa: BLE001 - a package may raise anything, and must not hold up the line for that
            return True  # what cannot be judged is not left out silently


async def attempt(teller: Teller, exchange: Exchange, event: Event, ready: Optional[Body] = None) -> Reply:
    """Encode, unless the body is ``ready``, and post once; encoding (a few µs for 76 KB) needs no thread."""
    try:
        body, content_type = ready or teller.encode(event)
    except LayoutError as error:
        return Reply(Rejected(Reason(str(error), LAYOUT)))
    return await exchange.post(body, content_type, event.event_id)
