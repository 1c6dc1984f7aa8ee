"""Files that a browser gives: taken piece by piece into the import folder, where an import finds them."""

from typing import AsyncIterator, List, Optional, Protocol, Sequence

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.uploads import MAX_UPLOAD_BYTES, Upload
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Nothing, Query

PATH = "/uploads"
ONE = PATH + "/{upload_id}"
TAGS = ("uploads",)
ANY = "application/octet-stream"


class UploadQuery(Query):
    """What the file is called."""

    name: str = Field(min_length=1, max_length=128)
    """Without folders; it ends with .zip, .csv, .xlsx or .tar."""


class UploadTold(Answer):
    """A file that was given."""

    upload_id: str
    name: str
    file: str
    """What ``POST /api/v1/people/import`` calls it."""
    size_bytes: int
    removed_at_s: int
    """When it goes by itself, seconds since the epoch; sooner when it was imported, or newer ones need room."""


class UploadList(Answer):
    """The files that are there, the newest first, and what one more may have."""

    uploads: List[UploadTold]
    max_bytes: int
    """Of one file."""
    room_bytes: int
    """Of the disk, for one more."""


class UploadService(Protocol):
    """Whoever keeps them."""

    async def receive(self, name: str, announced_bytes: Optional[int], pieces: AsyncIterator[bytes]) -> Upload:
        """Keep a file.

        Raises:
            BadInput: its name is not taken, or it is empty.
            Unavailable: too many come at one time, or the disk refuses.
            Refusal: the disk has no room for it; or as ``pieces``.
        """

    async def list(self) -> Sequence[Upload]:
        """Those that are there, the newest first."""

    async def room_bytes(self) -> int:
        """For one more."""

    async def remove(self, upload_id: str) -> None:
        """Remove one; raises NotFound."""


class UploadCalls:
    """Operations over one service."""

    def __init__(self, uploads: UploadService) -> None:
        self._uploads = uploads

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "POST",
                PATH,
                Need.WRITE,
                "Give a file to be imported, as the body",
                self.receive,
                UploadTold,
                http_status=201,
                query=UploadQuery,
                body_type=ANY,
                streamed_bytes=MAX_UPLOAD_BYTES,
                tags=TAGS,
                errors=("UNAVAILABLE", "NO_SPACE"),
            ),
            Operation("GET", PATH, Need.READ, "Files that were given", self.list, UploadList, tags=TAGS),
            Operation(
                "DELETE", ONE, Need.WRITE, "Remove one", self.remove, Nothing, tags=TAGS, errors=("NOT_FOUND",)
            ),
        ]

    async def receive(self, asked: Asked) -> UploadTold:
        """Keep the body."""
        stream = asked.incoming.stream
        assert stream is not None
        named: UploadQuery = asked.query
        return _told(await self._uploads.receive(named.name, stream.announced_bytes, stream.pieces()))

    async def list(self, _asked: Asked) -> UploadList:
        """Those that are there."""
        uploads = [_told(one) for one in await self._uploads.list()]
        return UploadList(uploads=uploads, max_bytes=MAX_UPLOAD_BYTES, room_bytes=await self._uploads.room_bytes())

    async def remove(self, asked: Asked) -> Nothing:
        """Remove the one of the path."""
        await self._uploads.remove(asked.part("upload_id"))
        return Nothing()


def _told(upload: Upload) -> UploadTold:
    return UploadTold(
        upload_id=upload.upload_id,
        name=upload.name,
        file=upload.file,
        size_bytes=upload.size_bytes,
        removed_at_s=upload.removed_at_s,
    )
