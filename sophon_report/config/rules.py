"""What a value of the settings may be, where its type alone does not say: sizes, networks, addresses. Pure."""

import ipaddress
import re
from typing import Any, Union
from urllib.parse import urlsplit

MAX_URLS = 8
"""Addresses in one list of receivers."""
MAX_URL = 2048
"""Characters of one."""
_UNITS = {"": 1, "B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}


def parse_size(value: Union[int, str]) -> int:
    """Return bytes for ``1048576``, ``"32 MiB"`` and the like.

    Raises:
        ValueError: not a whole number with an optional unit of B, KiB, MiB, GiB, TiB.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = re.fullmatch(r"\s*(\d+)\s*([A-Za-z]*)\s*", value) if isinstance(value, str) else None
    if not found or found.group(2).upper() not in _UNITS:
        raise ValueError('must be a number of bytes, or a text like "32 MiB"')
    return int(found.group(1)) * _UNITS[found.group(2).upper()]


def check_network(number: int, text: str) -> None:
    """Refuse what is no network; ``number`` is its place in the list.

    Raises:
        ValueError: which one, and why.
    """
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"network {number} is none: {error}") from None
    if network.version == 6 and getattr(network.network_address, "ipv4_mapped", None):
        raise ValueError(f"network {number} must be written as one of IPv4: such addresses count as IPv4")


def checked_urls(value: Any) -> Any:
    """A list of plain HTTP addresses as a tuple; what is no list of texts is left to the type's own check.

    Raises:
        ValueError: one of them is none, and which.
    """
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        return value
    if len(value) > MAX_URLS:
        raise ValueError(f"must not name more than {MAX_URLS} addresses")
    for number, url in enumerate(value, 1):
        try:
            check_http_url(url)
        except ValueError as error:
            raise ValueError(f"address {number} {error}") from None
    return tuple(value)


def check_http_url(url: str) -> None:
    """Refuse what is no plain HTTP address.

    Raises:
        ValueError: another scheme, no host, a bad port, credentials or blanks inside, or far too long.
    """
    if len(url) > MAX_URL:
        raise ValueError(f"is longer than {MAX_URL} characters")
    if not url.isprintable() or " " in url:  # urlsplit would pass over some of them
        raise ValueError("must not hold blanks or control characters")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("must begin with http:// or https://")
    if not parts.hostname:
        raise ValueError("has no host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry a user name or password")
