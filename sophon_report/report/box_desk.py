"""The machine as calls ask for it: looked at in one thread, at most once a second however many ask."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, List, Optional, Tuple

from sophon_report.condition import BoxState, NetworkPort

FRESH_S = 1.0

Look = Tuple[BoxState, List[NetworkPort]]


class BoxDesk:
    """Answers from the last look, or makes one.

    Args:
        state: looks at the machine; may block.
        ports: looks at its network; may block.
        clock_s: seconds that never step back.
    """

    def __init__(
        self,
        state: Callable[[], BoxState],
        ports: Callable[[], List[NetworkPort]],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state, self._ports, self._clock_s = state, ports, clock_s
        self._thread = ThreadPoolExecutor(1, "box")
        self._looking: Optional[asyncio.Future[Look]] = None
        self._looked_s = 0.0

    async def stop(self) -> None:
        """End the thread."""
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)

    async def state(self) -> BoxState:
        """How the machine does, a second ago at most."""
        return (await self._look())[0]

    async def ports(self) -> List[NetworkPort]:
        """Its network ports, likewise."""
        return (await self._look())[1]

    async def _look(self) -> Look:
        now_s = self._clock_s()
        if self._looking is None or (self._looking.done() and now_s - self._looked_s >= FRESH_S):
            self._looked_s = now_s
            loop = asyncio.get_running_loop()
            self._looking = loop.run_in_executor(self._thread, lambda: (self._state(), self._ports()))
        return await asyncio.shield(self._looking)
