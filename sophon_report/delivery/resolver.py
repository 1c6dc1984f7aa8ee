"""Host names looked up without anybody else waiting.

The system's ``getaddrinfo`` can hang for half a minute on a dead name server. The event loop's own thread pool is
small and shared with everything that touches the disk, so one unreachable name could hold up every destination
and the journal. Here each destination has at most one lookup under way, in a thread of its own that nobody waits
for.
"""

import asyncio
import socket
import threading
from typing import Any, Callable, List, Tuple

from aiohttp.abc import AbstractResolver, ResolveResult


class LookupFailed(OSError):  # noqa: N818 - read as plain words
    """A name that has no address now; says why in words of ours."""


class OwnThreadResolver(AbstractResolver):
    """Resolver of one destination; ``look_up`` is ``getaddrinfo`` or whatever takes and gives the same."""

    def __init__(self, look_up: Callable[..., Any] = socket.getaddrinfo) -> None:
        self._look_up = look_up
        self._busy = False

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> List[ResolveResult]:
        """Addresses of ``host``.

        Raises:
            LookupFailed: not known, or the lookup before has not come back yet.
        """
        if self._busy:
            raise LookupFailed(f"the lookup of {host} still hangs")
        loop = asyncio.get_running_loop()
        found: asyncio.Future[List[ResolveResult]] = loop.create_future()

        def settle(addresses: List[ResolveResult], error: str) -> None:
            self._busy = False
            if found.cancelled():
                return
            if error:
                found.set_exception(LookupFailed(error))
            else:
                found.set_result(addresses)

        def run() -> None:
            addresses, error = self._addresses(host, port, family)
            try:
                loop.call_soon_threadsafe(settle, addresses, error)
            except RuntimeError:  # the loop has ended meanwhile: nobody asks any more
                return

        self._busy = True
        threading.Thread(target=run, name=f"lookup {host}", daemon=True).start()
        return await found

    async def close(self) -> None:
        """Nothing is held."""

    def _addresses(self, host: str, port: int, family: int) -> Tuple[List[ResolveResult], str]:
        """On the thread: addresses, or why there are none."""
        try:
            infos = self._look_up(host, port, family=family, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            return [], f"host name not found: {getattr(error, 'strerror', None) or 'it is none'}"
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=found,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, _, protocol, _, address in infos
        ], ""
