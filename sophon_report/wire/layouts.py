"""The bodies of HTTP POSTs by name: which events a layout tells, with which fields, how fields become bytes.

A layout is a function from an event to fields in the vendor's order; whether they travel as JSON or as form-data
is the destination's business and the same for all. Beside the vendor's there are those that installed packages
bring (:mod:`sophon_report.wire.installed`).
"""

from dataclasses import dataclass
from pathlib import PurePath
from traceback import extract_tb
from typing import Any, Callable, Dict, Mapping, Tuple, Type, Union

import orjson

from sophon_report.errors import LayoutError, NotFound
from sophon_report.model import Recognition, Visit
from sophon_report.wire import installed, post_g0, post_g1, post_g2, post_se3
from sophon_report.wire.forms import form_data
from sophon_report.wire.telling import Telling, permitted

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
    """``fields(event, telling)`` gives what is told, JSON-ready, in order.

    What may not be told is not in the event."""
    wants: Callable[[Any], bool] = everything
    """``wants(event)``: whether an event of the kind is told at all. What is not wanted counts as delivered."""


LAYOUTS: Mapping[str, Layout] = {
    each.name: each
    for each in (
        Layout("g2", Visit, post_g2.fields),
        Layout("g1", Visit, post_g1.fields),
        Layout("g0", Visit, post_g0.fields),
        Layout("se3", Recognition, post_se3.fields, post_se3.wants),
    )
}
"""The vendor's, by name."""


def names() -> Tuple[str, ...]:
    """Every name that :func:`find` may know: the vendor's, then those of installed packages."""
    return tuple(dict.fromkeys([*LAYOUTS, *installed.names()]))


def find(name: str) -> Layout:
    """The layout of that name; the vendor's wins over a package's.

    Raises:
        NotFound: there is none.
        LayoutError: a package's, and it cannot be loaded or is no layout.
    """
    if name in LAYOUTS:
        return LAYOUTS[name]
    package, layout = installed.load(name)
    if package is None:
        raise NotFound(f"there is no layout named {name}; there are {', '.join(names())}")
    if not isinstance(layout, Layout):
        raise LayoutError(f"layout {name} of package {package} is no sophon_report.wire.layouts.Layout")
    return layout


def body(layout: Layout, event: Event, telling: Telling, content_type: str) -> Tuple[bytes, str]:
    """Bytes of one event, the same each time, and the value of their ``Content-Type`` header.

    Args:
        layout: how it is told.
        event: of the kind that the layout tells.
        telling: what may be told.
        content_type: ``json`` or ``form-data``.

    Raises:
        LayoutError: the layout cannot tell this event; it never will.
    """
    try:
        fields = dict(layout.fields(permitted(event, telling.content), telling))
        if content_type == "form-data":
            return form_data(fields)
        return orjson.dumps(fields), "application/json"
    except Exception as error:  # a package may raise anything; the text of its error may hold what it was given
        place = extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {PurePath(place.filename).name}, line {place.lineno}"
        raise LayoutError(f"layout {layout.name} cannot tell the event: {where}") from error
