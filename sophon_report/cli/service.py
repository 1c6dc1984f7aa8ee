"""``run`` and ``check-config``."""

import argparse
import asyncio
import os
import signal
import time
from typing import List

import structlog

from sophon_report.cli import settings_of
from sophon_report.config import Settings, load_settings
from sophon_report.errors import LinkClosed
from sophon_report.ops import logs
from sophon_report.ops.data_dir import DataDir

CONNECT_PAUSE_S = 1.0

log = structlog.get_logger()


def check_config(arguments: argparse.Namespace) -> int:
    """0; problems come as a :class:`ConfigError`."""
    load_settings(arguments.file)
    print(f"{arguments.file}: good")
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    settings = settings_of(arguments)
    if arguments.only == "vision":
        logs.configure(settings.log, "vision")
        return run_vision(settings, child=arguments.child)
    logs.configure(settings.log, "report")
    from sophon_report.app import serve  # noqa: PLC0415 - vision must not load it

    child = None if arguments.only == "report" else _vision_command(arguments, settings)
    asyncio.run(serve(settings, child))
    return 0


def _vision_command(arguments: argparse.Namespace, settings: Settings) -> List[str]:
    command = ["-m", "sophon_report", "run", "--only", "vision", "--child", "--data-dir", str(settings.data_dir)]
    return command + (["--config", str(arguments.config)] if arguments.config else [])


def run_vision(settings: Settings, child: bool) -> int:
    """Look at devices for the report process; a child leaves with it, a unit of its own waits for it to return."""
    from sophon_report.link.client import LinkClient  # noqa: PLC0415
    from sophon_report.vision.engines.choose import open_engine  # noqa: PLC0415
    from sophon_report.vision.models.library import ModelLibrary  # noqa: PLC0415
    from sophon_report.vision.worker import Worker  # noqa: PLC0415

    if child:
        # Ctrl-C on a terminal reaches both processes; the report process is the one that says when to leave.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    place = DataDir(settings.data_dir)
    engine = open_engine(settings, ModelLibrary(place.models))
    leaving = False
    worker: List[Worker] = []

    def leave(_number: int, _frame: object) -> None:
        nonlocal leaving
        leaving = True
        for one in worker:
            one.stop()

    signal.signal(signal.SIGTERM, leave)
    if not child:
        signal.signal(signal.SIGINT, leave)
    while not leaving:
        try:
            link = LinkClient.connect(place.vision_socket)
        except LinkClosed as error:
            if child:
                log.info("vision_leaves", reason=str(error))
                break
            time.sleep(CONNECT_PAUSE_S)
            continue
        worker[:] = [Worker(engine, link, settings.match.min_face_px, clock_ms)]
        worker[0].run(os.getpid())
        if child:
            break
    engine.close()
    return 0


def clock_ms() -> int:
    """Wall clock in UTC milliseconds."""
    return time.time_ns() // 1_000_000
