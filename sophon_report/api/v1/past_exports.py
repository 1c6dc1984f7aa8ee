"""Past events as a file: written as a job, fetched, removed."""

from dataclasses import asdict
from typing import List, Tuple

from aiohttp import web
from pydantic import Field
from typing_extensions import Annotated

from sophon_report.api.call import Need
from sophon_report.api.job import Job
from sophon_report.api.past_exports import EventExportService, EventExportWish
from sophon_report.api.v1.bulk import ExportList, ExportTold
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.past_filters import EventFilters
from sophon_report.api.v1.shapes import Body, Nothing

PATH = "/events/exports"
TAGS = ("events",)
TYPES = {"csv": "text/csv; charset=utf-8", "zip": "application/zip"}
Picture = Annotated[str, Field(pattern="^(face|scene)$")]


class WhatToWrite(Body):
    """How the events are told; which ones says the query."""

    format: str = Field("csv", pattern="^(csv|zip)$")
    pictures: Tuple[Picture, ...] = Field(("face",), max_length=2, strict=False)
    """That go into a zip."""
    language: str = Field("en", pattern="^(en|zh)$")
    """Of the header."""
    utc_offset_min: int = Field(0, ge=-1080, le=1080)
    """By whose clock times are told: minutes before those of UTC, 480 in Beijing."""


class PastExportCalls:
    """Operations over one service."""

    def __init__(self, exports: EventExportService) -> None:
        self._exports = exports

    def operations(self) -> List[Operation]:
        """All of them."""
        one, found = PATH + "/{name}", ("NOT_FOUND",)
        return [
            Operation(
                "POST",
                "/events/export",
                Need.WRITE,
                "Begin to write past events into a file",
                self.start,
                Job,
                http_status=202,
                query=EventFilters,
                body=WhatToWrite,
                tags=TAGS,
                errors=("UNAVAILABLE",),
                description="A CSV of a million events at most, or a zip of 100,000 with their pictures. The "
                "job's result names the file, and says `cut` when there were more.",
            ),
            Operation("GET", PATH, Need.READ, "Files of events", self.list, ExportList, tags=TAGS, tagged=True),
            Operation(
                "GET",
                one,
                Need.READ,
                "A file of events",
                self.fetch,
                answer_type="application/octet-stream",
                tags=TAGS,
                errors=found,
            ),
            Operation(
                "DELETE", one, Need.WRITE, "Remove such a file", self.remove, Nothing, tags=TAGS, errors=found
            ),
        ]

    async def start(self, asked: Asked) -> Job:
        """Begin to write."""
        what: WhatToWrite = asked.body
        filters: EventFilters = asked.query
        pictures = tuple(dict.fromkeys(what.pictures)) if what.format == "zip" else ()
        wish = EventExportWish(filters.query(), what.format, pictures, what.language, what.utc_offset_min)
        return self._exports.start(wish, asked.actor)

    async def list(self, _asked: Asked) -> ExportList:
        """All that can be fetched."""
        return ExportList(exports=[ExportTold(**asdict(one)) for one in await self._exports.list()])

    async def fetch(self, asked: Asked) -> web.StreamResponse:
        """The file of the path."""
        path = await self._exports.path_of(asked.part("name"))
        headers = {
            "Content-Disposition": f'attachment; filename="{path.name}"',
            "Content-Type": TYPES[path.suffix[1:]],
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return web.FileResponse(path, headers=headers)

    async def remove(self, asked: Asked) -> Nothing:
        """Remove the file of the path."""
        await self._exports.remove(asked.part("name"))
        return Nothing()
