"""Destinations that change while the service runs: stored first, then delivered to, before the call returns.

Several interfaces change them, the vendor's, ours and the machine's own: each sees what the one before it stored.
"""

from functools import partial
from typing import Awaitable, Callable, List, Sequence, Tuple, TypeVar

from sophon_report.model import Destination
from sophon_report.report.turn import Turn
from sophon_report.store.destinations import DestinationStore

T = TypeVar("T")


def as_it_is(_destination: Destination) -> None:
    """Lets a destination go, whatever it is now."""


class DestinationChanges:
    """The destinations of the running service; what is raised changes nothing.

    Args:
        store: read on the event loop.
        changing: the same destinations, changed in the thread of ``turn``.
        turn: of destinations.
        deliver: makes a list of destinations the ones delivered to.
    """

    def __init__(
        self,
        store: DestinationStore,
        changing: DestinationStore,
        turn: Turn,
        deliver: Callable[[Sequence[Destination]], Awaitable[None]],
    ) -> None:
        self._store, self._changing, self._turn, self._deliver = store, changing, turn, deliver

    def list(self) -> List[Destination]:
        """All of them, in the order in which they were added."""
        return self._store.list()

    async def add(self, destination: Destination) -> None:
        """Deliver to one more; raises as the store."""
        await self._change(partial(self._changing.add, destination))

    async def change(self, name: str, become: Callable[[Destination], Destination]) -> Destination:
        """Deliver to one as ``become`` makes it, and return that; raises as ``become`` and the store."""
        return await self._change(partial(self._become, name, become))

    async def remove(self, name: str, check: Callable[[Destination], None] = as_it_is) -> None:
        """Deliver to one less, unless ``check`` refuses; raises as ``check`` and the store."""
        await self._change(partial(self._remove, name, check))

    async def pause(self, name: str, paused: bool) -> None:
        """Send nothing to one, or go on; raises as the store."""
        await self._change(partial(self._changing.pause, name, paused))

    async def replace(
        self, origin: str, plan: Callable[[Sequence[Destination]], Sequence[Destination]]
    ) -> Sequence[Destination]:
        """Make what ``plan`` makes of all the only ones of ``origin``; returns those. Raises as the store."""
        return await self._change(partial(self._replace, origin, plan))

    async def seed(self, destinations: Sequence[Destination]) -> None:
        """Take over those of the settings file that were never offered before."""
        await self._change(partial(self._changing.seed, destinations))

    async def look_again(self) -> None:
        """Deliver as the store says, which a command has changed."""
        await self._change(lambda: None)

    def _become(self, name: str, become: Callable[[Destination], Destination]) -> Destination:
        destination = become(self._changing.get(name))
        self._changing.update(destination)
        return destination

    def _remove(self, name: str, check: Callable[[Destination], None]) -> None:
        check(self._changing.get(name))
        self._changing.delete(name)

    def _replace(
        self, origin: str, plan: Callable[[Sequence[Destination]], Sequence[Destination]]
    ) -> Sequence[Destination]:
        wanted = plan(self._changing.list())
        self._changing.replace(origin, wanted)
        return wanted

    async def _change(self, write: Callable[[], T]) -> T:
        def store() -> Tuple[T, List[Destination]]:
            return write(), self._changing.list()

        async def apply(stored: Tuple[T, List[Destination]]) -> None:
            await self._deliver(stored[1])

        return (await self._turn.change(store, apply))[0]
