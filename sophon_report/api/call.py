"""One call of the HTTP interface: where it is, what it needs, what answers it."""

import enum
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Awaitable, Callable, Mapping, Optional, Protocol

from aiohttp import web

from sophon_report.api.arguments import Arguments
from sophon_report.api.errors import Shape


class Need(enum.Enum):
    """What a caller must be allowed to do; :mod:`sophon_report.api.gate` decides."""

    ANYONE = "anyone"
    """Nothing: the call itself asks for a password."""
    OPEN = "open"
    """See devices, health, states: anyone on a trusted network."""
    READ = "read"
    """See people, pictures, history, settings: with ``access.open_reads`` or any role."""
    WRITE = "write"
    """Change anything: with ``access.open_writes`` or as operator."""
    PUSH = "push"
    """Push a picture: a registered photo device from its own address; anyone else as for WRITE."""
    ADMIN = "admin"
    """Say who may do what: as admin, whatever the settings open."""


@dataclass(frozen=True)
class Message:
    """A request as it came, for calls that read it by themselves."""

    query: Mapping[str, Any] = field(default_factory=dict)
    """Texts by name, a list of those that came with one name."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in any case."""
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)


class BodyStream(Protocol):
    """A body that is still coming."""

    announced_bytes: Optional[int]
    """``None``: it does not say."""

    def pieces(self) -> AsyncIterator[bytes]:
        """What comes, as it comes; refuses as :class:`sophon_report.api.streamed.Streamed`."""


@dataclass(frozen=True)
class Incoming:
    """One request, its body read and its caller let through."""

    arguments: Arguments
    """Body of a POST or PUT, else the query."""
    peer: str = ""
    """Address of the caller, ``""`` for one on the local Unix socket."""
    path: Mapping[str, str] = field(default_factory=dict)
    """The parts of the path that vary."""
    credentials: bool = False
    """Whether the caller showed who it is, and not only from where it calls."""
    who: str = ""
    """``session:NAME`` or ``token:NAME`` of what it showed."""
    bearer: Optional[str] = field(default=None, repr=False)
    """What it showed: text of a session or a token."""
    by_cookie: bool = False
    """It came as the page's cookie."""
    secure: bool = False
    """The call came by TLS."""

    message: Message = field(default_factory=Message)
    """Of calls that are :attr:`Call.raw`."""
    request: Optional[web.Request] = field(default=None, repr=False)
    """Of calls that are :attr:`Call.takes_over`."""
    stream: Optional[BodyStream] = field(default=None, repr=False)
    """Of calls that have :attr:`Call.streamed_bytes`."""

    @property
    def origin(self) -> str:
        """Where the caller is, for the detail of an audit line whose actor is a session or a token."""
        return f"from {self.peer}" if self.who and self.peer else ""

    @property
    def user(self) -> str:
        """Who logged in; ``""`` for a program with a token, and for one without credentials."""
        kind, _, name = self.who.partition(":")
        return name if kind == "session" else ""

    @property
    def actor(self) -> str:
        """Who asks, for the audit: what it showed, else its address; ``command`` on the local Unix socket."""
        return self.who or self.peer or "command"


@dataclass(frozen=True)
class Noted:
    """An answer, and what the audit tells of the call beside its name: no personal data, no secrets."""

    answer: Any
    detail: str


Handler = Callable[[Incoming], Awaitable[Any]]
"""Gives the whole answer, JSON-ready; refuses with a :class:`SophonReportError`."""


@dataclass(frozen=True)
class Call:
    """A call of the vendor's interface or our own."""

    method: str
    path: str
    """With ``{name}`` for parts that vary."""
    need: Need
    handler: Handler
    reads_body: bool = True
    """``False``: it answers whatever the body and the query are, and gets no arguments."""
    ends_with_caller: bool = False
    """It only reads, takes long, and nobody else may ask meanwhile: left off when its caller has gone."""
    takes_query: bool = False
    """A POST of API 2.0 that comes without a body may have its arguments in the query, as older calls do."""
    raw: bool = False
    """It gets :attr:`Incoming.message` and no arguments."""
    takes_over: bool = False
    """It gets :attr:`Incoming.request`, to go on with its connection by itself, and no body."""
    streamed_bytes: int = 0
    """It reads its body by itself, piece by piece, and the body may have so many; in the message it is empty."""

    @property
    def shape(self) -> Shape:
        """How it refuses: by its path."""
        return shape_of(self.path)


def shape_of(path: str) -> Shape:
    """Old calls begin with ``/Sophon``, our own with ``/api/``; all else speaks as API 2.0 (``/sophon/v2``)."""
    if path.startswith("/api/"):
        return Shape.PROBLEM
    return Shape.OLD if path.startswith("/Sophon") else Shape.V2
