"""Importing people with the service running or not.

The command reads the files. A running service is handed the rows batch by batch and looks at the photos itself; on
a stopped one the engine is started here and the people go into the store. Either way it is the same import
(:mod:`sophon_report.report.bulk.importing`), with a note in the data folder to go on from.
"""

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, List, Sequence, Tuple

from sophon_report.admin import Admin
from sophon_report.config import Settings
from sophon_report.errors import BadImage, BadInput, NotFound, Unavailable
from sophon_report.link.messages import Photo, PhotoResult
from sophon_report.model import UserType
from sophon_report.ops.data_dir import DataDir
from sophon_report.quality_limits import level_of
from sophon_report.recognition.enrol import PHOTO_SUFFIXES
from sophon_report.report.bulk.handed_over import BEGIN_PATH, MAX_BYTES, ROWS_PATH, Begin, Rows, packed
from sophon_report.report.bulk.importing import Watcher, import_rows
from sophon_report.report.bulk.notebook import ImportNote, Notebook, key_of
from sophon_report.report.bulk.registrar import Order, Outcome, Registrar, RowRegistrar
from sophon_report.report.bulk.rows import Defaults, GroupGiven, PersonRow
from sophon_report.report.bulk.sources import open_source
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.permissions import PermissionStore
from sophon_report.wire.pictures import MAX_IMAGE_BYTES

PATIENCE_S = 60.0
PAUSE_S = 0.5
"""A service that has just started, or whose vision has, is asked again."""
NOBODY = Watcher()


@dataclass(frozen=True)
class Wish:
    """How an import is meant."""

    user_type: str = UserType.EMPLOYEE.value
    """Of everybody who brings none."""
    groups: Tuple[str, ...] = ()
    """Permission groups that everybody gets, by name or id."""
    replace: bool = False
    """People of known ids are overwritten."""
    level: str = ""
    """What is asked of a photo, a word of the vendor's levels; ``""``: as set."""
    resume: bool = False
    """Go on where the same import ended before."""

    @property
    def words(self) -> List[str]:
        """What makes it another import."""
        return [self.user_type, *self.groups, str(self.replace), self.level]


def photos_of(directory: Path) -> List[Path]:
    """The photos of a folder in order of name.

    Raises:
        Unavailable: it cannot be read.
        BadInput: it holds no photo.
    """
    try:
        files = sorted(
            path for path in directory.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()
        )
    except OSError as error:
        raise Unavailable(f"{directory} cannot be read: {error.strerror}") from error
    if not files:
        raise BadInput(f"{directory} holds no photo ({', '.join(PHOTO_SUFFIXES)})")
    return files


def read_photo(path: Path) -> bytes:
    """Bytes of a photo, one more than are taken when it is too large.

    Raises:
        BadImage: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise BadImage("not_an_image", os.strerror(error.errno or 0)) from error


@dataclass(frozen=True)
class Imported:
    """What became of an import."""

    note: ImportNote
    report: bytes
    """Whom it refused, and why: CSV."""
    notes: Tuple[str, ...]
    """What is to be told of the source itself."""


def import_people(settings: Settings, path: Path, wish: Wish, watcher: Watcher = NOBODY) -> Imported:
    """Register the people in ``path``; returns what became of it.

    Args:
        settings: those of the service.
        path: a folder, a zip, a list or a file of another box.
        wish: how it is meant.
        watcher: is told.

    Raises:
        Unavailable: the path, the service or the store cannot be used; what was done stays.
        ModelError: on a stopped service: a model file is missing or changed.
        BadInput: nothing in it can be imported, or not from some row on.
    """
    place = DataDir(settings.data_dir)
    place.prepare()
    key = key_of(path, wish.words)
    book = Notebook(place.import_notes)
    defaults = Defaults(UserType(wish.user_type), wish.groups)
    with contextlib.ExitStack() as stack:
        source = open_source(path, defaults)
        stack.callback(source.close)
        note = book.begin(_note(book, key, path.name, wish))
        stack.callback(note.close)
        order = Order(wish.replace, again=wish.resume)
        run = _runner(settings, place, wish, order, stack)
        asyncio.run(
            run(lambda registrar, meant: import_rows(source, registrar, meant, note, watcher, wish.groups))
        )
        return Imported(note.note, book.report(key), tuple(source.notes))


def _note(book: Notebook, key: str, source: str, wish: Wish) -> ImportNote:
    with contextlib.suppress(NotFound):
        if wish.resume:
            return book.find(key)
    return ImportNote(key, source)


_Import = Callable[[Registrar, Order], Awaitable[Any]]


def _runner(
    settings: Settings, place: DataDir, wish: Wish, order: Order, stack: contextlib.ExitStack
) -> Callable[[_Import], Any]:
    """How people are registered here and now; a stopped service stays stopped while it is imported."""
    try:
        stack.callback(place.lock().close)
    except Unavailable:
        return lambda act: _beside(place, wish, order, act)
    level = level_of(wish.level or settings.quality.enrol_level, level_of(settings.quality.custom_level))
    return lambda act: _stopped(settings, place, replace(order, level=level), act)


async def _beside(place: DataDir, wish: Wish, order: Order, act: _Import) -> None:
    async with Admin(place) as admin:
        await act(_Running(admin, wish.level), order)


async def _stopped(settings: Settings, place: DataDir, order: Order, act: _Import) -> None:
    from sophon_report.vision.engines.choose import open_engine  # noqa: PLC0415 - loads models
    from sophon_report.vision.models.library import ModelLibrary  # noqa: PLC0415 - only without a service
    from sophon_report.vision.photo import look_at  # noqa: PLC0415 - only without a service

    with contextlib.closing(Database.open(place.store)) as database, contextlib.ExitStack() as stack:
        engine = open_engine(settings, ModelLibrary(place.models))
        stack.callback(engine.close)
        card = engine.embedder

        async def look(photo: bytes) -> PhotoResult:
            return look_at(engine, Photo(0, photo, settings.match.min_face_px))

        async def do(change: Callable[[], Any]) -> Any:
            return change()

        people = PeopleStore(database)
        groups = PermissionStore(database)
        await act(RowRegistrar(people, people, groups, look, lambda: (card.sha256, card.dim), do), order)


class _Running:
    """The registrar that hands rows to the running service."""

    def __init__(self, admin: Admin, level: str) -> None:
        self._admin, self._query = admin, {"fiqa_level": level}

    async def begin(self, groups: Sequence[GroupGiven], names: Sequence[str], rows: int, order: Order) -> None:
        await self._post(BEGIN_PATH, packed(Begin(tuple(groups), tuple(names), rows, order)))

    async def register(self, rows: Sequence[PersonRow], order: Order) -> List[Outcome]:
        body = packed(Rows(tuple(rows), order))
        if len(body) > MAX_BYTES and len(rows) == 1:
            return [Outcome(f"its pictures have more than {MAX_BYTES >> 20} MiB together", code="too_large")]
        if len(body) > MAX_BYTES:
            half = len(rows) // 2
            return [*await self.register(rows[:half], order), *await self.register(rows[half:], order)]
        # What was handed over before the answer was lost may have been registered.
        again = packed(Rows(tuple(rows), replace(order, again=True)))
        answer = await self._post(ROWS_PATH, body, again)
        return [Outcome(**one) for one in answer["outcomes"]]

    async def _post(self, path: str, body: bytes, again: bytes = b"") -> Dict[str, Any]:
        give_up_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await self._admin.post(path, self._query, body)
            except Unavailable:
                if time.monotonic() > give_up_s:
                    raise
                body = again or body
                await asyncio.sleep(PAUSE_S)
