"""A person erased from everything this box keeps.

::

    note ─► people, faces, photos, gallery ─► open visits, journal ─► rows of the history ─┐
    │       exports and reports of imports    events noted before     scrubbed             │
    │       store scrubbed                                                                 │
    │   ┌──────────────────────────────────────────────────────────────────────────────────┘
    │   └─► read-ahead, dead letters ─► audit ─► no note
    │       memory, workers begin anew
    └── durable: a start that finds it does all of it again; each step passes over what is done

The promise
    * When :meth:`PersonEraser.erase` returns, no file of the data folder holds the person's id, name, photos or
      features, nor the pictures of the events they were recognised in, and nobody who asks for the past is told
      of them. What a receiver had before is there.
    * Events of others are told as before, in order. Numbers of erased ones stay, as marks without a body.
    * After a kill or a power cut at any moment the next start goes on with it, beside its work. After a disk
      refused the running service tries again (see ``erasure_desk``); nobody is registered under the id until then.
    * One line of the audit says who had how much erased, and not whom.

Once the person is out of the gallery no new event names them: the journal is searched after that. Somebody who
stands before a camera meanwhile is a new face.
"""

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, replace
from functools import partial
from typing import AbstractSet, Awaitable, Callable, FrozenSet, Iterator, Optional, Tuple

import structlog

from sophon_report.delivery.journal import Journal, Wanted
from sophon_report.errors import NotFound, StoreError, Unavailable
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.threads import in_thread
from sophon_report.report.bulk.kept_files import forget_event_files, forget_files
from sophon_report.report.erasure_note import ErasureNote, NoteFile
from sophon_report.report.event_feed import EventFeed
from sophon_report.report.former_strangers import FormerStrangers
from sophon_report.store.audit import AuditLine, AuditStore
from sophon_report.store.people import PeopleStore
from sophon_report.wire.layouts import Event

ACTION = "person erased"
SCRUB_TRIES = 50
SCRUB_REST_S = 0.1
"""Between looks whether another process still reads the store."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Progress:
    """How far an erasing is."""

    step: str = "people"
    """``people``, ``journal``, ``history``, ``dead letters``."""
    done_bytes: int = 0
    all_bytes: int = 0
    """Of this part of the journal; 0 when it is not known."""


@dataclass(frozen=True)
class Erased:
    """What was removed."""

    faces: int
    records: int
    dead_letters: int
    rows: int = 0
    """Of the event index."""


@dataclass(frozen=True)
class Places:
    """Everything that may know of a person."""

    store: PeopleStore
    remove_people: Callable[[Tuple[str, ...]], Awaitable[Tuple[str, ...]]]
    """Takes people out of the store and of the gallery; returns the ids that somebody had."""
    journal: Journal
    forget_visits: Callable[[AbstractSet[str], AbstractSet[str]], FrozenSet[str]]
    """Drops the open visits of these people and events; returns the ids of their events."""
    erase_letters: Callable[[Callable[[Event], bool]], Awaitable[int]]
    """Has everybody read the journal anew and removes dead letters; how many."""
    forget_shown: Callable[[Callable[[Event], bool]], None]
    """Drops what is kept in memory of events that were shown."""
    audit: AuditStore
    scrub: Callable[[], bool]
    """Empties the store's write-ahead log; ``False`` while another process reads."""
    strangers: FormerStrangers
    rows: EventFeed
    data_dir: DataDir
    """Where exports and reports of imports lie."""


class PersonEraser:
    """Erases one person at a time, on the event loop. What was begun before and not finished comes first.

    Args:
        places: what is searched.
        note: of this data folder.
        clock_ms: UTC milliseconds.
    """

    def __init__(self, places: Places, note: NoteFile, clock_ms: Callable[[], int]) -> None:
        self._places, self._file, self._clock_ms = places, note, clock_ms
        self._progress: Optional[Progress] = None
        self._identity_ids: FrozenSet[str] = frozenset()

    def is_erasing(self, identity_id: str) -> bool:
        """Whether this person's erasing is not finished: nobody may be registered under the id meanwhile."""
        return identity_id in self._identity_ids

    @property
    def strangers(self) -> FormerStrangers:
        """What people were before."""
        return self._places.strangers

    @property
    def progress(self) -> Optional[Progress]:
        """How far it is, ``None`` when nobody is being erased."""
        return self._progress

    async def erase(self, identity_id: str, actor: str) -> Erased:
        """Erase whoever has this id, or had it when events of theirs were written.

        Args:
            identity_id: of a person; one who was deleted before may still be in events.
            actor: for the audit.

        Raises:
            NotFound: nobody has it, and no event or dead letter is of it.
            Unavailable: somebody is being erased already, or a disk refused; :meth:`go_on` finishes it.
        """
        with self._alone():
            left = await in_thread(self._file.read)
            if left is not None and left.identity_id != identity_id:
                with contextlib.suppress(NotFound):
                    await self._do(left)
                left = None
            return await self._do(left or ErasureNote(secrets.token_hex(4), identity_id, actor))

    async def go_on(self) -> None:
        """Finish what was begun and broken off, if anything was and nobody is at it; trouble is logged."""
        if self._progress is not None:
            return
        try:
            with self._alone():
                note = await in_thread(self._file.read)
                if note is not None:
                    log.warning("erasing_goes_on", erasing=note.number)
                    await self._do(note)
        except NotFound:
            log.info("erasing_found_nobody")
        except Unavailable as error:
            log.error("erasing_not_finished", reason=str(error))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if self._progress is not None:
            raise Unavailable("a person is being erased already: try again when that is done")
        self._progress = Progress()
        try:
            yield
        finally:
            self._progress = None

    async def _do(self, note: ErasureNote) -> Erased:
        self._identity_ids = note.identity_ids | {note.identity_id}
        note = await self._erase(note)
        self._identity_ids = frozenset()
        if not note.is_somebody:
            raise NotFound("nobody has this id, and no event is of it")
        log.info("person_erased", erasing=note.number, faces=note.faces, records=note.records)
        return Erased(note.faces, note.records, note.dead_letters, note.rows)

    async def _erase(self, note: ErasureNote) -> ErasureNote:
        note = await self._from_people(note)
        note = await self._from_journal(note)
        note = await self._from_history(note)
        self._progress = Progress("dead letters")
        self._places.forget_shown(note.is_of)
        letters = await self._places.erase_letters(note.is_of)
        note = replace(note, dead_letters=note.dead_letters + letters)
        if note.is_somebody:
            self._write_audit(note)
        await in_thread(self._file.remove)
        return note

    async def _from_people(self, note: ErasureNote) -> ErasureNote:
        places = self._places
        ids = note.identity_ids | await places.strangers.ids_of(note.identity_id)
        there = places.store.count_of(tuple(ids))
        filed = sum(map(places.strangers.is_filed, ids))
        note = replace(
            note,
            identity_ids=ids,
            people=max(note.people, there.people + filed),
            faces=max(note.faces, there.faces + filed),
        )
        await in_thread(partial(self._file.write, note))
        await places.remove_people(tuple(ids))
        for identity_id in ids:
            await places.strangers.erase(identity_id)
        await in_thread(partial(forget_files, places.data_dir))
        await self._scrub()
        return note

    async def _from_journal(self, note: ErasureNote) -> ErasureNote:
        ids = note.identity_ids

        def decided(event_ids: AbstractSet[str], records: int) -> None:
            nonlocal note
            note = replace(note, event_ids=frozenset(event_ids), records=max(note.records, records))
            self._file.write(note)

        def told(done_bytes: int, all_bytes: int) -> None:
            self._progress = Progress("journal", done_bytes, all_bytes)

        await self._places.journal.erase(
            Wanted(
                identity_ids=ids,
                event_ids=note.event_ids,
                forget=lambda event_ids: self._places.forget_visits(ids, event_ids),
                decided=decided,
                told=told,
            )
        )
        return note

    async def _from_history(self, note: ErasureNote) -> ErasureNote:
        """After the journal: nothing that the index reads there now is of the person."""
        self._progress = Progress("history")
        rows = await self._places.rows.count_of(note.identity_ids, note.event_ids)
        note = replace(note, rows=max(note.rows, rows))
        await in_thread(partial(self._file.write, note))
        await self._places.rows.forget(note.identity_ids, note.event_ids)
        await in_thread(partial(forget_event_files, self._places.data_dir))  # of rows that were read before
        return note

    async def _scrub(self) -> None:
        for _ in range(SCRUB_TRIES):
            if self._places.scrub():
                return
            await asyncio.sleep(SCRUB_REST_S)
        raise StoreError("another process reads the store: what was deleted is still in its log")

    def _write_audit(self, note: ErasureNote) -> None:
        detail = f"{note.faces} faces, {note.records} records, {note.dead_letters} dead letters, {note.rows} rows"
        line = AuditLine(self._clock_ms(), note.actor, ACTION, f"{detail} (erasing {note.number})")
        self._places.audit.add(line, once=f"(erasing {note.number})")
