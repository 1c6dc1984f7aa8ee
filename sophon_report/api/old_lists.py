"""What the calls before API 2.0 about people and groups have in common: pages, and objects that are only kept."""

from typing import Any, Callable, Dict, Mapping, Tuple

import orjson

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Incoming
from sophon_report.api.device_rules import further
from sophon_report.api.errors import Refusal

MAX_LISTED = 200
"""People of a page: each comes with its photo."""
MAX_PAGES = 1 << 30

MayRead = Callable[[Incoming], bool]
"""Whether a caller who is let in to OPEN may read people as well."""


def sought(incoming: Incoming, may_read: bool) -> Tuple[str, bool]:
    """The name that is looked for, and whether it is the whole of it.

    Raises:
        Refusal: one who may not read people asks for more than the id of a group whose name they know.
    """
    given = incoming.arguments
    name, exact = given.text("info.name", ""), given.flag("exact", default=False)
    if not may_read and not (name and exact):
        raise Refusal(
            "PASSWORD_ERROR",
            "without info.name and exact=true this needs a token (Authorization: Bearer <token>), or "
            "access.open_reads = true in the settings",
        )
    return name, exact and bool(name)


def page(given: Arguments) -> Tuple[int, int]:
    """``skip_num``, which counts pages, and ``limit``."""
    skip_num = given.whole("skip_num", 0, low=0, high=MAX_PAGES)
    return skip_num, given.whole("limit", 10, low=1, high=MAX_LISTED)


def kept(name: str, table: Mapping[str, Any]) -> str:
    """The JSON of an object that is only kept and told.

    Raises:
        Refusal: it is too large, or nested too deeply.
    """
    try:
        return further(table)
    except ValueError as error:
        raise bad(name, str(error)) from None


def opened(raw: str) -> Dict[str, Any]:
    """And back."""
    table: Dict[str, Any] = orjson.loads(raw)
    return table


def not_empty(given: Arguments, name: str) -> str:
    """A text that is given and holds something."""
    value = given.text(name)
    if not value:
        raise bad(name, "must not be empty")
    return value
