"""Changes of one kind, one after the other: each is on the disk first, then the running parts go by it.

The event loop waits for no disk: storing happens in the thread of all changes, a
:class:`~sophon_report.report.shelf.Lane`, and what is stored is applied on the event loop before the next of its
kind is stored. So no change is built on what another has overwritten, and the parts go by what the store has. A
change that was begun is done to its end, also when nobody waits for it any more.
"""

import asyncio
import contextlib
from typing import Any, Awaitable, Callable, Set, TypeVar

from sophon_report.errors import Unavailable
from sophon_report.report.shelf import Lane

MAX_WAITING = 256
"""Each waits with what it carries: a device, some settings."""

T = TypeVar("T")


class Turn:
    """Who may change things of a kind next. Made and used on the event loop.

    At most :data:`MAX_WAITING` wait; one more is refused, and counted with those that the lane refuses.

    Args:
        lane: stores.
        max_waiting: how many may wait.
    """

    def __init__(self, lane: Lane, max_waiting: int = MAX_WAITING) -> None:
        self._lane, self._max_waiting = lane, max_waiting
        self._lock = asyncio.Lock()
        self._changes: Set[asyncio.Task[Any]] = set()

    async def change(self, store: Callable[[], T], apply: Callable[[T], Awaitable[object]]) -> T:
        """Have ``store`` called in the thread, then ``apply`` with what it returned; returns that.

        Raises:
            Unavailable: too many wait already.
            SophonReportError: as ``store`` raised; nothing is applied.
        """
        if len(self._changes) >= self._max_waiting:
            self._lane.refused += 1
            raise Unavailable("too many changes wait to be stored; try again")
        change = asyncio.get_running_loop().create_task(self._change(store, apply), name="change")
        self._changes.add(change)
        change.add_done_callback(self._changes.discard)
        return await asyncio.shield(change)

    async def stop(self) -> None:
        """Return when what was begun is done."""
        while self._changes:
            await asyncio.wait(self._changes)

    async def _change(self, store: Callable[[], T], apply: Callable[[T], Awaitable[object]]) -> T:
        async with self._lock:
            stored = await self._lane.do(store)
            await apply(stored)
            return stored


def open_turn(lane: Lane, stack: contextlib.AsyncExitStack) -> Turn:
    """Make one; ``stack`` lets it do what was begun."""
    turn = Turn(lane)
    stack.push_async_callback(turn.stop)
    return turn
