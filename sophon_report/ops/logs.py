"""Structured logs on standard error: one line per thing that matters, secrets and pictures left out.

Text on a terminal, JSON lines elsewhere. Where the journal of systemd reads them, each line begins with its
priority (``<3>`` is an error), which the journal takes off: ``journalctl -p err`` shows errors alone.
"""

import logging
import os
import re
import sys
from typing import Any, List, MutableMapping

from sophon_report.config import Log
from sophon_report.ops.lean_structlog import structlog
from sophon_report.ops.log_bounds import LogBounds
from sophon_report.ops.log_ring import LogRing

# To the last @ of the word: a password may hold any sign. Masking too much is the lesser fault.
_PASSWORD_IN_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://[^\s/:@]*):\S*@", re.IGNORECASE)
_TOKEN = re.compile(r"(?P<before>\btoken=|\bbearer\s+)[^\s&\"'<]+", re.IGNORECASE)
_SECRET_KEYS = ("password", "token", "secret", "license_key", "authorization")
LONGEST_VALUE = 500
"""Characters of one value: what a peer sent must not fill the log."""
LONGEST_TRACEBACK = 10_000
PRIORITIES = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
"""Of syslog, by our levels."""
BOUNDS = LogBounds()
KEPT = LogRing()
"""The newest lines of this process: of structlog there is one, too."""


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask what must not be logged: passwords and tokens in addresses, secrets by key, bytes of any kind."""
    for key, value in event.items():
        if any(secret in key for secret in _SECRET_KEYS):
            event[key] = "***"
        elif isinstance(value, (bytes, bytearray, memoryview)):
            event[key] = f"({len(value)} bytes)"
        elif isinstance(value, str):
            longest = LONGEST_TRACEBACK if key == "exception" else LONGEST_VALUE
            masked = _TOKEN.sub(r"\g<before>***", _PASSWORD_IN_URL.sub(r"\g<scheme>:***@", value))
            event[key] = masked[:longest]
    return event


def _say_process(process: str) -> Any:
    """A processor, because what is bound to a context does not reach other threads."""

    def say(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    return say


def goes_to_journal(stream: str, descriptor: int) -> bool:
    """Whether the journal of systemd reads what is written to ``descriptor``.

    Args:
        stream: ``JOURNAL_STREAM`` of the environment, ``device:inode`` of what systemd gave us (systemd.exec(5)).
        descriptor: an open file.
    """
    try:
        device, inode = map(int, stream.split(":"))
        told = os.fstat(descriptor)
    except (ValueError, OSError):
        return False
    return (told.st_dev, told.st_ino) == (device, inode)


class Prioritised:
    """A renderer whose every line begins with the priority of its level.

    Args:
        render: the renderer.
    """

    def __init__(self, render: Any) -> None:
        self._render = render

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        """The lines of one event; a traceback has several in text."""
        before = f"<{PRIORITIES.get(str(event.get('level')), PRIORITIES['info'])}>"
        text: str = self._render(logger, method, event)
        return "\n".join(before + line for line in text.split("\n"))


def configure(settings: Log, process: str) -> None:
    """Set up logging for this process; ``process`` (``report``, ``vision``) stands in each line."""
    text = settings.format == "text" or (settings.format == "auto" and sys.stderr.isatty())
    to_journal = goes_to_journal(os.environ.get("JOURNAL_STREAM", ""), _descriptor())
    processors: List[Any] = [
        BOUNDS.bound,
        _say_process(process),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
        KEPT.keep,
    ]
    render: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if text:
        render = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    processors.append(Prioritised(render) if to_journal else render)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.level.upper())),
        # One write a line: both processes log to one file, and a line written in two parts gets another into it.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _descriptor() -> int:
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return -1
