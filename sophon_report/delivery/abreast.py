"""A destination that needs no order: up to so many events under way at once.

::

    journal    1   2   3   4   5   6   7   8   9
    cursor ────────┘   │   │   │   └── not begun: 3 must be settled first
                      waits ✓  under way            at most 3 abreast

 - The events under way are neighbours: no event begins as long as the one so many places before it is not settled.
   The cursor stands before the oldest of them, so a crash repeats no more than were under way, beside what the
   cursor's file was behind.
 - Trouble is the destination's, not the event's. Whoever fails first goes on alone, with its back-off, its pause,
   its probe; the others finish the attempt they are at, and what fails then waits for the end of the first one's
   trouble, as everything does that has not begun. So a dead receiver is asked as often as by a worker that keeps
   the order, however many were under way.
 - Stopping, draining, pausing and resuming are as for a worker that keeps the order.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Deque, NamedTuple, Optional

from sophon_report.delivery.backoff import Attempts
from sophon_report.delivery.diary import End
from sophon_report.delivery.journal import Behind
from sophon_report.delivery.uploader import Uploader
from sophon_report.model import Record
from sophon_report.wire.layouts import Event


class _Stretch(NamedTuple):
    """Neighbours that were passed over."""

    first_seq: int
    last_seq: int
    end: Optional[End]


@dataclass
class _UnderWay:
    """An event that was begun."""

    seq: int
    """Its record."""
    end: Optional[End] = None
    """What came of it; ``None`` until it is settled."""
    behind: Optional[_Stretch] = None
    """The records after it, up to the next that was begun: they are dealt with when it is."""
    task: "asyncio.Task[None]" = field(init=False)

    def pass_over(self, seq: int, end: Optional[End]) -> None:
        """Have a record behind it dealt with then; what came of those before a hole is not kept."""
        before = self.behind
        if before is not None and before.last_seq + 1 == seq:
            self.behind = _Stretch(before.first_seq, seq, end or before.end)
        else:
            self.behind = _Stretch(seq, seq, end)


class AbreastUploader(Uploader):
    """Delivers as :class:`~sophon_report.delivery.uploader.Uploader`, but in no order.

    Args:
        name: of the destination.
        in_flight: how many events may be under way, from 2; the exchange has as many connections.
        parts: as there.
    """

    def __init__(self, name: str, in_flight: int, **parts: Any) -> None:
        super().__init__(name, **parts)
        self._in_flight = in_flight
        self._turn = asyncio.Semaphore(in_flight)
        self._under_way: Deque[_UnderWay] = deque()
        self._seen_seq = 0
        self._alone = asyncio.Lock()
        self._all_begun = False

    def behind(self) -> Behind:
        """As there; what is under way is not dealt with."""
        return self._log.behind(self.position()) if self._under_way else super().behind()

    def _begun_seq(self) -> int:
        return max(self.position(), self._seen_seq)

    async def _run(self) -> None:
        try:
            await super()._run()
            await self._settled()
        finally:
            tasks = [each.task for each in self._under_way]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _idle(self, seen_seq: int, next_look_s: float) -> None:
        if self._stopping:
            await self._settled()
        await super()._idle(seen_seq, next_look_s)

    def _nothing_left(self, next_look_s: Optional[float]) -> None:
        self._all_begun = True
        if not self._under_way:
            super()._nothing_left(next_look_s)

    async def _deal(self, record: Record) -> bool:
        """Begin ``record``, and wait until there is a place for the next one."""
        self._all_begun = False
        event, end = self._wanted(record)
        self._seen_seq = record.seq
        if event is not None:
            self._begin(record.seq, event)
        elif self._under_way:
            self._under_way[-1].pass_over(record.seq, end)
        else:
            self._dealt_with(record.seq, record.seq, end)
        while len(self._under_way) >= self._in_flight and not self._leaving():
            await asyncio.wait({self._under_way[0].task})
        return not self._leaving()

    def _begin(self, seq: int, event: Event) -> None:
        begun = _UnderWay(seq)
        begun.task = asyncio.get_running_loop().create_task(self._bring(begun, seq, event))
        self._under_way.append(begun)

    async def _bring(self, begun: _UnderWay, seq: int, event: Event) -> None:
        async def deliver() -> None:
            begun.end = await self._deliver(seq, event)

        while begun.end is None and not self._leaving():
            await self._guarded(deliver)
        self._move_on()

    def _move_on(self) -> None:
        """Move the cursor behind what is settled, up to the first that is not."""
        while self._under_way and self._under_way[0].end is not None:
            done = self._under_way.popleft()
            self._dealt_with(done.seq, done.seq, done.end)
            if done.behind is not None:
                self._dealt_with(*done.behind)
        if not self._under_way and self._all_begun:
            super()._nothing_left(None)

    async def _settled(self) -> None:
        """Wait for all that was begun."""
        if self._under_way:
            await asyncio.wait({each.task for each in self._under_way})

    async def _go_on(self, seq: int, event: Event, attempts: Attempts) -> Optional[End]:
        async with self._alone:
            if not await self._may_send():
                return None
        step = await self._attempt(seq, event, attempts)
        if isinstance(step, End):
            return step
        is_first = not self._alone.locked()
        async with self._alone:
            if is_first:
                await self._wait(step)
            return await super()._go_on(seq, event, attempts)
