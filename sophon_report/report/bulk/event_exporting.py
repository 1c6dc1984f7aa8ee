"""Events into one file to be fetched: a CSV, or a zip of it with their pictures. Writes, and asks nobody.

The zip has the pictures as they come, uncompressed, and ``events.csv`` last: its lines wait beside it meanwhile.
Bounds: so many events and bytes; what is over them is left out and told (``cut``).
"""

import tempfile
import zipfile
from dataclasses import dataclass, field
from typing import IO, Dict, Mapping, Optional, Sequence, Tuple

from sophon_report.model import Jpeg
from sophon_report.report.bulk import event_sheet
from sophon_report.store.event_index import EventRow

MAX_EVENTS: Mapping[str, int] = {"csv": 1_000_000, "zip": 100_000}
"""Excel opens 1,048,576 lines."""
MAX_BYTES = 4 << 30
KEPT_LINES_BYTES = 8 << 20
"""Of a zip's lines in memory; more of them wait in a file."""


@dataclass(frozen=True)
class Told:
    """How the table is told."""

    form: str
    """``csv`` or ``zip``."""
    language: str = "en"
    utc_offset_min: int = 0
    pictures: Tuple[str, ...] = ()
    """Which go into the zip: ``face``, ``scene``."""


@dataclass(frozen=True)
class WithPictures:
    """An event and those of its pictures that are still there."""

    row: EventRow
    pictures: Mapping[str, Jpeg] = field(default_factory=dict, repr=False)


class EventFile:
    """One file being written.

    Args:
        file: empty, and may be read.
        told: how.
    """

    def __init__(self, file: IO[bytes], told: Told) -> None:
        self.events = 0
        self.cut = False
        self._told, self._file, self._lines = told, file, file
        self._zip: Optional[zipfile.ZipFile] = None
        if told.form == "zip":
            self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
            self._lines = tempfile.SpooledTemporaryFile(KEPT_LINES_BYTES)  # noqa: SIM115 - closed with this
        self._lines.write(event_sheet.header(told.language, told.utc_offset_min))

    def add(self, some: Sequence[WithPictures]) -> bool:
        """Write these; ``False``: it is full, and the rest is left out."""
        for each in some:
            if self.events >= MAX_EVENTS[self._told.form] or self._file.tell() >= MAX_BYTES:
                self.cut = True
                return False
            names = self._add_pictures(each)
            self._lines.write(event_sheet.line(each.row, names, self._told.language, self._told.utc_offset_min))
            self.events += 1
        return True

    def finish(self) -> None:
        """Make it whole."""
        if self._zip is not None:
            self._lines.seek(0)
            with self._zip.open(_member("events.csv", zipfile.ZIP_DEFLATED), "w", force_zip64=True) as inside:
                while True:
                    some = self._lines.read(1 << 20)
                    if not some:
                        break
                    inside.write(some)
            self._zip.close()
            self._lines.close()

    def give_up(self) -> None:
        """Leave it unfinished."""
        if self._zip is not None:
            self._zip.fp = None  # it would write its end into a file that is closed by then
            self._lines.close()

    def _add_pictures(self, each: WithPictures) -> Dict[str, str]:
        names: Dict[str, str] = {}
        if self._zip is not None:
            for which, picture in each.pictures.items():
                names[which] = f"pictures/{_safe(each.row.event_id)}-{which}.jpg"
                self._zip.writestr(_member(names[which], zipfile.ZIP_STORED), picture)
        return names


def _member(name: str, compression: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.compress_type, member.external_attr = compression, 0o600 << 16
    return member


def _safe(event_id: str) -> str:
    """An id as part of a file's name: those that we make are digits."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in event_id)[:64].lstrip(".")
