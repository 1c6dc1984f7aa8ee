"""A body that is taken piece by piece, for the calls that say so: a file that no memory should hold.

==========================  =================  ====================================================
what                        bound              over it
==========================  =================  ====================================================
the body                    told by the call   413; one that announces more is refused unread
the time between two pieces ``PIECE_S``        408
the time of all of them     ``STREAM_S``       408
compression                 none               415
==========================  =================  ====================================================

All other calls read their bodies as :mod:`~sophon_report.api.body` bounds them; nothing here changes that.
"""

import asyncio
from typing import AsyncIterator, Optional

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from sophon_report.api.errors import Refusal

PIECE_S = 30.0
STREAM_S = 3600.0


class Streamed:
    """The body of one request, for :attr:`sophon_report.api.call.Incoming.stream`.

    Args:
        request: its headers are here.
        most_bytes: that it may have.
        piece_s: that the next piece may take.

    Raises:
        Refusal: it announces more than that, or is compressed.
    """

    def __init__(self, request: web.Request, most_bytes: int, piece_s: float = PIECE_S) -> None:
        self._request, self._most_bytes, self._piece_s = request, most_bytes, piece_s
        self.announced_bytes: Optional[int] = request.content_length
        """``None``: it does not say."""
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise Refusal("UNSUPPORT_CONTENT_TYPE", "a compressed body is not accepted")
        if (self.announced_bytes or 0) > most_bytes:
            raise self._too_large()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What comes, as it comes: none is empty.

        Raises:
            Refusal: it is too large, too slow, or broke off.
        """
        loop, read_bytes = asyncio.get_running_loop(), 0
        end_s = loop.time() + STREAM_S
        while not self._request.content.at_eof():
            piece = await self._next(min(self._piece_s, end_s - loop.time()))
            read_bytes += len(piece)
            if read_bytes > self._most_bytes:
                raise self._too_large()
            if piece:
                yield piece

    async def _next(self, patience_s: float) -> bytes:
        try:
            return await asyncio.wait_for(self._request.content.readany(), max(patience_s, 0.0))
        except asyncio.TimeoutError:
            raise Refusal("REQUEST_TIMEOUT", "the body does not come on") from None
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
            raise Refusal("INVALID_ARGUMENTS", "the body broke off, or is not what its headers say") from None

    def _too_large(self) -> Refusal:
        return Refusal("PAYLOAD_TOO_LARGE", f"the body is over {self._most_bytes} bytes")
