"""Files that were written to be fetched, of one kind: kept for a time, so many at most, the oldest goes first."""

import contextlib
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import IO, Iterator, List, Tuple

import structlog

from sophon_report.api.bulk import ExportFile
from sophon_report.errors import NotFound, Unavailable
from sophon_report.ops.new_file import new_file

KEPT_S = 86_400
MAX_KEPT = 4
SPARE_BYTES = 256 << 20
"""Left free on the disk beside them."""
PART_KEPT_S = 600.0
"""Of a file that is not whole and was not written to for so long: its writer is gone."""

log = structlog.get_logger()


class ExportFolder:
    """Those of ``folder`` whose names begin with ``kind``; everything blocks.

    A file is written beside its place, mode 0600, and gets its name when it is whole. Whoever removes all of them
    removes the unfinished one too: then its writer fails.
    """

    def __init__(self, folder: Path, kind: str, endings: Tuple[str, ...]) -> None:
        self._folder, self._kind = folder, kind
        self._name = re.compile(rf"{kind}-[0-9]{{8}}-[0-9]{{6}}-[0-9a-f]{{8}}\.({'|'.join(endings)})", re.ASCII)

    def new_name(self, ending: str) -> str:
        """A name that no file has."""
        return time.strftime(f"{self._kind}-%Y%m%d-%H%M%S-{secrets.token_hex(4)}.{ending}", time.gmtime())

    def list(self) -> List[ExportFile]:
        """Those that can be fetched, the newest first."""
        found = []
        for path in self._folder.glob(f"{self._kind}-*"):
            with contextlib.suppress(OSError):
                if self._name.fullmatch(path.name):
                    state = path.stat()
                    found.append(ExportFile(path.name, state.st_size, int(state.st_mtime) + KEPT_S))
        return sorted(found, key=lambda file: (-file.removed_at_s, file.name))

    def path_of(self, name: str) -> Path:
        """Where one lies.

        Raises:
            NotFound: there is none of that name.
        """
        path = self._folder / name
        if not self._name.fullmatch(name) or not path.is_file():
            raise NotFound("there is no such export, or not any more")
        return path

    def remove(self, name: str) -> None:
        """Remove one; raises as :meth:`path_of`."""
        _remove(self.path_of(name))

    def tidy(self) -> None:
        """Remove what was kept long enough, and what is too many."""
        for part in self._folder.glob(f"{self._kind}-*.part"):
            with contextlib.suppress(FileNotFoundError):  # it is whole by now, and has its name
                if time.time() - part.stat().st_mtime > PART_KEPT_S:
                    _remove(part)
        for at, file in enumerate(self.list()):
            if at >= MAX_KEPT or time.time() > file.removed_at_s:
                _remove(self._folder / file.name)

    def look_for_room(self, needed_bytes: int = 0) -> None:
        """See that the disk has room for so much more.

        Raises:
            Unavailable: it has not.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if shutil.disk_usage(str(self._folder)).free < needed_bytes + SPARE_BYTES:
            needed = needed_bytes + SPARE_BYTES
            raise Unavailable(f"the disk has no room for an export: up to {needed >> 20} MiB are needed")

    @contextlib.contextmanager
    def written(self, name: str) -> Iterator[IO[bytes]]:
        """A file that gets its ``name`` at the end of the ``with``, unless that raises.

        Raises:
            Unavailable: the disk refuses, or somebody removed it meanwhile.
        """
        self.look_for_room()
        with new_file(self._folder / name) as file:
            yield file


def people_files(folder: Path) -> ExportFolder:
    """Those of people, for another box."""
    return ExportFolder(folder, "people", ("tar",))


def event_files(folder: Path) -> ExportFolder:
    """Those of events."""
    return ExportFolder(folder, "events", ("csv", "zip"))


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        log.warning("file_not_removed", file=path.name, reason=str(error))
