"""Which web pages may read the event stream. Pure.

A browser lets any page open a WebSocket to any address, from inside the network that the box trusts, and says in
``Origin`` where the page is from. So pages of other sites are turned away unless ``access.allowed_origins`` names
them, or they show a token.

Programs are not pages, though some send ``Origin``: the vendor's sample client does (``http://<box>:5679``, under
whatever name it was given for the box). It sends no ``User-Agent``; every browser sends one, and no page can keep
it from that. So a handshake without ``User-Agent`` is a program's, and as welcome as ever.
"""

from typing import Optional, Sequence
from urllib.parse import urlsplit

from sophon_report.ops.addresses import is_public_name


def is_welcome(origin: Optional[str], host: str, user_agent: Optional[str], allowed: Sequence[str]) -> bool:
    """Whether who sends these headers may read events.

    Args:
        origin: ``Origin``; ``null`` is what a browser says for a page without one, such as a file.
        host: ``Host``.
        user_agent: ``User-Agent``.
        allowed: ``access.allowed_origins``.
    """
    if origin is None or user_agent is None or "*" in allowed:
        return True
    if origin.lower() in (each.lower() for each in allowed):
        return True
    own = _hostname("//" + host)
    return own is not None and _hostname(origin) == own and not is_public_name(own)


def _hostname(address: str) -> Optional[str]:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
