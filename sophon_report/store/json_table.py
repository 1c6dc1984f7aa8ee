"""A table of keys and JSON values, as stored settings and the vendor's further ones are kept."""

import json
import sqlite3
from typing import Any, Dict, Mapping

from sophon_report.errors import StoreError
from sophon_report.store.database import Database


def read(database: Database, table: str) -> Dict[str, Any]:
    """Every value of ``table`` by its key.

    Raises:
        StoreError: a row is no JSON.
    """
    rows = database.rows(f"SELECT key, value FROM {table} ORDER BY key")  # noqa: S608 - constants
    try:
        return {key: json.loads(value) for key, value in rows}
    except ValueError as error:
        raise StoreError(f"a value of table {table} in {database.path} is no JSON: {error}") from error


def put(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> None:
    """Set ``values`` in ``table``; the rest stays."""
    for key, value in values.items():
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        connection.execute(f"INSERT OR REPLACE INTO {table} (key, value) VALUES (?, ?)", (key, text))  # noqa: S608
