"""How much XML the parts of an XLSX may be.

A library that reads them keeps elements it does not look for, several hundred bytes each, and needs long for a
table of texts: a file of a few kilobytes could take a gigabyte and minutes. So each part is walked once before,
keeping nothing, and refused at the bound. Parts that are no XML, such as pictures, end the walk at their first
bytes, as they would for anybody else.
"""

import zipfile
from typing import Any
from xml.parsers import expat

from sophon_report.errors import BadInput

MAX_ELEMENTS = 6_000_000
"""Of one part: a sheet of 100,000 people with 25 columns, each a cell with its value, and some room."""
MAX_TEXT_ELEMENTS = 2_000_000
"""Of the table of texts, where each takes two, and reading one takes far longer than a cell."""
MAX_DEPTH = 64
_TABLE = "sst"
_CHUNK_BYTES = 1 << 16


class _Walk:
    def __init__(self) -> None:
        self._depth = self._elements = 0
        self._most = MAX_ELEMENTS
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._entity

    def read(self, chunk: bytes, is_last: bool = False) -> None:
        self._parser.Parse(chunk, is_last)

    def _start(self, name: str, _attributes: Any) -> None:
        if not self._elements and name.rpartition(":")[2] == _TABLE:
            self._most = MAX_TEXT_ELEMENTS
        self._elements, self._depth = self._elements + 1, self._depth + 1
        if self._elements > self._most or self._depth > MAX_DEPTH:
            raise BadInput("the list is larger inside than is taken: too many cells or texts, or too deep")

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _entity(self, *_declared: Any) -> None:
        raise BadInput("the list declares entities, which no sheet does")


def check_xml(packed: zipfile.ZipFile) -> None:
    """Refuse an XLSX with a part that is more XML than is taken.

    Raises:
        BadInput: it has one.
        zipfile.BadZipFile: it is damaged.
    """
    for info in packed.infolist():
        walk = _Walk()
        with packed.open(info) as part:
            try:
                for chunk in iter(lambda: part.read(_CHUNK_BYTES), b""):
                    walk.read(chunk)
                walk.read(b"", is_last=True)
            except expat.ExpatError:
                continue  # no XML from here on: whoever reads it stops at the same place
