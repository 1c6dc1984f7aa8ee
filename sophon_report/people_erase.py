"""Erasing a person with the service running or not.

A running service does it itself and tells how far it is; on a stopped one its files are opened here, the folder
held meanwhile. What is broken off either way is finished by the next start, or by the next erasing.
"""

import asyncio
from contextlib import closing
from typing import Any, Callable, Dict, Optional, Tuple

from sophon_report.admin import Admin
from sophon_report.config import Settings
from sophon_report.delivery.dead_letter_office import DeadLetterOffice
from sophon_report.delivery.dead_letters import Bounds
from sophon_report.delivery.journal import Files, Journal, RealFiles
from sophon_report.errors import NotFound, Unavailable
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.erasing import Erased, PersonEraser, Places, Progress
from sophon_report.report.erasure_note import NoteFile
from sophon_report.report.event_feed import EventFeed
from sophon_report.report.former_strangers import FormerStrangers
from sophon_report.store.audit import AuditStore
from sophon_report.store.database import Database
from sophon_report.store.event_index import EventIndex
from sophon_report.store.people import PeopleStore
from sophon_report.store.strangers import StrangerStore

ACTOR = "command"
LOOK_S = 0.2

Told = Callable[[Progress], None]


def erase_person(settings: Settings, identity_id: str, told: Told, files: Optional[Files] = None) -> Erased:
    """Erase whoever has ``identity_id``, or had it when events were written.

    Args:
        settings: of the service.
        identity_id: of the person.
        told: hears how far it is.
        files: where a stopped service has its journal, the real ones by default.

    Raises:
        NotFound: nobody has it, and nothing is of it.
        Unavailable: the service, the store or the disk cannot be used.
    """
    place = DataDir(settings.data_dir)
    if not place.store.exists() and not place.journal.is_dir():
        raise NotFound(f"nothing is stored in {place.root}")
    try:
        lock = place.lock()
    except Unavailable:
        return asyncio.run(_asked(place, identity_id, told))
    try:
        return asyncio.run(_stopped(settings, place, identity_id, told, files or RealFiles()))
    finally:
        lock.close()


async def _asked(place: DataDir, identity_id: str, told: Told) -> Erased:
    async with Admin(place) as admin:
        state = await admin.delete("/api/v1/people", {"identity_id": identity_id})
        while state["state"] == "running":
            told(Progress(state["step"] or "", state["done_bytes"] or 0, state["all_bytes"] or 0))
            await asyncio.sleep(LOOK_S)
            state = await admin.get("/api/v1/people/erasing")
    return _outcome(state)


def _outcome(state: Dict[str, Any]) -> Erased:
    if state["state"] != "done":
        raise Unavailable(state["error"] or "the service has begun anew; it goes on with it")
    return Erased(state["faces"], state["records"], state["dead_letters"], state["rows"])


async def _stopped(settings: Settings, place: DataDir, identity_id: str, told: Told, files: Files) -> Erased:
    with closing(Database.open(place.store)) as database:
        journal = Journal.open(place.journal, settings.journal, clock_ms=clock_ms, files=files)
        await journal.start()
        try:
            feed = EventFeed(journal, EventIndex(place.events), lambda: settings.events, clock_ms)
            eraser = _eraser(place, database, journal, feed, files)
            telling = asyncio.get_running_loop().create_task(_tell(eraser, told))
            try:
                return await eraser.erase(identity_id, ACTOR)
            finally:
                telling.cancel()
                await feed.stop()
        finally:
            await journal.close()


def _eraser(place: DataDir, database: Database, journal: Journal, feed: EventFeed, files: Files) -> PersonEraser:
    people = PeopleStore(database)

    async def remove(identity_ids: Tuple[str, ...]) -> Tuple[str, ...]:
        return people.delete(identity_ids)

    places = Places(
        store=people,
        remove_people=remove,
        journal=journal,
        forget_visits=lambda _people, _events: frozenset(),
        erase_letters=DeadLetterOffice(place.dead_letters, Bounds()).erase,
        forget_shown=lambda _is_of: None,
        audit=AuditStore(database),
        scrub=database.scrub,
        strangers=FormerStrangers(StrangerStore(database)),
        rows=feed,
        data_dir=place,
    )
    return PersonEraser(places, NoteFile(place.erasing, files), clock_ms)


async def _tell(eraser: PersonEraser, told: Told) -> None:
    while True:
        progress: Optional[Progress] = eraser.progress
        if progress is not None:
            told(progress)
        await asyncio.sleep(LOOK_S)
