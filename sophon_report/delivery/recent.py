"""The newest events in memory, for clients that catch up with the past. Pure.

The promise: an event that was noted here is in here until it is safe on the disk. So the journal and this memory
together have every event, at any moment.

An event is *pending* from the moment it is shown until its journal record is synced or refused, then *settled*.

============================  =======================================  =====================================
what                          bound                                    over it
============================  =======================================  =====================================
settled events                ``MAX_SETTLED_BYTES``, or one           the oldest goes: one that is on the
                                                                       disk is read there from then on, one
                                                                       that the disk refused is gone; ``lost``
pending events                the journal's own queue, whose pictures  the journal refuses, which settles
                              they share
============================  =======================================  =====================================

Events are kept in the order in which they were shown. One without a number (the journal could promise none) stands
behind the last one that had one.
"""

from collections import deque
from dataclasses import dataclass
from typing import Callable, Deque, Dict, List, NamedTuple, Optional

from sophon_report.model import Recognition

MAX_SETTLED_BYTES = 4 << 20
"""About fifty events with a scene: a client that was away for a moment needs no disk."""
_OTHER_BYTES = 4 << 10
"""What an event takes beside its pictures."""


class Place(NamedTuple):
    """How far a client is.

    It has, or does not want, every event with a number up to ``seq``, and every one without that was shown before
    ``turn``.
    """

    seq: int
    turn: int

    def after(self, event: "RecentEvent") -> "Place":
        """The place of a client that has ``event`` as well."""
        if event.recognition.seq:
            return self._replace(seq=max(self.seq, event.recognition.seq))
        return self._replace(turn=event.turn + 1)


@dataclass(frozen=True)
class RecentEvent:
    """An event of the memory."""

    turn: int
    """Counts the events that were shown since the start."""
    at_seq: int
    """Its number, or that of the last one before it that had one."""
    recognition: Recognition

    @property
    def size_bytes(self) -> int:
        """What it holds, roughly."""
        shot, identity = self.recognition.shot, self.recognition.match.identity
        photo = len(identity.photo_jpeg) if identity else 0
        return len(shot.face_jpeg) + len(shot.scene_jpeg) + len(shot.ir_jpeg) + photo + _OTHER_BYTES


class Recent:
    """The memory.

    Args:
        disk_seq: last number that is on the disk now; nothing up to it was noted.
        max_settled_bytes: see the module's docstring.
    """

    def __init__(self, disk_seq: int, max_settled_bytes: int = MAX_SETTLED_BYTES) -> None:
        self.disk_seq = disk_seq
        """For events up to this number the disk must be asked; those above it are all here, or lost."""
        self.lost = 0
        """Events that the disk refused and that have left the memory."""
        self.lost_seq = 0
        """Greatest number of one."""
        self.lost_turn = 0
        """The turn after that of the last one that had no number."""
        self._max_settled_bytes, self._settled_bytes = max_settled_bytes, 0
        self._pending: Dict[int, RecentEvent] = {}
        self._settled: Deque[RecentEvent] = deque()
        self._refused: Dict[int, None] = {}
        self._at_seq = disk_seq
        self.next_turn = 0
        """Of the next event."""

    def note(self, recognition: Recognition) -> int:
        """Keep an event that is being shown; returns its turn, by which it is settled."""
        turn = self.next_turn
        self.next_turn += 1
        self._at_seq = max(self._at_seq, recognition.seq)
        self._pending[turn] = RecentEvent(turn, self._at_seq, recognition)
        return turn

    def settle(self, turn: int, durable: bool) -> None:
        """The event's record is on the disk now, or never will be."""
        event = self._pending.pop(turn, None)
        if event is None:
            return  # forgotten meanwhile
        self._settled.append(event)
        self._settled_bytes += event.size_bytes
        if not durable:
            self._refused[turn] = None
        while self._settled_bytes > self._max_settled_bytes and len(self._settled) > 1:
            self._drop_oldest()

    def after(self, place: Place, up_to_seq: Optional[int] = None) -> List[RecentEvent]:
        """The events that a client at ``place`` has not got, in order.

        Args:
            place: where it is.
            up_to_seq: none that was shown after this number.
        """
        found = [
            event
            for event in (*self._settled, *self._pending.values())
            if (event.recognition.seq > place.seq if event.recognition.seq else event.turn >= place.turn)
            and (up_to_seq is None or event.at_seq <= up_to_seq)
        ]
        return sorted(found, key=lambda event: event.turn)

    def find(self, event_id: str) -> Optional[Recognition]:
        """The event of that id, if it is still here."""
        for event in (*self._settled, *self._pending.values()):
            if event.recognition.event_id == event_id:
                return event.recognition
        return None

    def forget(self, is_of: Callable[[Recognition], bool]) -> None:
        """Let go of every event that ``is_of`` says yes to, of a person who is erased; nothing counts as lost."""
        of_others = [event for event in self._settled if not is_of(event.recognition)]
        self._settled = deque(of_others)
        self._settled_bytes = sum(event.size_bytes for event in of_others)
        self._pending = {turn: event for turn, event in self._pending.items() if not is_of(event.recognition)}
        here = {event.turn for event in of_others}
        self._refused = {turn: None for turn in self._refused if turn in here}

    def _drop_oldest(self) -> None:
        event = self._settled.popleft()
        self._settled_bytes -= event.size_bytes
        seq = event.recognition.seq
        if event.turn in self._refused:
            del self._refused[event.turn]
            self.lost += 1
            self.lost_seq = max(self.lost_seq, seq)
            self.lost_turn = self.lost_turn if seq else event.turn + 1
        else:
            self.disk_seq = max(self.disk_seq, seq)
