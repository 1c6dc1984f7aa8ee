"""The settings of the moment: those of the file with the stored ones over them, changed while the service runs.

A change is checked whole, stored, and handed to the running parts; what only a start can take up is named.
"""

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Tuple

import structlog

from sophon_report.config import Settings
from sophon_report.report.turn import Turn
from sophon_report.store.settings import SettingsStore, as_file, usable

AT_START = {
    "server": (
        "host",
        "event_port",
        "api_port",
        "preview_port",
        "control_port",
        "system_port",
        "tls_event_port",
        "tls_api_port",
    ),
    "engine": ("kind", "threads"),
    "models": ("detector", "embedder", "attributes"),
    "journal": ("segment_bytes",),
}
"""What is read once, at the start: sockets that are open, models that are loaded."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Changed:
    """What a change led to."""

    settings: Settings
    """Those of the moment."""
    waiting: Tuple[str, ...]
    """Keys whose value takes effect at the next start, such as ``server.api_port``."""


def whatever_they_are() -> None:
    """Lets settings change, whatever they are now."""


class LiveSettings:
    """The settings of a running service.

    Args:
        file: of the file and the command line. ``data_dir`` stays what it is.
        store: what was changed since; used in the thread of ``turn`` once the service runs.
        turn: of settings.
        apply: hands new settings to the running parts; it returns at once and refuses nothing.
    """

    def __init__(
        self, file: Settings, store: SettingsStore, turn: Turn, apply: Callable[[Settings], None]
    ) -> None:
        self._file, self._store, self._turn, self._apply = as_file(file), store, turn, apply
        self.now, problems = usable(self._file, store.all())
        """The settings of the moment."""
        self._started = self.now
        for key, what in problems:
            # Left where it is: a file or a version that takes it again finds it.
            log.error("stored_setting_passed_over", key=key, reason=what)

    @property
    def waiting(self) -> Tuple[str, ...]:
        """Keys whose value takes effect at the next start."""
        return waiting(self._started, self.now)

    async def change(self, changes: Mapping[str, Any], check: Callable[[], None] = whatever_they_are) -> Changed:
        """Store ``changes`` by dotted key and go by them from now on; ``None`` takes a stored value back.

        Args:
            changes: values by key.
            check: called in a thread when no other change is under way; what it raises is raised.

        Raises:
            ConfigError: every problem with its key; nothing is changed.
            StoreError: they cannot be stored; nothing is changed.
        """

        def store() -> Changed:
            check()
            settings = self._store.change(self._file, changes)
            return Changed(settings, waiting(self._started, settings))

        async def apply(changed: Changed) -> None:
            self.now = changed.settings
            log.info("settings_changed", keys=sorted(changes), waiting=changed.waiting)
            self._apply(self.now)

        return await self._turn.change(store, apply)


def waiting(started: Settings, now: Settings) -> Tuple[str, ...]:
    """Keys in which ``now`` differs from what the service started with, and that only a start takes up."""
    return tuple(
        f"{section}.{key}"
        for section, keys in AT_START.items()
        for key in keys
        if getattr(getattr(started, section), key) != getattr(getattr(now, section), key)
    )
