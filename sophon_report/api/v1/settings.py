"""The settings of the moment, each with its type, bounds and default; changed while the service runs."""

import re
from dataclasses import replace
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Mapping, Optional, Protocol, Tuple

from pydantic import BaseModel, Field, JsonValue, SecretStr

from sophon_report.api.call import Need
from sophon_report.api.errors import Refusal, WrongField
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.shapes import Answer, Body, pointer
from sophon_report.api.v1.tags import Tags
from sophon_report.config import Settings
from sophon_report.errors import ConfigError
from sophon_report.model import redact_url

PATH = "/settings"
TAGS = ("settings",)
ELSEWHERE = ("data_dir", "device", "destination")
"""What is no stored setting: a start decides it, or it has resources of its own."""
MASK = "***"
UNITS = ("bytes", "days", "ms", "s", "px", "pct", "fps")
"""What a key ends with says in what its value counts."""
_WORDS = re.compile(r"\^\(([a-z0-9_|-]+)\)\$")


class Setting(Answer):
    """One setting."""

    key: str
    """Such as ``visit.gap_s``."""
    value: JsonValue
    """Of the moment; of a secret ``***`` when there is one."""
    default: JsonValue
    file_value: JsonValue
    """What it goes back to when it is reset: that of the settings file, or the default."""
    origin: str = Field(pattern="^(default|file|stored)$")
    """Where the value is from: ``stored`` is what this page or a call set, and wins."""
    form: Dict[str, JsonValue]
    """JSON Schema of its value."""
    unit: str
    """``bytes``, ``days``, ``ms``, ``s``, ``px``, ``pct``, ``fps``, or empty."""
    choices: List[str]
    """The words it may be; empty when it is no choice."""
    secret: bool
    """Its value is never told."""
    description: str
    at_start: bool
    """A change counts from the next start on."""


class SettingList(Answer):
    """All settings, and which of them wait."""

    settings: List[Setting]
    waiting: List[str]
    """Keys whose value was changed and counts from the next start on."""


class SettingChanges(Body):
    """What becomes different."""

    changes: Dict[str, JsonValue] = Field(max_length=200)
    """Values by key; null goes back to what the settings file says."""


class SettingService(Protocol):
    """The settings of a running service."""

    now: Settings
    file: Settings
    """Without what was stored."""
    stored: FrozenSet[str]
    """Keys whose stored value counts."""

    @property
    def waiting(self) -> Tuple[str, ...]:
        """Keys whose value takes effect at the next start."""

    async def change(self, changes: Mapping[str, Any], check: Callable[[], None]) -> object:
        """Store changes by dotted key and go by them from now on.

        Args:
            changes: values by key.
            check: called in a thread when no other change is under way; what it raises is raised.

        Raises:
            ConfigError: every problem with its key; nothing is changed.
            StoreError: they cannot be stored; nothing is changed.
        """


class SettingCalls:
    """Operations over ``live``.

    Args:
        live: the settings.
        at_start: keys by section that only a start takes up.
        tags: of this service.
    """

    def __init__(self, live: SettingService, at_start: Mapping[str, Tuple[str, ...]], tags: Tags) -> None:
        self._live, self._at_start, self._tags = live, at_start, tags
        whole = Settings.model_json_schema()
        self._forms, self._root = whole["$defs"], whole["properties"]

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "GET", PATH, Need.READ, "Settings with their bounds", self.get, SettingList, tags=TAGS, tagged=True
            ),
            Operation(
                "PATCH",
                PATH,
                Need.ADMIN,
                "Change settings",
                self.patch,
                SettingList,
                body=SettingChanges,
                tags=TAGS,
                tagged=True,
                guarded=True,
                description="All or nothing. They say who may do what, so that no switch opens this.",
            ),
        ]

    async def get(self, _asked: Asked) -> Reply:
        """The settings of the moment."""
        return self._reply()

    async def patch(self, asked: Asked) -> Reply:
        """Change settings."""
        wanted: SettingChanges = asked.body
        try:
            await self._live.change(wanted.changes, lambda: asked.must_match(self._tag()))
        except ConfigError as error:
            fields = [WrongField(what, pointer=pointer(("changes", key))) for key, what in error.problems[:20]]
            raise Refusal("INVALID_ARGUMENTS", str(error)[:2000], fields) from None
        return replace(self._reply(), noted=", ".join(sorted(wanted.changes)))

    def _tag(self) -> str:
        now = self._live.now
        secret = now.license_key.get_secret_value()
        stored = sorted(self._live.stored)
        return self._tags.of_value((now.model_dump_json(), secret, tuple(self._live.waiting), stored))

    def _reply(self) -> Reply:
        told = SettingList(settings=list(self._settings()), waiting=list(self._live.waiting))
        return Reply(told, tag=self._tag())

    def _settings(self) -> Iterator[Setting]:
        for name in Settings.model_fields:
            if name in ELSEWHERE:
                continue
            section = getattr(self._live.now, name)
            if not isinstance(section, BaseModel):
                yield self._setting("", name, self._root[name], Settings.model_fields[name].description)
                continue
            forms = self._forms[type(section).__name__]["properties"]
            for key, field in type(section).model_fields.items():
                yield self._setting(name, key, forms[key], field.description)

    def _setting(self, section: str, name: str, form: Dict[str, Any], description: Optional[str]) -> Setting:
        kept = {word: each for word, each in form.items() if word not in ("title", "default", "description")}
        words = _WORDS.fullmatch(str(form.get("pattern", "")))
        value, key = _value(self._live.now, section, name), f"{section}.{name}" if section else name
        return Setting(
            key=key,
            value=_plain(value),
            default=_plain(_value(Settings(), section, name)),
            file_value=_plain(_value(self._live.file, section, name)),
            origin=self._origin(key, section, name),
            form=kept,
            unit=next((unit for unit in UNITS if name == unit or name.endswith("_" + unit)), ""),
            choices=words[1].split("|") if words else [],
            secret=isinstance(value, SecretStr),
            description=description or "",
            at_start=name in self._at_start.get(section, ()),
        )

    def _origin(self, key: str, section: str, name: str) -> str:
        if key in self._live.stored:
            return "stored"
        file: BaseModel = getattr(self._live.file, section) if section else self._live.file
        in_file = name in file.model_fields_set and (not section or section in self._live.file.model_fields_set)
        return "file" if in_file else "default"


def _value(settings: Settings, section: str, name: str) -> Any:
    return getattr(getattr(settings, section) if section else settings, name)


def _plain(value: Any) -> Any:
    """A value as JSON has it; secrets and passwords are masked."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return redact_url(value) if isinstance(value, str) else value
