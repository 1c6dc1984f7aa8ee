"""What is secret on this box, and who is registered: so that it can be looked for in what is told.

What could not be read is told beside what could: a list that is short for an error must not pass for a whole one.
"""

import contextlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Mapping, Set, Tuple

from sophon_report.config import Settings
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.plain_file import read_plain
from sophon_report.support.masking import is_secret_key, secrets_of_url

MAX_SECRET_FILE_BYTES = 64 << 10
_LISTS_OF_SECRETS = ("headers", "signing_secrets")
_URLS = ("SELECT url FROM device", "SELECT rtmp_address FROM device", "SELECT url FROM destination")
_PEOPLE = (
    "SELECT identity_id FROM person",
    "SELECT name FROM person",
    "SELECT face_id FROM face",
    "SELECT photo_id FROM face",
    "SELECT stranger_id FROM stranger",
    "SELECT alias FROM stranger_alias",
)


@dataclass
class Known:
    """What is to be looked for."""

    texts: Set[str] = field(default_factory=set)
    faults: Set[str] = field(default_factory=set)
    """What could not be read, and why."""

    def take(self, texts: Iterable[str]) -> None:
        """These too."""
        self.texts.update(text for text in texts if text)


def secrets_of_settings(settings: Settings, file_values: Mapping[str, Any]) -> Set[str]:
    """Every secret in the settings, and in a file that could not be taken as settings; without any disk."""
    return {secret for secret in (*_of_settings(settings), *_of_values(file_values)) if secret}


def _of_settings(settings: Settings) -> Iterator[str]:
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


def _of_values(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from secrets_of_url(value)
    for each in value if isinstance(value, list) else ():
        yield from _of_values(each)
    for key, each in _table(value).items():
        yield from _texts(each) if is_secret_key(key) or key in _LISTS_OF_SECRETS else _of_values(each)


def secrets_of_files(settings: Settings, place: DataDir) -> Known:
    """Passwords and keys that lie in files."""
    known = Known()
    with contextlib.suppress(OSError):
        for path in place.root.glob("*-password"):
            known.take([_read(path, known).strip()])
    for path in (place.tls, *([Path(settings.access.tls_key)] if settings.access.tls_key else [])):
        # A line of a key is a part of it.
        known.take(line for line in _read(path, known).splitlines() if not line.startswith("-----"))
    return known


def _read(path: Path, known: Known) -> str:
    try:
        return read_plain(str(path), MAX_SECRET_FILE_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        known.faults.add(f"a file of a key or password: {error.strerror}")
        return ""


def secrets_of_store(store: Path) -> Known:
    """Every secret in the store."""
    known = Known()
    for query in _URLS:
        for url in _column(store, query, known):
            known.take(secrets_of_url(url))
    for text in _column(store, "SELECT transport_json FROM destination", known):
        transport = _table(_json(text))
        known.take(value for pair in transport.get("headers", ()) for value in _texts(list(pair)[1:]))
        known.take(_texts(transport.get("signing_secrets")))
    for text in _column(store, "SELECT vendor_json FROM device", known):
        known.take(_under_secret_keys(_json(text)))
    for table, secrets in (("setting", _of_values), ("vendor_config", _under_secret_keys)):
        rows, faults = _rows(store, f"SELECT key, value FROM {table}")  # noqa: S608 - constants
        known.faults |= faults
        for key, text in rows:
            known.take(secrets({key: _json(text)}))
    return known


def people_of(store: Path) -> Known:
    """Names and ids of everybody who is registered, and of those whom the stranger library knows."""
    known = Known()
    for query in _PEOPLE:
        known.take(_column(store, query, known))
    return known


def _json(text: str) -> Any:
    """What the text holds; itself when it is no JSON: then it may still be a secret."""
    try:
        return json.loads(text)
    except ValueError:
        return text


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
    """The texts of one column, as many as can be read; none when the store is of a version without it.

    The store is opened to be read only: it stays of the version it has.
    """
    return _column(store, query, Known())


def _column(store: Path, query: str, known: Known) -> List[str]:
    rows, faults = _rows(store, query)
    known.faults |= faults
    return [row[0] for row in rows]


def _rows(store: Path, query: str) -> Tuple[List[Tuple[str, ...]], Set[str]]:
    """Rows of texts, as many as can be read, and why there are no more; what is no text is passed over."""
    found: List[Tuple[str, ...]] = []
    try:
        store.stat()
        with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = _text
            for row in connection.execute(query):
                if all(isinstance(each, str) for each in row):
                    found.append(row)  # noqa: PERF401 - those before an error stay
    except FileNotFoundError:
        return [], set()
    except (sqlite3.Error, OSError, ValueError) as error:
        if not str(error).startswith("no such "):  # a table or column that this version does not have
            return found, {f"{query.partition(' FROM ')[2].split()[0]} of the store: {error}"}
    return found, set()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
