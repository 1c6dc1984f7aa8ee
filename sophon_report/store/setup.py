"""How far the first run is: the steps of it that somebody has done or left out, and whether it is over."""

from typing import FrozenSet, Tuple

from sophon_report.store.database import Database


class SetupStore:
    """The first run of one store file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def passed(self) -> FrozenSet[str]:
        """Names of the steps that are behind, and ``done`` when all is.

        Raises:
            StoreError: the file cannot be read.
        """
        return frozenset(name for (name,) in self._database.rows("SELECT name FROM setup_step"))

    def keep(self, passed: Tuple[str, ...], now_ms: int) -> None:
        """Have these be the ones that are behind, and no others.

        Raises:
            StoreError: the disk refuses; nothing is changed.
        """
        with self._database.change() as connection:
            connection.execute("DELETE FROM setup_step")
            connection.executemany(
                "INSERT INTO setup_step (name, at_ms) VALUES (?, ?)",
                [(name, now_ms) for name in sorted({*passed})],
            )
