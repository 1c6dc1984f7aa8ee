"""The people of this box as one file for another one.

The file shows the store page by page: whoever is changed meanwhile is in it before or after the change, whoever is
added meanwhile may be missing. It is written beside its place and renamed when it is whole, mode 0600: it holds
faces, names and whatever else is kept of people, readable by whoever has it.
"""

import contextlib
import os
import time
from pathlib import Path
from typing import IO, Callable, List

from sophon_report.errors import BadInput, Unavailable
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
            BadInput: nobody is registered.
            Unavailable: the disk refuses.
        """
        if not self._people.count():
            raise BadInput("nobody is registered")
        part = path.with_name(path.name + ".part")
        try:
            descriptor = os.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                people = self.write_to(file, embedder, has_photos, told, cancelled)
                if people < 0:
                    return -1
                file.flush()
                os.fsync(file.fileno())
            os.replace(str(part), str(path))
        except OSError as error:
            raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
        return people

    def write_to(
        self,
        file: IO[bytes],
        embedder: str,
        has_photos: bool,
        told: Callable[[int, int], None] = lambda _done, _all: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int:
        """Write everybody to an open file, as :meth:`write` does; ``-1``: it was cancelled, the file has no end.

        Raises:
            OSError: it cannot be written.
        """
        embedder = embedder or self._most_used()
        total, groups = self._people.count(), tuple(self.groups())
        manifest = Manifest(embedder, self._dimension(embedder), total, has_photos, groups)
        writer = FeatureTarWriter(file, manifest)
        try:
            if not self._write_people(writer, manifest, told, cancelled):
                return -1
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
    ) -> bool:
        names = {group.permission_id: group.name for group in manifest.groups}
        last = 0
        while True:
            page = self._people.after(last, PAGE)
            if not page:
                return True
            for number, person in page:
                faces = self._people.faces_of(person.identity_id)
                # An id of no group is told as it is: the other box may have one of that name, or id.
                groups = [names.get(each, each) for each in person.permission_ids]
                writer.add(person, groups, faces)
                last = number
                time.sleep(0)  # whoever else waits for the interpreter goes first
            told(writer.people, max(manifest.people, writer.people))
            if cancelled():
                return False

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
