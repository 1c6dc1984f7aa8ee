"""Where an event was delivered, and when: what places, diaries and dead letters say of it together.

What is told is what is known. The destination's place says that it was dealt with, the diary how it ended and
within which seconds, a dead letter why it was refused; where none of them tells, the answer is ``unknown``.
"""

import asyncio
from typing import Callable, Mapping, Optional, Tuple, TypeVar

from sophon_report.api.events import Whereabout
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.diary import End, Entry
from sophon_report.delivery.journal import Journal
from sophon_report.delivery.letter import DeadLetter
from sophon_report.delivery.standing import DestinationStats
from sophon_report.errors import BadMessage, NotFound, Unavailable
from sophon_report.model import Destination, EventFilter, Recognition
from sophon_report.store.event_index import EventRow

STATES: Mapping[End, str] = {
    End.DELIVERED: "delivered",
    End.RESENT: "delivered",
    End.LOST: "lost",
    End.REFUSED: "given_up",
    End.PASSED_OVER: "kept_back",
    End.MIXED: "unknown",
}
"""What an end means when there is no dead letter."""

T = TypeVar("T")


class Whereabouts:
    """Answers for the running service.

    Args:
        destinations: of the moment.
        journal: whose numbers are told.
    """

    def __init__(self, destinations: DestinationSet, journal: Journal) -> None:
        self._destinations, self._journal = destinations, journal

    async def of(self, row: EventRow) -> Tuple[Whereabout, ...]:
        """One a destination, in their order.

        Raises:
            Unavailable: the disk refused.
        """
        stats = {each.destination: each for each in self._destinations.stats()}
        return tuple([await self._at(each, stats.get(each.name), row) for each in self._destinations.all()])

    async def _at(self, destination: Destination, stats: Optional[DestinationStats], row: EventRow) -> Whereabout:
        try:
            tells = self._destinations.tells(destination.name)
            letters = self._destinations.dead_letters(destination.name)
        except (NotFound, KeyError):  # removed meanwhile
            return _whereabout(destination, 0, "unknown")
        position = self._journal.cursors.position(destination.name)
        seq = row.first_seq if tells is Recognition else row.seq
        if tells is None:
            return _whereabout(destination, 0, "unknown", reason=stats.last_error if stats else "")
        if tells is not Recognition and not row.out_ms:
            return _whereabout(destination, 0, "not_yet")
        if not seq:
            return _whereabout(destination, 0, "unknown")
        letter = await _aside(lambda: _letter(letters.read, seq)) if letters.count else None
        if letter is not None:
            return _refused(destination, letter)
        if seq <= destination.start_seq:
            return _whereabout(destination, seq, "before")
        if seq > position:
            return self._ahead(destination, seq, row, stats)
        diary = self._destinations.diaries.of(destination.name)
        return _behind(destination, seq, row, await _aside(lambda: diary.find(seq)))

    def _ahead(
        self, destination: Destination, seq: int, row: EventRow, stats: Optional[DestinationStats]
    ) -> Whereabout:
        """Of an event that the destination has not come to."""
        if seq < self._journal.oldest_seq:
            return _whereabout(destination, seq, "gone")
        if not passes(row, destination.filter):
            return _whereabout(destination, seq, "kept_back")
        return _whereabout(
            destination, seq, "waiting", reason=stats.last_error if stats and stats.in_trouble else ""
        )


def _behind(destination: Destination, seq: int, row: EventRow, entry: Optional[Entry]) -> Whereabout:
    """Of an event that was dealt with."""
    if entry is None or entry.end is End.MIXED:
        state = "unknown" if passes(row, destination.filter) else "kept_back"
        return _whereabout(destination, seq, state)
    return _whereabout(destination, seq, STATES[entry.end], from_ms=entry.first_ms, to_ms=entry.last_ms)


def _refused(destination: Destination, letter: DeadLetter) -> Whereabout:
    return Whereabout(
        destination.name,
        destination.layout,
        "refused",
        letter.set_aside_ms or None,
        letter.set_aside_ms or None,
        letter.reason,
        letter.status,
        letter.answer,
        letter.attempts,
        letter.resending,
        letter.seq,
    )


def _whereabout(
    destination: Destination,
    seq: int,
    state: str,
    *,
    from_ms: Optional[int] = None,
    to_ms: Optional[int] = None,
    reason: str = "",
) -> Whereabout:
    return Whereabout(destination.name, destination.layout, state, from_ms, to_ms, reason, seq=seq)


def passes(row: EventRow, wanted: EventFilter) -> bool:
    """Whether the filter, as it is now, lets the event of ``row`` pass; see ``delivery.filtering``."""
    return (
        (not wanted.device_ids or row.device_id in wanted.device_ids)
        and (not wanted.user_types or row.user_type in wanted.user_types)
        and (not wanted.min_score_pct or row.score_pct >= wanted.min_score_pct)
    )


def _letter(read: Callable[[int], Tuple[DeadLetter, object]], seq: int) -> Optional[DeadLetter]:
    try:
        return read(seq)[0]
    except NotFound:
        return None
    except BadMessage:
        return DeadLetter(seq, damaged=True)


async def _aside(act: Callable[[], T]) -> T:
    try:
        return await asyncio.get_running_loop().run_in_executor(None, act)
    except OSError as error:
        raise Unavailable(f"what was noted of deliveries cannot be read: {error.strerror}") from error
