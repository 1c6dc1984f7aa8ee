"""``run`` and ``check-config``."""

import argparse
import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING, List, Optional, Tuple

import structlog

from sophon_report.cli import file_settings_of, settings_of
from sophon_report.config import Settings, load_settings, without_effect
from sophon_report.errors import ConfigError, LayoutError, LinkClosed, NotFound
from sophon_report.ops import certificate, logs, systemd
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.wire import layouts

if TYPE_CHECKING:
    from sophon_report.vision.engines.base import Engine
    from sophon_report.vision.worker import Worker

CONNECT_PAUSE_S = 1.0

log = structlog.get_logger()


def check_config(arguments: argparse.Namespace) -> int:
    """0; problems come as a :class:`ConfigError`."""
    settings = load_settings(arguments.file)
    problems = unusable_layouts(settings) + unusable_certificate(settings)
    if problems:
        raise ConfigError(problems)
    for key in without_effect(settings):
        print(f"{key}: has no effect in this version")
    print(f"{arguments.file}: good")
    return 0


def unusable_layouts(settings: Settings) -> List[Tuple[str, str]]:
    """Key and reason of each destination of the file whose layout nobody has, or whose package is broken."""
    found = []
    for index, seed in enumerate(settings.destination):
        try:
            layouts.find(seed.layout)
        except (NotFound, LayoutError) as error:
            found.append((f"destination[{index}].layout", str(error)))
    return found


def unusable_certificate(settings: Settings) -> List[Tuple[str, str]]:
    """Key and reason of a certificate that the TLS ports of the file cannot use."""
    if not (settings.server.tls_event_port or settings.server.tls_api_port):
        return []
    try:
        certificate.load(settings.access)
    except ConfigError as error:
        return list(error.problems)
    return []


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    if arguments.only == "vision":
        settings = settings_of(arguments)
        logs.configure(settings.log, "vision")
        return run_vision(settings, child=arguments.child)
    settings = file_settings_of(arguments)
    logs.configure(settings.log, "report")
    for key in without_effect(settings):
        log.warning("setting_without_effect", key=key)
    from sophon_report.app import serve

    child = None if arguments.only == "report" else _vision_command(arguments, settings)
    asyncio.run(serve(settings, child))
    return 0


def _vision_command(arguments: argparse.Namespace, settings: Settings) -> List[str]:
    command = ["-m", "sophon_report", "run", "--only", "vision", "--child", "--data-dir", str(settings.data_dir)]
    return command + (["--config", str(arguments.config)] if arguments.config else [])


def run_vision(settings: Settings, child: bool) -> int:
    """Look at devices for the report process; a child leaves with it, a unit of its own waits for it to return."""
    from sophon_report.vision.engines.choose import open_engine
    from sophon_report.vision.models.library import ModelLibrary

    leaving = _Leaving()
    signal.signal(signal.SIGTERM, leaving.leave)
    # Ctrl-C on a terminal reaches both processes; the report process is the one that says when to leave.
    signal.signal(signal.SIGINT, signal.SIG_IGN if child else leaving.leave)
    place = DataDir(settings.data_dir)
    engine = open_engine(settings, ModelLibrary(place.models))
    try:
        _look(engine, place, settings.match.min_face_px, leaving, once=child)
    except LinkClosed as error:
        log.info("vision_leaves", reason=str(error))
    finally:
        engine.close()
    return 0


class _Leaving:
    """Whether vision was asked to leave, and the worker to be told."""

    def __init__(self) -> None:
        self.asked = False
        self._worker: Optional[Worker] = None

    def leave(self, _number: int, _frame: object) -> None:
        """Signal handler."""
        self.asked = True
        if self._worker is not None:
            self._worker.stop()

    def tell(self, worker: "Worker") -> None:
        """Stop ``worker`` when asked, also when that was a moment ago."""
        self._worker = worker
        if self.asked:
            worker.stop()


def _look(engine: "Engine", place: DataDir, min_face_px: int, leaving: _Leaving, *, once: bool) -> None:
    """Work for the report process; unless ``once``, for the one after it too.

    Raises:
        LinkClosed: ``once``, and there is none.
    """
    from sophon_report.link.client import LinkClient
    from sophon_report.vision.worker import Worker

    while not leaving.asked:
        try:
            link = LinkClient.connect(place.vision_socket)
        except LinkClosed:
            if once:
                raise
            systemd.tell_alive()
            time.sleep(CONNECT_PAUSE_S)
            continue
        worker = Worker(engine, link, min_face_px, clock_ms, alive=systemd.tell_alive)
        leaving.tell(worker)
        worker.run(os.getpid())
        if once:
            return
