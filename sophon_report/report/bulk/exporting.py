"""The people of this box as one file for another one.

The file shows the store page by page: whoever is changed meanwhile is in it before or after the change, whoever is
added meanwhile may be missing. It is written beside its place and renamed when it is whole, mode 0600: it holds
faces, names and whatever else is kept of people, readable by whoever has it.
"""

import contextlib
import time
from pathlib import Path
from typing import IO, Callable, List

from sophon_report.errors import BadInput
from sophon_report.ops.new_file import LeftOff, new_file
from sophon_report.report.bulk.feature_tar import FeatureTarWriter, Manifest
from sophon_report.report.bulk.rows import GroupGiven
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.permissions import PermissionStore

PAGE = 100
"""People read at once."""


class Exporter:
    """Writes such files.

    Args:
        database: the store, on a connection that may be kept busy.
    """

    def __init__(self, database: Database) -> None:
        self._people, self._permissions = PeopleStore(database), PermissionStore(database)
        self._database = database

    def write(
        self,
        path: Path,
        embedder: str,
        has_photos: bool,
        told: Callable[[int, int], None] = lambda _done, _all: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int:
        """Write everybody to ``path``; returns how many, or ``-1`` when it was cancelled and nothing is there.

        Args:
            path: replaced when it is there.
            embedder: SHA-256 of the model in use; ``""``: of the one that most faces are of.
            has_photos: whether their photos go along.
            told: called with how many are done, and how many there are.
            cancelled: asked after each page.

        Raises:
            BadInput: nobody is registered, or at ``path`` is no file.
            Unavailable: the disk refuses.
        """
        if not self._people.count():
            raise BadInput("nobody is registered")
        with contextlib.suppress(LeftOff), new_file(path) as file:
            return self.write_to(file, embedder, has_photos, told, cancelled)
        return -1

    def write_to(
        self,
        file: IO[bytes],
        embedder: str,
        has_photos: bool,
        told: Callable[[int, int], None] = lambda _done, _all: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int:
        """Write everybody to an open file, as :meth:`write` does.

        Raises:
            LeftOff: it was cancelled, the file has no end.
            OSError: it cannot be written.
        """
        embedder = embedder or self._most_used()
        total, groups = self._people.count(), tuple(self.groups())
        manifest = Manifest(embedder, self._dimension(embedder), total, has_photos, groups)
        writer = FeatureTarWriter(file, manifest)
        try:
            self._write_people(writer, manifest, told, cancelled)
            writer.finish()
        finally:
            writer.give_up()
        return writer.people

    def _write_people(
        self,
        writer: FeatureTarWriter,
        manifest: Manifest,
        told: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        names = {group.permission_id: group.name for group in manifest.groups}
        last = 0
        while True:
            page = self._people.after(last, PAGE)
            if not page:
                return
            for number, person in page:
                faces = self._people.faces_of(person.identity_id)
                # An id of no group is told as it is: the other box may have one of that name, or id.
                groups = [names.get(each, each) for each in person.permission_ids]
                writer.add(person, groups, faces)
                last = number
                time.sleep(0)  # whoever else waits for the interpreter goes first
            told(writer.people, max(manifest.people, writer.people))
            if cancelled():
                raise LeftOff

    def groups(self) -> List[GroupGiven]:
        """All permission groups."""
        found: List[GroupGiven] = []
        for offset in range(0, self._permissions.count(), 500):
            rows = self._permissions.list("", 500, offset)
            found += [GroupGiven(row.permission_id, row.name, row.description, row.info_json) for row in rows]
        return found

    def _most_used(self) -> str:
        sql = "SELECT embedder FROM face GROUP BY embedder ORDER BY count(*) DESC LIMIT 1"
        rows = self._database.rows(sql)
        return str(rows[0][0]) if rows else ""

    def _dimension(self, embedder: str) -> int:
        sql = "SELECT length(embedding) / 4 FROM face WHERE embedder = ? LIMIT 1"
        rows = self._database.rows(sql, (embedder,)) or self._database.rows(
            "SELECT length(embedding) / 4 FROM face LIMIT 1"
        )
        return int(rows[0][0]) if rows else 1
