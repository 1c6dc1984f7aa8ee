"""Host names looked up without anybody else waiting.

The system's ``getaddrinfo`` can hang for half a minute on a dead name server. The event loop's own thread pool is
small and shared with everything that touches the disk, so one unreachable name could hold up every destination
and the journal. Here each destination has at most one lookup under way, in a thread of its own that nobody waits
for.
"""

import asyncio
import socket
import threading
from typing import Any, Callable, List, Optional, Tuple

from aiohttp.abc import AbstractResolver, ResolveResult

from sophon_report.delivery.reach import Reach
from sophon_report.delivery.reason import Reason


class LookupFailed(OSError):  # noqa: N818 - read as plain words
    """A name that has no address now; says why in words of ours."""


class RefusedLookup(LookupFailed):
    """A name whose every address is one that nothing is posted to.

    Attributes:
        reason: of the first of them.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class OwnThreadResolver(AbstractResolver):
    """Resolver of one destination.

    Args:
        look_up: ``getaddrinfo`` or whatever takes and gives the same.
        reach: which of the addresses may be posted to; the others are left out.
    """

    def __init__(self, look_up: Callable[..., Any] = socket.getaddrinfo, reach: Optional[Reach] = None) -> None:
        self._look_up, self._reach = look_up, reach or Reach()
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
            RefusedLookup: known, and nothing is posted there.
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
        return self._reached(await found)

    def _reached(self, found: List[ResolveResult]) -> List[ResolveResult]:
        verdicts = [(one, self._reach.refusal(one["host"], one["port"])) for one in found]
        reached = [one for one, refused in verdicts if refused is None]
        if not reached and verdicts and verdicts[0][1] is not None:
            raise RefusedLookup(verdicts[0][1])
        return reached

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
