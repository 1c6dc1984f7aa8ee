"""What went over the wire at a trial, as it may be shown: no secret, and no picture.

::

    Witness ── trace ──► the session's client ── each request and the head of its answer ──► Hop, Hop, ...
"""

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import Any, Iterable, List, Mapping, Optional, Tuple

import aiohttp

from sophon_report.delivery.answer import readable, secrets_of
from sophon_report.model import Transport, redact_url
from sophon_report.wire.signing import SIGNATURE

MAX_HEADERS = 40
MAX_HEADER = 200
"""Characters of a value."""
MAX_BODY = 2048
"""Characters of a body's beginning."""
HIDDEN = "***"

_ALWAYS_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_LONG_BASE64 = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")

Headers = Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class Hop:
    """One request and the head of its answer; a redirect is followed by another. Times are from its begin."""

    line: str
    """``POST`` and the path; a password in there is masked."""
    headers: Headers = ()
    """As sent, secret values masked, signatures shortened."""
    connected_ms: Optional[int] = None
    """Name looked up, connected, TLS agreed; ``None`` when that was not reached, or an open connection served."""
    first_byte_ms: Optional[int] = None
    """The head of the answer was there; ``None`` when that was not reached."""
    status: Optional[int] = None
    answer_headers: Headers = ()


@dataclass
class Witness:
    """Notes the requests of one session; one request at a time.

    Attributes:
        hops: what was seen so far.
    """

    transport: Transport
    url: str
    hops: List[Hop] = field(default_factory=list)
    _began_s: float = 0.0

    def trace(self) -> aiohttp.TraceConfig:
        """To be given to the session."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._begun)
        config.on_connection_create_end.append(self._connected)
        config.on_request_headers_sent.append(self._sent)
        config.on_request_end.append(self._answered)
        return config

    async def _begun(self, _session: Any, _context: Any, request: aiohttp.TraceRequestStartParams) -> None:
        self._began_s = asyncio.get_running_loop().time()
        self.hops.append(Hop(f"{request.method} {redact_url(request.url.raw_path_qs)} HTTP/1.1"))

    async def _connected(self, *_: Any) -> None:
        self._note(connected_ms=self._passed_ms())

    async def _sent(self, _session: Any, _context: Any, request: aiohttp.TraceRequestHeadersSentParams) -> None:
        self._note(headers=shown(request.headers.items(), self.transport, self.url))

    async def _answered(self, _session: Any, _context: Any, end: aiohttp.TraceRequestEndParams) -> None:
        headers = shown(end.response.headers.items(), self.transport, self.url)
        self._note(first_byte_ms=self._passed_ms(), status=end.response.status, answer_headers=headers)

    def _note(self, **seen: Any) -> None:
        self.hops[-1] = replace(self.hops[-1], **seen)

    def _passed_ms(self) -> int:
        return round((asyncio.get_running_loop().time() - self._began_s) * 1000)


def shown(headers: Iterable[Tuple[str, str]], transport: Transport, url: str) -> Headers:
    """``headers``, the first :data:`MAX_HEADERS`, without what is secret of them or in them."""
    names = {name.lower() for name, _ in transport.headers} | _ALWAYS_SECRET
    secrets = secrets_of(transport.headers, url)
    return tuple(
        (_text(name), HIDDEN if name.lower() in names else _value(name, value, secrets))
        for name, value in list(headers)[:MAX_HEADERS]
    )


def beginning(body: bytes) -> str:
    """The first :data:`MAX_BODY` characters of ``body``, of pictures and features only how long they are."""
    return readable(shortened(body)[0][: 4 * MAX_BODY])[:MAX_BODY]


def shortened(body: bytes) -> Tuple[bytes, int]:
    """``body`` with how long pictures and features are in their place, and how many there were."""
    return _LONG_BASE64.subn(lambda found: b"%b...(%d characters)" % (found[0][:8], len(found[0])), body)


def hops_of(told: Iterable[Mapping[str, Any]]) -> Tuple[Hop, ...]:
    """The hops that ``told``, JSON, is about."""
    return tuple(Hop(**hop) for hop in told)


def _value(name: str, value: str, secrets: Tuple[str, ...]) -> str:
    if name.lower() == SIGNATURE:
        return " ".join(f"{each[:9]}..." for each in value.split(" "))
    return _text(value, secrets)


def _text(text: str, secrets: Tuple[str, ...] = ()) -> str:
    return readable(text.encode("utf-8", "surrogateescape"), secrets=secrets)[:MAX_HEADER]
