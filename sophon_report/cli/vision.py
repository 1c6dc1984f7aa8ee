"""``run --only vision``: the process that looks at devices, made of engine, watchdog and the link's other end."""

import os
import signal
import time
from functools import partial
from typing import Callable, Optional, Tuple

import structlog

from sophon_report.config import Settings
from sophon_report.errors import LinkClosed, ModelError
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import LEFT_FOR_DEVICE, LEFT_FOR_GOOD, Leaving
from sophon_report.ops import systemd
from sophon_report.ops.again import become_worker
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.memory import keep_memory
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.engines.choose import SAIL, Choice, choose, open_chosen
from sophon_report.vision.engines.sail.engine import SailEngine
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.pulse import Pulse
from sophon_report.vision.sources.capture import OpenCapture, open_capture
from sophon_report.vision.sources.chip_capture import chip_opener
from sophon_report.vision.watchdog import LastWord, Watchdog
from sophon_report.vision.watched import WatchedEngine, watched, watched_reads
from sophon_report.vision.worker import Worker

CONNECT_PAUSE_S = 1.0
WAIT_STEP_S = 0.2
START_LIMIT_S = 100.0
"""Loading models and asking them their golden questions; the report process waits 120 s for the first word."""
FAILED_START_S = 20.0
"""A unit that cannot start waits before it leaves: systemd would start it again after a second."""

log = structlog.get_logger()


def look(settings: Settings, child: bool, anew: Optional[Callable[[], Settings]] = None) -> int:
    """Look at devices for the report process; a child leaves with it, a unit of its own waits for it to return.

    Args:
        settings: by which it starts.
        child: the report process has started it.
        anew: reads the settings again. A unit leaves, to be started anew, when they say otherwise once the report
            process has come back: what only a start takes up is in force then in both.

    Raises:
        ModelError: no engine can work here; the report process has been told.
    """
    keep_memory()
    if child:
        systemd.leave_it_to_the_parent()
    asked = _Asked()
    signal.signal(signal.SIGTERM, asked.leave)
    # Ctrl-C on a terminal reaches both processes; the report process is the one that says when to leave.
    signal.signal(signal.SIGINT, signal.SIG_IGN if child else asked.leave)
    place = DataDir(settings.data_dir)
    library = ModelLibrary(place.models)
    pulse = Pulse()
    try:
        choice = choose(settings, library)
        if asked.to_leave:
            return 0
        if choice.kind == SAIL:
            # What hangs on the chip is cured by a new process only: have one ready at once.
            become_worker(LEFT_FOR_DEVICE, _Vigil(pulse, place))
        _work(settings, library, choice, place, asked, pulse, None if child else anew or (lambda: settings))
        pulse.told()  # an end of its own: a camera that is being opened in this moment has no part in it
    except ModelError as error:
        if asked.to_leave:
            return 0  # systemd asks a whole unit: the process that looks at the chip has died of it
        pulse.told()
        _tell(place, Leaving(str(error)))
        if systemd.starts_us() and not child:
            log.error("vision_cannot_start", reason=str(error), next_start_s=FAILED_START_S)
            systemd.status(f"Cannot start: {error}")
            asked.wait(FAILED_START_S)
        raise
    return 0


class _Vigil:
    """The keeper's: ends a worker in which nothing runs any more, and tells the report process of it."""

    def __init__(self, pulse: Pulse, place: DataDir) -> None:
        self._pulse, self._place = pulse, place
        self._why: Optional[Leaving] = None

    def begin(self) -> None:
        self._pulse.begin()

    def is_stuck(self) -> bool:
        self._why = self._pulse.look(time.monotonic())
        return self._why is not None

    def ended(self, status: int) -> int:
        left = os.WIFEXITED(status) and os.WEXITSTATUS(status) in (LEFT_FOR_DEVICE, LEFT_FOR_GOOD)
        leaving = None if left else self._pulse.after(_words(status))
        if leaving is None:
            return status
        log.error("vision_ended", reason=leaving.reason, device_id=leaving.device_id)
        _tell(self._place, leaving)
        # A device is held back for it by the report process; all else ends as it ended.
        return leaving.exit_status << 8 if leaving.device_id else status

    def bury(self) -> int:
        assert self._why is not None
        log.error("vision_killed", reason=self._why.reason, device_id=self._why.device_id)
        _tell(self._place, self._why)
        return self._why.exit_status


def _work(
    settings: Settings,
    library: ModelLibrary,
    choice: Choice,
    place: DataDir,
    asked: "_Asked",
    pulse: Pulse,
    anew: Optional[Callable[[], Settings]],
) -> None:
    """``anew`` as for :func:`look`; ``None``: for one report process only."""
    with _Guard(place, pulse) as guard:
        with watched(guard.watch, START_LIMIT_S, f"the engine did not start within {START_LIMIT_S:g} s"):
            engine = open_chosen(settings, library, choice)
        guard.beat()
        systemd.ready(f"Looking at cameras: {choice.kind} engine")
        looking = _Looking(engine, place, settings.match.min_face_px, asked, guard)
        try:
            looking.run(None if anew is None else lambda: _of_start(anew()) != _of_start(settings))
        except LinkClosed as error:
            log.info("vision_leaves", reason=str(error))
        finally:
            looking.close()


def _of_start(settings: Settings) -> Tuple[object, ...]:
    """What this process takes up at its start only."""
    return settings.engine, settings.models, settings.match.min_face_px, settings.data_dir, settings.log


def _words(status: int) -> str:
    if os.WIFEXITED(status):
        return f"exit status {os.WEXITSTATUS(status)}"
    return f"signal {os.WTERMSIG(status)}"


class _Guard:
    """Ends this process when something in it hangs, from before the engine is made until after it is closed."""

    def __init__(self, place: DataDir, pulse: Pulse) -> None:
        self.watch, self.last_word, self.pulse = HangWatch(), LastWord(), pulse
        self.last_word.say = partial(_tell, place)
        self._watchdog = Watchdog(self.watch, self.last_word.leave)
        # A start may take longer than systemd waits for a word; it has its own limit.
        self._watchdog.beat = lambda _now_s: systemd.tell_alive()

    def __enter__(self) -> "_Guard":
        self._watchdog.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._watchdog.stop()

    def beat(self) -> None:
        """From now on a keeper must see signs of life."""
        self.pulse.beat(time.monotonic())
        self._watchdog.beat = self.pulse.beat

    def tell_alive(self) -> None:
        """Feed systemd's watchdog, unless something hangs here."""
        if self._watchdog.vouches():
            systemd.tell_alive()


class _Asked:
    """Whether vision was asked to leave, and the worker to be told."""

    def __init__(self) -> None:
        self.to_leave = False
        self._worker: Optional[Worker] = None

    def wait(self, timeout_s: float) -> None:
        """Wait for it, no longer than that."""
        end_s = time.monotonic() + timeout_s
        # Nothing with a lock: a signal's handler runs in the thread that waits.
        while not self.to_leave and time.monotonic() < end_s:
            time.sleep(WAIT_STEP_S)

    def leave(self, _number: int, _frame: object) -> None:
        """Signal handler."""
        self.to_leave = True
        if self._worker is not None:
            self._worker.stop()

    def tell(self, worker: Worker) -> None:
        """Stop ``worker`` when asked, also when that was a moment ago."""
        self._worker = worker
        if self.to_leave:
            worker.stop()


class _Looking:
    """One engine, for one report process after the other."""

    def __init__(self, engine: Engine, place: DataDir, min_face_px: int, asked: _Asked, guard: _Guard) -> None:
        self._place, self._min_face_px, self._asked, self._guard = place, min_face_px, asked, guard
        self._engine = WatchedEngine(engine, guard.watch)
        self._open = _opener(engine, guard)

    def run(self, is_outdated: Optional[Callable[[], bool]]) -> None:
        """Work for the report process, and for the one after it too unless this process is outdated by then.

        Args:
            is_outdated: ``None``: for one report process only.

        Raises:
            LinkClosed: for one only, and there is none.
        """
        worked = False
        while not self._asked.to_leave:
            link = self._connect(once=is_outdated is None)
            if link is None:
                self._asked.wait(CONNECT_PAUSE_S)
                continue
            if worked and is_outdated is not None and is_outdated():
                link.close()
                log.info("vision_leaves", reason="settings that only a start takes up have changed")
                return
            self._work(link)
            worked = True
            if is_outdated is None:
                return

    def close(self) -> None:
        """Give the chip back, or end the process when it does not let go."""
        self._engine.close()

    def _connect(self, *, once: bool) -> Optional[LinkClient]:
        try:
            return LinkClient.connect(self._place.vision_socket)
        except LinkClosed:
            if once:
                raise
            self._guard.tell_alive()
            return None

    def _work(self, link: LinkClient) -> None:
        self._guard.last_word.say = link.send
        worker = Worker(
            self._engine,
            link,
            self._min_face_px,
            clock_ms,
            open_capture=self._open,
            alive=self._guard.tell_alive,
        )
        self._asked.tell(worker)
        worker.run(os.getpid())


def _opener(engine: Engine, guard: _Guard) -> OpenCapture:
    """What the engine's chip decodes it decodes, all else the CPU."""
    by_cpu = watched_reads(open_capture, guard.watch)
    if isinstance(engine, SailEngine):
        return chip_opener(engine.chip, guard.watch, by_cpu, guard.pulse.opening)
    return by_cpu


def _tell(place: DataDir, leaving: Leaving) -> None:
    """The report process shows why there is no vision, if it is there."""
    try:
        link = LinkClient.connect(place.vision_socket)
    except LinkClosed:
        return
    try:
        link.send(leaving)
    except LinkClosed as error:
        log.warning("last_word_lost", reason=str(error))
    finally:
        link.close()
