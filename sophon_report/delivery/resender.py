"""Sends the dead letters of one destination again that a person asked for, beside the line of its records.

- One letter at a time, the oldest first, in turn with the records: neither waits for more than one attempt of the
other. A letter that is not taken now waits for its next try and holds up the letters behind it, no record.
- Accepted: the letter goes, durably. A crash in between sends it again, with the same ``event_id``.
- Refused: one attempt is enough, a person asked for it. The letter stays, with the new reason and answer.
- Anything else: it stays marked, and is tried again with back-off; a paused destination is probed, and one that
waits for a person gets nothing. The mark is on the disk, so all this goes on after a restart.
- While a record waits for its next try, letters wait too: a receiver that is away is asked by one of them.
- An event that the destination's layout does not tell any more, or its filter does not let pass, is not sent:
the letter stays and says so.
"""

import asyncio
import contextlib
from typing import Any, Awaitable, Callable, Optional, TypeVar

import structlog

from sophon_report.delivery import reason
from sophon_report.delivery.backoff import Pace, Random, delay_s
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.diaries import Noting, note_nothing
from sophon_report.delivery.diary import End
from sophon_report.delivery.exchange import Reply
from sophon_report.delivery.journal_worker import CRASH_REST_S
from sophon_report.delivery.letter import DeadLetter, letter_of
from sophon_report.delivery.outcome import Accepted, Pause, Rejected
from sophon_report.delivery.reason import Reason
from sophon_report.delivery.standing import Standing
from sophon_report.delivery.teller import Teller
from sophon_report.errors import BadMessage, NotFound, SophonReportError
from sophon_report.model import Record
from sophon_report.ops.ending import ended
from sophon_report.wire.layouts import Event

T = TypeVar("T")
NOT_TOLD = Reason("the layout of the destination does not tell such events", reason.NOT_TOLD)
NOT_WANTED = Reason("the filter of the destination does not let it pass", reason.NOT_TOLD)

log = structlog.get_logger()


class Resender:
    """Sends again what is marked in ``letters``.

    Args:
        letters: of the destination.
        teller: which events, and what is told of them now.
        post: one attempt at one event, in turn with the records.
        held: whether nothing is to be sent now, because a person is waited for, or a record waits for its next
            try; who ends that wakes this.
        pace: how patient.
        random: for the jitter.
        standing: of the destination; written to.
        note: told what was taken.
    """

    def __init__(
        self,
        letters: DeadLetters,
        teller: Teller,
        post: Callable[[Event], Awaitable[Reply]],
        *,
        held: Callable[[], bool],
        pace: Pace,
        random: Random,
        standing: Standing,
        note: Noting = note_nothing,
    ) -> None:
        self._letters = letters
        self._teller = teller
        self._post = post
        self._held = held
        self._pace = pace
        self._random = random
        self._standing = standing
        self._note = note
        self._failures = 0
        self._stopping = False
        self._wake = asyncio.Event()
        self._task: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Begin; once."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="resend")

    def wake(self) -> None:
        """Try now: letters were marked, or the destination was resumed."""
        self._wake.set()

    async def stop(self, finish_s: float) -> None:
        """End; what is not accepted stays marked. The request in flight may take ``finish_s``."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=finish_s)
            if late:
                await ended(self._task)

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            rest_s = await self._guarded()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), rest_s)

    async def _guarded(self) -> Optional[float]:
        try:
            rest_s = await self._next()
        except (SophonReportError, OSError) as error:
            self._standing.say.warning("resend_failed", reason=str(error))
            rest_s = self._pace.cap_s
        except Exception:
            log.exception("resend_error")
            rest_s = CRASH_REST_S
        return 0.0 if self._stopping else rest_s

    async def _next(self) -> Optional[float]:
        """Try one letter; seconds to the next try, ``None``: when somebody wakes this."""
        seq = self._letters.next_to_resend()
        if seq is None:
            return None
        if self._held():
            return self._pace.cap_s
        try:
            letter, event = await _in_thread(self._letters.read, seq)
        except NotFound:
            await _in_thread(self._letters.forget, seq)
            return 0.0
        except (BadMessage, OSError) as error:
            self._standing.say.error("dead_letter_not_resent", seq=seq, reason=str(error))
            await _in_thread(self._letters.not_resent, seq)
            return 0.0
        return await self._settle(letter, event, await self._try(seq, event))

    async def _try(self, seq: int, event: Event) -> Reply:
        told = self._teller.event_of(Record(seq, event))
        if told is None:
            return Reply(Rejected(NOT_TOLD))
        return await self._post(told) if self._teller.wants(told) else Reply(Rejected(NOT_WANTED))

    async def _settle(self, letter: DeadLetter, event: Event, reply: Reply) -> Optional[float]:
        outcome = reply.outcome
        if isinstance(outcome, Pause):
            self._standing.failed(outcome.reason)
            return None if outcome.until_resumed else self._pace.probe_s
        if isinstance(outcome, Accepted):
            self._note(letter.seq, letter.seq, End.RESENT)
            await _in_thread(self._letters.forget, letter.seq)
            self._standing.tally.resent += 1
            self._standing.say.info("dead_letter_accepted", seq=letter.seq, event_id=letter.event_id)
        elif isinstance(outcome, Rejected):
            await _in_thread(self._letters.refused, self._again(letter, event, reply, outcome.reason), event)
            self._standing.failed(outcome.reason)
            self._standing.say.warning("dead_letter_refused_again", seq=letter.seq, reason=outcome.reason)
        else:
            self._failures += 1
            self._standing.failed(outcome.reason)
            return delay_s(self._failures, outcome.after_s, self._pace, self._random)
        self._failures = 0
        return 0.0

    def _again(self, letter: DeadLetter, event: Event, reply: Reply, words: str) -> DeadLetter:
        return letter_of(
            letter.seq,
            event,
            reason=words,
            status=reply.status,
            answer=reply.answer,
            attempts=letter.attempts + (words not in (NOT_TOLD, NOT_WANTED)),
            now_ms=self._standing.now_ms(),
        )


async def _in_thread(function: Callable[..., T], *arguments: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)
