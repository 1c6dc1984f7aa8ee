"""A bound on what one answer may send, for releases of aiohttp that keep as many headers as come.

aiohttp bounds each line of an answer's head; their number only in releases that no longer run on Python 3.8.
Without that a receiver fills 800 MB in three seconds. Here the bytes of an answer are counted as they come, head
and body. A body is read to 64 KiB (``answer.py``), so that what is more than :data:`MAX_RECEIVED_BYTES` is none.
"""

import asyncio
from functools import partial
from inspect import signature
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

MAX_RECEIVED_BYTES = 1 << 20
"""Of one answer, from the first byte of its head; the rest is not read, and the connection is dropped."""


class BoundedHandler(ResponseHandler):
    """Counts what comes for each request."""

    _received_bytes = 0

    def set_response_params(self, **parameters: Any) -> None:
        """Begin to wait for an answer."""
        self._received_bytes = 0
        super().set_response_params(**parameters)

    def data_received(self, data: bytes) -> None:
        """Take a piece of it."""
        self._received_bytes += len(data)
        if self._received_bytes <= MAX_RECEIVED_BYTES:
            super().data_received(data)
        elif self.transport is not None:
            self.set_exception(aiohttp.ClientPayloadError("too much"))
            self.transport.abort()


def bound(connector: aiohttp.BaseConnector) -> None:
    """Bound the answers on the connections that ``connector`` makes, unless the client does so itself."""
    if "max_headers" not in signature(aiohttp.ClientSession).parameters:
        made = partial(BoundedHandler, loop=asyncio.get_running_loop())
        connector._factory = made  # type: ignore[assignment]  # noqa: SLF001 - the only way in
