"""People in bulk: imported from a file of the import folder, exported into one to be fetched, both as jobs.

An export is everybody's face in one file, so it needs credentials, whatever the settings open.
"""

from dataclasses import asdict
from pathlib import Path
from typing import List, Optional, Protocol, Sequence, Tuple

from aiohttp import web
from pydantic import Field

from sophon_report.api.bulk import ExportFile, ImportState, ImportWish
from sophon_report.api.call import Need
from sophon_report.api.job import Job
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.people import LEVELS
from sophon_report.api.v1.shapes import Answer, Body, Nothing
from sophon_report.api.v1.uploads import UploadService
from sophon_report.model import UserType

TAGS = ("people",)
CSV, TAR = "text/csv", "application/x-tar"
USER_TYPES = "|".join(kind.value for kind in UserType if kind is not UserType.STRANGER)


class WhatToImport(Body):
    """A file or folder of the import folder, and how it is meant."""

    file: str = Field(min_length=1, max_length=1024)
    """In the import folder: a folder or .zip of ``<id>__<name>.jpg`` or with a list, a .csv, .xlsx or .tar."""
    user_type: str = Field(UserType.EMPLOYEE.value, pattern=f"^({USER_TYPES})$")
    """Of everybody who brings none."""
    permissions: Tuple[str, ...] = Field((), max_length=64, strict=False)
    """Permission groups that everybody gets, by name or id."""
    fiqa_level: str = Field("", pattern=f"^({LEVELS})?$")
    """What is asked of a photo; left out: as the settings say."""
    replace: bool = False
    """Overwrite people of known ids."""
    resume: bool = False
    """Go on where the same import was broken off."""


class WhatToExport(Body):
    """What goes into the file beside features."""

    photos: bool = False


class ImportTold(Answer):
    """How far an import is, or how it ended."""

    import_id: str
    source: str
    """Name of the file or folder."""
    total: Optional[int]
    """People in it."""
    rows: int
    """Done."""
    registered: int
    refused: int
    report_lines: int
    """Refusals and faces left out; the report has the first 10,000."""
    ended: str
    """``done``, ``cancelled`` or why it failed; empty while it runs, or since the service was killed."""


class ImportList(Answer):
    """The imports of the last weeks, the one that changed last first."""

    imports: List[ImportTold]


class ExportTold(Answer):
    """A file that can be fetched."""

    name: str
    size_bytes: int
    removed_at_s: int
    """When it goes by itself, seconds since the epoch."""


class ExportList(Answer):
    """The newest first."""

    exports: List[ExportTold]


class BulkService(Protocol):
    """Whoever imports and exports."""

    @property
    def uploads(self) -> UploadService:
        """Keeps what browsers give to be imported."""

    async def start_import(self, wish: ImportWish, actor: str) -> Job:
        """Begin to import.

        Raises:
            NotFound: there is no such file.
            Unavailable: too many jobs are open.
        """

    def start_export(self, has_photos: bool, actor: str) -> Job:
        """Begin to export; raises Unavailable."""

    async def imports(self) -> Sequence[ImportState]:
        """Those that are known."""

    async def report(self, key: str) -> bytes:
        """CSV of an import; raises NotFound."""

    async def exports(self) -> Sequence[ExportFile]:
        """Those that can be fetched."""

    def export_path(self, name: str) -> Path:
        """Where one is; raises NotFound."""

    async def remove_export(self, name: str) -> None:
        """Remove one; raises NotFound."""


class BulkCalls:
    """Operations over one service."""

    def __init__(self, bulk: BulkService) -> None:
        self._bulk = bulk

    def operations(self) -> List[Operation]:
        """All of them."""
        found, busy = ("NOT_FOUND",), ("UNAVAILABLE",)
        one = "/exports/{name}"
        return [
            Operation(
                "POST",
                "/people/import",
                Need.WRITE,
                "Begin to import people from a file of the import folder",
                self.start_import,
                Job,
                http_status=202,
                body=WhatToImport,
                tags=TAGS,
                errors=(*found, *busy),
            ),
            Operation("GET", "/imports", Need.READ, "Imports", self.imports, ImportList, tags=TAGS, tagged=True),
            Operation(
                "GET",
                "/imports/{import_id}/report",
                Need.READ,
                "Whom an import refused, row by row",
                self.report,
                answer_type=CSV,
                tags=TAGS,
                errors=found,
            ),
            Operation(
                "POST",
                "/people/export",
                Need.ADMIN,
                "Begin to write everybody into a file for another box",
                self.start_export,
                Job,
                http_status=202,
                body=WhatToExport,
                tags=TAGS,
                errors=busy,
            ),
            Operation(
                "GET",
                "/exports",
                Need.ADMIN,
                "Files to be fetched",
                self.exports,
                ExportList,
                tags=TAGS,
                tagged=True,
            ),
            Operation(
                "GET",
                one,
                Need.ADMIN,
                "A file for another box",
                self.fetch,
                answer_type=TAR,
                tags=TAGS,
                errors=found,
            ),
            Operation(
                "DELETE", one, Need.ADMIN, "Remove such a file", self.remove, Nothing, tags=TAGS, errors=found
            ),
        ]

    async def start_import(self, asked: Asked) -> Job:
        """Begin to import what the body names."""
        what: WhatToImport = asked.body
        wish = ImportWish(
            what.file,
            UserType(what.user_type),
            tuple(what.permissions),
            what.replace,
            what.fiqa_level,
            what.resume,
        )
        return await self._bulk.start_import(wish, asked.actor)

    async def imports(self, _asked: Asked) -> ImportList:
        """All that are known."""
        return ImportList(imports=[ImportTold(**asdict(one)) for one in await self._bulk.imports()])

    async def report(self, asked: Asked) -> web.Response:
        """The report of the import of the path."""
        body = await self._bulk.report(asked.part("import_id"))
        headers = {"Content-Disposition": 'attachment; filename="refused.csv"', "Cache-Control": "no-store"}
        return web.Response(body=body, content_type=CSV, charset="utf-8", headers=headers)

    async def start_export(self, asked: Asked) -> Job:
        """Begin to export."""
        what: WhatToExport = asked.body
        return self._bulk.start_export(what.photos, asked.actor)

    async def exports(self, _asked: Asked) -> ExportList:
        """All that can be fetched."""
        return ExportList(exports=[ExportTold(**asdict(one)) for one in await self._bulk.exports()])

    async def fetch(self, asked: Asked) -> web.StreamResponse:
        """The file of the path."""
        path = self._bulk.export_path(asked.part("name"))
        headers = {
            "Content-Disposition": f'attachment; filename="{path.name}"',
            "Content-Type": TAR,
            "Cache-Control": "no-store",
        }
        return web.FileResponse(path, headers=headers)

    async def remove(self, asked: Asked) -> Nothing:
        """Remove the file of the path."""
        await self._bulk.remove_export(asked.part("name"))
        return Nothing()
