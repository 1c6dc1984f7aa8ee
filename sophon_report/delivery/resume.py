"""Resuming: a client that says what it had last (``"since": <seq>``) gets what came after it, then new events.

The promise:

- Each recognition with a number above ``since`` that is still there comes once, in the order of the numbers, told
  by this client's own choice and devices; then live ones, without a gap or a repetition in between.
- If something in between is gone, the next event that the client gets carries ``"resume_gone": true``, one of
  the past or the first new one.
- Nobody else notices: a client that does not read keeps nothing but its own replay waiting.

Gone is what retention took, what the disk refused, what it cannot read, and everything when ``since`` is ahead of
this journal, which then is not the one the client knew. What a crash took before it was accepted is not known to
have been there.

How there can be no gap. An event is shown first and synced a moment later; with a failing disk, never. Until it is
on the disk it is in :class:`~sophon_report.delivery.recent.Recent`, so the two together have every event::

    since          place                disk_seq                  newest shown
      │ ── told ─── │ ──── the journal ──── │ ──── memory ─────────── │
                    └► next                   on the disk too, pending or refused

A client that resumes is passed over by ``publish``. Its replay walks from its place to the newest event; what the
disk should have and the memory has instead (refused events) is told in its turn. When nothing is left the client
is live: both are one step of the event loop, between two publishes.

============================  ==========================================  ====================================
what                          bound                                       over it
============================  ==========================================  ====================================
reads of the journal at once  ``READS_AT_ONCE``                           the others wait their turn
read ahead of a client        ``READ_BYTES`` and one event                the replay waits for its socket
handed to its connection      the connection's high-water mark, 64 KiB    the replay waits for its socket
replays                       one a client; ``server.max_clients``        a later configuration ends it
============================  ==========================================  ====================================
"""

import asyncio
from typing import Callable, Dict, List, Optional, Protocol

import structlog

from sophon_report.delivery.hub import Hub
from sophon_report.delivery.recent import Place, Recent, RecentEvent
from sophon_report.errors import JournalError
from sophon_report.model import Recognition, Record
from sophon_report.wire.subscription import Subscription

READS_AT_ONCE = 4
"""The journal reads with two threads, which the destinations need as well."""
READ_EVENTS, READ_BYTES = 100, 256 << 10

log = structlog.get_logger()


class History(Protocol):
    """What a replay needs of the journal."""

    @property
    def last_seq(self) -> int:
        """Last accepted number."""

    @property
    def next_seq(self) -> int:
        """First number that was not given away."""

    def gone_after(self, seq: int) -> bool:
        """Whether retention has taken an accepted record above ``seq``."""

    async def read(self, after_seq: int, limit: int = 100, max_bytes: int = 8 << 20) -> List[Record]:
        """Accepted records above ``after_seq``; raises :class:`JournalError`."""


class Listener(Protocol):
    """What a replay needs of a client's connection."""

    def send(self, frame: bytes) -> None:
        """Hand over a frame."""

    async def room(self) -> None:
        """Return once the connection takes more."""


class Resume:
    """The replays of one event server. All methods are called on the event loop."""

    def __init__(self, history: History, hub: Hub) -> None:
        self._history, self._hub = history, hub
        self.recent = Recent(history.last_seq)
        """Events that may not be on the disk yet."""
        self._replays: Dict[int, _Replay] = {}
        self._reads: Optional[asyncio.Semaphore] = None
        self._curious: List[asyncio.Future[None]] = []

    def note(self, recognition: Recognition, accepted: "Optional[asyncio.Future[None]]") -> None:
        """Remember an event that is being shown; ``accepted`` as ``Journal.append`` gave it."""
        turn = self.recent.note(recognition)
        if accepted is None:
            self.recent.settle(turn, durable=False)
        else:
            accepted.add_done_callback(lambda done: self.recent.settle(turn, durable=_is_durable(done)))
        for curious in self._curious:
            if not curious.done():
                curious.set_result(None)
        self._curious.clear()

    def begin(self, client_id: int, listener: Listener, subscription: Subscription) -> None:
        """Give a client the past it asked for, in place of any replay it has."""
        assert subscription.since is not None
        self.end(client_id)
        if self._reads is None:
            self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._hub.hold(client_id, subscription)
        replay = _Replay(self, client_id, listener, subscription)
        self._replays[client_id] = replay
        replay.start().add_done_callback(lambda _: self._ended(client_id, replay))

    def end(self, client_id: int) -> None:
        """End a client's replay where it is, if it has one; it stays held."""
        replay = self._replays.pop(client_id, None)
        if replay is not None:
            replay.cancel()

    def _ended(self, client_id: int, replay: "_Replay") -> None:
        if self._replays.get(client_id) is replay:
            del self._replays[client_id]

    def forget(self, is_of: Callable[[Recognition], bool]) -> None:
        """Tell nobody any more of events that ``is_of`` says yes to, of a person who is erased."""
        self.recent.forget(is_of)
        for replay in self._replays.values():
            replay.forget(is_of)

    # What its replays need.

    @property
    def hub(self) -> Hub:
        return self._hub

    @property
    def history(self) -> History:
        return self._history

    async def read(self, after_seq: int) -> List[Record]:
        """Records after a number, when it is this replay's turn."""
        assert self._reads is not None
        async with self._reads:
            return await self._history.read(after_seq, READ_EVENTS, READ_BYTES)

    async def news(self) -> None:
        """Return with the next event."""
        curious: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._curious.append(curious)
        try:
            await curious
        finally:
            if curious in self._curious:
                self._curious.remove(curious)


class _Replay:
    """One client on its way to the present."""

    def __init__(self, resume: Resume, client_id: int, listener: Listener, subscription: Subscription) -> None:
        assert subscription.since is not None
        self._resume, self._hub, self._history = resume, resume.hub, resume.history
        self._client_id, self._listener, self._subscription = client_id, listener, subscription
        newest_seq = self._history.next_seq - 1
        self._gone = subscription.since > newest_seq
        self._place = self._lost = Place(min(subscription.since, newest_seq), resume.recent.next_turn)
        self._erased: List[Callable[[Recognition], bool]] = []
        self._task: Optional[asyncio.Task[None]] = None

    def start(self) -> "asyncio.Task[None]":
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="replay")
        return self._task

    def cancel(self) -> None:
        """End where it is."""
        if self._task is not None:
            self._task.cancel()

    def forget(self, is_of: Callable[[Recognition], bool]) -> None:
        """Leave out what was read already and is erased now."""
        self._erased.append(is_of)

    async def _run(self) -> None:
        """Tell the past until there is none."""
        try:
            while await self._is_behind():
                pass
        except Exception:
            log.exception("replay_failed", client_id=self._client_id)
        # No event can come between the last look and this line: nothing is awaited.
        self._hub.subscribe(self._client_id, self._subscription)

    async def _is_behind(self) -> bool:
        """Go a step on; ``False``, with nothing awaited, when there is no further one."""
        recent = self._resume.recent
        self._look_for_losses()
        if self._place.seq < recent.disk_seq:
            await self._tell_from_disk()
            return True
        events = _some(recent.after(self._place))
        for event in events:
            await self._tell(event.recognition)
            self._place = self._place.after(event)
        if not events and self._gone:
            await self._resume.news()  # the sign that something is gone goes with the next event
            return True
        return bool(events)

    async def _tell_from_disk(self) -> None:
        recent, before = self._resume.recent, self._place.seq
        reach = self._history.last_seq
        try:
            records = await self._resume.read(before)
        except JournalError as error:
            log.warning("replay_without_disk", client_id=self._client_id, reason=str(error))
            self._gone = True
            self._place = self._place._replace(seq=max(before, recent.disk_seq))
            return
        self._look_for_losses()  # memory may have let something go during the read
        if records:
            reach = records[-1].seq
        self._gone = self._gone or self._history.gone_after(before)
        told = [each.value for each in records if isinstance(each.value, Recognition)]
        numbers = {each.seq for each in told}
        found = [(each.seq, -1, each) for each in told]
        for event in recent.after(self._place, reach):
            if event.recognition.seq not in numbers:
                found.append((event.at_seq, event.turn, event.recognition))
                self._place = self._place._replace(turn=max(self._place.turn, event.turn + 1))
        for _, _, recognition in sorted(found, key=lambda each: each[:2]):
            await self._tell(recognition)
        self._place = self._place._replace(seq=max(before, reach))

    def _look_for_losses(self) -> None:
        """Whether an event that is in neither place would have been this client's."""
        recent, known = self._resume.recent, self._lost
        lost = Place(max(known.seq, recent.lost_seq), max(known.turn, recent.lost_turn))
        if lost != known:
            self._lost = lost
            self._gone = self._gone or lost.seq > self._place.seq or lost.turn > self._place.turn

    async def _tell(self, recognition: Recognition) -> None:
        await self._listener.room()
        if any(is_of(recognition) for is_of in self._erased):
            return
        frame = self._hub.tell(self._client_id, recognition, self._gone)
        if frame is not None:
            self._gone = False
            self._listener.send(frame)


def _some(events: List[RecentEvent]) -> List[RecentEvent]:
    """The first of them, as many as are read at once: what a slow client holds on to is not let go by memory."""
    size_bytes = 0
    for number, event in enumerate(events, 1):
        size_bytes += event.size_bytes
        if size_bytes >= READ_BYTES:
            return events[:number]
    return events


def _is_durable(accepted: "asyncio.Future[None]") -> bool:
    return not accepted.cancelled() and accepted.exception() is None
