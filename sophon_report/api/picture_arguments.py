"""Pictures among the arguments of a call: sent along, or named in the import folder."""

import asyncio
from pathlib import Path
from typing import Optional

from sophon_report.api.arguments import Arguments
from sophon_report.api.errors import Refusal
from sophon_report.errors import BadImage, NotFound
from sophon_report.ops.import_folder import read_import
from sophon_report.wire.pictures import MAX_IMAGE_BYTES, read_picture


class PictureArguments:
    """Reads them.

    Args:
        imports: the folder whose files may be named.
    """

    def __init__(self, imports: Path) -> None:
        self._imports = imports

    async def needed(self, given: Arguments, path: str, text: str) -> bytes:
        """Bytes of a picture, as they came.

        Args:
            given: the arguments.
            path: name of the one that names a file, which goes first; ``""`` when the call has none.
            text: name of the one that holds a picture in base64.

        Raises:
            Refusal: there is neither, or no such file.
            BadImage: it is no base64, or too large.
        """
        picture = await self.optional(given, path, text)
        if picture is None:
            given.needed(text)
            raise Refusal("MISSING_ARGUMENTS", text)
        return picture

    async def optional(self, given: Arguments, path: str, text: str) -> Optional[bytes]:
        """As :meth:`needed`; ``None`` when there is neither. ``text`` may be ``""`` as well."""
        file_name = given.text(path, "") if path else ""
        if file_name:
            return await self._file(file_name)
        encoded = given.long_text(text, "") if text else ""
        if not encoded:
            return None
        try:
            return read_picture(encoded)
        except BadImage as error:
            raise BadImage(error.reason, f"{text}: {error}") from None

    async def _file(self, name: str) -> bytes:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(None, read_import, self._imports, name, MAX_IMAGE_BYTES)
        except NotFound as error:
            raise Refusal("IMAGE_NOT_OPENED", str(error)) from None
