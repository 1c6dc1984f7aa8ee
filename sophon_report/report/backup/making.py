"""A backup written from the store, in a thread, on a connection of its own."""

from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence

import orjson

from sophon_report.ops.new_file import LeftOff
from sophon_report.report.backup.archive import PEOPLE, USERS, BackupWriter, Groups, Told
from sophon_report.report.backup.contents import Contents
from sophon_report.report.bulk.exporting import Exporter
from sophon_report.store.database import Database
from sophon_report.store.groups import PAGE_ROWS, GroupStore, UserRow
from sophon_report.store.people import PeopleStore


class BackupMaker:
    """Makes one.

    Args:
        database: the store, on a connection that may be kept busy.
        contents: all but people.
        license_key: a secret.
        embedder: SHA-256 of the model in use, ``""`` before there is one.
    """

    def __init__(self, database: Database, contents: Contents, license_key: str, embedder: str) -> None:
        self._database, self._contents = database, contents
        self._license_key, self._embedder = license_key, embedder
        self._people = PeopleStore(database)

    def write(
        self,
        path: Path,
        parts: List[str],
        passphrase: str,
        made_ms: int,
        told: Told,
        cancelled: Callable[[], bool],
    ) -> Optional[Dict[str, int]]:
        """Write it; returns how much of each part, ``None`` when it was cancelled and nothing is there.

        Args:
            path: of the file.
            parts: of :data:`~sophon_report.report.backup.archive.PARTS`.
            passphrase: of the secrets; ``""``: they are left out.
            made_ms: the time of now.
            told: how far it is.
            cancelled: asked now and then.

        Raises:
            BadInput: at ``path`` is no file.
            Unavailable: the disk refuses.
        """
        exporter = Exporter(self._database)
        counts = {
            "settings": len(self._contents.settings),
            "devices": len(self._contents.devices),
            "destinations": len(self._contents.destinations),
        }
        counts = {part: count for part, count in counts.items() if part in parts}
        try:
            with BackupWriter(path).open() as file:
                file.put_contents(self._contents, parts)
                if passphrase:
                    file.put_secrets(self._contents, self._license_key, passphrase)
                if "people" in parts:
                    groups = Groups(tuple(exporter.groups()), tuple(GroupStore(self._database).list()))
                    file.put_groups(groups)
                    counts["groups"] = len(groups.permissions) + len(groups.groups)
                    counts["people"] = self._put_people(file, exporter, told, cancelled)
                file.put_head(made_ms, counts, bool(passphrase))
        except LeftOff:
            return None
        return counts

    def _put_people(
        self, file: BackupWriter, exporter: Exporter, told: Told, cancelled: Callable[[], bool]
    ) -> int:
        if not self._people.count():
            return 0

        def so_far(done: int, total: int) -> None:
            told(done, total, "people", "people")

        with file.member(PEOPLE) as member:
            people = exporter.write_to(member, self._embedder, True, so_far, cancelled)
        with file.member(USERS) as member:
            last = 0
            while True:
                page = self._people.after(last, PAGE_ROWS)
                if not page:
                    return people
                last = page[-1][0]
                member.write(self._user_lines([person.identity_id for _, person in page]))

    def _user_lines(self, identity_ids: Sequence[str]) -> bytes:
        usual = UserRow()
        lines = [
            orjson.dumps({"id": identity_id, "groups": list(row.groups), "info": row.info_json}) + b"\n"
            for identity_id, row in GroupStore(self._database).users(identity_ids).items()
            if (row.groups, row.info_json) != (usual.groups, usual.info_json)
        ]
        return b"".join(lines)
