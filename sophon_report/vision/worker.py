"""The vision process: sources in, shots out, steered by the report process over the link.

Threads: one a source (reads and paces), one that listens to the link, and the caller's, which alone touches the
engine. While the engine computes one turn, that thread begins the next one and then follows the faces of the one
before. Nothing queues up: a source holds one frame, turns and photos to look at are bounded, and a link that is
not read stops the loop while newer frames replace older ones.
"""

import collections
import queue
import threading
import time
import typing
from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Sequence, Tuple

import cv2
import structlog

from sophon_report.errors import LinkClosed, ModelError
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import (
    LINK_VERSION,
    Counters,
    Devices,
    DeviceState,
    Hello,
    Message,
    Photo,
    PhotoResult,
    PreviewWanted,
    ShotTaken,
    Up,
    VisionSettings,
)
from sophon_report.model import Device, DeviceType, Faces
from sophon_report.ops.clock import Patience
from sophon_report.quality_limits import Limits
from sophon_report.vision.attributes import wanted_attributes
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.pace import Pace
from sophon_report.vision.photo import look_at
from sophon_report.vision.picture import Frame
from sophon_report.vision.pipeline import Pipeline
from sophon_report.vision.preview import Previews
from sophon_report.vision.region import outside
from sophon_report.vision.scheduler import Choice, Load, choose_turn, photo_pause_s
from sophon_report.vision.shots import Candidate, ShotTaker
from sophon_report.vision.sources.capture import OpenCapture, open_capture
from sophon_report.vision.sources.intake import Intake
from sophon_report.vision.sources.source import Source, SourceStatus
from sophon_report.vision.turns import Turn, Turns

MAX_PHOTOS = 64
"""Pictures waiting to be looked at; more are answered with a refusal at once and counted in ``photos_refused``."""
MAX_ARRIVED = 64
"""Words of the report process that wait for their turn; while it is full nothing more is read from the link."""
STATE_EVERY_MS = 500
COUNTERS_EVERY_S = 1.0
IDLE_S = 0.05
"""The loop turns so often when nothing happens."""
POLL_S = 0.001
"""A turn that takes longer than expected is asked after so often."""
LEAVE_S = 1.0
"""All sources together get so long to end; a decoder that hangs is left behind with its thread."""

log = structlog.get_logger()


@dataclass
class _Watched:
    """A device that is being watched."""

    source: Source
    pipeline: Pipeline
    state_sent_ms: int = 0
    now_ms: int = 0
    finished: bool = False


_InTurn = Tuple[_Watched, Frame]
"""A frame, and whose it was when its turn began: another one may have come under that name."""


class Worker:
    """Runs until the link closes or :meth:`stop`.

    Args:
        engine: computes the models.
        link: connected to the report process.
        min_face_px: smallest face until the report process says otherwise.
        clock_ms: wall clock.
        open_capture: how videos are opened.
        alive: called once a second while the loop turns.
    """

    def __init__(
        self,
        engine: Engine,
        link: LinkClient,
        min_face_px: int,
        clock_ms: Callable[[], int],
        open_capture: OpenCapture = open_capture,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine, self._link, self._min_face_px = engine, link, min_face_px
        self._clock_ms, self._open_capture, self._alive = clock_ms, open_capture, alive
        self._limits = Limits()
        self._intake = Intake()
        self._watched: Dict[str, _Watched] = {}
        self._first_id = 1
        """Of the next pipeline: a late word of a device that was removed fits no track of its follower."""
        self._arrived: queue.Queue[Message] = queue.Queue(MAX_ARRIVED)
        self._changes: queue.Queue[Tuple[Device, SourceStatus]] = queue.Queue()
        self._photos: queue.Queue[Photo] = queue.Queue(MAX_PHOTOS)
        self._is_over = False
        self._turns: Turns[_InTurn] = Turns(engine.in_flight)
        self._shots = ShotTaker(engine)
        self._previews = Previews(engine)
        self._pace = Pace()
        self._next_photo_s = 0.0
        self._frames = self._faces = self._photos_refused = self._frames_failed = 0
        self._busy_s = 0.0
        self._of_unwatched: typing.Counter[str] = collections.Counter()
        self._patience = Patience()

    def run(self, pid: int) -> None:
        """Work; returns when the link has closed or :meth:`stop` was called."""
        card = self._engine.embedder
        hello = Hello(LINK_VERSION, pid, self._engine.name, card.sha256, card.dim, card.pass_cosine)
        listener = threading.Thread(target=self._listen, name="link", daemon=True)
        next_counters_s = 0.0
        try:
            self._link.send(hello)
            listener.start()
            while not self._is_over:
                self._obey()
                self._tell_changes()
                self._look()
                self._turn()
                self._finish_ended()
                if time.monotonic() >= next_counters_s:
                    next_counters_s = time.monotonic() + COUNTERS_EVERY_S
                    self._link.send(self._counters())
                    self._alive()
        except LinkClosed:
            pass  # said by the report process, or it died: the caller decides what comes next
        finally:
            self._shut_down()

    def stop(self) -> None:
        """End :meth:`run` within :data:`IDLE_S` of idling; safe from any thread and from a signal handler."""
        # Nothing with a lock: the thread that the handler runs in may hold it.
        self._is_over = True

    def _listen(self) -> None:
        try:
            for message in self._link.messages():
                if isinstance(message, Photo):
                    self._queue_photo(message)
                else:
                    self._arrived.put(message)
                self._intake.wake()
        except LinkClosed as error:
            log.warning("link_lost", reason=str(error))
        finally:
            self.stop()

    def _queue_photo(self, photo: Photo) -> None:
        try:
            self._photos.put_nowait(photo)
        except queue.Full:
            self._photos_refused += 1
            self._link.send(PhotoResult(photo.request_id, refused="busy", detail="too many pictures are waiting"))

    def _obey(self) -> None:
        while not self._arrived.empty():
            message = self._arrived.get_nowait()
            if isinstance(message, Devices):
                self._watch([device for device in message.devices if device.type is not DeviceType.PHOTO])
            elif isinstance(message, PreviewWanted):
                self._previews.want(message)
            elif isinstance(message, VisionSettings):
                self._min_face_px, self._limits = message.min_face_px, message.shots
                wanted = wanted_attributes(attributes=message.attributes, mask=message.mask)
                self._engine.want_attributes(wanted)
                self._patience = Patience(message.visit_over_ms, message.longest_visit_ms)
                for watched in self._watched.values():
                    watched.pipeline.min_face_px = message.min_face_px
                    watched.pipeline.limits = message.shots
                    watched.source.be_patient(self._patience)

    def _watch(self, devices: List[Device]) -> None:
        """Follow the list: only what a source reads differently from now on is opened anew."""
        wanted = {device.device_id: device for device in devices}
        for device_id, watched in list(self._watched.items()):
            if device_id not in wanted or wanted[device_id].footage != watched.source.device.footage:
                self._unwatch(device_id)
        for device_id, device in wanted.items():
            if device_id in self._watched:
                self._watched[device_id].pipeline.device = device
            else:
                self._begin(device)

    def _begin(self, device: Device) -> None:
        source = Source(device, self._intake, self._open_capture, self._clock_ms, self._on_status)
        source.be_patient(self._patience)
        pipeline = Pipeline(device, self._engine, self._min_face_px, self._first_id)
        pipeline.limits = self._limits
        self._watched[device.device_id] = _Watched(source, pipeline)
        source.start()

    def _unwatch(self, device_id: str) -> None:
        watched = self._watched.pop(device_id)
        watched.source.stop()
        self._intake.forget(device_id)
        self._previews.forget(device_id)
        self._send(watched.pipeline.finish())
        self._first_id = max(self._first_id, watched.pipeline.next_id)
        self._of_unwatched.update(watched.pipeline.counts())

    def _on_status(self, device: Device, status: SourceStatus) -> None:
        """From the source's thread; the engine's thread tells it."""
        self._changes.put((device, status))
        self._intake.wake()

    def _tell_changes(self) -> None:
        while not self._changes.empty():
            device, status = self._changes.get_nowait()
            watched = self._watched.get(device.device_id)
            # Of a device that was replaced under its id the old source may have had a last word.
            if watched is not None and watched.source.device is device:
                self._link.send(self._state(watched, status))

    def _look(self) -> None:
        """Look at a photo; while frames wait, only for a part of the time."""
        began_s = time.monotonic()
        if self._photos.empty() or (began_s < self._next_photo_s and (self._turns or self._intake.waits())):
            return
        self._link.send(look_at(self._engine, self._photos.get_nowait()))
        ended_s = time.monotonic()
        self._next_photo_s = ended_s + photo_pause_s(ended_s - began_s)

    def _turn(self) -> None:
        """Begin a turn or end one, whichever comes first."""
        if self._turns and (not self._turns.places or self._turns.oldest().detection.ready()):
            self._end_turn()
            return
        wait_s = max(POLL_S, self._turns.next_end_s() - time.monotonic()) if self._turns else IDLE_S
        self._begin_turn(min(wait_s, IDLE_S))

    def _begin_turn(self, wait_s: float) -> None:
        frames = self._intake.take_turn(self._choose, wait_s)
        if not frames:
            return
        began_s = time.monotonic()
        items = [(self._watched[frame.device_id], frame) for frame in frames]
        try:
            detection = self._engine.begin_detect([frame.picture for frame in frames], self._min_face_px)
            now_s = time.monotonic()
            self._turns.begin(detection, items, now_s - began_s, now_s)
        except (ModelError, ValueError, cv2.error) as error:
            self._fail(items, error)
        self._busy_s += time.monotonic() - began_s

    def _choose(self, waiting: Mapping[str, int], now_s: float) -> Choice:
        cameras = sum(watched.source.status.state == "online" for watched in self._watched.values())
        load = Load(self._engine.batch, self._turns.places, cameras, self._turns.busy_until_s())
        return choose_turn(waiting, load, now_s)

    def _end_turn(self) -> None:
        turn = self._turns.oldest()
        found: List[Faces] = []
        try:
            found = turn.detection.faces()
        except (ModelError, ValueError, cv2.error) as error:
            self._fail(turn.items, error)
        self._turns.end(time.monotonic())
        if self._engine.in_flight > 1:
            # The engine first: it computes while the faces are followed.
            self._begin_turn(0)
        began_s = time.monotonic()
        self._follow(turn, found)
        self._busy_s += time.monotonic() - began_s

    def _follow(self, turn: Turn[_InTurn], found: List[Faces]) -> None:
        is_read = self._link.is_read  # before this turn has its say
        followed: List[_InTurn] = []
        candidates: List[Candidate] = []
        for (watched, frame), faces in zip(turn.items, found):
            if self._watched.get(frame.device_id) is not watched:
                continue  # removed meanwhile, and its tracks have ended
            try:
                ended, worth_a_shot = watched.pipeline.follow(frame, faces)
            except (ModelError, ValueError, cv2.error) as error:
                self._fail([(watched, frame)], error)
                continue
            self._send(ended)
            self._faces += len(faces)
            if watched.pipeline.somebody:
                watched.source.clock.somebody()
            candidates += worth_a_shot
            followed.append((watched, frame))
        self._send([ShotTaken(shot) for shot in self._shots.take(candidates)])
        self._frames += len(followed)
        for watched, frame in followed:
            self._note_time(watched, frame)
        self._preview(followed, is_read=is_read)

    def _preview(self, followed: List[_InTurn], *, is_read: bool) -> None:
        """Send a picture of one of these frames, if somebody watches and there is time."""
        began_s = time.monotonic()
        frames = [frame for _, frame in followed]
        place = self._previews.choose(frames, began_s, late=self._intake.waits(), is_read=is_read)
        if place is None:
            return
        watched, frame = followed[place]
        picture = self._previews.make(frame, watched.pipeline.followed())
        if picture is not None:
            self._link.send(picture)
        self._previews.done(frame.device_id, began_s, time.monotonic())

    def _fail(self, items: List[_InTurn], error: Exception) -> None:
        """Frames that cannot be computed cost themselves, and no device."""
        self._frames += len(items)
        self._frames_failed += len(items)
        log.error("frames_failed", devices=[frame.device_id for _, frame in items], reason=str(error))

    def _note_time(self, watched: _Watched, frame: Frame) -> None:
        now_s = time.monotonic()
        self._pace.note(frame.device_id, now_s - frame.arrived_s, now_s)
        watched.now_ms = frame.captured_ms
        if abs(frame.captured_ms - watched.state_sent_ms) >= STATE_EVERY_MS:
            watched.state_sent_ms = frame.captured_ms
            self._link.send(self._state(watched, watched.source.status))

    def _finish_ended(self) -> None:
        """A source that stopped giving pictures has nobody in front of it any more."""
        for device_id, watched in self._watched.items():
            if watched.source.status.state not in ("ended", "failed", "offline"):
                watched.finished = False
            elif not watched.finished and not self._on_its_way(device_id):
                watched.finished = True
                self._send(watched.pipeline.finish())
                self._link.send(self._state(watched, watched.source.status))

    def _on_its_way(self, device_id: str) -> bool:
        return self._intake.holds(device_id) or any(
            frame.device_id == device_id for _, frame in self._turns.items()
        )

    def _state(self, watched: _Watched, status: SourceStatus) -> DeviceState:
        device_id = watched.source.device.device_id
        share_pct, delay_ms = self._pace.share_and_delay(device_id, time.monotonic())
        beyond = outside(watched.pipeline.device.roi, status.width, status.height)
        return DeviceState(
            device_id=device_id,
            state=status.state,
            reason=status.reason or beyond,
            reason_code=status.code if status.reason else "region_outside" if beyond else "",
            now_ms=watched.now_ms,
            started_ms=status.started_ms,
            tracks=tuple(watched.pipeline.tracks()),
            width=status.width,
            height=status.height,
            fps=status.fps,
            frames=status.frames,
            frames_skipped=self._intake.skipped(device_id),
            codec=status.codec,
            delay_ms=delay_ms,
            share_pct=share_pct,
        )

    def _send(self, messages: Sequence[Up]) -> None:
        for message in messages:
            self._link.send(message)

    def _counters(self) -> Counters:
        totals = collections.Counter(self._of_unwatched)
        for watched in self._watched.values():
            totals.update(watched.pipeline.counts())
        return Counters(
            {
                "frames": self._frames,
                "faces": self._faces,
                "photos_refused": self._photos_refused,
                "frames_failed": self._frames_failed,
                "busy_s": self._busy_s,
                "turns": self._turns.begun,
                "turns_s": self._turns.busy_s,
                "embeddings": self._shots.embeddings,
                "shots_failed": self._shots.failed,
                "previews": self._previews.made,
                "previews_skipped": self._previews.skipped,
                "previews_failed": self._previews.failed,
                **self._engine.counts(),
                **totals,
            }
        )

    def _shut_down(self) -> None:
        self._intake.close()
        for watched in self._watched.values():
            watched.source.stop()
        deadline_s = time.monotonic() + LEAVE_S
        hung = [
            device_id
            for device_id, watched in self._watched.items()
            if not watched.source.join(max(0.0, deadline_s - time.monotonic()))
        ]
        if hung:
            log.warning("devices_left_hanging", device_ids=hung)
        self._link.close()
