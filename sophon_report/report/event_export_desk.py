"""Exports of events as jobs, and the files they leave.

Such a file holds names and faces: mode 0600 in ``exports/`` of the data folder, removed a day after it was
written. It goes with every erasing of a person and every wipe, and one that is being written then fails: whoever
was erased is in none of them.

The index is read page by page in its own threads, pictures in the journal's, the file is written in another one:
the event loop carries none of it.
"""

import asyncio
import contextlib
from functools import partial
from pathlib import Path
from typing import Any, Callable, List, Mapping, Optional, TypeVar

from sophon_report.api.bulk import ExportFile
from sophon_report.api.job import Job
from sophon_report.api.past_exports import EventExportWish
from sophon_report.errors import Unavailable
from sophon_report.ops.threads import in_thread
from sophon_report.report.bulk.event_exporting import MAX_EVENTS, EventFile, Told, WithPictures
from sophon_report.report.bulk.export_folder import KEPT_S, event_files
from sophon_report.report.history import History
from sophon_report.report.jobs import JobCancelled, Jobs, Ticket
from sophon_report.report.running import Parts
from sophon_report.store.event_index import EventPicture, EventQuery, EventRow, Place

KIND = "events_export"
PAGE = 200
PAGE_WITH_PICTURES = 20
"""Pictures of so many events are in memory at once."""
WHICH: Mapping[str, EventPicture] = {"face": EventPicture.FACE, "scene": EventPicture.SCENE}

T = TypeVar("T")
Note = Callable[[str, str, str], None]
"""Actor, what was done, details: for the audit."""


class EventExportDesk:
    """As the HTTP edge asks for it.

    Args:
        folder: of the files of all exports.
        history: of the events.
        jobs: runs what takes long.
        note: writes into the audit.
    """

    def __init__(self, folder: Path, history: History, jobs: Jobs, note: Note) -> None:
        self._files = event_files(folder)
        self._history, self._jobs, self._note = history, jobs, note

    def start(self, wish: EventExportWish, actor: str) -> Job:
        """Begin to write a file.

        Raises:
            Unavailable: too many jobs are open.
        """
        return self._jobs.start(KIND, partial(self._export, wish, actor), actor=actor, cancellable=True)

    async def _export(self, wish: EventExportWish, actor: str, ticket: Ticket) -> Mapping[str, Any]:
        name = self._files.new_name(wish.form)
        most = MAX_EVENTS[wish.form]
        ticket.tell(0, None, "events", "counting")
        total = await self._total(wish.query)
        with contextlib.ExitStack() as stack:
            opened = await in_thread(partial(stack.enter_context, self._files.written(name)))
            told = Told(wish.form, wish.language, wish.utc_offset_min, wish.pictures)
            file = await in_thread(partial(EventFile, opened, told))
            try:
                await self._fill(file, wish, ticket, None if total is None else min(total, most))
                await in_thread(file.finish)
            except BaseException:
                file.give_up()
                raise
            await in_thread(stack.close)
        self._note(actor, KIND, f"{file.events} events, {wish.form}")
        await in_thread(self._files.tidy)
        return {"file": name, "events": file.events, "cut": file.cut, "kept_s": KEPT_S}

    async def _total(self, query: EventQuery) -> Optional[int]:
        """``None`` when counting takes too long."""
        with contextlib.suppress(Unavailable):
            return (await self._ask(partial(self._history.index.page, query, 1, 0))).total
        return None

    async def _fill(self, file: EventFile, wish: EventExportWish, ticket: Ticket, total: Optional[int]) -> None:
        before: Optional[Place] = None
        size = PAGE_WITH_PICTURES if wish.pictures else PAGE
        while True:
            page = await self._ask(partial(self._history.index.stretch, wish.query, size, before, None))
            some = [WithPictures(row, await self._pictures(row, wish)) for row in page.rows]
            fits = await in_thread(partial(self._write, file, some))
            ticket.tell(file.events, total if total is None else max(total, file.events), "events", "writing")
            if ticket.cancelled:
                raise JobCancelled
            if not fits or not page.has_older or not page.rows:
                return
            before = Place(page.rows[-1].at_ms, page.rows[-1].number)

    def _write(self, file: EventFile, some: List[WithPictures]) -> bool:
        self._files.look_for_room()
        return file.add(some)

    async def _pictures(self, row: EventRow, wish: EventExportWish) -> Mapping[str, bytes]:
        if not wish.pictures:
            return {}
        there = await self._history.pictures.all_of(row)
        return {which: there[WHICH[which]] for which in wish.pictures if WHICH[which] in there}

    async def list(self) -> List[ExportFile]:
        """The files that can be fetched, the newest first."""
        await in_thread(self._files.tidy)
        return await in_thread(self._files.list)

    async def path_of(self, name: str) -> Path:
        """Where one is; raises NotFound."""
        return await in_thread(partial(self._files.path_of, name))

    async def remove(self, name: str) -> None:
        """Remove one; raises NotFound."""
        await in_thread(partial(self._files.remove, name))

    async def _ask(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._history.questions, act)


def open_event_exports(parts: Parts) -> EventExportDesk:
    """Over the running service."""
    return EventExportDesk(parts.place.exports, parts.history, parts.jobs, parts.audit.note)
