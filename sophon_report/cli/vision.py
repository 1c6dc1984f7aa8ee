"""``run --only vision``: the process that looks at devices, made of engine, watchdog and the link's other end."""

import os
import signal
import time
from typing import Optional

import structlog

from sophon_report.config import Settings
from sophon_report.errors import LinkClosed, ModelError
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import Leaving
from sophon_report.ops import systemd
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.memory import keep_memory
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.engines.sail.engine import SailEngine
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.sources.capture import OpenCapture, open_capture
from sophon_report.vision.sources.chip_capture import chip_opener
from sophon_report.vision.watchdog import LastWord, Watchdog
from sophon_report.vision.watched import WatchedEngine, watched_reads
from sophon_report.vision.worker import Worker

CONNECT_PAUSE_S = 1.0

log = structlog.get_logger()


def look(settings: Settings, child: bool) -> int:
    """Look at devices for the report process; a child leaves with it, a unit of its own waits for it to return.

    Raises:
        ModelError: no engine can work here; the report process has been told.
    """
    keep_memory()
    asked = _Asked()
    signal.signal(signal.SIGTERM, asked.leave)
    # Ctrl-C on a terminal reaches both processes; the report process is the one that says when to leave.
    signal.signal(signal.SIGINT, signal.SIG_IGN if child else asked.leave)
    place = DataDir(settings.data_dir)
    try:
        engine = open_engine(settings, ModelLibrary(place.models))
    except ModelError as error:
        _tell(place, Leaving(str(error)))
        raise
    try:
        _Looking(engine, place, settings.match.min_face_px, asked).run(once=child)
    except LinkClosed as error:
        log.info("vision_leaves", reason=str(error))
    finally:
        engine.close()
    return 0


class _Asked:
    """Whether vision was asked to leave, and the worker to be told."""

    def __init__(self) -> None:
        self.to_leave = False
        self._worker: Optional[Worker] = None

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
    """One engine and its watchdog, for one report process after the other."""

    def __init__(self, engine: Engine, place: DataDir, min_face_px: int, asked: _Asked) -> None:
        self._place, self._min_face_px, self._asked = place, min_face_px, asked
        watch = HangWatch()
        self._engine = WatchedEngine(engine, watch)
        self._open = _opener(engine, watch)
        self._last_word = LastWord()
        self._watchdog = Watchdog(watch, self._last_word.leave)

    def run(self, *, once: bool) -> None:
        """Work for the report process; unless ``once``, for the one after it too.

        Raises:
            LinkClosed: ``once``, and there is none.
        """
        self._watchdog.start()
        try:
            while not self._asked.to_leave:
                link = self._connect(once=once)
                if link is None:
                    time.sleep(CONNECT_PAUSE_S)
                    continue
                self._work(link)
                if once:
                    return
        finally:
            self._watchdog.stop()

    def _connect(self, *, once: bool) -> Optional[LinkClient]:
        try:
            return LinkClient.connect(self._place.vision_socket)
        except LinkClosed:
            if once:
                raise
            self._alive()
            return None

    def _work(self, link: LinkClient) -> None:
        self._last_word.say = link.send
        worker = Worker(
            self._engine,
            link,
            self._min_face_px,
            clock_ms,
            open_capture=self._open,
            alive=self._alive,
        )
        self._asked.tell(worker)
        worker.run(os.getpid())

    def _alive(self) -> None:
        """Feed systemd's watchdog, unless something hangs here."""
        if self._watchdog.vouches():
            systemd.tell_alive()


def _opener(engine: Engine, watch: HangWatch) -> OpenCapture:
    """What the engine's chip decodes it decodes, all else the CPU."""
    by_cpu = watched_reads(open_capture, watch)
    return chip_opener(engine.chip, watch, by_cpu) if isinstance(engine, SailEngine) else by_cpu


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
