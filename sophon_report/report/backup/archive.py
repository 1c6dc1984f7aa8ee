"""The file of a backup: a zip that nothing is packed in, since photos do not shrink.

::

    backup.json         {"format": 1, "version": "0.1.0", "made_ms": ..., "parts": {"settings": 12, "devices": 2,
                         "destinations": 1, "groups": 3, "people": 1000}, "secrets": false}
    settings.json       {"settings": {"visit.gap_s": 2.5}, "vendor": {...}}
    devices.json        [{...}, ...]           without passwords
    destinations.json   [{...}, ...]           in the shape of the settings file, without secrets
    groups.json         {"permissions": [...], "groups": [...]}
    people.tar          as people export writes it, with photos: another box can import it by itself
    users.jsonl         {"id", "groups", "info"}: what the interface before API 2.0 keeps beside
    secrets.bin         the secrets of all of it, sealed with a passphrase; only when asked for

A zip tells by its end whether it is whole, and each member has a checksum. It is written beside its place and
renamed when it is whole, mode 0600. What is read is bounded member by member; a people.tar is read in parts.
"""

import contextlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

import orjson

from sophon_report import __version__
from sophon_report.errors import BadInput
from sophon_report.ops.new_file import new_file
from sophon_report.report.backup.contents import (
    MAX_DESTINATIONS,
    MAX_DEVICES,
    Contents,
    destination_row,
    device_row,
    json_of,
    secrets_of,
)
from sophon_report.report.backup.sealed import opened, sealed
from sophon_report.report.bulk.bundle import ZipBundle
from sophon_report.report.bulk.feature_tar import FeatureTar
from sophon_report.report.bulk.rows import Defaults, GroupGiven, info_of
from sophon_report.store.groups import GroupRow

FORMAT = 1
HEAD, PEOPLE, USERS, SECRETS = "backup.json", "people.tar", "users.jsonl", "secrets.bin"
MAX_JSON_BYTES = 16 << 20
MAX_LINE_BYTES = 1 << 20
MAX_GROUPS = 20_000
MAX_KEYS, MAX_KEY = 500, 128
"""Settings, or keys of the vendor's configuration, and characters of one: there are some hundred."""
MAX_DESCRIPTION = 2048
"""Characters, as the store takes them."""
PARTS = ("settings", "devices", "destinations", "people")
"""What can be put back by itself; groups go with people."""


@dataclass(frozen=True)
class Head:
    """What a backup says of itself."""

    version: str
    made_ms: int
    counts: Mapping[str, int]
    """By part; a part that is not in it is missing."""
    has_secrets: bool


@dataclass(frozen=True)
class Groups:
    """Groups of both kinds."""

    permissions: Tuple[GroupGiven, ...] = ()
    groups: Tuple[GroupRow, ...] = ()


class BackupWriter:
    """Writes one.

    Args:
        path: of the whole file; replaced when it is there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def open(self) -> Iterator["BackupWriter"]:
        """For writing; at the end the file is whole and has its name, or it is not there.

        Raises:
            BadInput: something that is no file has its name.
            Unavailable: the disk refuses.
        """
        with new_file(self._path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as self._zip:
            yield self

    def put(self, name: str, content: bytes) -> None:
        """A whole member."""
        with self.member(name) as member:
            member.write(content)

    def member(self, name: str) -> IO[bytes]:
        """A member to be written piece by piece, closed before the next one."""
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o600 << 16
        return self._zip.open(info, "w", force_zip64=True)

    def put_head(self, made_ms: int, counts: Mapping[str, int], has_secrets: bool) -> None:
        """What it says of itself."""
        values = {"format": FORMAT, "version": __version__, "made_ms": made_ms}
        self.put(HEAD, orjson.dumps({**values, "parts": dict(counts), "secrets": has_secrets}))

    def put_contents(self, contents: Contents, parts: List[str]) -> None:
        """Settings, devices and destinations, as far as they are wanted."""
        if "settings" in parts:
            self.put("settings.json", orjson.dumps({"settings": contents.settings, "vendor": contents.vendor}))
        if "devices" in parts:
            self.put("devices.json", orjson.dumps([device_row(one) for one in contents.devices]))
        if "destinations" in parts:
            rows = [destination_row(one) for one in contents.destinations]
            self.put("destinations.json", orjson.dumps(rows))

    def put_groups(self, groups: Groups) -> None:
        """Groups of both kinds."""
        told = {
            "permissions": [
                {"id": one.permission_id, "name": one.name, "description": one.description, "info": one.info_json}
                for one in groups.permissions
            ],
            "groups": [
                {"name": one.name, "description": one.description, "info": one.info_json} for one in groups.groups
            ],
        }
        self.put("groups.json", orjson.dumps(told))

    def put_secrets(self, contents: Contents, license_key: str, passphrase: str) -> None:
        """The secrets, sealed."""
        self.put(SECRETS, sealed(orjson.dumps(secrets_of(contents, license_key)), passphrase))


class BackupFile:
    """One, opened to be read.

    Raises:
        Unavailable: it cannot be read.
        BadInput: it is none, or of another format.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._bundle = path, ZipBundle(path)
        try:
            self._names = frozenset(self._bundle.names())
            self.head = self._head()
        except BaseException:
            self._bundle.close()
            raise

    def close(self) -> None:
        """Let the file go."""
        self._bundle.close()

    def secrets(self, passphrase: str) -> Optional[Mapping[str, Any]]:
        """The secrets, ``None`` when there are none or no passphrase is given.

        Raises:
            BadInput: the passphrase is wrong.
        """
        if not passphrase or SECRETS not in self._names:
            return None
        return _object(json_of(opened(self._read(SECRETS), passphrase), SECRETS))

    def settings(self) -> Tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Settings by dotted key, and the vendor's keys that are kept."""
        values = _object(self._json("settings.json", {}))
        return _keyed(values.get("settings", {})), _keyed(values.get("vendor", {}))

    def devices(self) -> List[Any]:
        """Rows of devices, unchecked."""
        return _rows(self._json("devices.json", []), MAX_DEVICES)

    def destinations(self) -> List[Any]:
        """Rows of destinations, unchecked."""
        return _rows(self._json("destinations.json", []), MAX_DESTINATIONS)

    def groups(self) -> Groups:
        """Groups of both kinds."""
        values = _object(self._json("groups.json", {}))
        permissions = [_object(one) for one in _rows(values.get("permissions", []), MAX_GROUPS)]
        groups = [_object(one) for one in _rows(values.get("groups", []), MAX_GROUPS)]
        return Groups(
            tuple(GroupGiven(_t(one, "id"), _t(one, "name"), *_described(one)) for one in permissions),
            tuple(GroupRow(_t(one, "name"), *_described(one)) for one in groups),
        )

    def people(self) -> Optional[FeatureTar]:
        """The people; ``None``: nobody is in it."""
        if PEOPLE not in self._names:
            return None
        return FeatureTar(self._path, Defaults(), lambda: self._bundle.opened(PEOPLE))

    def users(self) -> Iterator[Tuple[str, Tuple[str, ...], str]]:
        """Id, groups and further text of people of whom more is kept.

        Raises:
            BadInput: a line is none.
        """
        if USERS not in self._names:
            return
        with self._bundle.opened(USERS) as lines:
            while True:
                line = lines.readline(MAX_LINE_BYTES + 1)
                if not line:
                    return
                if len(line) > MAX_LINE_BYTES:
                    raise BadInput(f"a line of {USERS} is larger than any that is meant")
                values = _object(json_of(line, USERS))
                names = values.get("groups", [])
                if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                    raise BadInput(f"groups in {USERS} must be names")
                yield _t(values, "id"), tuple(names), info_of(_t(values, "info", "{}"))

    def _head(self) -> Head:
        if HEAD not in self._names:
            raise BadInput(f"{self._path.name} is no backup: there is no {HEAD} in it")
        return _head(json_of(self._read(HEAD), HEAD))

    def _json(self, name: str, missing: Any) -> Any:
        return json_of(self._read(name), name) if name in self._names else missing

    def _read(self, name: str) -> bytes:
        content = self._bundle.read(name, MAX_JSON_BYTES)
        if len(content) > MAX_JSON_BYTES:
            raise BadInput(f"{name} in the backup is larger than any that is meant")
        return content


def _head(values: Any) -> Head:
    told = _object(values)
    if told.get("format") != FORMAT:
        raise BadInput(
            f"the backup is of format {told.get('format')!r:.20}, this version knows {FORMAT}: "
            "put it back with the version that made it, or a newer one"
        )
    parts, made_ms = _object(told.get("parts", {})), told.get("made_ms")
    counts: Dict[str, int] = {}
    for name, count in parts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise BadInput(f"{HEAD} must say how much there is of each part")
        counts[name[:32]] = count
    made = made_ms if isinstance(made_ms, int) and 0 <= made_ms < 1 << 53 else 0
    return Head(_t(told, "version", "")[:32], made, counts, bool(told.get("secrets")))


def _described(one: Mapping[str, Any]) -> Tuple[str, str]:
    description = _t(one, "description", "")
    if len(description) > MAX_DESCRIPTION:
        raise BadInput(f"a description of a group in the backup has more than {MAX_DESCRIPTION} characters")
    return description, info_of(_t(one, "info", "{}"))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("an object in the backup is something else")
    return value


def _keyed(value: Any) -> Mapping[str, Any]:
    values = _object(value)
    if len(values) > MAX_KEYS or any(len(key) > MAX_KEY for key in values):
        raise BadInput(f"the backup has more than {MAX_KEYS} settings, or one of more than {MAX_KEY} characters")
    return values


def _rows(value: Any, most: int) -> List[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise BadInput(f"a list in the backup is none, or has more than {most} rows")
    return value


def _t(values: Mapping[str, Any], key: str, default: Optional[str] = None) -> str:
    value = values.get(key, default)
    if not isinstance(value, str):
        raise BadInput(f"{key} in the backup must be a text")
    return value


Told = Callable[[int, Optional[int], str, str], None]
"""How far it is: done, of how many, of what, which step."""
