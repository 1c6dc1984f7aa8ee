"""What vision says becomes events: matched, put into visits, pushed to clients, written to the journal.

One message is finished before the next is read from the link, so order needs no queue; while a large gallery is
slow, vision waits at the socket and skips frames. A recognition is pushed first and journaled in the next group
commit. Visits are pure (``recognition/visits.py``); here are the clock and the wires between the parts.
"""

import asyncio
import dataclasses
import time
from dataclasses import dataclass
from typing import AbstractSet, Callable, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple, Union

import structlog

from sophon_report.config import Settings
from sophon_report.delivery.journal import Appended, Journal
from sophon_report.errors import BadInput, Unavailable
from sophon_report.link.messages import Counters, DeviceState, Hello, Message, ShotTaken, TrackEnded
from sophon_report.model import Device, DeviceType, Match, PostAction, Progress, Recognition, Shot, Visit
from sophon_report.ops.ending import ended
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.recognition.stay import Known
from sophon_report.recognition.stranger_lookup import Near, stranger_settings
from sophon_report.recognition.strangers import StrangerLibrary
from sophon_report.recognition.visits import VisitBook, VisitStats
from sophon_report.vision.better_shot import good_enough, rank, worth_filing

TICK_S = 0.5
QUIET_S = 2.0
"""A device that says nothing for so long has its clock carried on here, so that visits end."""
UNKNOWN_SAME_COSINE = 1.0
"""Until vision has told its model's pass mark no two strangers are the same."""

log = structlog.get_logger()


@dataclass(frozen=True)
class FlowStats:
    """Figures since the start."""

    shots: int
    shots_of_unknown_devices: int
    pushed_events: int
    """Pictures that photo devices pushed, each an event with its end."""
    journal_failures: int
    """Events that the disk refused; realtime clients had them."""


@dataclass
class _DeviceClock:
    state: DeviceState
    heard_s: float


class EventFlow:
    """Joins link, gallery, visits, hub and journal.

    Args:
        settings: rules of visits and matching.
        people: the gallery.
        journal: started.
        publish: hands a recognition to the realtime clients, with the future of its record if it has one.
        next_event_id: makes event ids.
        strangers: who is looked up when the gallery knows nobody.
    """

    def __init__(
        self,
        settings: Settings,
        people: KnownPeople,
        journal: Journal,
        publish: Callable[[Recognition, "Optional[asyncio.Future[None]]"], None],
        next_event_id: Callable[[], str],
        strangers: Optional[StrangerLibrary] = None,
    ) -> None:
        self._strangers = strangers
        self._settings, self._people, self._journal, self._publish = settings, people, journal, publish
        self._visits = VisitBook(
            settings.visit, UNKNOWN_SAME_COSINE, lambda shot: rank(shot.quality), next_event_id
        )
        self._next_event_id = next_event_id
        self._devices: Dict[str, Device] = {}
        self._clocks: Dict[str, _DeviceClock] = {}
        self._hello: Optional[Hello] = None
        self._counters: Dict[str, float] = {}
        self._resting = ""
        self._stopped = False
        self._ticker: Optional[asyncio.Task[None]] = None
        self._shots = self._unknown = self._pushed = self._journal_failures = 0

    def start(self) -> None:
        """Begin to let time pass."""
        self._ticker = asyncio.get_running_loop().create_task(self._tick_forever(), name="visits")

    async def stop(self) -> None:
        """End every open visit with the last time known; they are journaled when the journal closes."""
        if self._ticker is not None:
            await ended(self._ticker)
        self._stopped = True
        self._emit(self._visits.close_all())

    def apply(self, settings: Settings) -> None:
        """Go by new rules of visits and matching from now on; open visits stay open."""
        self._settings = settings
        if self._strangers is not None:
            self._strangers.apply(stranger_settings(settings))
        self._visits.apply(settings.visit, self._hello.pass_cosine if self._hello else UNKNOWN_SAME_COSINE)

    def devices_changed(self, devices: Sequence[Device]) -> None:
        """Take over the list of devices.

        Visits before a device that is gone end; before one that has another name, permission or region they go on.
        One that shows something else now begins anew: vision ends its tracks, time ends its visits.
        """
        kept = {device.device_id: device for device in devices}
        for device_id, before in self._devices.items():
            if device_id not in kept:
                self._emit(self._visits.device_lost(device_id))
                self._clocks.pop(device_id, None)
            elif device_id in self._clocks and kept[device_id].footage != before.footage:
                clock = self._clocks[device_id]
                clock.state = _anew(clock.state)
        self._devices = kept

    def rest(self, reason: str) -> None:
        """Cameras are not watched, for ``reason``; ``""``: again. Vision ends their tracks, time their visits."""
        self._resting = reason
        for device in self._cameras():
            clock = self._clocks.get(device.device_id)
            if clock is not None:
                clock.state = _anew(clock.state)

    def _cameras(self) -> List[Device]:
        return [device for device in self._devices.values() if device.type is DeviceType.RTSP]

    async def vision_opened(self, hello: Hello) -> None:
        """Vision is there; its model decides which stored vectors can be compared."""
        # A hundred thousand faces take a second to read: not on the event loop. Vision's messages wait meanwhile.
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._people.use, hello.embedder, hello.dimension, hello.pass_cosine)
        if self._strangers is not None:
            await self._strangers.use(hello.embedder, hello.dimension, hello.pass_cosine)
        self._visits.apply(self._settings.visit, hello.pass_cosine)
        self._hello = hello

    def vision_closed(self, reason: str = "vision is being restarted") -> None:
        """Vision is gone: visits end with the last time known, nothing received is lost."""
        self._hello = None
        self._emit(self._visits.all_lost())
        for clock in self._clocks.values():
            clock.state = _anew(clock.state, reason, "restarting")

    async def message(self, message: Message) -> None:
        """Work on one message of vision; after :meth:`stop` none counts."""
        if self._stopped:
            return
        if isinstance(message, ShotTaken):
            await self._shot(message)
        elif isinstance(message, TrackEnded) and message.device_id in self._devices:
            self._emit(self._visits.track_end(message.device_id, message.track))
        elif isinstance(message, DeviceState):
            self.device_state(message)
        elif isinstance(message, Counters):
            self._counters = message.values

    def pushed(
        self, device: Device, shot: Shot, match: Match, post_action: PostAction = PostAction.NOTHING
    ) -> str:
        """Make an event of a picture that a photo device pushed; returns its id.

        The person was there for that one moment: the recognition is followed by its visit at once.

        Raises:
            Unavailable: the service is leaving.
        """
        if self._stopped:
            raise Unavailable("the service is leaving")
        self._pushed += 1
        event_id, at_ms = self._next_event_id(), shot.captured_ms
        recognition = Recognition(event_id, device, at_ms, at_ms, shot, match, post_action.value)
        self._emit([recognition, Visit(event_id, device, at_ms, at_ms, at_ms, shot, match, post_action.value)])
        return event_id

    def forget(self, identity_ids: AbstractSet[str], event_ids: AbstractSet[str]) -> FrozenSet[str]:
        """Drop the open visits of these people and events, who are erased; returns the ids of their events."""
        return self._visits.forget(identity_ids, event_ids)

    def forget_all(self) -> None:
        """Drop every open visit without a word."""
        self._visits.forget_all()

    def devices(self) -> Sequence[Device]:
        """Those of the moment, in the order of the list."""
        return tuple(self._devices.values())

    def states(self) -> Dict[str, DeviceState]:
        """The last state of each device that vision told; of cameras that rest, that they do."""
        states = {device_id: clock.state for device_id, clock in self._clocks.items()}
        if self._resting:
            for device in self._cameras():
                states[device.device_id] = DeviceState(
                    device.device_id, "inactive", self._resting, reason_code="hours"
                )
        return states

    def vision(self) -> Optional[Hello]:
        """Who vision is, or ``None`` while it is away."""
        return self._hello

    def vision_counters(self) -> Dict[str, float]:
        """The figures vision told last."""
        return self._counters

    def known(self, device_id: str, track_ids: Sequence[int]) -> Mapping[int, Known]:
        """What is known of these faces before a device, by track; those of no picture yet are left out."""
        return self._visits.known(device_id, track_ids)

    def stats(self) -> FlowStats:
        """Figures since the start."""
        return FlowStats(self._shots, self._unknown, self._pushed, self._journal_failures)

    def visit_stats(self) -> VisitStats:
        """Figures of the visits."""
        return self._visits.stats()

    async def _shot(self, message: ShotTaken) -> None:
        shot = message.shot
        device = self._devices.get(shot.device_id)
        if device is None:
            self._unknown += 1
            return
        self._shots += 1
        mark_pct = self._settings.match.mark_pct(shot.attributes.mask)
        match = await self._people.match(shot, device.permission_id, mark_pct)
        match, action = await self._with_strangers(shot, match)
        good = good_enough(shot.quality, self._settings.match.min_face_px)
        self._emit(self._visits.shot(device, shot, match, good, action))

    async def _with_strangers(self, shot: Shot, match: Match) -> Tuple[Match, PostAction]:
        """The gallery's answer; for whom it does not know that of the stranger library, while it is on."""
        if self._strangers is None or not self._strangers.active:
            return match, PostAction.NOTHING
        if match.identity is not None:
            self._strangers.matched(shot, match.identity.identity_id)
            return match, PostAction.NOTHING
        near = await self._strangers.find(shot.embedding, shot.embedder)
        return self.learn(shot, near, match)

    def learn(self, shot: Shot, near: Sequence[Near], nobody: Match) -> Tuple[Match, PostAction]:
        """Who the stranger library says is on a picture that no registered person is near to, and what it did.

        Args:
            shot: the picture.
            near: what the library's search said of it.
            nobody: the gallery's answer.
        """
        assert self._strangers is not None
        # What is seen of a masked face is much the same in many people: it is known again, never filed.
        worth = worth_filing(shot.quality, self._settings.match.min_face_px) and not shot.attributes.mask
        found = self._strangers.learn(shot, near, nobody, rank(shot.quality), worth)
        if found.renamed is not None:
            self._visits.renamed(found.renamed.former_id, found.renamed.now)
        return found.match, found.post_action

    def device_state(self, state: DeviceState) -> None:
        """Take over how a device does."""
        if state.device_id not in self._devices:
            return  # deleted while its last word was on the way
        self._clocks[state.device_id] = _DeviceClock(state, time.monotonic())
        if state.now_ms:
            self._emit(self._visits.seen(state.device_id, state.now_ms, state.tracks))

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                self._tick()
            except Exception:
                log.exception("tick_failed")

    def _tick(self) -> None:
        for device_id, clock in self._clocks.items():
            quiet_s = time.monotonic() - clock.heard_s
            if quiet_s > QUIET_S and clock.state.now_ms:
                now_ms = clock.state.now_ms + int(quiet_s * 1000)
                self._emit(self._visits.seen(device_id, now_ms, ()))

    def _emit(self, outcomes: List[Union[Recognition, Visit, Progress]]) -> None:
        for outcome in outcomes:
            appended = self._append(outcome)
            if isinstance(outcome, Recognition):
                self._show(outcome, appended)
                self._tell("recognised", outcome)
            elif isinstance(outcome, Visit):
                self._tell("visit_ended", outcome)
                self._count_visit(outcome)

    def _count_visit(self, visit: Visit) -> None:
        stranger = visit.match.identity
        if self._strangers is not None and stranger is not None and stranger.filed_s is not None:
            self._strangers.visited(stranger.identity_id, visit.out_ms)

    def _show(self, recognition: Recognition, appended: Optional[Appended]) -> None:
        if appended is None:
            self._publish(recognition, None)
        else:
            self._publish(dataclasses.replace(recognition, seq=appended.seq), appended.accepted)

    def _append(self, outcome: Union[Recognition, Visit, Progress]) -> Optional[Appended]:
        """The journal's answer, ``None`` for an event with no form on the disk: realtime goes on without it."""
        try:
            appended = self._journal.append(outcome)
        except BadInput as error:
            self._journal_failures += 1
            log.error("event_not_journaled", event_id=outcome.event_id, reason=str(error))
            return None
        appended.accepted.add_done_callback(self._journaled)
        return appended

    def _journaled(self, accepted: "asyncio.Future[None]") -> None:
        if not accepted.cancelled() and accepted.exception() is not None:
            self._journal_failures += 1

    @staticmethod
    def _tell(what: str, event: Union[Recognition, Visit]) -> None:
        log.info(
            what,
            event_id=event.event_id,
            device_id=event.device.device_id,
            user_type=event.user_type.value,
            score_pct=round(event.match.score_pct, 1),
        )


def _anew(state: DeviceState, reason: str = "", code: str = "") -> DeviceState:
    return dataclasses.replace(state, state="starting", reason=reason, reason_code=code, tracks=())
