"""Imports and exports of the running service: jobs, their notes, and files to be fetched.

An export is personal data in one file: mode 0600 in ``exports/`` of the data folder, fetched through a call that
needs the right to read people, and removed :data:`EXPORT_KEPT_S` after it was written, at the next start if the
service was not there; at most :data:`MAX_EXPORTS` are kept, the oldest goes. What is imported lies in the import
folder and stays there: it is its owner's.
"""

import asyncio
import contextlib
import re
import secrets
import shutil
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, TypeVar

import structlog

from sophon_report.api.bulk import ExportFile, ImportState, ImportWish
from sophon_report.api.job import Job
from sophon_report.errors import NotFound, Unavailable
from sophon_report.link.messages import PhotoResult
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.import_folder import confined
from sophon_report.quality_limits import Level
from sophon_report.report.bulk.exporting import Exporter
from sophon_report.report.bulk.handed_over import Begin, Rows, opened
from sophon_report.report.bulk.importing import Watcher, import_rows
from sophon_report.report.bulk.notebook import ImportNote, Notebook, key_of
from sophon_report.report.bulk.registrar import Order, Outcome, Registrar, RowRegistrar
from sophon_report.report.bulk.rows import Defaults, Source
from sophon_report.report.bulk.sources import open_source
from sophon_report.report.jobs import JobCancelled, Jobs, Ticket
from sophon_report.report.running import Parts
from sophon_report.store.database import Database

IMPORT, EXPORT = JOB_KINDS = ("people_import", "people_export")
MAX_EXPORTS = 4
EXPORT_KEPT_S = 86_400
TIDY_EVERY_S = 600.0
SPARE_BYTES = 256 << 20
"""Left free beside an export."""
_EXPORT_NAME = re.compile(r"people-[0-9]{8}-[0-9]{6}-[0-9a-f]{8}\.tar", re.ASCII)

log = structlog.get_logger()
T = TypeVar("T")
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
        self._book = Notebook(place.import_notes)
        self._tidying: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Remove what was kept long enough, now and then."""
        self._tidying = asyncio.get_running_loop().create_task(self._tidy_on(), name="tidy exports")

    async def stop(self) -> None:
        """Leave off."""
        if self._tidying is not None:
            self._tidying.cancel()
            await asyncio.wait([self._tidying])

    async def _tidy_on(self) -> None:
        while True:
            try:
                await _aside(self._tidy)
            except Exception:  # what was kept long enough must go although one look failed
                log.exception("exports_not_tidied")
            await asyncio.sleep(TIDY_EVERY_S)

    def _tidy(self) -> None:
        for part in self._place.exports.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):  # it is whole by now, and has its name
                if time.time() - part.stat().st_mtime > TIDY_EVERY_S:
                    _remove(part)
        for at, file in enumerate(self._exports()):
            if at >= MAX_EXPORTS or time.time() > file.removed_at_s:
                _remove(self._place.exports / file.name)
        self._book.tidy()

    async def begin(self, body: bytes, level: str) -> None:
        """Get ready for what a command hands over; raises as the registrar, BadMessage for what is none."""
        asked = await _aside(partial(opened, Begin, body))
        order = replace(asked.order, level=self._level(level))
        await self._registrar.begin(asked.groups, asked.names, asked.rows, order)

    async def rows(self, body: bytes, level: str) -> List[Outcome]:
        """What becomes of rows that a command hands over; raises as :meth:`begin`."""
        asked = await _aside(partial(opened, Rows, body))
        return await self._registrar.register(asked.rows, replace(asked.order, level=self._level(level)))

    async def start_import(self, wish: ImportWish, actor: str) -> Job:
        """Begin to import a file or folder of the import folder.

        Raises:
            NotFound: there is none of that name.
            Unavailable: too many jobs are open.
        """
        path = await _aside(partial(confined, self._place.import_folder, wish.file))
        work = partial(self._import, path, wish, actor)
        return self._jobs.start(IMPORT, work, actor=actor, cancellable=True)

    async def _import(self, path: Path, wish: ImportWish, actor: str, ticket: Ticket) -> Mapping[str, Any]:
        defaults = Defaults(wish.user_type, wish.permissions)
        ticket.tell(0, None, "people", "reading")
        source: Source = await _aside(partial(open_source, path, defaults))
        try:
            note = await self._imported(path, source, wish, ticket)
        finally:
            await _aside(source.close)
        self._note(actor, IMPORT, f"registered {note.registered}, refused {note.refused}")
        result: Dict[str, Any] = {**asdict(_state(note)), "notes": list(source.notes)}
        if note.ended == "cancelled":
            raise JobCancelled(result)
        return result

    async def _imported(self, path: Path, source: Source, wish: ImportWish, ticket: Ticket) -> ImportNote:
        how = [wish.user_type.value, *wish.permissions, str(wish.replace), wish.level]
        key = await _aside(partial(key_of, path, how))
        known = ImportNote(key, path.name)
        if wish.resume:
            with contextlib.suppress(NotFound):
                known = await _aside(partial(self._book.find, key))
        opened_note = await _aside(partial(self._book.begin, known))
        watcher = Watcher(
            told=lambda note: ticket.tell(note.rows, note.total, "people", "importing"),
            cancelled=lambda: ticket.cancelled,
        )
        order = Order(wish.replace, self._level(wish.level), again=wish.resume)
        try:
            return await import_rows(source, self._registrar, order, opened_note, watcher, wish.permissions)
        finally:
            await _aside(opened_note.close)

    async def imports(self) -> List[ImportState]:
        """The imports that are known, the one that changed last first."""
        return [_state(note) for note in await _aside(self._book.list)]

    async def report(self, key: str) -> bytes:
        """Whom an import refused, and why: CSV.

        Raises:
            NotFound: there is no such import.
        """
        return await _aside(partial(self._book.report, key))

    def start_export(self, has_photos: bool, actor: str) -> Job:
        """Begin to write everybody into a file.

        Raises:
            Unavailable: too many jobs are open.
        """
        work = partial(self._export, has_photos, actor)
        return self._jobs.start(EXPORT, work, actor=actor, cancellable=True)

    async def _export(self, has_photos: bool, actor: str, ticket: Ticket) -> Mapping[str, Any]:
        name = time.strftime(f"people-%Y%m%d-%H%M%S-{secrets.token_hex(4)}.tar", time.gmtime())
        people = await _aside(partial(self._write, self._place.exports / name, has_photos, ticket))
        if people < 0:
            raise JobCancelled
        self._note(actor, EXPORT, f"{people} people{' with photos' if has_photos else ''}")
        return {"file": name, "people": people, "kept_s": EXPORT_KEPT_S}

    def _write(self, path: Path, has_photos: bool, ticket: Ticket) -> int:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        needed = self._place.store.stat().st_size + SPARE_BYTES
        if shutil.disk_usage(path.parent).free < needed:
            raise Unavailable(f"the disk has no room for an export: up to {needed >> 20} MiB are needed")
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
        return await _aside(self._exports)

    def _exports(self) -> List[ExportFile]:
        found = []
        for path in self._place.exports.glob("people-*.tar"):
            with contextlib.suppress(OSError):
                state = path.stat()
                found.append(ExportFile(path.name, state.st_size, int(state.st_mtime) + EXPORT_KEPT_S))
        return sorted(found, key=lambda file: (-file.removed_at_s, file.name))

    def export_path(self, name: str) -> Path:
        """Where a file lies that can be fetched.

        Raises:
            NotFound: there is none of that name.
        """
        path = self._place.exports / name
        if not _EXPORT_NAME.fullmatch(name) or not path.is_file():
            raise NotFound("there is no such export, or not any more")
        return path

    async def remove_export(self, name: str) -> None:
        """Remove a file; raises as :meth:`export_path`."""
        await _aside(partial(_remove, self.export_path(name)))


def open_bulk_desk(stack: contextlib.AsyncExitStack, parts: Parts) -> BulkDesk:
    """Make it over the running service; at the end of ``stack`` it leaves off."""
    changing, people = parts.shelf, parts.people

    async def look(photo: bytes) -> PhotoResult:
        return await parts.vision.desk.look_at_in_turn(photo, parts.settings().match.min_face_px)

    registrar = RowRegistrar(
        people,
        changing.people,
        changing.permissions,
        look,
        lambda: (people.embedder, people.dim),
        changing.do,
        parts.erasure.is_erasing,
    )
    desk = BulkDesk(parts.place, registrar, parts.jobs, parts.level, lambda: people.embedder, parts.audit.note)
    desk.start()
    stack.push_async_callback(desk.stop)
    return desk


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


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        log.warning("file_not_removed", file=path.name, reason=str(error))


async def _aside(act: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, act)
