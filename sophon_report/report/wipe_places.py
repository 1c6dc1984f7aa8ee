"""What a wipe removes, where: in the running service, and on the files before it runs."""

from contextlib import closing
from functools import partial
from typing import Callable

import structlog

from sophon_report.config import Settings
from sophon_report.delivery.dead_letter_office import DeadLetterOffice
from sophon_report.delivery.dead_letters import Bounds
from sophon_report.delivery.journal import Journal
from sophon_report.model import PreviewChoice
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.threads import in_thread
from sophon_report.report.bulk.kept_files import forget_event_files, forget_files
from sophon_report.report.running import Parts
from sophon_report.report.wiping import WipeNote, WipePlaces, finish
from sophon_report.store import wiping
from sophon_report.store.audit import AuditLog, AuditStore
from sophon_report.store.database import Database
from sophon_report.store.event_index import EventIndex

log = structlog.get_logger()


class RunningPlaces:
    """Those of the running service: memory first, then the disk, in threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def places(self) -> WipePlaces:
        """All of them."""
        return WipePlaces(self._users, self._events, self._settings)

    async def _users(self) -> None:
        parts = self._parts
        await parts.device_changes.clear()  # in the store as well: who is added from here on stays
        await in_thread(lambda: parts.people.empty(lambda: self._on_store(wiping.wipe_people)))
        await parts.strangers.empty(lambda: self._on_store(wiping.wipe_strangers))
        await in_thread(partial(forget_files, parts.place))

    async def _events(self) -> None:
        parts = self._parts
        parts.flow.forget_all()
        await parts.journal.clear()
        parts.flow.forget_all()  # whoever came meanwhile: their recognition may have gone with the others
        # What the journal has by now came after the wish, and is indexed.
        await parts.history.feed.wipe(parts.journal.oldest_seq - 1)
        parts.events.forget(lambda _event: True)
        await parts.destinations.erase(lambda _event: True)
        await in_thread(partial(forget_event_files, parts.place))

    async def _settings(self) -> None:
        parts = self._parts
        await in_thread(lambda: self._on_store(wiping.wipe_settings))
        await parts.live.change({})
        file = parts.settings()
        newest_seq = parts.journal.last_seq
        await parts.destination_changes.seed([seed.destination(newest_seq) for seed in file.destination])
        await parts.device_changes.begin_anew([seed.device() for seed in file.device])
        await parts.preview.desk.choose(vars(PreviewChoice()))

    def _on_store(self, wipe: Callable[[Database], None]) -> None:
        with closing(Database.open(self._parts.place.store)) as database:
            wipe(database)


async def finish_broken_off(place: DataDir, settings: Settings) -> None:
    """Finish a wipe that a kill or a power cut broke off, if one was, before anything else of it is opened.

    Raises:
        Unavailable: the disk refuses: the service must not go on with what was to be removed.
    """
    note = WipeNote(place.wiping)
    scopes = note.read()
    if not scopes:
        return
    log.warning("wipe_goes_on", scopes=sorted(scope.value for scope in scopes))
    await finish(scopes, _FilePlaces(place, settings).places(), note)
    with closing(Database.open(place.store)) as database:
        detail = ", ".join(sorted(scope.value for scope in scopes))
        AuditLog(AuditStore(database), clock_ms).note("start", "wipe done", detail)


class _FilePlaces:
    """Those of a folder that nobody works on."""

    def __init__(self, place: DataDir, settings: Settings) -> None:
        self._place, self._own = place, settings

    def places(self) -> WipePlaces:
        return WipePlaces(self._users, self._events, self._settings)

    async def _users(self) -> None:
        with closing(Database.open(self._place.store)) as database:
            for wipe in (wiping.wipe_people, wiping.wipe_strangers, wiping.wipe_devices):
                await in_thread(partial(wipe, database))
        await in_thread(partial(forget_files, self._place))

    async def _events(self) -> None:
        journal = Journal.open(self._place.journal, self._own.journal, clock_ms=clock_ms)
        await journal.start()
        try:
            await journal.clear()
            await DeadLetterOffice(self._place.dead_letters, Bounds()).erase(lambda _event: True)
            await in_thread(partial(self._begin_index_anew, journal.last_seq))
            await in_thread(partial(forget_event_files, self._place))
        finally:
            await journal.close()

    def _begin_index_anew(self, seq: int) -> None:
        index = EventIndex(self._place.events)
        try:
            index.begin_anew(seq)
        finally:
            index.close()

    async def _settings(self) -> None:
        with closing(Database.open(self._place.store)) as database:
            await in_thread(partial(wiping.wipe_settings, database))
