"""Backups by command, with the service running or not: the same file as the page makes and takes.

A running service is asked through its socket; it makes and restores as it does for the page, and other programs go
on. Of a stopped one the store itself is read and written, behind the lock that keeps the service from starting.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

from sophon_report.admin import Admin
from sophon_report.config import Settings
from sophon_report.delivery.journal import stat
from sophon_report.errors import BadInput, NotFound, Unavailable
from sophon_report.link.messages import Photo, PhotoResult
from sophon_report.model import Destination
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.new_file import new_file
from sophon_report.report.backup.archive import PARTS
from sophon_report.report.backup.contents import Contents, settings_of
from sophon_report.report.backup.making import BackupMaker
from sophon_report.report.backup.restoring import Restored, Restorer
from sophon_report.report.backup.restoring import Wish as RestoreWish
from sophon_report.report.bulk.registrar import Registrar, RowRegistrar
from sophon_report.report.destination_changes import DestinationChanges
from sophon_report.report.device_changes import DeviceChanges
from sophon_report.report.jobs import Ticket
from sophon_report.report.live_settings import LiveSettings
from sophon_report.report.shelf import Shelf, open_shelf
from sophon_report.report.turn import open_turn
from sophon_report.store.audit import AuditLog, AuditStore
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore
from sophon_report.store.devices import DeviceStore
from sophon_report.store.settings import SettingsStore
from sophon_report.store.vendor_config import VendorConfigStore

PATIENCE_S = 4 * 3600.0
"""For a job of the running service."""
LOOK_S = 0.3
ACTOR = "command"

Told = Callable[[str, int, Optional[int]], None]
"""Which step it is at, how far, of how many."""


@dataclass(frozen=True)
class Wish:
    """What goes into a backup, or comes out of it."""

    parts: Tuple[str, ...] = PARTS
    passphrase: str = field(default="", repr=False)
    """Of the secrets in it; ``""``: they are left out."""


def make_backup(settings: Settings, path: Path, wish: Wish, told: Told) -> Mapping[str, int]:
    """Write a backup to ``path``, mode 0600; returns how much of each part is in it.

    Raises:
        BadInput: the file is there already.
        Unavailable: the service, the store or the disk cannot be used; no file is left.
    """
    if path.exists():
        raise BadInput(f"{path} is there already: name another file")
    place = DataDir(settings.data_dir)
    if not place.store.exists():
        raise NotFound(f"nothing is stored in {place.root}")
    with contextlib.ExitStack() as stack:
        if _is_locked(place, stack):
            return asyncio.run(_made_by_service(place, path, wish, told))
        return _made_of_store(settings, place, path, wish, told)


def _is_locked(place: DataDir, stack: contextlib.ExitStack) -> bool:
    """Whether the service runs; a stopped one stays stopped until ``stack`` ends."""
    try:
        stack.callback(place.lock().close)
    except Unavailable:
        return True
    return False


async def _made_by_service(place: DataDir, path: Path, wish: Wish, told: Told) -> Mapping[str, int]:
    async with Admin(place) as admin:
        asked = {"parts": list(wish.parts), "passphrase": wish.passphrase}
        result = await _done(admin, await admin.post_json("/api/v1/backups", asked), told)
        name = str(result["backup"])
        try:
            await asyncio.get_running_loop().run_in_executor(None, copy_whole, place.backups / name, path)
        finally:
            await admin.delete(f"/api/v1/backups/{name}", {})
        parts: Mapping[str, int] = result["parts"]
        return parts


async def _done(admin: Admin, job: Mapping[str, Any], told: Told) -> Dict[str, Any]:
    """What came of a job of the running service.

    Raises:
        Unavailable: it failed, with its reason.
    """
    give_up_s = time.monotonic() + PATIENCE_S
    while job["state"] not in ("done", "failed", "cancelled"):
        if time.monotonic() > give_up_s:
            raise Unavailable("the service is not done with it: look at the page, System, Jobs")
        await asyncio.sleep(LOOK_S)
        job = await admin.get(f"/api/v1/jobs/{job['job_id']}")
        progress = job["progress"]
        told(progress["step"], progress["done"], progress["total"])
    if job["state"] != "done":
        raise Unavailable(job["problem"] or "it was cancelled")
    result: Dict[str, Any] = job["result"] or {}
    return result


def copy_whole(source: Path, path: Path, owner: Optional[os.stat_result] = None) -> None:
    """Copy the file, mode 0600; to the user and group of ``owner``, where this user may give it away.

    What the folder's user lays in the way is neither written into nor given away: the folder may be another's.
    """
    with new_file(path) as to_file, source.open("rb") as from_file:
        shutil.copyfileobj(from_file, to_file, 1 << 20)
        if owner is not None:
            with contextlib.suppress(OSError):
                os.fchown(to_file.fileno(), owner.st_uid, owner.st_gid)


def _made_of_store(settings: Settings, place: DataDir, path: Path, wish: Wish, told: Told) -> Mapping[str, int]:
    with contextlib.closing(Database.open(place.store)) as database:
        contents = Contents(
            settings_of(settings),
            VendorConfigStore(database).all(),
            tuple(DeviceStore(database, lambda: settings.limits).list()),
            tuple(DestinationStore(database).list()),
        )
        maker = BackupMaker(database, contents, settings.license_key.get_secret_value(), "")
        counts = maker.write(
            path,
            list(wish.parts),
            wish.passphrase,
            clock_ms(),
            lambda done, total, _unit, step: told(step, done, total),
            lambda: False,
        )
        AuditLog(AuditStore(database), clock_ms).note(ACTOR, "backup", ", ".join(wish.parts))
    return counts or {}


class Restoring:
    """A backup that is looked through, and put back when that is wanted. Use as a context.

    Args:
        settings: of the service.
        path: of the backup.
        wish: what of it.
        told: how far it is.

    Raises:
        NotFound: there is no such file.
        Unavailable: on entering: the folder of a stopped service belongs to another user.
    """

    def __init__(self, settings: Settings, path: Path, wish: Wish, told: Told) -> None:
        if not path.is_file():
            raise NotFound(f"{path} is no file")
        self._settings, self._path, self._wish, self._told = settings, path, wish, told
        self._place = DataDir(settings.data_dir)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Restoring":
        self._place.prepare()
        self._runs = _is_locked(self._place, self._stack)
        if not self._runs and self._place.root.stat().st_uid != os.geteuid():
            self._stack.close()
            why = "belongs to another user, whose service could not change what is made now"
            raise Unavailable(f"{self._place.root} {why}: give the command as that user, or start the service")
        if self._runs:
            self._name = f"restore-{secrets.token_hex(8)}.zip"
            brought = self._place.import_folder / self._name
            self._stack.callback(_remove, brought)
            _bring(self._path, brought)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()

    def look(self) -> Dict[str, Any]:
        """What it would change: as the page is told.

        Raises:
            BadInput: the file is none, is damaged, or the passphrase is wrong.
            Unavailable: the service does not answer.
        """
        return asyncio.run(self._run(dry_run=True))

    def put_back(self) -> Dict[str, Any]:
        """Put it back; what was done. Raises as :meth:`look`, and what was done before stays."""
        return asyncio.run(self._run(dry_run=False))

    async def _run(self, *, dry_run: bool) -> Dict[str, Any]:
        return await (self._by_service(dry_run=dry_run) if self._runs else self._into_store(dry_run=dry_run))

    async def _by_service(self, *, dry_run: bool) -> Dict[str, Any]:
        wish = self._wish
        asked = {"file": self._name, "parts": list(wish.parts), "passphrase": wish.passphrase, "dry_run": dry_run}
        async with Admin(self._place) as admin:
            return await _done(admin, await admin.post_json("/api/v1/restore", asked), self._told)

    async def _into_store(self, *, dry_run: bool) -> Dict[str, Any]:
        async with contextlib.AsyncExitStack() as stack:
            shelf = open_shelf(self._place.store, "store changed", stack)
            into = _stopped(self._settings, self._place, shelf, stack)
            wanted = not dry_run and "people" in self._wish.parts
            registrar = _registrar(self._settings, self._place, shelf, stack) if wanted else _nobody(shelf)
            wish = RestoreWish(self._wish.parts, self._wish.passphrase, dry_run)
            if not dry_run:
                log = AuditLog(AuditStore(shelf.database), clock_ms)
                await shelf.do(partial(log.note, ACTOR, "restore", ", ".join(wish.parts)))
            return await Restorer(into, registrar).run(self._path, wish, _TellingTicket(self._told))


class _TellingTicket(Ticket):
    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    def tell(self, done: int, total: Optional[int] = None, unit: str = "", step: str = "") -> None:
        super().tell(done, total, unit, step)
        self._told(step, done, total)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _bring(path: Path, to: Path) -> None:
    """Copy the file to where the service may read it; brought by root it belongs to the service's user."""
    copy_whole(path, to, owner=to.parent.stat())


def _stopped(settings: Settings, place: DataDir, shelf: Shelf, stack: contextlib.AsyncExitStack) -> Restored:
    """A stopped service: what is stored is all there is to change."""
    database, now = shelf.database, [settings]
    live = LiveSettings(
        settings, SettingsStore(database), open_turn(shelf.lane, stack), partial(now.__setitem__, 0)
    )
    now[0] = live.now
    devices = DeviceStore(database, lambda: now[0].limits)
    receivers = DestinationStore(database)

    async def deliver(_destinations: Sequence[Destination]) -> None:
        """Nothing is delivered before the service starts."""

    return Restored(
        place=place,
        settings=lambda: now[0],
        live=live,
        shelf=shelf,
        device_changes=DeviceChanges(devices, devices, open_turn(shelf.lane, stack)),
        destination_changes=DestinationChanges(receivers, receivers, open_turn(shelf.lane, stack), deliver),
        last_seq=lambda: stat(place.journal).last_seq if place.journal.is_dir() else 0,
    )


def _registrar(settings: Settings, place: DataDir, shelf: Shelf, stack: contextlib.AsyncExitStack) -> Registrar:
    from sophon_report.vision.engines.choose import open_engine  # noqa: PLC0415 - loads models
    from sophon_report.vision.models.library import ModelLibrary  # noqa: PLC0415 - only without a service
    from sophon_report.vision.photo import look_at  # noqa: PLC0415 - only without a service

    engine = open_engine(settings, ModelLibrary(place.models))
    stack.callback(engine.close)
    card = engine.embedder

    async def look(photo: bytes) -> PhotoResult:
        return look_at(engine, Photo(0, photo, settings.match.min_face_px))

    return RowRegistrar(
        shelf.people, shelf.people, shelf.permissions, look, lambda: (card.sha256, card.dim), shelf.do
    )


def _nobody(shelf: Shelf) -> Registrar:
    async def look(_photo: bytes) -> PhotoResult:
        raise Unavailable("nobody is to be registered")

    return RowRegistrar(shelf.people, shelf.people, shelf.permissions, look, lambda: ("", 0), shelf.do)
