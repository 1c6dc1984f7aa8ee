"""One POST and its answer. The status line decides; whatever follows it changes nothing.

Bounds, so that no receiver can hurt the sender: a time for connecting and one for the whole, 64 KiB of answer,
at most a second of that time for reading it; anything above and the connection is dropped. The answer is read at
all only so that the connection can be used again. An answer cut off behind a 2xx is an acceptance: the receiver
said so.

A redirect is followed by posting again, to the same host only and never from https down to http: events hold
faces, and whoever answers must not be able to send them elsewhere.
"""

import asyncio
import io
from dataclasses import dataclass
from typing import Callable, Optional, Union

import aiohttp
from yarl import URL

from sophon_report.delivery.backoff import retry_after_s
from sophon_report.delivery.outcome import Outcome, Pause, Retry, classify
from sophon_report.delivery.resolver import OwnThreadResolver
from sophon_report.model import Transport

MAX_ANSWER_BYTES = 64 << 10
MAX_ANSWER_S = 1.0
MAX_REDIRECTS = 3
KEEPALIVE_S = 4.0
"""Shorter than the 5 s after which common receivers (Node.js) hang up: the other way round the first
event after a quiet time would meet a closed connection."""
LARGE_BODY_BYTES = 1 << 20
"""Bodies above are handed to the connection piece by piece, so that copying one does not hold up the loop."""

PLAIN = Transport()
_REDIRECTS = frozenset({301, 302, 307, 308})


@dataclass(frozen=True)
class Reply:
    """What came of one attempt."""

    outcome: Outcome
    status: Optional[int] = None
    """HTTP status; ``None`` when there was no answer."""
    answer: str = ""
    """Beginning of the answer's body, for people to read."""


def post_session(transport: Transport = PLAIN, connections: int = 1) -> aiohttp.ClientSession:
    """A client for one destination: its own lookups, no cookies, no proxy of the environment.

    Args:
        transport: brings further headers.
        connections: at most so many at a time; more posts than that wait for one.
    """
    connector = aiohttp.TCPConnector(
        limit=connections, keepalive_timeout=KEEPALIVE_S, resolver=OwnThreadResolver()
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "sophon-report", **dict(transport.headers)},
    )


MakeSession = Callable[[Transport, int], aiohttp.ClientSession]
"""As :func:`post_session`."""


class Exchange:
    """Posts bodies to one address; as many at once as the session has connections.

    Args:
        session: used by this object alone.
        url: where to.
        timeout_s: for one attempt, redirects included.
        now_s: seconds since the epoch.
        transport: how.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        timeout_s: float,
        now_s: Callable[[], float],
        transport: Transport = PLAIN,
    ) -> None:
        self._session = session
        self._url = url
        self._timeout_s = timeout_s
        self._now_s = now_s
        self._transport = transport

    async def post(self, body: bytes, content_type: str, event_id: str = "") -> Reply:
        """Send ``body`` and return what the receiver made of it; never raises for anything the network does.

        Args:
            body: of one event.
            content_type: its header's value; that of form-data holds the boundary of this body.
            event_id: the receiver's means to know a repetition.
        """
        del event_id
        try:
            return await self._follow(body, content_type)
        except aiohttp.ServerTimeoutError:
            return Reply(Retry(f"no connection within {self._transport.connect_s:g} s"))
        except asyncio.TimeoutError:
            return Reply(Retry(f"no answer within {self._timeout_s:g} s"))
        except aiohttp.InvalidURL:
            return Reply(Pause("this is no address"))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Reply(Retry(_say(error)))

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def _follow(self, body: bytes, content_type: str) -> Reply:
        url = URL(self._url)
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._once(url, body, content_type, deadline)
            if isinstance(answer, Reply):
                return answer
            if not _same_host(url, answer):
                return Reply(Pause(f"redirects to another host, {(answer.host or '')[:100]}"))
            url = answer
        return Reply(Pause(f"redirects more than {MAX_REDIRECTS} times"))

    async def _once(self, url: URL, body: bytes, content_type: str, deadline: float) -> Union[Reply, URL]:
        """The reply of ``url``, or the address it sends us to."""
        request = self._session.post(
            url,
            data=io.BytesIO(body) if len(body) > LARGE_BODY_BYTES else body,
            headers={"Content-Type": content_type},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=self._transport.connect_s),
        )
        response = await asyncio.wait_for(request, deadline - asyncio.get_running_loop().time())
        try:
            await _read_answer(response, min(MAX_ANSWER_S, deadline - asyncio.get_running_loop().time()))
        finally:
            response.release()
        location = response.headers.get("Location")
        if response.status in _REDIRECTS and location:
            return url.join(URL(location))
        after_s = retry_after_s(response.headers.get("Retry-After"), self._now_s())
        return Reply(classify(response.status, after_s), response.status)


async def _read_answer(response: aiohttp.ClientResponse, within_s: float) -> None:
    """Read a short answer to its end, so that the connection stays; drop the connection for any other."""
    if response.content.is_eof():  # came with its status line, as short answers do
        return
    try:
        await asyncio.wait_for(_read_to_end(response.content), within_s)
    except (aiohttp.ClientError, OSError, ValueError, asyncio.TimeoutError):
        response.close()


async def _read_to_end(content: aiohttp.StreamReader) -> None:
    read = 0
    while not content.at_eof():
        read += len(await content.readany())
        if read > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too long")


def _same_host(here: URL, there: URL) -> bool:
    known = there.scheme in ("http", "https")
    downgraded = here.scheme == "https" and there.scheme == "http"
    return known and not downgraded and here.host == there.host


def _say(error: Exception) -> str:
    text = str(error).split("\n", 1)[0][:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
