"""All receivers of the asynchronous report: a worker each, started, changed and stopped while the others go on."""

import asyncio
import random
import time
from pathlib import Path
from typing import Callable, Collection, Dict, Sequence, Tuple

import aiohttp

from sophon_report.delivery.backoff import Pace, Random
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.event_log import Cursor, Cursors, EventLog
from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.uploader import State, Uploader, UploaderStats
from sophon_report.errors import NotFound
from sophon_report.model import Destination
from sophon_report.wire import layouts
from sophon_report.wire.telling import Telling

CHANGE_S = 2.0
"""How long a changed or removed destination may finish the request in flight."""


class DestinationSet:
    """The destinations of one moment and their workers.

    A destination is its name: with another address or timeout it goes on from where it was. A new one begins at
    now or with the oldest event, as it says; one that was removed is forgotten, place and dead letters.

    Args:
        log: what is delivered.
        cursors: where each destination stands.
        dead_dir: folder for the lists of refused events.
        license_key: asked at every event, so that a change needs no restart.
        session: makes an HTTP client for one destination.
        pace: how patient all of them are.
        jitter: a number from 0 up to 1.
        now_s: seconds since the epoch.
    """

    def __init__(
        self,
        log: EventLog,
        cursors: Cursors,
        dead_dir: Path,
        *,
        license_key: Callable[[], str] = str,
        session: Callable[[], aiohttp.ClientSession] = post_session,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        jitter: Random = random.random,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._log = log
        self._cursors = cursors
        self._dead_dir = dead_dir
        self._license_key = license_key
        self._session = session
        self._pace = pace
        self._jitter = jitter
        self._now_s = now_s
        self._destinations: Dict[str, Destination] = {}
        self._places: Dict[str, Cursor] = {}
        self._workers: Dict[str, Uploader] = {}
        self._changing = asyncio.Lock()

    async def apply(self, destinations: Sequence[Destination], known: Collection[str] = ()) -> None:
        """Make ``destinations`` the ones delivered to; those that stay as they are notice nothing.

        Returns when removed and changed ones have finished their request in flight, :data:`CHANGE_S` at most.

        Args:
            destinations: all of them, each name once.
            known: at start, the names that were there before. One of them whose place is lost gets everything
                that is still there again; taken for new, it would lose what happened while the service was down.

        Raises:
            BadInput: a name that cannot be one.
            JournalError: the place of a removed one cannot be deleted.
        """
        async with self._changing:
            wanted = {destination.name: destination for destination in destinations}
            changed = [name for name, old in self._destinations.items() if wanted.get(name) != old]
            await self._stop(changed, finish_s=CHANGE_S)
            for name in changed:
                if name not in wanted:
                    self._forget(name)
            for name, destination in wanted.items():
                if self._destinations.get(name) != destination:
                    self._begin(destination, is_new=name not in known)

    def stats(self) -> Tuple[UploaderStats, ...]:
        """Where each destination stands, in the order they were added."""
        return tuple(self._stats(name) for name in self._destinations)

    def dead_letters(self, name: str) -> DeadLetters:
        """The refused events of destination ``name``.

        Raises:
            NotFound: there is no such destination.
        """
        if name not in self._destinations:
            raise NotFound(f"there is no destination named {name}")
        return DeadLetters(self._dead_dir, name)

    def pause(self, name: str) -> None:
        """Send nothing to ``name`` until it is resumed.

        Raises:
            NotFound: there is no such destination, or it is switched off.
        """
        self._worker(name).pause()

    def resume(self, name: str) -> None:
        """Try ``name`` again now, whether it was paused or waits for its next try.

        Raises:
            NotFound: there is no such destination, or it is switched off.
        """
        self._worker(name).resume()

    async def stop(self, deadline_s: float) -> None:
        """End all workers: the first half of the time they go on delivering what they can, then they finish."""
        async with self._changing:
            await self._stop(list(self._workers), finish_s=deadline_s / 2, drain_s=deadline_s / 2)

    async def _stop(self, names: Sequence[str], finish_s: float, drain_s: float = 0.0) -> None:
        workers = [self._workers.pop(name) for name in names if name in self._workers]
        await asyncio.gather(*(worker.stop(finish_s, drain_s) for worker in workers))

    def _forget(self, name: str) -> None:
        self._cursors.remove(name)
        DeadLetters(self._dead_dir, name).remove()
        del self._destinations[name]
        del self._places[name]

    def _begin(self, destination: Destination, is_new: bool) -> None:
        name = destination.name
        start_seq = self._log.last_seq if is_new and destination.start == "now" else self._log.oldest_seq - 1
        if name not in self._places:
            self._places[name] = self._cursors.open(name, start_seq)
        self._destinations[name] = destination
        if destination.enabled:
            self._workers[name] = self._new_worker(destination)
            self._workers[name].start()

    def _new_worker(self, destination: Destination) -> Uploader:
        layout = layouts.find(destination.layout)
        return Uploader(
            destination.name,
            log=self._log,
            cursor=self._places[destination.name],
            encode=lambda visit: layouts.body(layout, visit, Telling(self._license_key()), "json")[0],
            exchange=Exchange(
                self._session(), destination.url, "application/json", destination.timeout_s, self._now_s
            ),
            dead_letters=DeadLetters(self._dead_dir, destination.name),
            pace=self._pace,
            random=self._jitter,
            now_s=self._now_s,
        )

    def _worker(self, name: str) -> Uploader:
        if name not in self._workers:
            raise NotFound(f"there is no running destination named {name}")
        return self._workers[name]

    def _stats(self, name: str) -> UploaderStats:
        if name in self._workers:
            return self._workers[name].stats()
        position = self._places[name].position()
        backlog = self._log.count_after(position)
        state = State.STOPPED if self._destinations[name].enabled else State.DISABLED
        return UploaderStats(name, state, cursor_seq=position, backlog=backlog)
