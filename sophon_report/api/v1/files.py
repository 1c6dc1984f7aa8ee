"""The files of the import folder that may be named: films for devices, people to import, certificates."""

import asyncio
from functools import partial
from pathlib import Path
from typing import List

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Query
from sophon_report.ops.import_folder import listed

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
"""A film may be a folder of them, and so may people to be imported."""
SUFFIXES = {
    "film": (
        *(".mp4", ".mov", ".mkv", ".avi", ".ts", ".mpg", ".mpeg", ".flv", ".wmv", ".m4v", ".3gp", ".webm"),
        *(".dav", ".h264", ".264", ".h265", ".265", ".hevc", ".mjpeg", ".mjpg"),
    ),
    "people": (".zip", ".csv", ".xlsx", ".tar"),
    "certificate": (".pem", ".crt", ".cer", ".key"),
}
MOST = 500
UPLOADS = "uploads"
"""What browsers gave has a list of its own."""


class FileQuery(Query):
    """What is looked for."""

    kind: str = Field(pattern="^(film|people|certificate)$")
    """``film`` for a device, ``people`` to be imported, ``certificate`` with keys, for destinations."""


class FileTold(Answer):
    """A file or a folder of the import folder."""

    name: str
    """Its path there, as other calls take it."""
    is_folder: bool
    size_bytes: int
    """0 of a folder."""
    modified_s: int
    """Seconds since the epoch."""


class FileList(Answer):
    """Those that there are, in the order of their names."""

    files: List[FileTold]
    more: bool
    """Whether there are more than are told."""
    folder: str
    """Where the import folder is on the box."""


class FileCalls:
    """The one operation over ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET",
                "/files",
                Need.READ,
                "Files of the import folder that may be named",
                self.list,
                FileList,
                query=FileQuery,
                tags=("files",),
                description=f"At most {MOST}, from the folder and three levels of folders in it; no links.",
            )
        ]

    async def list(self, asked: Asked) -> FileList:
        """Those of the kind of the query."""
        wanted: FileQuery = asked.query
        inside = () if wanted.kind == "certificate" else PICTURES
        look = partial(listed, self._folder, SUFFIXES[wanted.kind], inside, MOST, UPLOADS)
        files, more = await asyncio.get_running_loop().run_in_executor(None, look)
        told = [
            FileTold(name=one.name, is_folder=one.is_folder, size_bytes=one.size_bytes, modified_s=one.modified_s)
            for one in files
        ]
        return FileList(files=told, more=more, folder=str(self._folder))
