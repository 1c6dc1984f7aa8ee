"""A camera's address taken apart: who is asked for what, and with which name and password. Pure."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from sophon_report.errors import SourceError

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
"""Schemes that are spoken, each with its usual port."""
HOW_TO_WRITE = "in a password / ? # @ are written %2F %3F %23 %40"


@dataclass(frozen=True)
class Address:
    """Where a stream is."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, as they were written."""
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether all of it goes through TLS."""
        return self.scheme in ("rtsps", "https")

    @property
    def is_http(self) -> bool:
        """Whether a web server is asked, not a camera's RTSP server."""
        return self.scheme in ("http", "https")

    @property
    def place(self) -> str:
        """Host and port as they stand in an address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def bare(self) -> str:
        """The address without name and password."""
        return f"{self.scheme}://{self.place}{self.target}"


def read_address(url: str) -> Address:
    """Return the parts of ``url``.

    Raises:
        SourceError: why it is no address of a stream, in words that follow it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme and parts.scheme not in PORTS:
        raise SourceError(
            "cannot be opened: addresses begin with rtsp://, rtsps://, http:// or https://", "address"
        )
    if not host:
        raise SourceError(f"is no address ({HOW_TO_WRITE})", "address")
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if any(sign < " " for sign in target + user + password):  # each would stand in a line of a request
        raise SourceError("cannot be opened: it holds a control character", "address")
    return Address(parts.scheme, host, port or PORTS[parts.scheme], target, user, password)
