"""Files that browsers give to be imported: kept for a while in the import folder, each in a folder of its own.

::

    import/uploads/<id>/<name>        whole; the folder is 0700, the file 0600: they hold people
    import/uploads/<id>/<name>.part   on its way; gone when its sender breaks off, and some time after a kill

So a list that was given names no picture but those that came with it, in its own archive. A file is not synced: a
pulled plug may tear it, and whoever reads it says so.

=====================  ======================  ==============================================================
what                   bound                   over it
=====================  ======================  ==============================================================
a file                 ``MAX_UPLOAD_BYTES``    refused: 413
files at one time      ``MAX_ABREAST``         one more is refused: 503
files that are kept    ``MAX_UPLOADS`` and     the oldest go when another has come
                       ``MAX_TOTAL_BYTES``
their age              ``KEPT_S``              they go by themselves; when all of one was imported, it goes then
the disk               ``SPARE_BYTES`` free    refused before it comes, or broken off: 507
=====================  ======================  ==============================================================
"""

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from functools import partial
from pathlib import Path
from typing import AsyncIterator, BinaryIO, Callable, Iterator, List, Optional, Tuple

import structlog

from sophon_report.api.errors import Refusal
from sophon_report.api.uploads import MAX_UPLOAD_BYTES, Upload
from sophon_report.errors import BadInput, NotFound, Unavailable
from sophon_report.ops import durable_file
from sophon_report.ops.threads import in_thread

FOLDER = "uploads"
"""In the import folder."""
MAX_NAME_BYTES = 200
SUFFIXES = (".zip", ".csv", ".xlsx", ".tar")
MAX_ABREAST = 2
MAX_UPLOADS = 8
MAX_TOTAL_BYTES = 2 * MAX_UPLOAD_BYTES
KEPT_S = 86_400
SPARE_BYTES = 512 << 20
WRITTEN_BYTES = 1 << 20
"""So much is gathered before a thread writes it."""
LONGEST_S = 2 * 3600
"""A part that nobody has written to for so long is nobody's."""
_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)

log = structlog.get_logger()


class UploadDesk:
    """The :class:`~sophon_report.api.v1.uploads.UploadService` of one import folder.

    Args:
        import_folder: where an import finds them.
        spare_bytes: left free on its disk.
        now_s: seconds since the epoch.
    """

    def __init__(
        self, import_folder: Path, spare_bytes: int = SPARE_BYTES, now_s: Callable[[], float] = time.time
    ) -> None:
        self._root, self._spare_bytes, self._now_s = import_folder / FOLDER, spare_bytes, now_s
        self._coming = 0

    async def receive(self, name: str, announced_bytes: Optional[int], pieces: AsyncIterator[bytes]) -> Upload:
        """Keep a file; older ones go for it."""
        checked_name(name)
        if self._coming >= MAX_ABREAST:
            raise Unavailable("other files are being given now: try again when they are done")
        self._coming += 1
        try:
            upload_id = secrets.token_hex(8)
            await self._write(self._root / upload_id, name, announced_bytes or 0, pieces)
            await in_thread(self.tidy)
            return self._find(upload_id)
        finally:
            self._coming -= 1

    async def list(self) -> List[Upload]:
        """Those that are there, the newest first."""
        return await in_thread(self._list)

    async def room_bytes(self) -> int:
        """For one more."""
        return await in_thread(self._room_bytes)

    async def remove(self, upload_id: str) -> None:
        """Remove one; raises NotFound."""
        await in_thread(partial(self._remove, self._find(upload_id)))

    async def imported(self, path: Path) -> None:
        """All of what lies there is registered or told: when it was given so, it has done its work."""
        root = self._root.resolve()
        if path.parent.parent == root and _ID.fullmatch(path.parent.name):
            await in_thread(partial(_forget, path.parent))

    def tidy(self) -> None:
        """Drop what was kept long enough, what is too much, and parts that nobody writes any more. Blocks."""
        total_bytes = 0
        for at, upload in enumerate(self._list()):
            total_bytes += upload.size_bytes
            if at >= MAX_UPLOADS or total_bytes > MAX_TOTAL_BYTES or self._now_s() > upload.removed_at_s:
                self._remove(upload)
        for folder in self._folders():
            with contextlib.suppress(OSError):
                if not _whole(folder) and self._now_s() - folder.stat().st_mtime > LONGEST_S:
                    _forget(folder)

    async def _write(self, folder: Path, name: str, announced_bytes: int, pieces: AsyncIterator[bytes]) -> None:
        part = folder / f"{name}.part"
        file = await in_thread(partial(self._begin, part, announced_bytes))
        try:
            size_bytes, gathered = 0, bytearray()
            async for piece in pieces:
                size_bytes += len(piece)
                gathered += piece
                if len(gathered) >= WRITTEN_BYTES:
                    await in_thread(partial(self._put, file, bytes(gathered)))
                    gathered.clear()
            await in_thread(partial(self._end, file, size_bytes, bytes(gathered), part, folder / name))
        except BaseException:
            await asyncio.shield(in_thread(partial(_forget, folder)))
            raise
        finally:
            file.close()

    def _begin(self, part: Path, announced_bytes: int) -> BinaryIO:
        try:
            part.parent.parent.mkdir(mode=0o700, exist_ok=True)
            self._check_room(announced_bytes)
            part.parent.mkdir(mode=0o700)
            descriptor = os.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            return os.fdopen(descriptor, "wb", buffering=0)
        except OSError as error:
            raise Unavailable(f"the file cannot be written: {error.strerror}") from error

    def _put(self, file: BinaryIO, gathered: bytes) -> None:
        self._check_room(len(gathered))
        view = memoryview(gathered)
        try:
            while view:
                view = view[file.write(view) :]
        except OSError as error:
            raise Unavailable(f"the file cannot be written: {error.strerror}") from error

    def _end(self, file: BinaryIO, size_bytes: int, gathered: bytes, part: Path, whole: Path) -> None:
        if not size_bytes:
            raise BadInput("the file is empty")
        if gathered:
            self._put(file, gathered)
        try:
            os.rename(str(part), str(whole))
        except OSError as error:
            raise Unavailable(f"the file cannot be written: {error.strerror}") from error

    def _check_room(self, wanted_bytes: int) -> None:
        room_bytes = self._room_bytes()
        if wanted_bytes > room_bytes:
            raise Refusal(
                "INSUFFICIENT_SPACE_LEFT",
                f"the disk has room for {room_bytes >> 20} MiB more, {-(-wanted_bytes >> 20)} MiB are wanted",
            )

    def _room_bytes(self) -> int:
        there = self._root if self._root.exists() else self._root.parent
        return max(0, shutil.disk_usage(there).free - self._spare_bytes)

    def _folders(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from [each for each in self._root.iterdir() if _ID.fullmatch(each.name)]

    def _list(self) -> List[Upload]:
        found = []
        for folder in self._folders():
            with contextlib.suppress(NotFound):
                found.append(self._look(folder.name))
        return [upload for _ns, upload in sorted(found, key=lambda each: -each[0])]

    def _find(self, upload_id: str) -> Upload:
        return self._look(upload_id)[1]

    def _look(self, upload_id: str) -> Tuple[int, Upload]:
        """When it came, in nanoseconds: many may within a second."""
        refusal = NotFound("there is no such file, or not any more")
        if not _ID.fullmatch(upload_id):
            raise refusal
        try:
            file = _whole(self._root / upload_id)
            state = file.stat() if file is not None else None
        except OSError:
            state = None
        if file is None or state is None:
            raise refusal
        place = f"{FOLDER}/{upload_id}/{file.name}"
        upload = Upload(upload_id, file.name, place, state.st_size, int(state.st_mtime) + KEPT_S)
        return state.st_mtime_ns, upload

    def _remove(self, upload: Upload) -> None:
        _forget(self._root / upload.upload_id)


def forget_uploads(import_folder: Path) -> None:
    """Remove every file that was given, and what is on its way. Blocks.

    Raises:
        StoreError: one cannot be removed.
    """
    for path in (import_folder / FOLDER).glob("*/*"):
        durable_file.remove(path)


def checked_name(name: str) -> str:
    """``name``, when a file may be called so.

    Raises:
        BadInput: it may not.
    """
    if not name.lower().endswith(SUFFIXES):
        raise BadInput(f"name must end with one of {' '.join(SUFFIXES)}")
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") or sign in "/\\" for sign in name):
        raise BadInput("name must be that of a file, without folders and control characters")
    if name[0] in ".-~ " or len(name.encode()) > MAX_NAME_BYTES:
        raise BadInput(f"name must begin with a letter or a digit and have at most {MAX_NAME_BYTES} bytes")
    return name


def _whole(folder: Path) -> Optional[Path]:
    """The file in it that has all come."""
    try:
        return next((each for each in folder.iterdir() if each.name.lower().endswith(SUFFIXES)), None)
    except OSError:
        return None


def _forget(folder: Path) -> None:
    try:
        shutil.rmtree(str(folder))
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("upload_not_removed", reason=str(error.strerror))
