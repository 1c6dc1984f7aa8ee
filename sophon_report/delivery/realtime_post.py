"""The realtime report by POST: every wanted recognition to a list of receivers, one attempt each.

::

    journal ─► recognition ─► first receiver ─► second receiver ─► ... ─► the next recognition
                              one attempt each, within its own time (0.5 s as the vendor's)

 - Receivers get an event in list order, one after the other: firmware V2R2C01 documents the order and the time,
   and a receiver may rely on it. So a dead one costs those behind it its time, at every event.
 - 2xx is a delivery. Anything else loses the event for that receiver: it is counted, the reason is kept, and the
   log has one line when that begins and one when it ends. Nothing is tried again, but for a
   connection that was kept open and breaks off: the same attempt goes on over a new one (``exchange.py``).
 - An event that has waited for more than 10 s, because receivers before it took their time, is not sent any
   more: what opens a door must not come late. It counts as lost (``lost``, and of those ``lost_late``). That also
   bounds what piles up: over the bound the line moves as fast as the journal is read.
 - Each receiver has a cursor of its own, moved after its attempt. An attempt that is cut off, because the list
   changes or the service ends, was its one attempt: it counts as lost, though it may have arrived.
 - What the service had not sent when it stopped is too late at the next start and counted then, as far as it lies
   within the last 1,000 records.
 - While it is paused by hand a receiver loses what comes; while it is switched off it loses nothing, and what
   came meanwhile is too late.
"""

import asyncio
import contextlib
from typing import Callable, Dict, Mapping, Optional, Sequence

from sophon_report.delivery import reason
from sophon_report.delivery.arrivals import Arrivals
from sophon_report.delivery.diaries import Noting, note_nothing
from sophon_report.delivery.diary import End
from sophon_report.delivery.event_log import Cursor, EventLog
from sophon_report.delivery.exchange import Exchange
from sophon_report.delivery.journal_worker import JournalWorker
from sophon_report.delivery.outcome import Accepted
from sophon_report.delivery.reason import Reason
from sophon_report.delivery.standing import PAUSED_BY_HAND, DestinationStats, Standing, State
from sophon_report.delivery.teller import Teller, attempt
from sophon_report.errors import JournalError
from sophon_report.model import Record
from sophon_report.ops.ending import ended
from sophon_report.wire.layouts import Event

MAX_WAIT_S = 10.0
TOO_LATE = Reason(f"waited for more than {MAX_WAIT_S:g} s", reason.LATE)
CUT_OFF = Reason("cut off by a change of the list, or by the end of the service", reason.CUT_OFF)
RETRACE_RECORDS = 1000
"""A receiver whose place is further behind was off: it goes on from here, so that no other waits for it."""
READ_REST_S = 1.0
"""Rest after the journal could not be read."""


class Receiver:
    """One address of the list.

    Args:
        name: of the destination.
        cursor: moved by this object alone.
        teller: which events, and their bodies.
        exchange: brings a body there.
        now_s: seconds since the epoch.
        note: told what came of each event.
    """

    def __init__(
        self,
        name: str,
        *,
        cursor: Cursor,
        teller: Teller,
        exchange: Exchange,
        now_s: Callable[[], float],
        note: Noting = note_nothing,
    ) -> None:
        self._cursor = cursor
        self._teller = teller
        self._exchange = exchange
        self._note = note
        self._standing = Standing(name, now_s)
        self._held = False
        self._losing = False
        self._looked_through_seq = 0

    def position(self) -> int:
        """Number of the last record that is dealt with."""
        return self._cursor.position()

    def stats(self, log: EventLog) -> DestinationStats:
        """A snapshot; ``log`` is the one it gets its events from."""
        behind = log.behind(max(self.position(), self._looked_through_seq))
        return self._standing.stats(self.position(), behind, self._teller.layout.tells)

    def join(self, last_seq: int) -> None:
        """Begin to be served, the log's end being at ``last_seq``."""
        self._cursor.advance(max(self.position(), last_seq - RETRACE_RECORDS))
        self.nothing_left(0)

    def nothing_left(self, seen_seq: int) -> None:
        """Told that nothing is left to read up to ``seen_seq``."""
        self._looked_through_seq = seen_seq
        self._standing.turn(self._resting())

    def leave(self) -> None:
        """Not served any more."""
        self._standing.turn(State.STOPPED)

    def pause(self) -> None:
        """Lose everything from now on until :meth:`resume`; a request in flight is finished."""
        self._held = True
        self._standing.turn(self._resting())

    def resume(self) -> None:
        """Send the next event again."""
        self._held = self._losing = False
        self._standing.turn(self._resting())

    def failed(self, words: str, rest_s: float) -> None:
        """Told that the journal gives nothing for ``rest_s``."""
        self._standing.in_trouble(State.WAITING, words)
        self._standing.turn(State.WAITING, rest_s)

    async def deal(self, record: Record, waited_s: float) -> None:
        """Send ``record`` if it is wanted, unless it had its turn before or ``waited_s`` is too long."""
        if record.seq <= self.position():
            return
        event = self._teller.event_of(record)
        if event is None:
            self._note(record.seq, record.seq, None)
        elif self._teller.wants(event):
            await self._send_or_lose(record.seq, event, waited_s)
        else:
            self._standing.tally.passed_over += 1
            self._note(record.seq, record.seq, End.PASSED_OVER)
        self._cursor.advance(record.seq)

    async def close(self) -> None:
        """Hang up."""
        await self._exchange.close()

    async def _send_or_lose(self, seq: int, event: Event, waited_s: float) -> None:
        try:
            taken = await self._send(event, waited_s)
            self._note(seq, seq, End.DELIVERED if taken else End.LOST)
        except asyncio.CancelledError:
            # It may have arrived: who goes on from this place must not send it again.
            self._lose(CUT_OFF)
            self._note(seq, seq, End.LOST)
            self._cursor.advance(seq)
            raise

    async def _send(self, event: Event, waited_s: float) -> bool:
        taken = False
        if waited_s > MAX_WAIT_S:
            self._standing.tally.lost_late += 1
            self._lose(TOO_LATE)
        elif self._held:
            self._lose(PAUSED_BY_HAND)
        else:
            taken = await self._try(event)
        self._standing.turn(self._resting())
        return taken

    async def _try(self, event: Event) -> bool:
        """Whether it was taken."""
        self._standing.turn(State.SENDING)
        reply = await attempt(self._teller, self._exchange, event)
        self._standing.answered(reply)
        if isinstance(reply.outcome, Accepted):
            self._losing = False
            self._standing.accepted()
        else:
            self._lose(reply.outcome.reason)
        return isinstance(reply.outcome, Accepted)

    def _lose(self, words: str) -> None:
        self._losing = True
        self._standing.tally.lost += 1
        self._standing.in_trouble(self._resting(), words)

    def _resting(self) -> State:
        """What it is between two events."""
        return State.PAUSED if self._held else State.LOSING if self._losing else State.IDLE


class RealtimePost(JournalWorker):
    """Serves ``receivers``, at least one, in their order, as the module says.

    Args:
        receivers: keep their figures when a list of others takes over; closed by who made them.
        log: the recognitions.
        arrivals: what is known of waiting times; goes from one list to the next.
    """

    def __init__(self, receivers: Sequence[Receiver], log: EventLog, arrivals: Arrivals) -> None:
        super().__init__("realtime", log, READ_REST_S)
        self._receivers = tuple(receivers)
        self._arrivals = arrivals
        self._looking: Optional[asyncio.Task[None]] = None
        for receiver in self._receivers:
            receiver.join(log.last_seq)

    def position(self) -> int:
        """Number of the last record that all receivers have had."""
        return min(receiver.position() for receiver in self._receivers)

    def start(self) -> None:
        """Begin; once."""
        super().start()
        self._looking = asyncio.get_running_loop().create_task(self._look_on(), name="look for realtime")

    async def stop(self, finish_s: float, drain_s: float = 0.0) -> None:
        """End the line; raises and returns as :meth:`JournalWorker.stop`."""
        await super().stop(finish_s, drain_s)
        if self._looking is not None:
            await ended(self._looking)
        for receiver in self._receivers:
            receiver.leave()

    async def _deal(self, record: Record) -> bool:
        for receiver in self._receivers:
            await receiver.deal(record, self._waited_s(record.seq))
        return True

    async def _look_on(self) -> None:
        """Note when each record comes, also while a receiver takes its time."""
        with contextlib.suppress(JournalError):  # closed: no more come
            while True:
                self._look()
                await self._log.wait_for(self._log.last_seq)

    def _look(self) -> float:
        now_s = asyncio.get_running_loop().time()
        self._arrivals.look(self._log.last_seq, now_s)
        return now_s

    def _waited_s(self, seq: int) -> float:
        return self._arrivals.waited_s(seq, self._look())

    def _nothing_left(self, next_look_s: Optional[float]) -> None:
        del next_look_s  # there is no period: a record wakes the line
        for receiver in self._receivers:
            receiver.nothing_left(self._looked_through_seq)

    def _failed(self, words: str, rest_s: float) -> None:
        for receiver in self._receivers:
            receiver.failed(words, rest_s)


class RealtimeLine:
    """The receivers of the moment, by name, and the worker that serves them.

    Attributes:
        receivers: in their order.
    """

    def __init__(self, log: EventLog) -> None:
        self.receivers: Dict[str, Receiver] = {}
        self._log = log
        self._arrivals = Arrivals(log.last_seq, MAX_WAIT_S)
        self._post: Optional[RealtimePost] = None

    async def change(self, receivers: Mapping[str, Receiver], finish_s: float, drain_s: float = 0.0) -> None:
        """Serve ``receivers`` from now on, in this order; nothing happens when they are the same.

        Args:
            receivers: those that are there keep their figures; one that is not among them is closed.
            finish_s: how long the request in flight may take.
            drain_s: before that, how long the former ones get what is left.
        """
        if list(receivers.items()) == list(self.receivers.items()):
            return
        if self._post is not None:
            await self._post.stop(finish_s, drain_s)
        gone = [receiver for name, receiver in self.receivers.items() if receivers.get(name) is not receiver]
        await asyncio.gather(*(receiver.close() for receiver in gone))
        self.receivers = dict(receivers)
        self._serve()

    async def renew(self, finish_s: float) -> None:
        """Read again what was read ahead; the request in flight may take ``finish_s``."""
        if self._post is not None:
            await self._post.stop(finish_s)
            self._serve()

    def _serve(self) -> None:
        if self._post is None:
            self._arrivals = Arrivals(self._log.last_seq, MAX_WAIT_S)
        self._post = (
            RealtimePost(list(self.receivers.values()), self._log, self._arrivals) if self.receivers else None
        )
        if self._post is not None:
            self._post.start()
