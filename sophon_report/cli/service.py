"""``run``."""

import argparse
import asyncio
import faulthandler
import os
import sys
from functools import partial
from pathlib import Path
from typing import List

import structlog

from sophon_report.cli import file_settings_of, settings_of
from sophon_report.config import Settings, without_effect
from sophon_report.ops import interpreter, listeners, logs, memory, restart, systemd

log = structlog.get_logger()


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    if arguments.only == "vision":
        from sophon_report.cli import vision

        settings = settings_of(arguments)
        logs.configure(settings.log, "vision")
        return vision.look(settings, child=arguments.child, anew=partial(settings_of, arguments))
    settings = file_settings_of(arguments)
    logs.configure(settings.log, "report")
    for key in without_effect(settings):
        log.warning("setting_without_effect", key=key)
    faulthandler.enable()  # where it stood when the watchdog ended it, or a native call crashed
    listeners.take_over()
    memory.keep_little()
    _spill_into(settings.data_dir)
    interpreter.share_quickly()
    interpreter.start_without_collecting()
    from sophon_report.app import serve
    from sophon_report.cli.password import show_first

    child = None if arguments.only == "report" else _vision_command(arguments, settings)
    restart.offer()
    asyncio.run(serve(settings, child, show_first))
    if restart.is_wanted() and not (child is None and systemd.starts_us()):
        restart.begin_anew(sys.argv[1:])
    return 0


def _spill_into(folder: Path) -> None:
    """Have what is too large for memory wait there: nothing else may be writable, and ``/tmp`` of a box is memory.

    Such files have no name: what a crash leaves of them is gone.
    """
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        os.environ.setdefault(name, str(folder))


def _vision_command(arguments: argparse.Namespace, settings: Settings) -> List[str]:
    command = ["-m", "sophon_report", "run", "--only", "vision", "--child", "--data-dir", str(settings.data_dir)]
    return command + (["--config", str(arguments.config)] if arguments.config else [])
