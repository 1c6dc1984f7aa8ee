"""All receivers of reports by POST, started, changed and stopped while the others go on.

- History layouts, and realtime ones with ``retry``, have a worker each (:mod:`~sophon_report.delivery.uploader`).
- Realtime layouts without it stand in one line, in the order of the destinations
  (:mod:`~sophon_report.delivery.realtime_post`). A change of one of them restarts the line and no other worker.
- A layout that nobody has (its package was removed) pauses its destination, which keeps its place.
- A pause by hand is part of the destination, so it lasts over a restart. To begin or end one restarts nothing.
"""

import asyncio
import random
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Type, Union

import structlog

from sophon_report.config import Compat
from sophon_report.delivery.backoff import Pace, Random
from sophon_report.delivery.body_preview import BodyPreview, BodyPreviews, posted, previews
from sophon_report.delivery.body_preview import names as layout_names
from sophon_report.delivery.dead_letter_office import DeadLetterOffice
from sophon_report.delivery.dead_letters import Bounds, DeadLetters
from sophon_report.delivery.diaries import Diaries
from sophon_report.delivery.event_log import Cursor, Cursors, EventLog
from sophon_report.delivery.letter import DeadLetter
from sophon_report.delivery.reach import Reach
from sophon_report.delivery.realtime_post import RealtimeLine, Receiver
from sophon_report.delivery.reason import LAYOUT
from sophon_report.delivery.resender import NOT_TOLD
from sophon_report.delivery.standing import DestinationStats, State, lacking
from sophon_report.delivery.trial import Trial, try_out
from sophon_report.delivery.uploader import Uploader
from sophon_report.delivery.witness import HIDDEN
from sophon_report.delivery.worker_maker import WorkerMaker
from sophon_report.errors import BadInput, JournalError, LayoutError, NotFound
from sophon_report.model import Destination, Recognition, Record, Visit, redact_url
from sophon_report.wire import layouts
from sophon_report.wire.layouts import Event, Layout

CHANGE_S = 2.0
"""How long a changed or removed destination may finish the request in flight."""

NO_RESEND = "the destination is told in real time, where nothing is sent again; switch its retry on first"

log = structlog.get_logger()


class DestinationSet:
    """The destinations of one moment and their workers.

    A destination is its name: with another address, layout or timeout it goes on from where it was. A new one
    begins where it says (in the realtime line at now); one that was removed is forgotten, dead letters and place.
    Both hold over a crash at any moment: where it begins was stored with it, so a place that was not written yet
    is there again, and a place that nobody has is forgotten by the next :meth:`apply`, that of the start too.

    Args:
        event_log: what is delivered.
        cursors: where each destination stands.
        dead_dir: folder of the refused events; when what was delivered is noted in ``diary`` beside it.
        license_key: asked at every event, so that a change needs no restart.
        compat: the same.
        find_layout: as :func:`~sophon_report.wire.layouts.find`.
        pace: how patient all of them are.
        jitter: a number from 0 up to 1.
        now_s: seconds since the epoch.
        bounds: of the refused events of each destination.
        reach: where may be posted to.
    """

    def __init__(
        self,
        event_log: EventLog,
        cursors: Cursors,
        dead_dir: Path,
        *,
        license_key: Callable[[], str] = str,
        compat: Callable[[], Compat] = Compat,
        find_layout: Callable[[str], Layout] = layouts.find,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        jitter: Random = random.random,
        now_s: Callable[[], float] = time.time,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        reach: Optional[Reach] = None,
    ) -> None:
        self.reach = reach or Reach()
        self._log = event_log
        self._cursors = cursors
        self.dead = DeadLetterOffice(dead_dir, bounds)
        self.diaries = Diaries(dead_dir.with_name("diary"), lambda: int(now_s() * 1000))
        self._find_layout = find_layout
        self._now_s = now_s
        self._make = WorkerMaker(event_log, license_key, compat, self.reach, pace, jitter, now_s)
        self._destinations: Dict[str, Destination] = {}
        self._layouts: Dict[str, Union[Layout, str]] = {}
        self._places: Dict[str, Cursor] = {}
        self._uploaders: Dict[str, Uploader] = {}
        self._line = RealtimeLine(event_log)
        self._changing = asyncio.Lock()

    async def apply(self, destinations: Sequence[Destination]) -> None:
        """Make ``destinations`` the ones delivered to; those that stay as they are notice nothing.

        Returns when removed and changed ones have finished their request in flight: after twice :data:`CHANGE_S`
        at most, but for a disk that is slow to take a refused event.

        Args:
            destinations: all of them, each name once; realtime receivers get an event in this order.

        Raises:
            BadInput: a name that cannot be one.
        """
        async with self._changing:
            before, wanted = self._destinations, {one.name: one for one in destinations}
            new = [one for one in destinations if not _is_same(before.get(one.name), one)]
            for destination in new:
                self._layouts[destination.name] = self._layout(destination)
                self._open_place(destination)
                await self.dead.open(destination.name)
            ended = [name for name, old in before.items() if not _is_same(wanted.get(name), old)]
            await self._stop_uploaders(ended, CHANGE_S)
            await self._line.change(self._receivers(before, destinations), CHANGE_S)
            self._destinations = wanted
            for destination in new:
                self._begin(destination)
            self._hold(before)
            gone = (before.keys() | set(self._cursors.names()) | await self.dead.names()) - wanted.keys()
            await asyncio.gather(*(self._forget(name) for name in gone))

    def stats(self) -> Tuple[DestinationStats, ...]:
        """Where each destination stands, in their order."""
        return tuple(self._stats(destination) for destination in self._destinations.values())

    def get(self, name: str) -> Destination:
        """The destination of that name.

        Raises:
            NotFound: there is no such destination.
        """
        if name not in self._destinations:
            raise NotFound(f"there is no destination named {name}")
        return self._destinations[name]

    def all(self) -> Tuple[Destination, ...]:
        """All of them, in their order."""
        return tuple(self._destinations.values())

    def tells(self, name: str) -> Optional[Type[Event]]:
        """What ``name`` is told; ``None``: nobody has its layout.

        Raises:
            NotFound: there is no such destination.
        """
        layout = self._layouts[self.get(name).name]
        return layout.tells if isinstance(layout, Layout) else None

    def dead_letters(self, name: str) -> DeadLetters:
        """The refused events of destination ``name``.

        Raises:
            NotFound: there is no such destination.
        """
        return self.dead.of(self.get(name).name)

    def try_now(self, name: str) -> None:
        """End what ``name`` waits for, unless it was paused by hand: its next try, or the pause after a 410.

        Nothing happens when it is switched off, or nobody has its layout.

        Raises:
            NotFound: there is no such destination.
        """
        worker = self._worker(self.get(name).name)
        if worker is not None and not self._destinations[name].paused:
            worker.resume()

    async def resend(self, name: str, ids: Optional[Sequence[str]]) -> int:
        """Send refused events of ``name`` again, by number or event id, ``None``: all of them.

        A destination that is paused or switched off gets them when it gets anything again.

        Returns:
            How many wait to be sent again now.

        Raises:
            NotFound: there is no such destination, or no such refused event.
            BadInput: it stands in the realtime line, where nothing is sent again.
            JournalError: the disk refused.
        """
        if stands_in_line(self.get(name), self._layouts[name]):
            raise BadInput(NO_RESEND)
        waiting = await self.dead.resend(name, ids)
        if name in self._uploaders:
            self._uploaders[name].resend()
        return waiting

    async def refused(self, name: str) -> List[DeadLetter]:
        """The refused events of ``name``, oldest first.

        Raises:
            NotFound: there is no such destination.
            JournalError: the disk refused.
        """
        return await self.dead.entries(self.get(name).name)

    async def give_up(self, name: str, ids: Optional[Sequence[str]]) -> int:
        """Let refused events of ``name`` go, by number or event id, ``None``: all of them; how many went.

        Raises:
            NotFound: there is no such destination, or no such refused event.
            JournalError: the disk refused.
        """
        return await self.dead.give_up(self.get(name).name, ids)

    async def try_out(self, name: str) -> Trial:
        """Post a sample event to ``name`` now, beside whatever its worker does; one that is switched off too.

        Raises:
            NotFound: there is no such destination, or nobody has its layout.
        """
        return await self.try_out_as(self.get(name))

    async def try_out_as(self, destination: Destination) -> Trial:
        """Post a sample event to a destination as it is given, whether it is one of these or not.

        Raises:
            NotFound: nobody has its layout.
        """
        layout = self._layout(destination)
        if not isinstance(layout, Layout):
            raise NotFound(layout)
        return await try_out(self._make.teller(destination, layout), destination, self._now_s, self.reach)

    async def preview(
        self, destination: Destination, only: Optional[str] = None, whole: bool = False
    ) -> BodyPreviews:
        """What a sample event looks like to a destination as it is given, in every layout or ``only`` one.

        Raises:
            NotFound: there is no layout ``only``.
        """
        found = {name: self._layout(replace(destination, layout=name)) for name in layout_names(destination)}
        tellers = [self._make.teller(destination, one) for one in found.values() if isinstance(one, Layout)]
        work = partial(previews, destination, tellers, self._now_s(), only, whole)
        shown = await asyncio.get_running_loop().run_in_executor(None, work)
        if not shown.previews:
            raise NotFound(f"there is no layout named {only}")
        return shown

    async def letter(self, name: str, which: str) -> Tuple[DeadLetter, BodyPreview]:
        """A refused event of ``name``, by number or event id, and the request that it would be now.

        Whoever may see events may see it, so that the licence key in it is masked.

        Raises:
            NotFound: there is no such destination, or no such refused event.
            JournalError: the disk refused, or the letter is damaged.
        """
        destination, layout = self.get(name), self._layouts[name]
        letter, event = await self.dead.read(name, which)
        if not isinstance(layout, Layout):
            return letter, BodyPreview(destination.layout, problem=layout)
        teller = replace(self._make, license_key=self._masked_key).teller(destination, layout)
        told = teller.event_of(Record(letter.seq, event))
        if told is None:
            return letter, BodyPreview(layout.name, problem=NOT_TOLD)
        work = partial(posted, destination, teller, told, self._now_s())
        return letter, await asyncio.get_running_loop().run_in_executor(None, work)

    def _masked_key(self) -> str:
        return HIDDEN if self._make.license_key() else ""

    async def erase(self, is_of: Callable[[Event], bool]) -> int:
        """Tell nobody any more of events that were erased from the journal; returns how many dead letters went.

        Every worker begins anew, with its figures at nothing: it may hold such an event in memory.

        Raises:
            JournalError: a dead letter could not be removed.
        """
        async with self._changing:
            await self._stop_uploaders(list(self._uploaders), CHANGE_S)
            await self._line.renew(CHANGE_S)
            try:
                return await self.dead.erase(is_of)
            finally:
                for destination in self._destinations.values():
                    self._begin(destination)

    async def stop(self, deadline_s: float) -> None:
        """End all workers: the first half of the time they go on delivering what they can, then they finish."""
        half_s = deadline_s / 2
        async with self._changing:
            await asyncio.gather(
                self._stop_uploaders(list(self._uploaders), half_s, half_s), self._line.change({}, half_s, half_s)
            )
            await self.diaries.close()

    async def _stop_uploaders(self, names: Sequence[str], finish_s: float, drain_s: float = 0.0) -> None:
        uploaders = [self._uploaders.pop(name) for name in names if name in self._uploaders]
        await asyncio.gather(*(uploader.stop(finish_s, drain_s) for uploader in uploaders))

    def _receivers(
        self, before: Dict[str, Destination], destinations: Sequence[Destination]
    ) -> Dict[str, Receiver]:
        """Those of the realtime line in their order: the ones that are there, unless they changed."""
        receivers = {}
        for one in destinations:
            layout, there = self._layouts[one.name], self._line.receivers.get(one.name)
            if one.enabled and isinstance(layout, Layout) and stands_in_line(one, layout):
                stays = there if _is_same(before.get(one.name), one) else None
                note = self.diaries.of(one.name).note
                receivers[one.name] = stays or self._make.receiver(one, layout, self._places[one.name], note)
        return receivers

    def _layout(self, destination: Destination) -> Union[Layout, str]:
        """The layout of ``destination``, or why there is none."""
        try:
            return self._find_layout(destination.layout)
        except (NotFound, LayoutError) as error:
            log.warning("destination_paused", destination=destination.name, reason=str(error))
            return str(error)

    def _open_place(self, destination: Destination) -> None:
        name, now_seq = destination.name, self._log.last_seq
        if name not in self._places:
            start_seq = now_seq if stands_in_line(destination, self._layouts[name]) else destination.start_seq
            # A journal that was begun anew is behind what was stored.
            start_seq = max(min(start_seq, now_seq), self._log.oldest_seq - 1)
            self._places[name] = self._cursors.open(name, start_seq)
        layout = self._layouts[name]
        if isinstance(layout, Layout):
            self._log.tells(name, layout.tells)

    async def _forget(self, name: str) -> None:
        self._places.pop(name, None)
        self._layouts.pop(name, None)
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._remove_files, name)
        except (JournalError, OSError) as error:
            log.warning("destination_not_forgotten", destination=name, reason=str(error))

    def _remove_files(self, name: str) -> None:
        """The place last: as long as it is there, the next start looks again."""
        self.dead.forget(name)
        self.diaries.forget(name)
        self._cursors.remove(name)

    def _begin(self, destination: Destination) -> None:
        name, layout = destination.name, self._layouts[destination.name]
        if isinstance(layout, Layout) and destination.enabled and name not in self._line.receivers:
            letters, note = self.dead.of(name), self.diaries.of(name).note
            self._uploaders[name] = self._make.uploader(destination, layout, self._places[name], letters, note)
            self._uploaders[name].start()

    def _hold(self, before: Mapping[str, Destination]) -> None:
        """Pause and resume the workers of those that were paused or resumed by hand; others go on as they do."""
        for name, destination in self._destinations.items():
            worker, old = self._worker(name), before.get(name)
            if worker is None or old is None or old.paused == destination.paused:
                continue
            if destination.paused:
                worker.pause()
            else:
                worker.resume()

    def _worker(self, name: str) -> Optional[Union[Uploader, Receiver]]:
        return self._uploaders.get(name) or self._line.receivers.get(name)

    def _stats(self, destination: Destination) -> DestinationStats:
        letters = self.dead.of(destination.name)
        return replace(
            self._worker_stats(destination),
            url=redact_url(destination.url),
            layout=destination.layout,
            content_type=destination.content_type,
            period_s=destination.period_s,
            dropped=self._log.dropped(destination.name),
            dead_letters=letters.count,
            dead_letters_dropped=letters.dropped,
            resending=letters.resending,
        )

    def _worker_stats(self, destination: Destination) -> DestinationStats:
        name = destination.name
        if name in self._uploaders:
            return self._uploaders[name].stats()
        if name in self._line.receivers:
            return self._line.receivers[name].stats(self._log)
        position, layout = self._places[name].position(), self._layouts[name]
        lack = "" if isinstance(layout, Layout) else layout
        state = State.PAUSED if lack else State.STOPPED
        state = state if destination.enabled else State.DISABLED
        what = layout.tells if isinstance(layout, Layout) else Visit
        code = LAYOUT if lack else ""
        stats = DestinationStats(name, state, cursor_seq=position, last_error=lack, last_error_code=code)
        return lacking(stats, self._log.behind(position), what)


def _is_same(one: Optional[Destination], other: Destination) -> bool:
    """Whether what is done for them is the same; a pause is no difference, it holds up what is done."""
    return one is not None and replace(one, paused=other.paused) == other


def stands_in_line(destination: Destination, layout: Union[Layout, str]) -> bool:
    """Whether it gets one attempt an event in the realtime line, instead of a worker of its own."""
    return isinstance(layout, Layout) and layout.tells is Recognition and not destination.retry
