"""``run`` and ``check-config``."""

import argparse
import asyncio
from typing import List, Tuple

import structlog

from sophon_report.cli import file_settings_of, settings_of
from sophon_report.config import Settings, load_settings, without_effect
from sophon_report.errors import ConfigError, LayoutError, NotFound
from sophon_report.ops import certificate, interpreter, logs
from sophon_report.wire import layouts

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
        from sophon_report.cli import vision

        settings = settings_of(arguments)
        logs.configure(settings.log, "vision")
        return vision.look(settings, child=arguments.child)
    settings = file_settings_of(arguments)
    logs.configure(settings.log, "report")
    for key in without_effect(settings):
        log.warning("setting_without_effect", key=key)
    interpreter.share_quickly()
    interpreter.start_without_collecting()
    from sophon_report.app import serve
    from sophon_report.cli.password import show_first

    child = None if arguments.only == "report" else _vision_command(arguments, settings)
    asyncio.run(serve(settings, child, show_first))
    return 0


def _vision_command(arguments: argparse.Namespace, settings: Settings) -> List[str]:
    command = ["-m", "sophon_report", "run", "--only", "vision", "--child", "--data-dir", str(settings.data_dir)]
    return command + (["--config", str(arguments.config)] if arguments.config else [])
