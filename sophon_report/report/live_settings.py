"""The settings of the moment: those of the file with the stored ones over them, changed while the service runs.

A change is checked whole, stored, and handed to the running parts; what only a start can take up is named.
"""

from dataclasses import dataclass
from typing import Any, Callable, FrozenSet, List, Mapping, Tuple

import structlog

from sophon_report.config import Settings
from sophon_report.delivery.reach import Reach, rule_of
from sophon_report.errors import ConfigError
from sophon_report.ops import certificate
from sophon_report.report.turn import Turn
from sophon_report.store.settings import SettingsStore, as_file, merged, usable

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
        "page_port",
        "page_to_tls",
    ),
    "engine": ("kind", "threads"),
    "models": ("detector", "embedder", "attributes"),
    "journal": ("segment_bytes",),
}
"""What is read once, at the start: sockets that are open, models that are loaded."""

POSTED_TO = ("status.urls", "box_status.urls")
"""What holds addresses that the box posts to."""

TLS_PORTS = ("server.tls_event_port", "server.tls_api_port")
TLS_FILES = ("access.tls_cert", "access.tls_key")

log = structlog.get_logger()


@dataclass(frozen=True)
class Changed:
    """What a change led to."""

    settings: Settings
    """Those of the moment."""
    waiting: Tuple[str, ...]
    """Keys whose value takes effect at the next start, such as ``server.api_port``."""
    stored: FrozenSet[str]
    """Keys whose stored value counts."""


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
        stored = store.all()
        self.now, problems, self.tls_fault = _startable(self._file, stored)
        """The settings of the moment; and why what is stored of TLS was passed over, ``""`` when it was not."""
        self.file = merged(self._file, {})
        """Those of the file and the command line alone: what is reset goes back to them."""
        self.stored = frozenset(stored) - {key for key, _ in problems}
        """Keys whose stored value counts."""
        self._started = self.now
        self.reach = Reach(lambda: rule_of(self.now, self._started))
        """Where the box posts to, as they say."""
        for key, what in problems:
            # Left where it is: a file or a version that takes it again finds it.
            log.error("stored_setting_passed_over", key=key, reason=what)

    def _check_addresses(self, changes: Mapping[str, Any]) -> None:
        """By the rule as it is: who changes it and an address changes it first."""
        given = [(key, url) for key in POSTED_TO for url in _texts(changes.get(key))]
        refused = [(key, self.reach.refusal_of_url(url)) for key, url in given]
        problems = [(key, why) for key, why in refused if why]
        if problems:
            raise ConfigError(problems)

    def _check_certificate(self, changes: Mapping[str, Any]) -> None:
        """A port by TLS that has nothing to show would keep the next start, and whoever could mend it, out."""
        if not changes.keys() & {*TLS_PORTS, *TLS_FILES}:
            return
        then = self._store.foresee(self._file, changes)
        ports = [key for key in TLS_PORTS if _value(then, key)]
        given = [key for key in (*ports, *TLS_FILES) if key in changes]
        if not (ports and given):
            return
        lacking = [key for key in TLS_FILES if not _value(then, key)]
        why = "needs a certificate and its key (access.tls_cert, access.tls_key): make or upload one first"
        problem = "must stay while a port by TLS is open: set the port to 0 first"
        if lacking and given[0] in ports:
            raise ConfigError([(key, why) for key in given if key in ports])
        if lacking and set(lacking) & changes.keys():
            raise ConfigError([(key, problem) for key in lacking if key in changes])
        try:
            certificate.load(then.access)
        except ConfigError as error:
            told = [(key, what) if key in changes else (given[0], f"{key} {what}") for key, what in error.problems]
            raise ConfigError(told) from error

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
            self._check_addresses(changes)
            self._check_certificate(changes)
            settings = self._store.change(self._file, changes)
            stored = self._store.all()
            passed_over = {key for key, _ in usable(self._file, stored)[1]}
            return Changed(settings, waiting(self._started, settings), frozenset(stored) - passed_over)

        async def apply(changed: Changed) -> None:
            self.now, self.stored = changed.settings, changed.stored
            if changes.keys() & {*TLS_PORTS, *TLS_FILES}:
                self.tls_fault = ""  # from now on it waits for a start
            log.info("settings_changed", keys=sorted(changes), waiting=changed.waiting)
            self._apply(self.now)

        return await self._turn.change(store, apply)


def _startable(file: Mapping[str, Any], stored: Mapping[str, Any]) -> Tuple[Settings, List[Tuple[str, str]], str]:
    """The settings to start with, the problems of stored ones that do not count, and the one with what TLS needs.

    A certificate that was good when it was stored may have gone since. The start goes on without what is stored of
    TLS: whoever made or named it from afar could not mend it on a box that is down.
    """
    now, problems = usable(file, stored)
    ours = sorted({*TLS_PORTS, *TLS_FILES} & stored.keys())
    if not (ours and any(_value(now, key) for key in TLS_PORTS)):
        return now, problems, ""
    try:
        certificate.load(now.access)
    except ConfigError as error:
        now, problems = usable(file, {key: value for key, value in stored.items() if key not in ours})
        return now, [*problems, *((key, str(error)) for key in ours)], str(error)
    return now, problems, ""


def _value(settings: Settings, key: str) -> Any:
    section, _, name = key.partition(".")
    return getattr(getattr(settings, section), name)


def _texts(value: Any) -> List[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, (list, tuple)) else []


def waiting(started: Settings, now: Settings) -> Tuple[str, ...]:
    """Keys in which ``now`` differs from what the service started with, and that only a start takes up."""
    return tuple(
        f"{section}.{key}"
        for section, keys in AT_START.items()
        for key in keys
        if getattr(getattr(started, section), key) != getattr(getattr(now, section), key)
    )
