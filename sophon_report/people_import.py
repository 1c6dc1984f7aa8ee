"""Registering a folder of photos, with the service running or not.

A running service looks at the photos itself and takes the people at once; on a stopped one the engine is started
here and the people go into the store. What is refused is told with the file's name and the reason; the rest goes
on.
"""

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Container, Dict, List, Tuple

from sophon_report.admin import Admin
from sophon_report.config import Settings
from sophon_report.errors import BadImage, BadInput, Unavailable
from sophon_report.link.messages import Photo
from sophon_report.model import Person, UserType
from sophon_report.ops.data_dir import DataDir
from sophon_report.quality_limits import level_of
from sophon_report.recognition.enrol import PHOTO_SUFFIXES, parse_photo_name, registered_face
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.wire.pictures import MAX_IMAGE_BYTES

MAX_FILES = 100_000

PATIENCE_S = 20.0
PAUSE_S = 0.5
"""A service that has just started, or whose vision has, is asked again."""

Register = Callable[[Person, bytes], None]
Told = Callable[[str, str], None]
"""Called after each file with its name and ``""``, or why it was refused."""


@dataclass(frozen=True)
class ImportReport:
    """What became of a folder."""

    registered: Tuple[str, ...]
    """Ids."""
    refused: Tuple[Tuple[str, str], ...]
    """File name and reason."""


def photos_of(directory: Path) -> List[Path]:
    """The photos of a folder in order of name.

    Raises:
        Unavailable: it cannot be read.
        BadInput: it holds no photo, or too many.
    """
    try:
        files = sorted(
            path for path in directory.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()
        )
    except OSError as error:
        raise Unavailable(f"{directory} cannot be read: {error.strerror}") from error
    if not files:
        raise BadInput(f"{directory} holds no photo ({', '.join(PHOTO_SUFFIXES)})")
    if len(files) > MAX_FILES:
        raise BadInput(f"{directory} holds {len(files)} photos, at most {MAX_FILES} are taken at once")
    return files


def import_folder(
    settings: Settings,
    directory: Path,
    user_type: str,
    replace: bool,
    told: Told = lambda _name, _why: None,
    level: str = "",
) -> ImportReport:
    """Register everybody of ``directory`` (``<id>__<name>.jpg``); an id counts once, the first good photo wins.

    Args:
        settings: those of the service.
        directory: the folder.
        user_type: of everybody.
        replace: photos of known ids replace the old ones.
        told: called after each file.
        level: what is asked of a photo, a word of the vendor's levels; ``""``: as set.

    Raises:
        Unavailable: the folder or the service cannot be used.
        ModelError: on a stopped service: a model file is missing or changed.
        BadInput: no photo at all.
    """
    files = photos_of(directory)
    place = DataDir(settings.data_dir)
    place.prepare()
    registered: Dict[str, None] = {}
    refused: List[Tuple[str, str]] = []
    with contextlib.ExitStack() as stack:
        register = _registrar(settings, place, replace, level, stack)
        for path in files:
            try:
                person = _person_of(path, UserType(user_type), registered)
                register(person, read_photo(path))
                registered[person.identity_id] = None
                told(path.name, "")
            except BadInput as error:
                refused.append((path.name, str(error)))
                told(path.name, str(error))
    return ImportReport(tuple(registered), tuple(refused))


def _person_of(path: Path, user_type: UserType, registered: Container[str]) -> Person:
    identity_id, name = parse_photo_name(path.name)
    if identity_id in registered:
        raise BadInput(f"the id {identity_id} is used by another photo of this folder")
    return Person(identity_id, name, user_type)


def _registrar(
    settings: Settings, place: DataDir, replace: bool, level: str, stack: contextlib.ExitStack
) -> Register:
    """How people are registered here and now; a stopped service stays stopped while the folder is held."""
    try:
        stack.callback(place.lock().close)
    except Unavailable:
        running = _Running(place, replace, level)
        stack.callback(running.close)
        return running.register
    stopped = _Stopped(settings, place, replace, level)
    stack.callback(stopped.close)
    return stopped.register


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


class _Running:
    """Asks the running service."""

    def __init__(self, place: DataDir, replace: bool, level: str) -> None:
        self._place, self._replace, self._level = place, replace, level
        self._loop = asyncio.new_event_loop()

    def register(self, person: Person, photo: bytes) -> None:
        self._loop.run_until_complete(self._post(person, photo))

    async def _post(self, person: Person, photo: bytes) -> None:
        query = {
            "identity_id": person.identity_id,
            "name": person.name,
            "user_type": person.user_type.value,
            "replace": "true" if self._replace else "false",
            "fiqa_level": self._level,
        }
        give_up_s = time.monotonic() + PATIENCE_S
        async with Admin(self._place) as admin:
            while True:
                try:
                    await admin.post("/api/v1/people", query, photo)
                except Unavailable:
                    if time.monotonic() > give_up_s:
                        raise
                    await asyncio.sleep(PAUSE_S)
                else:
                    return

    def close(self) -> None:
        self._loop.close()


class _Stopped:
    """Looks at the photos here."""

    def __init__(self, settings: Settings, place: DataDir, replace: bool, level: str) -> None:
        from sophon_report.vision.engines.choose import open_engine  # noqa: PLC0415 - loads models
        from sophon_report.vision.models.library import ModelLibrary  # noqa: PLC0415 - only when it works without a service

        self._engine = open_engine(settings, ModelLibrary(place.models))
        self._database = Database.open(place.store)
        self._people, self._replace = PeopleStore(self._database), replace
        self._min_face_px = settings.match.min_face_px
        self._level = level_of(level or settings.quality.enrol_level, level_of(settings.quality.custom_level))

    def register(self, person: Person, photo: bytes) -> None:
        from sophon_report.vision.photo import look_at  # noqa: PLC0415 - only when it works without a service

        result = look_at(self._engine, Photo(0, photo, self._min_face_px))
        face = registered_face(result, self._engine.embedder.sha256, self._level)
        self._people.add(person, [face], replace=self._replace)

    def close(self) -> None:
        self._engine.close()
        self._database.close()
