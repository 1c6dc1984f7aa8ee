"""Keys of the vendor's configuration that are no setting of ours: kept and told."""

from typing import Any, Dict, Mapping

from sophon_report.store import json_table
from sophon_report.store.database import Database

TABLE = "vendor_config"


class VendorConfigStore:
    """Values of one store file, by key; a value is what JSON holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Dict[str, Any]:
        """Every value that was set.

        Raises:
            StoreError: a row is no JSON.
        """
        return json_table.read(self._database, TABLE)

    def put(self, values: Mapping[str, Any]) -> None:
        """Keep ``values``, all or none.

        Raises:
            BadInput: one is too long.
        """
        with self._database.change() as connection:
            json_table.put(connection, TABLE, values)
