"""The store beside the event loop: a thread that does one thing after the other, and what it works on.

Two are enough: one makes all changes, of people, devices, destinations and settings, so that none is lost and each
waits for the disk without anybody else waiting; one reads lists, so that a long one waits for no change. What the
event loop reads itself is a connection more.
"""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, TypeVar

from sophon_report.errors import Unavailable
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.permissions import PermissionStore

MAX_WAITING = 512
"""Each waits with what it carries: a person's photo of 30 KB at most."""

T = TypeVar("T")


class Lane:
    """One such thread.

    At most :data:`MAX_WAITING` things wait; one more is refused and counted in ``refused``. What was begun is done
    to its end, also when nobody waits for it any more.

    Args:
        name: of the thread.
        max_waiting: how many may wait.
    """

    def __init__(self, name: str, max_waiting: int = MAX_WAITING) -> None:
        self._pool = ThreadPoolExecutor(1, name)
        self._max_waiting, self._waiting = max_waiting, 0
        self.refused = 0

    async def do(self, act: Callable[[], T]) -> T:
        """What ``act`` returns, or raises, in the thread.

        Raises:
            Unavailable: too much waits already.
        """
        if self._waiting >= self._max_waiting:
            self.refused += 1
            raise Unavailable("too much waits for the store; try again")
        loop = asyncio.get_running_loop()
        self._waiting += 1
        doing = self._pool.submit(act)
        doing.add_done_callback(lambda _done: loop.call_soon_threadsafe(self._leave))
        return await asyncio.wrap_future(doing)

    def _leave(self) -> None:
        self._waiting -= 1

    async def stop(self) -> None:
        """Do what waits, and end the thread."""
        await asyncio.get_running_loop().run_in_executor(None, self._pool.shutdown)


@dataclass(frozen=True)
class Shelf:
    """What one of the threads reads and writes, by a connection that only it uses."""

    lane: Lane
    database: Database
    people: PeopleStore
    permissions: PermissionStore

    async def do(self, act: Callable[[], T]) -> T:
        """As :meth:`Lane.do`."""
        return await self.lane.do(act)


def open_shelf(store: Path, name: str, stack: contextlib.AsyncExitStack) -> Shelf:
    """Open the store for a thread of that name; ``stack`` lets it do what waits, then closes both."""
    database = Database.open(store)
    stack.callback(database.close)
    lane = Lane(name)
    stack.push_async_callback(lane.stop)
    return Shelf(lane, database, PeopleStore(database), PermissionStore(database))
