"""One destination's worker: every visit of the journal, at least once, in order, at the receiver's pace.

::

    journal ─ read ahead (100 records, 4 MiB) ─► visit ─ encode ─► POST ─► outcome ─► cursor
                                                  ▲                           │
                                                  └───── back-off, probe ◄────┘  this line waits, no other does

 - The cursor moves when the receiver said 2xx, or when the event is written to the list of dead letters, and never
   before: after a crash the last event may be sent again, with the same ``event_id``.
 - An event that cannot be delivered now holds up those behind it; they wait in the journal, not in memory.
 - Records that are no visits are passed over.
 - Nothing ends the worker but :meth:`Uploader.stop`.
"""

import asyncio
import contextlib
import enum
from dataclasses import dataclass
from typing import Callable, Optional

import structlog

from sophon_report.delivery.backoff import Advance, Attempts, Pace, Random, SetAside, Wait
from sophon_report.delivery.dead_letters import DeadLetter, DeadLetters
from sophon_report.delivery.event_log import Cursor, EventLog
from sophon_report.delivery.exchange import Exchange, Reply
from sophon_report.delivery.outcome import Rejected
from sophon_report.errors import LayoutError, SophonReportError
from sophon_report.model import Visit

READ_RECORDS = 100
READ_BYTES = 4 << 20
"""One read ahead: what a worker holds in memory. A hundred is also the vendor's round."""

CRASH_REST_S = 10.0
"""Rest after an error that should not exist, so that it cannot become a busy loop."""


class State(str, enum.Enum):
    """What a worker is doing."""

    IDLE = "idle"
    SENDING = "sending"
    WAITING = "waiting"
    """For the next try."""
    PAUSED = "paused"
    """The destination is set up wrongly, or a person paused it."""
    STOPPED = "stopped"
    DISABLED = "disabled"
    """Switched off in the settings."""


@dataclass(frozen=True)
class UploaderStats:
    """Where a destination stands; counters begin at 0 with the worker."""

    destination: str
    state: State = State.STOPPED
    cursor_seq: int = 0
    backlog: int = 0
    """Records between the cursor and the journal's end: visits, and those that are passed over."""
    accepted: int = 0
    retried: int = 0
    """Attempts that are repeated."""
    set_aside: int = 0
    dead_letters: int = 0
    """On the list now."""
    dead_letters_dropped: int = 0
    last_status: Optional[int] = None
    last_error: str = ""
    """Why the latest failed attempt failed; stays after a success, see :attr:`last_accepted_ms`."""
    last_error_ms: Optional[int] = None
    last_accepted_ms: Optional[int] = None
    next_try_ms: Optional[int] = None
    """``None`` when nothing is waited for, or only a person can resume it."""
    oldest_ms: Optional[int] = None
    """``out_ms`` of the visit that is being tried; ``None`` when none is."""


@dataclass
class _Standing:
    """The part of :class:`UploaderStats` that the worker itself writes, many times an event."""

    state: State = State.STOPPED
    accepted: int = 0
    retried: int = 0
    set_aside: int = 0
    last_status: Optional[int] = None
    last_error: str = ""
    last_error_ms: Optional[int] = None
    last_accepted_ms: Optional[int] = None
    next_try_ms: Optional[int] = None
    oldest_ms: Optional[int] = None


class Uploader:
    """Delivers ``log`` to one destination.

    Args:
        name: of the destination.
        log: read from the cursor on.
        cursor: moved by this worker alone.
        encode: body of a visit.
        exchange: brings a body there; closed by the worker at its end.
        dead_letters: where refused events are listed.
        pace: how patient.
        random: for the jitter.
        now_s: seconds since the epoch.
    """

    def __init__(
        self,
        name: str,
        *,
        log: EventLog,
        cursor: Cursor,
        encode: Callable[[Visit], bytes],
        exchange: Exchange,
        dead_letters: DeadLetters,
        pace: Pace,
        random: Random,
        now_s: Callable[[], float],
    ) -> None:
        self._log = log
        self._cursor = cursor
        self._encode = encode
        self._exchange = exchange
        self._dead_letters = dead_letters
        self._pace = pace
        self._random = random
        self._now_s = now_s
        self._name = name
        self._standing = _Standing()
        self._held: Optional[str] = None
        self._trouble: Optional[State] = None
        self._stopping = False
        self._drain_until = 0.0
        self._wake = asyncio.Event()
        self._task: Optional[asyncio.Task[None]] = None
        self._say = structlog.get_logger().bind(destination=name)

    def stats(self) -> UploaderStats:
        """A snapshot."""
        position = self._cursor.position()
        idle = self._standing.state is State.IDLE
        return UploaderStats(
            self._name,
            cursor_seq=position,
            backlog=0 if idle else self._log.count_after(position),
            dead_letters=self._dead_letters.count,
            dead_letters_dropped=self._dead_letters.dropped,
            **vars(self._standing),
        )

    def start(self) -> None:
        """Begin; once."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self, finish_s: float, drain_s: float = 0.0) -> None:
        """End the worker; what it has not delivered stays in the journal.

        Args:
            finish_s: how long the request in flight may take; cut off after that, it is repeated later.
            drain_s: before that, how long deliveries go on as long as they succeed.
        """
        self._stopping = True
        self._drain_until = asyncio.get_running_loop().time() + drain_s
        self._wake.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=drain_s + finish_s)
            if late:
                self._task.cancel()
                await asyncio.wait({self._task})
        await self._exchange.close()
        self._standing.state = State.STOPPED
        self._standing.next_try_ms = None

    def pause(self) -> None:
        """Send nothing more until :meth:`resume`; a request in flight is finished."""
        self._held = "paused by hand"
        self._wake.set()

    def resume(self) -> None:
        """Try again now, whatever was waited for."""
        self._held = None
        self._wake.set()

    async def _run(self) -> None:
        while not self._leaving():
            await self._guarded_round()

    async def _guarded_round(self) -> None:
        try:
            await self._round()
        except (SophonReportError, OSError) as error:
            self._in_trouble(State.WAITING, str(error))
            await self._rest(State.WAITING, self._pace.cap_s)
        except Exception:  # noqa: BLE001 - a worker that dies delivers nothing ever again
            self._say.exception("delivery_error")
            self._in_trouble(State.WAITING, "internal error, see the log")
            await self._rest(State.WAITING, CRASH_REST_S)

    async def _round(self) -> None:
        """Deliver one read-ahead, or wait until there is something."""
        seen_seq = self._log.last_seq
        records = await self._log.read(self._cursor.position(), READ_RECORDS, READ_BYTES)
        if not records:
            await self._idle(seen_seq)
        for record in records:
            if isinstance(record.value, Visit) and not await self._deliver(record.seq, record.value):
                return
            self._cursor.advance(record.seq)
            if self._leaving():
                return

    async def _idle(self, seen_seq: int) -> None:
        """Wait for a record behind ``seen_seq``; the cursor may stay below it where numbers were skipped."""
        self._standing.state = State.IDLE if self._held is None else State.PAUSED
        self._standing.oldest_ms = None
        self._standing.next_try_ms = None
        self._wake.clear()
        if self._stopping:
            self._leave_now()
            return
        waits = [asyncio.ensure_future(self._log.wait_for(seen_seq)), asyncio.ensure_future(self._wake.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            news, _ = await asyncio.gather(*waits, return_exceptions=True)
        if isinstance(news, Exception):
            raise news

    async def _deliver(self, seq: int, visit: Visit) -> bool:
        """Bring one visit to its end; ``False`` when the worker is to leave before that."""
        attempts = Attempts(self._pace, self._random)
        self._standing.oldest_ms = visit.out_ms
        while await self._may_send():
            reply = await self._attempt(visit)
            if reply.status is not None:
                self._standing.last_status = reply.status
            step = attempts.after(reply.outcome)
            if isinstance(step, Advance):
                self._accepted()
                return True
            if isinstance(step, SetAside):
                await self._set_aside(seq, visit, step.reason)
                return True
            await self._wait(step)
        return False

    async def _may_send(self) -> bool:
        """Stay here while a person is waited for; ``False`` when the worker is to leave."""
        while self._held is not None and not self._stopping:
            self._in_trouble(State.PAUSED, self._held)
            await self._rest(State.PAUSED, None)
        if self._held is not None:
            self._leave_now()
        if self._leaving():
            return False
        self._standing.state = State.SENDING
        self._standing.next_try_ms = None
        return True

    async def _attempt(self, visit: Visit) -> Reply:
        """Encode and post; encoding (a few µs for 76 KB) needs no thread."""
        try:
            body = self._encode(visit)
        except LayoutError as error:
            return Reply(Rejected(str(error)))
        return await self._exchange.post(body)

    async def _wait(self, step: Wait) -> None:
        self._standing.retried += 1
        if step.delay_s is None:
            self._held = step.reason
            return
        state = State.PAUSED if step.paused else State.WAITING
        self._in_trouble(state, step.reason)
        await self._rest(state, step.delay_s)

    async def _rest(self, state: State, delay_s: Optional[float]) -> None:
        """Do nothing for ``delay_s`` (``None``: without end), or until somebody resumes, pauses or stops."""
        next_try_ms = None if delay_s is None else self._now_ms() + round(delay_s * 1000)
        self._standing.state = state
        self._standing.next_try_ms = next_try_ms
        self._wake.clear()
        if not self._stopping:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), delay_s)
        if self._stopping:
            self._leave_now()

    async def _set_aside(self, seq: int, visit: Visit, reason: str) -> None:
        letter = DeadLetter(seq, visit.event_id, reason, self._now_ms())
        await asyncio.get_running_loop().run_in_executor(None, self._dead_letters.add, letter)
        self._standing.set_aside += 1
        self._standing.last_error = reason
        self._standing.last_error_ms = letter.set_aside_ms
        self._say.warning("event_set_aside", event_id=visit.event_id, seq=seq, reason=reason)

    def _accepted(self) -> None:
        if self._trouble is not None:
            self._trouble = None
            self._say.info("delivery_recovered")
        self._standing.accepted += 1
        self._standing.last_accepted_ms = self._now_ms()

    def _in_trouble(self, state: State, reason: str) -> None:
        """Note a failure; one log line when the kind of trouble changes, not one an attempt."""
        if self._trouble is not state:
            self._trouble = state
            self._say.warning(f"delivery_{state.value}", reason=reason)
        self._standing.last_error = reason
        self._standing.last_error_ms = self._now_ms()

    def _leave_now(self) -> None:
        self._drain_until = 0.0

    def _leaving(self) -> bool:
        return self._stopping and asyncio.get_running_loop().time() >= self._drain_until

    def _now_ms(self) -> int:
        return int(self._now_s() * 1000)
