"""Settings that the page or the vendor's ``setconfigs`` stored: they win over the file's.

A key is that of the settings with dots, such as ``visit.gap_s``; a value is what JSON holds. Nothing is stored
that the settings would refuse. A whole table is no value: what the file says beside it would go, and rules that
are asked by key, such as which address may be posted to, would not see it.
"""

import re
from typing import Any, Dict, Iterable, List, Mapping, Tuple

from sophon_report.config import Settings, parse_settings
from sophon_report.config.section import Section
from sophon_report.errors import ConfigError
from sophon_report.store import json_table
from sophon_report.store.database import Database

TABLE = "setting"
OWN_TABLES = ("device", "destination")
"""Kept in tables of their own."""
_MARK = re.compile(r"[.\[]")
TABLES = frozenset(name for name, one in Settings.model_fields.items() if isinstance(one.default, Section))


def merged(file_values: Mapping[str, Any], stored: Mapping[str, Any]) -> Settings:
    """Return the settings of the file with the stored ones over them.

    Args:
        file_values: the shape of the TOML file.
        stored: values by dotted key.

    Raises:
        ConfigError: every problem with its key, e.g. ``visit.gap_s``.
    """
    problems: List[Tuple[str, str]] = []
    values: Dict[str, Any] = {**file_values}
    for key, value in stored.items():
        section, _, name = key.partition(".")
        if section in OWN_TABLES or key == "data_dir":
            problems.append((key, "is not a stored setting"))
        elif not name and section in TABLES:
            problems.append((key, f"is a table: give its settings one by one, as {key}.name"))
        elif not name:
            values[section] = value
        else:
            table = values.get(section, {})
            values[section] = {**table, name: value} if isinstance(table, Mapping) else table
    if problems:
        raise ConfigError(problems)
    return parse_settings(values)


def as_file(settings: Settings) -> Dict[str, Any]:
    """What was set of ``settings``, in the shape of the file, to lay stored values over."""
    return settings.model_dump(exclude_unset=True, by_alias=True)


def usable(file_values: Mapping[str, Any], stored: Mapping[str, Any]) -> Tuple[Settings, List[Tuple[str, str]]]:
    """The settings of the file with those stored ones over them that can be; and the problems of the others.

    A value stored by another version, or one that the file's no longer goes with, must not keep a service from
    starting.

    Raises:
        ConfigError: the file's own values cannot be.
    """
    passed_over: List[Tuple[str, str]] = []
    left = dict(stored)
    while True:
        try:
            return merged(file_values, left), passed_over
        except ConfigError as error:
            wrong = _blamed(error.problems, left)
            if not wrong:
                raise
            passed_over += wrong.items()
            left = {key: value for key, value in left.items() if key not in wrong}


def _blamed(problems: Iterable[Tuple[str, str]], keys: Iterable[str]) -> Dict[str, str]:
    """What is wrong with which keys: a place is below one, like ``status.urls[2]``, or above, like ``status``."""
    of_place = dict(problems)
    of_below = {part: what for place, what in of_place.items() for part in _parts(place)}
    wrong: Dict[str, str] = {}
    for key in keys:
        what = of_below.get(key) or next((of_place[part] for part in _parts(key) if part in of_place), "")
        if what:
            wrong[key] = what
    return wrong


def _parts(name: str) -> List[str]:
    """The name, and every beginning of it that is one: ``a.b[2]``, ``a``, ``a.b``."""
    return [name, *(name[: mark.start()] for mark in _MARK.finditer(name))]


class SettingsStore:
    """Stored settings of one store file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Dict[str, Any]:
        """Every stored value by its key.

        Raises:
            StoreError: a row is no JSON.
        """
        return json_table.read(self._database, TABLE)

    def foresee(self, file_values: Mapping[str, Any], changes: Mapping[str, Any]) -> Settings:
        """Return the settings that :meth:`change` would lead to, and store nothing.

        Raises:
            ConfigError: every problem with its key.
        """
        before = self.all()
        passed_over = {key for key, _ in usable(file_values, before)[1]}
        wanted = {**{key: value for key, value in before.items() if key not in passed_over}, **changes}
        return merged(file_values, {key: value for key, value in wanted.items() if value is not None})

    def change(self, file_values: Mapping[str, Any], changes: Mapping[str, Any]) -> Settings:
        """Store ``changes`` and return the settings they lead to; ``None`` takes a stored value back.

        Raises:
            ConfigError: every problem with its key; nothing is stored.
        """
        with self._database.change() as connection:
            settings = self.foresee(file_values, changes)
            taken_back = [(key,) for key, value in changes.items() if value is None]
            connection.executemany("DELETE FROM setting WHERE key = ?", taken_back)
            given = {key: value for key, value in changes.items() if value is not None}
            json_table.put(connection, TABLE, given)
        return settings
