"""One destination's worker: every event of its layout, at least once, in order, at the receiver's pace.

::

    journal ─ read ahead (100 records, 4 MiB) ─► event ─ encode ─► POST ─► outcome ─► cursor
                                                  ▲                           │
                                                  └───── back-off, probe ◄────┘  this line waits, no other does

 - The cursor moves when the receiver said 2xx, or when the event is on the disk as a dead letter (or counted as
   one that there is no room for), and never before: after a crash the last event may be sent again, with the same
   ``event_id``.
 - An event that cannot be delivered now holds up those behind it; they wait in the journal, not in memory.
 - Records that the layout does not tell or want, or the filter keeps from the destination, are passed over.
 - A pause by hand is handed in anew after a restart. The one after a 410 is not: the receiver is asked once more
   and says why.
 - Nothing ends the worker but :meth:`Uploader.stop`.
"""

import asyncio
from typing import Callable, Optional, Set, Tuple, Union

from sophon_report.delivery.backoff import Attempts, Pace, Random, SetAside, Wait
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.diaries import Noting, note_nothing
from sophon_report.delivery.diary import End
from sophon_report.delivery.event_log import Cursor, EventLog
from sophon_report.delivery.exchange import Exchange, Reply
from sophon_report.delivery.journal_worker import JournalWorker
from sophon_report.delivery.letter import DeadLetter, letter_of
from sophon_report.delivery.resender import Resender
from sophon_report.delivery.standing import PAUSED_BY_HAND, DestinationStats, Standing, State
from sophon_report.delivery.teller import Body, Teller, attempt
from sophon_report.model import Record
from sophon_report.wire.layouts import Event

WRITE_S = 10.0
"""How long a worker that was cut off waits for a dead letter on its way to the disk."""


class Uploader(JournalWorker):
    """Delivers ``log`` to one destination.

    Args:
        name: of the destination.
        log: read from the cursor on.
        cursor: moved by this worker alone.
        teller: which events, and their bodies.
        exchange: brings a body there; closed by the worker at its end.
        dead_letters: where refused events are kept.
        pace: how patient.
        random: for the jitter.
        now_s: seconds since the epoch.
        period_s: once nothing is left, how long until the next look; 0: an event goes at once.
        note: told what came of each event.
    """

    def __init__(
        self,
        name: str,
        *,
        log: EventLog,
        cursor: Cursor,
        teller: Teller,
        exchange: Exchange,
        dead_letters: DeadLetters,
        pace: Pace,
        random: Random,
        now_s: Callable[[], float],
        period_s: float = 0.0,
        note: Noting = note_nothing,
    ) -> None:
        super().__init__(name, log, pace.cap_s, period_s)
        self._cursor = cursor
        self._teller = teller
        self._exchange = exchange
        self._dead_letters = dead_letters
        self._pace = pace
        self._random = random
        self._note = note
        self._standing = Standing(name, now_s)
        self._held: Optional[str] = None
        self._ready: Optional[Tuple[Event, Body]] = None
        """The next event as it is told; forgotten at every wait, so that it is no older than one request."""
        self._in_back_off = False
        self._writing: Set[asyncio.Future[bool]] = set()
        self._turn: Union[asyncio.Lock, asyncio.Semaphore] = asyncio.Lock()  # first come, first served
        self._resender = Resender(
            dead_letters,
            teller,
            self._post,
            held=lambda: self._held is not None or self._in_back_off,
            pace=pace,
            random=random,
            standing=self._standing,
            note=note,
        )

    def position(self) -> int:
        """Number of the last record that is dealt with."""
        return self._cursor.position()

    def stats(self) -> DestinationStats:
        """A snapshot."""
        return self._standing.stats(self.position(), self.behind(), self._teller.layout.tells)

    def start(self) -> None:
        """Begin; once."""
        super().start()
        self._resender.start()

    async def stop(self, finish_s: float, drain_s: float = 0.0) -> None:
        """End the worker and hang up; what it has not delivered stays in the journal.

        Args:
            finish_s: how long the request in flight may take; cut off after that, it is repeated later.
            drain_s: before that, how long deliveries go on as long as they succeed.
        """
        await asyncio.gather(self._resender.stop(finish_s), super().stop(finish_s, drain_s))
        if self._writing:
            await asyncio.wait(self._writing, timeout=WRITE_S)
        await self._exchange.close()
        self._standing.turn(State.STOPPED)

    def pause(self) -> None:
        """Send nothing more until :meth:`resume`; a request in flight is finished."""
        self._held = PAUSED_BY_HAND
        self._wake.set()

    def resume(self) -> None:
        """Try again now, whatever was waited for, a person too."""
        self._held = None
        self._wake.set()
        self._resender.wake()

    def resend(self) -> None:
        """Look now which dead letters are to be sent again."""
        self._resender.wake()

    def _nothing_left(self, next_look_s: Optional[float]) -> None:
        self._standing.turn(State.IDLE if self._held is None else State.PAUSED, next_look_s)

    def _failed(self, reason: str, rest_s: float) -> None:
        self._standing.in_trouble(State.WAITING, reason)
        self._standing.turn(State.WAITING, rest_s)

    async def _deal(self, record: Record) -> bool:
        event, end = self._wanted(record)
        if event is not None:
            end = await self._deliver(record.seq, event)
            if end is None:
                return False
        self._dealt_with(record.seq, record.seq, end)
        return True

    def _dealt_with(self, first_seq: int, last_seq: int, end: Optional[End]) -> None:
        """Move behind neighbours of which ``end`` came; ``None``: they hold nothing that is told here."""
        self._note(first_seq, last_seq, end)
        self._cursor.advance(last_seq)

    def _wanted(self, record: Record) -> Tuple[Optional[Event], Optional[End]]:
        """The record's event when it is to be delivered; without one, what has come of the record."""
        event = self._teller.event_of(record)
        if event is not None and not self._teller.wants(event):
            self._standing.tally.passed_over += 1
            return None, End.PASSED_OVER
        return event, None

    async def _deliver(self, seq: int, event: Event) -> Optional[End]:
        """Bring one event to its end; ``None`` when the worker is to leave before that."""
        return await self._go_on(seq, event, Attempts(self._pace, self._random))

    async def _go_on(self, seq: int, event: Event, attempts: Attempts) -> Optional[End]:
        """The attempts that are left; returns as :meth:`_deliver`."""
        while await self._may_send():
            step = await self._attempt(seq, event, attempts)
            if isinstance(step, End):
                return step
            await self._wait(step)
        return None

    async def _attempt(self, seq: int, event: Event, attempts: Attempts) -> Union[Wait, End]:
        """One attempt; how the event ended when it is settled, accepted or set aside."""
        reply = await self._post(event)
        self._standing.answered(reply)
        step = attempts.after(reply.outcome)
        if isinstance(step, Wait):
            self._standing.tally.retried += 1
            return step
        if isinstance(step, SetAside):
            await self._set_aside(seq, event, reply, step.reason, attempts.made)
        else:
            self._standing.accepted()
        if attempts.made > 1:
            self._resender.wake()
        return End.REFUSED if isinstance(step, SetAside) else End.DELIVERED

    def _make_ready(self, record: Record) -> None:
        event = self._teller.event_of(record)
        if event is not None and self._teller.wants(event):
            self._ready = (event, self._teller.encode(event))

    async def _post(self, event: Event) -> Reply:
        """One attempt; records and letters that are sent again take turns."""
        async with self._turn:
            return await attempt(self._teller, self._exchange, event, self._ready_body(event))

    def _ready_body(self, event: Event) -> Optional[Body]:
        if self._ready is None or self._ready[0] is not event:
            return None
        (_, body), self._ready = self._ready, None
        return body

    async def _may_send(self) -> bool:
        """Stay here while a person is waited for; ``False`` when the worker is to leave."""
        while self._held is not None and not self._stopping:
            self._standing.in_trouble(State.PAUSED, self._held)
            self._standing.turn(State.PAUSED)
            self._ready = None
            await self._rest(None)
        if self._held is not None:
            self._leave_now()
        if self._leaving():
            return False
        self._standing.turn(State.SENDING)
        return True

    async def _wait(self, step: Wait) -> None:
        self._ready = None
        if step.delay_s is None:
            self._held = step.reason
            return
        state = State.PAUSED if step.paused else State.WAITING
        self._standing.in_trouble(state, step.reason)
        self._standing.turn(state, step.delay_s)
        self._in_back_off = True
        try:
            await self._rest(step.delay_s)
        finally:
            self._in_back_off = False

    async def _set_aside(self, seq: int, event: Event, reply: Reply, reason: str, tried: int) -> None:
        letter = letter_of(
            seq,
            event,
            reason=reason,
            status=reply.status,
            answer=reply.answer,
            attempts=tried,
            now_ms=self._standing.now_ms(),
        )
        await self._keep(letter, event)
        self._standing.tally.set_aside += 1
        self._standing.failed(reason)
        self._standing.say.warning("event_set_aside", event_id=event.event_id, seq=seq, reason=reason)

    async def _keep(self, letter: DeadLetter, event: Event) -> None:
        """Returns once it is on the disk; a worker that is cut off here still waits for that at its end."""
        write = asyncio.get_running_loop().run_in_executor(None, self._dead_letters.add, letter, event)
        self._writing.add(write)
        write.add_done_callback(self._writing.discard)
        await asyncio.shield(write)
