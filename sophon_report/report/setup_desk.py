"""How far the first run is, for the calls that ask and say so."""

from functools import partial
from typing import FrozenSet, Tuple

from sophon_report.ops.clock import clock_ms
from sophon_report.report.running import Parts
from sophon_report.store.setup import SetupStore


class SetupDesk:
    """The first run of one running service; the store is read and written beside the event loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = SetupStore(parts.shelf.database)

    def name(self) -> str:
        """Of the box."""
        return self._parts.settings().name

    async def passed(self) -> FrozenSet[str]:
        """Steps that are behind, and ``done``."""
        return await self._parts.shelf.do(self._store.passed)

    async def keep(self, passed: Tuple[str, ...]) -> None:
        """Have these be behind, and no others."""
        await self._parts.shelf.do(partial(self._store.keep, passed, clock_ms()))
