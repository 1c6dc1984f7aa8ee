"""Where a body may follow a redirect to.

To the same scheme, host and port, or from http on port 80 to https on port 443 of the same host: events hold
faces, and whoever answers must not be able to send them elsewhere. Another port is another program.
"""

from typing import Union

import aiohttp
from yarl import URL

from sophon_report.delivery.answer import readable

STATUSES = frozenset({301, 302, 307, 308})
"""All are followed by POST with the body; a 303 asks for another method, which is of no use here."""


def target(here: URL, response: aiohttp.ClientResponse) -> Union[str, URL]:
    """The address that an answer of ``here`` sends a body to, or what is wrong with it."""
    try:
        there = here.join(URL(response.headers["Location"]))
        return refusal(here, there) or there
    except ValueError:
        return "no address"


def refusal(here: URL, there: URL) -> str:
    """Why a body that was for ``here`` does not go ``there``; ``""`` if it may.

    Raises:
        ValueError: that is no address.
    """
    if there.scheme not in ("http", "https") or not there.host:
        return "no address"
    if here.host != there.host:
        return f"another host, {readable(there.host.encode())[:100]}"
    upgraded = (here.scheme, here.port, there.scheme, there.port) == ("http", 80, "https", 443)
    if here.port != there.port and not upgraded:
        return f"another port, {there.port}"
    return "" if upgraded or here.scheme == there.scheme else f"{there.scheme}, where {here.scheme} is set"
