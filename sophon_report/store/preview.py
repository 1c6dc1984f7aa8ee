"""What is previewed, kept over restarts: one row beside the vendor's further configuration."""

from typing import Any, Optional, Tuple

import structlog

from sophon_report.model import PreviewChoice
from sophon_report.store import json_table
from sophon_report.store.database import Database
from sophon_report.store.vendor_config import TABLE

KEY = "preview"
"""No key of the vendor's: those are upper case."""

log = structlog.get_logger()


class PreviewStore:
    """The choice of one store file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> PreviewChoice:
        """What was chosen last; the usual when nobody has, or what is kept cannot be read.

        Raises:
            StoreError: the file cannot be read.
        """
        kept = json_table.read(self._database, TABLE).get(KEY)
        if kept is None:
            return PreviewChoice()
        try:
            mode, name = kept["mode"], kept["last_set_name"]
            choice = PreviewChoice(_ids(kept["selected"]), _ids(kept["previewed"]), int(mode), str(name))
        except (KeyError, TypeError, ValueError):
            log.error("preview_passed_over", reason="what is kept of it cannot be read")
            return PreviewChoice()
        return choice

    def put(self, choice: PreviewChoice) -> None:
        """Keep ``choice`` in the place of the former one.

        Raises:
            StoreError: it cannot be written.
        """
        values = {
            "selected": choice.selected,
            "previewed": choice.previewed,
            "mode": choice.mode,
            "last_set_name": choice.last_set_name,
        }
        with self._database.change() as connection:
            json_table.put(connection, TABLE, {KEY: values})


def _ids(kept: Any) -> Optional[Tuple[str, ...]]:
    return None if kept is None else tuple(str(each) for each in kept)
