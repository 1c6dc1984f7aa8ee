"""What is secret on this box, and who is registered: so that it can be looked for in what is told."""

import contextlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Set

from sophon_report.config import Settings
from sophon_report.ops.data_dir import DataDir
from sophon_report.support.masking import is_secret_key, secrets_of_url

MAX_SECRET_FILE_BYTES = 64 << 10
_URLS = ("SELECT url FROM device", "SELECT rtmp_address FROM device", "SELECT url FROM destination")
_PEOPLE = (
    "SELECT identity_id FROM person",
    "SELECT name FROM person",
    "SELECT face_id FROM face",
    "SELECT photo_id FROM face",
    "SELECT stranger_id FROM stranger",
    "SELECT alias FROM stranger_alias",
)


def secrets_of(settings: Settings, place: DataDir) -> Set[str]:
    """Every secret that the settings, the store and the files of the data folder hold."""
    return {secret for secret in _all(settings, place) if secret}


def _all(settings: Settings, place: DataDir) -> Iterator[str]:
    yield settings.license_key.get_secret_value()
    for device in settings.device:
        yield from secrets_of_url(device.url)
    for seed in settings.destination:
        one = seed.destination(0)
        yield from secrets_of_url(one.url)
        yield from (value for _, value in one.transport.headers)
        yield from one.transport.signing_secrets
    for url in (*settings.status.urls, *settings.box_status.urls):
        yield from secrets_of_url(url)
    yield from _of_files(settings, place)
    yield from _of_store(place.store)


def _of_files(settings: Settings, place: DataDir) -> Iterator[str]:
    keys = [place.tls, *([Path(settings.access.tls_key)] if settings.access.tls_key else [])]
    with contextlib.suppress(OSError):
        for path in place.root.glob("*-password"):
            yield _read(path).strip()
    for path in keys:
        # A line of a key is a part of it.
        yield from (line for line in _read(path).splitlines() if line and not line.startswith("-----"))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SECRET_FILE_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _of_store(store: Path) -> Iterator[str]:
    for query in _URLS:
        for url in column(store, query):
            yield from secrets_of_url(url)
    for text in column(store, "SELECT transport_json FROM destination"):
        transport = _table(_json(text))
        yield from (value for pair in transport.get("headers", ()) for value in _texts(list(pair)[1:]))
        yield from _texts(transport.get("signing_secrets"))
    for text in column(store, "SELECT value FROM setting WHERE key = 'license_key'"):
        yield from _texts(_json(text))
    for text in column(store, "SELECT vendor_json FROM device"):
        yield from _under_secret_keys(_json(text))
    for text in column(store, "SELECT json_object(key, json(value)) FROM vendor_config"):
        yield from _under_secret_keys(_json(text))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, without the names of its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _under_secret_keys(value: Any) -> Iterator[str]:
    for key, each in _table(value).items():
        yield from _texts(each) if is_secret_key(key) else _under_secret_keys(each)


def column(store: Path, query: str) -> List[str]:
    """The texts of one column; none when the store cannot be read, or is of a version without it.

    The store is opened to be read only: it stays of the version it has.
    """
    try:
        with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute(query) if isinstance(row[0], str)]
    except (sqlite3.Error, OSError, ValueError):
        return []


def is_unreadable(store: Path) -> bool:
    """Whether there is a store, and nothing of it can be read."""
    return store.exists() and not column(store, "SELECT name FROM sqlite_master LIMIT 1")


def people_of(store: Path) -> Set[str]:
    """Names and ids of everybody who is registered, and of those whom the stranger library knows."""
    return {text for query in _PEOPLE for text in column(store, query) if text}
