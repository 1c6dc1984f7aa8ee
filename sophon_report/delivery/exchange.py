"""One POST and its answer. The status line decides; whatever follows it changes nothing.

::

    body ─ sign, compress ─► connect (TLS) ─► send ─► status line ─► outcome
                             └ connect_s ┘         └ first_byte_s ┘
                             └──────────────── timeout_s ─────────┘

Bounds, so that no receiver can hurt the sender: these three times, 64 KiB of answer, at most a second for reading
it; anything above and the connection is dropped. The answer is read to its end so that the connection can be used
again, and its beginning is kept for people. An answer cut off behind a 2xx is an acceptance: the receiver said so.

A redirect is followed by posting again, three times at most, and only where a body may go (``redirects.py``).

A receiver may close a connection that was kept open just when a body goes out on it. Nobody then knows whether it
was read; nearly always it was not. So a body that meets this goes once more, at once and within the same time:
receivers know a repeated event by its id. A new connection that breaks off is an attempt that failed.
"""

import asyncio
import io
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Callable, Dict, Optional, Union

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from sophon_report.delivery import redirects
from sophon_report.delivery.answer import read_answer, readable, secrets_of
from sophon_report.delivery.backoff import retry_after_s
from sophon_report.delivery.bounded_client import bound
from sophon_report.delivery.outcome import Outcome, Pause, classify
from sophon_report.delivery.packing import Packer
from sophon_report.delivery.reach import Reach
from sophon_report.delivery.reason import REDIRECT, Reason
from sophon_report.delivery.receiver_tls import ReceiverTls
from sophon_report.delivery.resolver import OwnThreadResolver
from sophon_report.delivery.trouble import NO_ADDRESS, Limits, outcome_of, set_up_wrongly
from sophon_report.errors import Unavailable
from sophon_report.model import Transport

MAX_REDIRECTS = 3
KEEPALIVE_S = 4.0
"""Shorter than the 5 s after which common receivers (Node.js, Apache) hang up: few events meet that moment."""
LARGE_BODY_BYTES = 1 << 20
"""Bodies above are handed to the connection piece by piece, so that copying one does not hold up the loop."""
PLAIN = Transport()

_EXACT = float("inf")
"""aiohttp rounds up what is longer than this to whole seconds."""


@dataclass(frozen=True)
class Reply:
    """What came of one attempt."""

    outcome: Outcome
    status: Optional[int] = None
    """HTTP status; ``None`` when there was no answer."""
    answer: str = ""
    """Beginning of the answer's body, for people to read: one line of at most 2,048 characters."""


def post_session(
    transport: Transport = PLAIN,
    connections: int = 1,
    witness: Optional[aiohttp.TraceConfig] = None,
    reach: Optional[Reach] = None,
) -> aiohttp.ClientSession:
    """A client for one destination: its own lookups, no cookies, no proxy of the environment.

    Args:
        transport: brings further headers.
        connections: at most so many at a time; more posts than that wait for one.
        witness: told of every request.
        reach: which addresses of a name may be posted to.
    """
    connector = aiohttp.TCPConnector(
        limit=connections, keepalive_timeout=KEEPALIVE_S, resolver=OwnThreadResolver(reach=reach)
    )
    bound(connector)
    reuse = aiohttp.TraceConfig()
    reuse.on_connection_reuseconn.append(_reused)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers=session_headers(transport),
        trace_configs=[reuse, witness] if witness else [reuse],
    )


def session_headers(transport: Transport) -> "CIMultiDict[str]":
    """The headers of every request to one destination, beside those of the body."""
    headers = CIMultiDict({"User-Agent": "sophon-report", "Accept-Encoding": "identity"})
    headers.update(transport.headers)
    return headers


class Exchange:
    """Posts bodies to one address; as many at once as the session has connections.

    Args:
        session: used by this object alone.
        url: where to.
        timeout_s: for one attempt, redirects included.
        now_s: seconds since the epoch.
        transport: how.
        reach: which hosts of numbers may be posted to; of names the session's resolver knows.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        timeout_s: float,
        now_s: Callable[[], float],
        transport: Transport = PLAIN,
        reach: Optional[Reach] = None,
    ) -> None:
        self._reach = reach or Reach()
        self._session = session
        self._url = _parsed(url)
        self._now_s = now_s
        self._limits = Limits(transport.connect_s, transport.first_byte_s, timeout_s)
        self._secrets = secrets_of(transport.headers, url)
        self._packer = Packer(transport)
        self._tls = ReceiverTls(transport)

    async def post(self, body: bytes, content_type: str, event_id: str = "") -> Reply:
        """Send ``body`` and return what the receiver made of it; never raises for anything the network does.

        Args:
            body: of one event.
            content_type: its header's value; that of form-data holds the boundary of this body.
            event_id: the receiver's means to know a repetition, where it gets signatures.
        """
        if self._url is None:
            return Reply(Pause(NO_ADDRESS))
        try:
            packed, headers = await self._packer.pack(body, content_type, event_id, self._now_s())
            return await self._follow(self._url, packed, headers)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, Unavailable) as error:
            return Reply(outcome_of(error, self._limits))

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def _follow(self, url: URL, body: bytes, headers: Dict[str, str]) -> Reply:
        deadline_s = asyncio.get_running_loop().time() + self._limits.total_s
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._once(url, body, headers, deadline_s)
            if isinstance(answer, Reply):
                return answer
            url = answer
        return Reply(Pause(Reason(f"redirects more than {MAX_REDIRECTS} times", REDIRECT)))

    async def _once(self, url: URL, body: bytes, headers: Dict[str, str], deadline_s: float) -> Union[Reply, URL]:
        """The reply of ``url``, or the address it sends us to."""
        refused = self._reach.refusal(url.raw_host or "", url.port or 0)
        if refused is not None:
            return Reply(Pause(refused))
        response = await self._answer(url, body, headers, deadline_s)
        try:
            begun = await read_answer(response)
        finally:
            response.release()
        if response.status in redirects.STATUSES and "Location" in response.headers:
            there = redirects.target(url, response)
            if isinstance(there, URL):
                return there
            return Reply(Pause(Reason(f"redirects to {there}", REDIRECT)), response.status)
        after_s = retry_after_s(response.headers.get("Retry-After"), self._now_s())
        answer = readable(begun, response.charset or "utf-8", self._secrets) if begun else ""
        outcome = set_up_wrongly(response.status, begun) or classify(response.status, after_s)
        return Reply(outcome, response.status, answer)

    async def _answer(
        self, url: URL, body: bytes, headers: Dict[str, str], deadline_s: float
    ) -> aiohttp.ClientResponse:
        """The answer's head; posted a second time when a connection that was kept open broke off instead."""
        way = _Way()
        try:
            return await self._posted(url, body, headers, deadline_s, way)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not way.was_open:
                raise
        return await self._posted(url, body, headers, deadline_s, way)

    async def _posted(
        self, url: URL, body: bytes, headers: Dict[str, str], deadline_s: float, way: "_Way"
    ) -> aiohttp.ClientResponse:
        left_s = deadline_s - asyncio.get_running_loop().time()
        return await self._session.post(
            url,
            data=io.BytesIO(body) if len(body) > LARGE_BODY_BYTES else body,
            headers=headers,
            allow_redirects=False,
            ssl=await self._tls.context() if url.scheme == "https" else True,
            timeout=_timeout(self._limits, max(left_s, 0.001)),
            trace_request_ctx=way,
        )


@dataclass
class _Way:
    """How a request goes."""

    was_open: bool = False
    """Over a connection that an earlier one left open."""


async def _reused(_session: aiohttp.ClientSession, context: SimpleNamespace, _: Any) -> None:
    context.trace_request_ctx.was_open = True


def _timeout(limits: Limits, total_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=total_s,
        connect=limits.connect_s,
        sock_read=limits.first_byte_s or None,
        ceil_threshold=_EXACT,
    )


def _parsed(address: str) -> Optional[URL]:
    try:
        url = URL(address)
    except ValueError:
        return None
    return url if url.scheme in ("http", "https") and url.host else None
