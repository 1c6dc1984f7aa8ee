"""Keys of the vendor's configuration that are no setting of ours: kept and told."""

import json
from typing import Any, Dict, Mapping

from sophon_report.errors import StoreError
from sophon_report.store.database import Database


class VendorConfigStore:
    """Values of one store file, by key; a value is what JSON holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Dict[str, Any]:
        """Every value that was set.

        Raises:
            StoreError: a row is no JSON.
        """
        rows = self._database.rows("SELECT key, value FROM vendor_config ORDER BY key")
        try:
            return {key: json.loads(value) for key, value in rows}
        except ValueError as error:
            raise StoreError(f"a vendor setting of {self._database.path} is no JSON: {error}") from error

    def put(self, values: Mapping[str, Any]) -> None:
        """Keep ``values``, all or none.

        Raises:
            BadInput: one is too long.
        """
        with self._database.change() as connection:
            for key, value in values.items():
                text = json.dumps(value, ensure_ascii=False, allow_nan=False)
                connection.execute("INSERT OR REPLACE INTO vendor_config (key, value) VALUES (?, ?)", (key, text))
