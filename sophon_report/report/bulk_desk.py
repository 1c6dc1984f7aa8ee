"""Imports and exports of the running service: jobs, their notes, and files to be fetched.

An export is personal data in one file: mode 0600 in ``exports/`` of the data folder, fetched through a call that
needs the right to read people, and removed :data:`KEPT_S` after it was written, at the next start if the
service was not there; at most ``MAX_KEPT`` are kept, the oldest goes. What is imported lies in the import
folder and stays there: it is its owner's. What browsers give is kept by :mod:`~sophon_report.report.uploads`.
"""

import asyncio
import contextlib
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional

import structlog

from sophon_report.api.bulk import ExportFile, ImportState, ImportWish
from sophon_report.api.job import Job
from sophon_report.errors import NotFound
from sophon_report.link.messages import PhotoResult
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.ending import ended
from sophon_report.ops.import_folder import confined
from sophon_report.ops.threads import in_thread
from sophon_report.quality_limits import Level
from sophon_report.report.bulk.export_folder import KEPT_S, event_files, people_files
from sophon_report.report.bulk.exporting import Exporter
from sophon_report.report.bulk.handed_over import Begin, Rows, opened
from sophon_report.report.bulk.importing import Watcher, import_rows
from sophon_report.report.bulk.notebook import ImportNote, Notebook, key_of
from sophon_report.report.bulk.registrar import Order, Outcome, Registrar, RowRegistrar
from sophon_report.report.bulk.rows import Defaults, Source
from sophon_report.report.bulk.sources import open_source
from sophon_report.report.jobs import JobCancelled, Jobs, Ticket
from sophon_report.report.running import Parts
from sophon_report.report.uploads import UploadDesk
from sophon_report.store.database import Database

IMPORT, EXPORT, BACKUP, RESTORE = JOB_KINDS = ("people_import", "people_export", "backup", "restore")
TIDY_EVERY_S = 600.0

log = structlog.get_logger()
Note = Callable[[str, str, str], None]
"""Actor, what was done, details: for the audit."""


class BulkDesk:
    """People in bulk, as the HTTP edge asks for them.

    Args:
        place: the data folder.
        registrar: takes rows.
        jobs: runs what takes long.
        level: what a word of the vendor's levels asks of a photo.
        embedder: SHA-256 of the model in use, ``""`` before there is one.
        note: writes into the audit.
    """

    def __init__(
        self,
        place: DataDir,
        registrar: Registrar,
        jobs: Jobs,
        level: Callable[[str], Level],
        embedder: Callable[[], str],
        note: Note,
    ) -> None:
        self._place, self._registrar, self._jobs = place, registrar, jobs
        self._level, self._embedder, self._note = level, embedder, note
        self._book, self._files = Notebook(place.import_notes), people_files(place.exports)
        self.uploads = UploadDesk(place.import_folder)
        """What browsers give."""
        self._tidying: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Remove what was kept long enough, now and then."""
        self._tidying = asyncio.get_running_loop().create_task(self._tidy_on(), name="tidy exports")

    async def stop(self) -> None:
        """Leave off."""
        if self._tidying is not None:
            await ended(self._tidying)

    async def _tidy_on(self) -> None:
        while True:
            try:
                await in_thread(self._tidy)
            except Exception:  # what was kept long enough must go although one look failed
                log.exception("exports_not_tidied")
            await asyncio.sleep(TIDY_EVERY_S)

    def _tidy(self) -> None:
        self._files.tidy()
        event_files(self._place.exports).tidy()
        self._book.tidy()
        self.uploads.tidy()

    async def begin(self, body: bytes, level: str) -> None:
        """Get ready for what a command hands over; raises as the registrar, BadMessage for what is none."""
        asked = await in_thread(partial(opened, Begin, body))
        order = replace(asked.order, level=self._level(level))
        await self._registrar.begin(asked.groups, asked.names, asked.rows, order)

    async def rows(self, body: bytes, level: str) -> List[Outcome]:
        """What becomes of rows that a command hands over; raises as :meth:`begin`."""
        asked = await in_thread(partial(opened, Rows, body))
        return await self._registrar.register(asked.rows, replace(asked.order, level=self._level(level)))

    async def start_import(self, wish: ImportWish, actor: str) -> Job:
        """Begin to import a file or folder of the import folder.

        Raises:
            NotFound: there is none of that name.
            Unavailable: too many jobs are open.
        """
        path = await in_thread(partial(confined, self._place.import_folder, wish.file))
        work = partial(self._import, path, wish, actor)
        return self._jobs.start(IMPORT, work, actor=actor, cancellable=True)

    async def _import(self, path: Path, wish: ImportWish, actor: str, ticket: Ticket) -> Mapping[str, Any]:
        defaults = Defaults(wish.user_type, wish.permissions)
        ticket.tell(0, None, "people", "reading")
        source: Source = await in_thread(partial(open_source, path, defaults))
        try:
            note = await self._imported(path, source, wish, ticket)
        finally:
            await in_thread(source.close)
        self._note(actor, IMPORT, f"registered {note.registered}, refused {note.refused}")
        result: Dict[str, Any] = {**asdict(_state(note)), "notes": list(source.notes)}
        if note.ended == "cancelled":
            raise JobCancelled(result)
        await self.uploads.imported(path)
        return result

    async def _imported(self, path: Path, source: Source, wish: ImportWish, ticket: Ticket) -> ImportNote:
        how = [wish.user_type.value, *wish.permissions, str(wish.replace), wish.level]
        key = await in_thread(partial(key_of, path, how))
        known = ImportNote(key, path.name)
        if wish.resume:
            with contextlib.suppress(NotFound):
                known = await in_thread(partial(self._book.find, key))
        opened_note = await in_thread(partial(self._book.begin, known))
        watcher = Watcher(
            told=lambda note: ticket.tell(note.rows, note.total, "people", "importing"),
            cancelled=lambda: ticket.cancelled,
        )
        order = Order(wish.replace, self._level(wish.level), again=wish.resume)
        try:
            return await import_rows(source, self._registrar, order, opened_note, watcher, wish.permissions)
        finally:
            await in_thread(opened_note.close)

    async def imports(self) -> List[ImportState]:
        """The imports that are known, the one that changed last first."""
        return [_state(note) for note in await in_thread(self._book.list)]

    async def report(self, key: str) -> bytes:
        """Whom an import refused, and why: CSV.

        Raises:
            NotFound: there is no such import.
        """
        return await in_thread(partial(self._book.report, key))

    def start_export(self, has_photos: bool, actor: str) -> Job:
        """Begin to write everybody into a file.

        Raises:
            Unavailable: too many jobs are open.
        """
        work = partial(self._export, has_photos, actor)
        return self._jobs.start(EXPORT, work, actor=actor, cancellable=True)

    async def _export(self, has_photos: bool, actor: str, ticket: Ticket) -> Mapping[str, Any]:
        name = self._files.new_name("tar")
        people = await in_thread(partial(self._write, self._place.exports / name, has_photos, ticket))
        if people < 0:
            raise JobCancelled
        self._note(actor, EXPORT, f"{people} people{' with photos' if has_photos else ''}")
        return {"file": name, "people": people, "kept_s": KEPT_S}

    def _write(self, path: Path, has_photos: bool, ticket: Ticket) -> int:
        self._files.look_for_room(self._place.store.stat().st_size)
        with contextlib.closing(Database.open(self._place.store)) as database:
            people = Exporter(database).write(
                path,
                self._embedder(),
                has_photos,
                lambda done, total: ticket.tell(done, total, "people", "writing"),
                lambda: ticket.cancelled,
            )
        self._tidy()
        return people

    async def exports(self) -> List[ExportFile]:
        """The files that can be fetched, the newest first."""
        return await in_thread(self._files.list)

    def export_path(self, name: str) -> Path:
        """Where a file lies that can be fetched.

        Raises:
            NotFound: there is none of that name.
        """
        return self._files.path_of(name)

    async def remove_export(self, name: str) -> None:
        """Remove a file; raises as :meth:`export_path`."""
        await in_thread(partial(self._files.remove, name))


def open_bulk_desk(stack: contextlib.AsyncExitStack, parts: Parts) -> BulkDesk:
    """Make it over the running service; at the end of ``stack`` it leaves off."""
    registrar, people = open_registrar(parts), parts.people
    desk = BulkDesk(parts.place, registrar, parts.jobs, parts.level, lambda: people.embedder, parts.audit.note)
    desk.start()
    stack.push_async_callback(desk.stop)
    return desk


def open_registrar(parts: Parts) -> RowRegistrar:
    """What takes rows of people into the running service."""
    changing, people = parts.shelf, parts.people

    async def look(photo: bytes) -> PhotoResult:
        return await parts.vision.desk.look_at_in_turn(photo, parts.settings().match.min_face_px)

    return RowRegistrar(
        people,
        changing.people,
        changing.permissions,
        look,
        lambda: (people.embedder, people.dim),
        changing.do,
        parts.erasure.is_erasing,
    )


def _state(note: ImportNote) -> ImportState:
    return ImportState(
        import_id=note.key,
        source=note.source,
        total=note.total,
        rows=note.rows,
        registered=note.registered,
        refused=note.refused,
        report_lines=note.lines,
        ended=note.ended,
    )
