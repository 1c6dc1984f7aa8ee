"""Structured logs on standard error: one line per thing that matters, secrets and pictures left out.

Text on a terminal, JSON lines elsewhere (the journal of systemd keeps them as they are).
"""

import logging
import re
import sys
from typing import Any, List, MutableMapping

import structlog

from sophon_report.config import Log

# To the last @ of the word: a password may hold any sign. Masking too much is the lesser fault.
_PASSWORD_IN_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://[^\s/:@]*):\S*@", re.IGNORECASE)
_TOKEN = re.compile(r"(?P<before>\btoken=|\bbearer\s+)[^\s&\"'<]+", re.IGNORECASE)
_SECRET_KEYS = ("password", "token", "secret", "license_key", "authorization")
LONGEST_VALUE = 500
"""Characters of one value: what a peer sent must not fill the log."""
LONGEST_TRACEBACK = 10_000


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


def configure(settings: Log, process: str) -> None:
    """Set up logging for this process; ``process`` (``report``, ``vision``) stands in each line."""
    text = settings.format == "text" or (settings.format == "auto" and sys.stderr.isatty())
    processors: List[Any] = [
        _say_process(process),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    processors.append(
        structlog.dev.ConsoleRenderer() if text else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.level.upper())),
        # One write a line: both processes log to one file, and a line written in two parts gets another into it.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
