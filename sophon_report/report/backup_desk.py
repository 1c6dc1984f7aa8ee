"""Backups of the running service: jobs, and the files that they leave.

====================  =================  ======================================================================
what                  bound              over it
====================  =================  ======================================================================
backups that lie here ``MAX_BACKUPS``    the oldest goes when another one is whole
the disk              ``SPARE_BYTES``    refused before it begins, beside what the store has
====================  =================  ======================================================================

They lie in ``backups/`` of the data folder, mode 0600, until somebody removes them; all go when a person is erased
or people are wiped (``bulk/kept_files.py``), since they would outlive it here. What was fetched before is its
owner's.
"""

import contextlib
import re
import secrets
import shutil
import time
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import structlog

from sophon_report.api.job import Job
from sophon_report.api.v1.backups import Backup, WhatToRestore
from sophon_report.errors import NotFound, SophonReportError, Unavailable
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.import_folder import confined
from sophon_report.ops.threads import in_thread
from sophon_report.report.backup.archive import BackupFile
from sophon_report.report.backup.contents import Contents, settings_of
from sophon_report.report.backup.making import BackupMaker
from sophon_report.report.backup.restoring import Restorer, Wish, of_service
from sophon_report.report.bulk_desk import BACKUP, RESTORE, open_registrar
from sophon_report.report.jobs import JobCancelled, Ticket
from sophon_report.report.running import Parts
from sophon_report.store.database import Database

MAX_BACKUPS = 4
SPARE_BYTES = 256 << 20
_NAME = re.compile(r"backup-[0-9]{8}-[0-9]{6}-[0-9a-f]{8}\.zip", re.ASCII)

log = structlog.get_logger()


class BackupDesk:
    """The :class:`sophon_report.api.v1.backups.BackupService` of a running service."""

    kept = MAX_BACKUPS

    def __init__(self, parts: Parts) -> None:
        self._parts, self._folder = parts, parts.place.backups
        self._restorer = Restorer(of_service(parts), open_registrar(parts))

    def make(self, parts: Sequence[str], passphrase: str, actor: str) -> Job:
        """Begin to make one."""
        work = partial(self._make, list(parts), passphrase, actor)
        return self._parts.jobs.start(BACKUP, work, actor=actor, cancellable=True)

    async def _make(self, parts: List[str], passphrase: str, actor: str, ticket: Ticket) -> Mapping[str, Any]:
        name = time.strftime(f"backup-%Y%m%d-%H%M%S-{secrets.token_hex(4)}.zip", time.gmtime())
        now, running = self._parts.settings(), self._parts
        contents = Contents(
            settings_of(now),
            running.vendor_config.all(),
            tuple(running.device_changes.list()),
            tuple(running.destination_changes.list()),
        )
        licence = now.license_key.get_secret_value()
        counts = await in_thread(partial(self._write, name, contents, licence, parts, passphrase, ticket))
        if counts is None:
            raise JobCancelled
        running.audit.note(actor, BACKUP, f"{', '.join(parts)}{' with secrets' if passphrase else ''}")
        return {"backup": name, "parts": counts, "secrets": bool(passphrase)}

    def _write(
        self, name: str, contents: Contents, licence: str, parts: List[str], passphrase: str, ticket: Ticket
    ) -> Optional[Dict[str, int]]:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        needed = self._parts.place.store.stat().st_size + SPARE_BYTES
        if shutil.disk_usage(self._folder).free < needed:
            raise Unavailable(f"the disk has no room for a backup: up to {needed >> 20} MiB are needed")
        ticket.tell(0, None, "", "settings")
        with contextlib.closing(Database.open(self._parts.place.store)) as database:
            maker = BackupMaker(database, contents, licence, self._parts.people.embedder)
            counts = maker.write(
                self._folder / name, parts, passphrase, clock_ms(), ticket.tell, lambda: ticket.cancelled
            )
        self._tidy()
        return counts

    def _tidy(self) -> None:
        for part in self._folder.glob("*.part"):
            with contextlib.suppress(OSError):
                if time.time() - part.stat().st_mtime > 3600:
                    part.unlink()
        for path in self._paths()[MAX_BACKUPS:]:
            with contextlib.suppress(OSError):
                path.unlink()
                log.info("backup_removed", reason="newer ones are there")

    def _paths(self) -> List[Path]:
        return sorted((path for path in self._folder.glob("*.zip") if _NAME.fullmatch(path.name)), reverse=True)

    async def list(self) -> List[Backup]:
        """Those that lie here, the newest first."""
        return await in_thread(self._list)

    def _list(self) -> List[Backup]:
        found = []
        for path in self._paths():
            with contextlib.suppress(SophonReportError, OSError), contextlib.closing(BackupFile(path)) as file:
                head, size_bytes = file.head, path.stat().st_size
                found.append(
                    Backup(path.name, size_bytes, head.made_ms, head.version, dict(head.counts), head.has_secrets)
                )
        return found

    def path(self, name: str) -> Path:
        """Where one is."""
        path = self._folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise NotFound("there is no such backup, or not any more")
        return path

    async def remove(self, name: str) -> None:
        """Remove one."""
        path = self.path(name)
        try:
            await in_thread(path.unlink)
        except OSError as error:
            raise Unavailable(f"the backup cannot be removed: {error.strerror}") from error

    async def restore(self, what: WhatToRestore, actor: str) -> Job:
        """Begin to put one back."""
        wish = Wish(tuple(what.parts), what.passphrase, what.dry_run)
        if what.backup:
            path = self.path(what.backup)
        else:
            path = await in_thread(partial(confined, self._parts.place.import_folder, what.file))
            if not path.is_file():  # a pipe would wait for a writer
                raise NotFound(f"{what.file} in the import folder is no file")
        work = partial(self._restore, path, wish, actor)
        return self._parts.jobs.start(RESTORE, work, actor=actor, cancellable=True)

    async def _restore(self, path: Path, wish: Wish, actor: str, ticket: Ticket) -> Mapping[str, Any]:
        if not wish.dry_run:
            self._parts.audit.note(actor, RESTORE, ", ".join(wish.parts))
        return await self._restorer.run(path, wish, ticket)
