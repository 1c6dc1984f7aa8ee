"""What a value of the settings may be, where its type alone does not say: sizes, networks, addresses. Pure."""

import base64
import binascii
import ipaddress
import re
from typing import Any, Union
from urllib.parse import urlsplit

from pydantic import SecretStr

MAX_URLS = 8
"""Addresses in one list of receivers."""
MAX_URL = 2048
"""Characters of one."""
MAX_HEADER = 4096
"""Characters of a header's value."""
OWN_HEADERS = frozenset(
    (
        *("content-type", "content-length", "content-encoding", "transfer-encoding"),
        *("host", "connection", "expect", "upgrade", "te", "trailer"),
        *("webhook-id", "webhook-timestamp", "webhook-signature"),
    )
)
"""Headers that the request itself brings."""
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
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


def check_origin(number: int, text: str) -> None:
    """Refuse what no browser sends as ``Origin``; ``number`` is its place in the list.

    Raises:
        ValueError: which one it is.
    """
    if text not in ("*", "null") and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\s]+", text):
        raise ValueError(f"origin {number} must be like https://board.example:8080, without a path; or null, or *")


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


def check_headers(value: Any) -> Any:
    """A table of further request headers with its values as secrets; what is no table is left to the type's check.

    Raises:
        ValueError: which name or value cannot be one, and why; a value is never told.
    """
    if not isinstance(value, dict):
        return value
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name[:64]!r} is no header's name")
        if name.lower() in OWN_HEADERS:
            raise ValueError(f"{name} is set by the request itself")
        if not isinstance(text, (str, SecretStr)):
            raise ValueError(f"{name} must be a text")  # noqa: TRY004 - pydantic tells values only
        _check_header_value(name, text.get_secret_value() if isinstance(text, SecretStr) else text)
    if len({name.lower() for name in value}) < len(value):
        raise ValueError("must not name a header twice")
    return {name: SecretStr(text) if isinstance(text, str) else text for name, text in value.items()}


def _check_header_value(name: str, text: str) -> None:
    if len(text) > MAX_HEADER:
        raise ValueError(f"{name} is longer than {MAX_HEADER} characters")
    if (
        text != text.strip()
        or not text.isascii()
        or any(letter != "\t" and not letter.isprintable() for letter in text)
    ):
        raise ValueError(f"{name} must be plain ASCII without line breaks, and no blanks around it")


def check_signing_secrets(value: Any) -> Any:
    """A list of signing secrets as such; what is no list of texts is left to the type's own check.

    Raises:
        ValueError: which one is none (Standard Webhooks: ``whsec_`` and the base64 of 24 to 64 bytes).
    """
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, (str, SecretStr)) for one in value):
        return value
    for number, one in enumerate(value, 1):
        text = one.get_secret_value() if isinstance(one, SecretStr) else one
        if not 24 <= len(signing_key(text)) <= 64:
            raise ValueError(f"secret {number} must be whsec_ and the base64 of 24 to 64 bytes")
    return tuple(SecretStr(one) if isinstance(one, str) else one for one in value)


def signing_key(secret: str) -> bytes:
    """The bytes of a signing secret; ``b""`` for what is none."""
    prefix, _, text = secret.partition("whsec_")
    try:
        return b"" if prefix else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
