"""The bodies of HTTP POSTs by name: which events a layout tells, with which fields, how fields become bytes.

A layout is a function from an event to fields in the vendor's order; whether they travel as JSON or as form-data
is the destination's business and the same for all. The vendor gives no form of form-data: here it is one part a
top-level key, texts and numbers as text, tables and lists as JSON text.
"""

from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Tuple, Type, Union

import orjson

from sophon_report.errors import NotFound
from sophon_report.model import Recognition, Visit
from sophon_report.wire import post_g2
from sophon_report.wire.telling import Telling

Event = Union[Recognition, Visit]


def everything(_event: Any) -> bool:
    """Every event is told: history covers strangers too."""
    return True


@dataclass(frozen=True)
class Layout:
    """One form of the report."""

    name: str
    tells: Type[Event]
    """``Visit``: history, told when the person has left. ``Recognition``: told at the decision."""
    fields: Callable[[Any, Telling], Dict[str, Any]]
    """``fields(event, telling)`` gives what is told, JSON-ready, in order."""
    wants: Callable[[Any], bool] = everything
    """``wants(event)``: whether an event of the kind is told at all. What is not wanted counts as delivered."""


LAYOUTS: Mapping[str, Layout] = {each.name: each for each in (Layout("g2", Visit, post_g2.fields),)}
"""The vendor's, by name."""


def find(name: str) -> Layout:
    """The layout of that name.

    Raises:
        NotFound: there is none.
    """
    if name not in LAYOUTS:
        raise NotFound(f"there is no layout named {name}; there are {', '.join(LAYOUTS)}")
    return LAYOUTS[name]


def body(layout: Layout, event: Event, telling: Telling, content_type: str) -> Tuple[bytes, str]:
    """Bytes of one event, and the value of their ``Content-Type`` header.

    Args:
        layout: how it is told.
        event: of the kind that the layout tells.
        telling: what may be told.
        content_type: ``json`` or ``form-data``.
    """
    del content_type
    return orjson.dumps(layout.fields(event, telling)), "application/json"
