"""Where a destination stands: what its worker notes, and one log line when trouble comes or goes."""

import enum
from dataclasses import dataclass, replace
from typing import Callable, Optional, Tuple, Type

import structlog

from sophon_report.delivery.exchange import Reply
from sophon_report.delivery.journal import Behind
from sophon_report.delivery.outcome import Accepted
from sophon_report.delivery.past_minutes import PastMinute, PastMinutes
from sophon_report.delivery.reason import BY_HAND, Reason, code_of
from sophon_report.model import Visit
from sophon_report.wire.layouts import Event

PAUSED_BY_HAND = Reason("paused by hand", BY_HAND)
SHOWN_ANSWER = 200
"""Characters of an answer that are shown to people."""


class State(str, enum.Enum):
    """What is being done for a destination."""

    IDLE = "idle"
    SENDING = "sending"
    WAITING = "waiting"
    """For the next try."""
    LOSING = "losing"
    """Realtime without retry: it did not take the last event; the next one is its next chance."""
    PAUSED = "paused"
    """The destination is set up wrongly, or a person paused it."""
    STOPPED = "stopped"
    DISABLED = "disabled"
    """Switched off in the settings."""


@dataclass(frozen=True)
class DestinationStats:
    """Where a destination stands; counters begin at 0 with the worker."""

    destination: str
    state: State = State.STOPPED
    url: str = ""
    """Without a password."""
    layout: str = ""
    content_type: str = ""
    period_s: float = 0.0
    cursor_seq: int = 0
    backlog: int = 0
    """Events of the kind that it is told behind its place, those that its filter will keep from it among them."""
    backlog_bytes: int = 0
    """Of the journal behind its place, with what lies there for others."""
    oldest_ms: Optional[int] = None
    """Time of the oldest event behind its place, whatever is done for it; ``None`` without a backlog."""
    dropped: int = 0
    """Events that retention took before it had them, since the start."""
    accepted: int = 0
    retried: int = 0
    """Attempts that are repeated."""
    lost: int = 0
    """Realtime without retry: events that were not delivered and never will be."""
    lost_late: int = 0
    """Those of ``lost`` that were not even tried, because they had waited too long."""
    set_aside: int = 0
    passed_over: int = 0
    """Events of its kind that its filter or its layout kept from it."""
    dead_letters: int = 0
    """Refused events that are kept now."""
    dead_letters_dropped: int = 0
    """Those that went for want of room."""
    resending: int = 0
    """Those of :attr:`dead_letters` that wait to be sent again."""
    resent: int = 0
    """Dead letters that were accepted when they were sent again; not among :attr:`accepted`."""
    last_status: Optional[int] = None
    last_answer: str = ""
    """Beginning of what the receiver said with its latest refusal."""
    last_error: str = ""
    """Why the latest failed attempt failed; stays after a success, see :attr:`last_accepted_ms`."""
    last_error_code: str = ""
    """Its code, as ``reason.py`` lists them."""
    last_error_ms: Optional[int] = None
    last_accepted_ms: Optional[int] = None
    next_try_ms: Optional[int] = None
    """Of what failed, or the next look of an idle one that looks now and then; ``None`` when nothing is waited
    for, or only a person can resume it."""

    past: Tuple[PastMinute, ...] = ()
    """The last hour, minute by minute, without those in which nothing was tried."""

    @property
    def in_trouble(self) -> bool:
        """Whether what was last tried failed: another try is waited for, or under way."""
        if self.state is State.SENDING:
            return self.last_error_ms is not None and self.last_error_ms > (self.last_accepted_ms or 0)
        return self.state in (State.WAITING, State.LOSING, State.PAUSED)


def lacking(stats: DestinationStats, behind: Behind, what: Type[Event]) -> DestinationStats:
    """``stats`` with what a destination lacks that is told ``what`` of all that lies ``behind`` its place."""
    backlog = behind.visits if what is Visit else behind.recognitions
    oldest_ms = behind.oldest_ms if backlog else None
    return replace(stats, backlog=backlog, backlog_bytes=behind.size_bytes, oldest_ms=oldest_ms)


@dataclass
class Tally:
    """The part of :class:`DestinationStats` that a worker writes, many times an event."""

    state: State = State.STOPPED
    accepted: int = 0
    retried: int = 0
    lost: int = 0
    lost_late: int = 0
    set_aside: int = 0
    resent: int = 0
    passed_over: int = 0
    last_status: Optional[int] = None
    last_answer: str = ""
    last_error: str = ""
    last_error_code: str = ""
    last_error_ms: Optional[int] = None
    last_accepted_ms: Optional[int] = None
    next_try_ms: Optional[int] = None


class Standing:
    """Notes of the worker of destination ``name``.

    Args:
        name: of the destination.
        now_s: seconds since the epoch.
    """

    def __init__(self, name: str, now_s: Callable[[], float]) -> None:
        self.tally = Tally()
        self.say = structlog.get_logger().bind(destination=name)
        self._name = name
        self._now_s = now_s
        self._trouble: Optional[State] = None
        self._past = PastMinutes()

    def stats(self, cursor_seq: int, behind: Behind, what: Type[Event]) -> DestinationStats:
        """A snapshot; ``behind`` its place it is told ``what``."""
        past = self._past.since(self.now_ms())
        return lacking(
            DestinationStats(self._name, cursor_seq=cursor_seq, past=past, **vars(self.tally)), behind, what
        )

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self._now_s() * 1000)

    def turn(self, state: State, next_s: Optional[float] = None) -> None:
        """Note what is done now, and in how many seconds the next try or look is."""
        self.tally.state = state
        self.tally.next_try_ms = None if next_s is None else self.now_ms() + round(next_s * 1000)

    def answered(self, reply: Reply) -> None:
        """Note what came of an attempt, whatever is made of it."""
        self._past.note(self.now_ms(), isinstance(reply.outcome, Accepted))
        if reply.status is not None:
            self.tally.last_status = reply.status
        if not isinstance(reply.outcome, Accepted):
            self.tally.last_answer = reply.answer[:SHOWN_ANSWER]

    def accepted(self) -> None:
        """Note a delivery, the end of any trouble."""
        if self._trouble is not None:
            self._trouble = None
            self.say.info("delivery_recovered")
        self.tally.accepted += 1
        self.tally.last_accepted_ms = self.now_ms()

    def failed(self, reason: str) -> None:
        """Note why something did not work."""
        self.tally.last_error, self.tally.last_error_code = str(reason), code_of(reason)
        self.tally.last_error_ms = self.now_ms()

    def in_trouble(self, state: State, reason: str) -> None:
        """Note a failure; one log line when the kind of trouble changes, not one an attempt."""
        if self._trouble is not state:
            self._trouble = state
            self.say.warning(f"delivery_{state.value}", reason=reason)
        self.failed(reason)
