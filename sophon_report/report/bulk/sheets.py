"""Lists of people, CSV or XLSX, beside their pictures.

A list is a header row and a person a row (``columns``). The picture is the file that the row names, looked for
from where the list lies; one that names none has ``<id>.jpg`` there.

CSV: comma, semicolon or tab, whichever the header has most of; UTF-8 with or without a BOM where the whole file is
that, else GB 18030, which is what Excel writes on a Chinese Windows. XLSX: the first sheet, values and no
formulas, read row by row by openpyxl (pure Python, MIT), which is imported for this only, through defusedxml. What
either would have to hold at once is bounded: a list has at most :data:`MAX_LIST_BYTES`, and an XLSX unpacks to at
most :data:`MAX_XLSX_GROWTH` times that, since all its texts are one table that is read first, and to no more XML
than ``xml_bounds`` says.

Excel keeps 15 digits of a number. A longer one, such as of an identity card, is refused: it has been rounded in
the file already.
"""

import codecs
import csv
import datetime as dt
import io
import time
import zipfile
from typing import Any, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

from sophon_report.errors import BadInput
from sophon_report.recognition.enrol import PHOTO_SUFFIXES
from sophon_report.report.bulk.bundle import Bundle, opened_zip
from sophon_report.report.bulk.columns import ID, MAX_COLUMNS, PHOTO, Columns
from sophon_report.report.bulk.rows import (
    MAX_ROWS,
    Defaults,
    FaceGiven,
    GroupGiven,
    PersonRow,
    RefusedRow,
    Row,
    checked_count,
    label_of,
    word_of,
)
from sophon_report.report.bulk.xml_bounds import check_xml
from sophon_report.wire.pictures import MAX_IMAGE_BYTES

LIST_SUFFIXES = (".csv", ".xlsx")
MAX_LIST_BYTES = 64 << 20
MAX_XLSX_GROWTH = 4
MAX_SHEET_ROWS = 2 * MAX_ROWS
"""With the empty ones: a row may say that it is the millionth, and the parser makes those before it."""
BREATH_ROWS = 16
"""Read at a stretch: a millisecond or two. A breath costs a tenth of one, whoever waits or not."""
MAX_EXACT_NUMBER = 10**15
_DELIMITERS = ",;\t"

Cells = List[str]
Line = Union[Cells, str]
"""The cells of a row, or why it cannot be read."""


class ListedPeople:
    """A source: a list and the bundle with its pictures.

    Raises:
        BadInput: the list cannot be read, has no header or nobody in it.
    """

    def __init__(self, bundle: Bundle, list_name: str, defaults: Defaults) -> None:
        raw = bundle.read(list_name, MAX_LIST_BYTES)
        if len(raw) > MAX_LIST_BYTES:
            raise BadInput(f"{list_name} is larger than {MAX_LIST_BYTES >> 20} MiB")
        self.groups: Tuple[GroupGiven, ...] = ()
        self._bundle, self._defaults = bundle, defaults
        self._folder = list_name.rpartition("/")[0]
        self._name, self._raw = list_name, raw
        header = next(iter(self._lines()), (0, ""))[1]
        if isinstance(header, str):
            raise BadInput(header or f"{list_name} is empty")
        self._columns = Columns.of(header)
        self._count = checked_count(sum(1 for _ in self._people()), list_name)
        self.notes = [f"column passed over: {label_of(name)}" for name in self._columns.passed_over]

    def count(self) -> Optional[int]:
        return self._count

    def rows(self, skip: int) -> Iterator[Row]:
        for number, (line_number, line) in enumerate(self._people(), 1):
            if number > skip:
                yield self._row(number, line_number, line)

    def _lines(self) -> Iterator[Tuple[int, Line]]:
        """Number in the sheet and what stands there; rows without a letter are none."""
        read = xlsx_lines if self._name.lower().endswith(".xlsx") else csv_lines
        for number, line in enumerate(read(self._raw), 1):
            if line and number % BREATH_ROWS == 0:
                time.sleep(0)  # parsing is pure Python: whoever else waits for the interpreter goes first
            if isinstance(line, str) or any(cell.strip() for cell in line):
                yield number, line

    def _people(self) -> Iterator[Tuple[int, Line]]:
        lines = self._lines()
        next(lines)
        return lines

    def _row(self, number: int, line_number: int, line: Line) -> Row:
        label = f"row {line_number}"
        if isinstance(line, str):
            return RefusedRow(number, label, line)
        try:
            identity_id = self._columns.cell(line, ID)
            label = label_of(f"row {line_number} ({identity_id})") if identity_id else label
            person = self._columns.person(line, self._defaults)
            groups = self._columns.groups(line, self._defaults)
            photo = self._photo(self._columns.cell(line, PHOTO), person.identity_id)
        except BadInput as error:
            return RefusedRow(number, label, str(error), word_of(error))
        return PersonRow(number, label, person, (FaceGiven(photo),), groups)

    def _photo(self, named: str, identity_id: str) -> bytes:
        if named:
            return self._bundle.read(self._beside(named), MAX_IMAGE_BYTES)
        for suffix in PHOTO_SUFFIXES:
            try:
                return self._bundle.read(self._beside(identity_id + suffix), MAX_IMAGE_BYTES)
            except BadInput:
                continue
        raise BadInput(f"it names no photo, and there is no {identity_id}.jpg")

    def _beside(self, name: str) -> str:
        return f"{self._folder}/{name}" if self._folder else name

    def close(self) -> None:
        self._bundle.close()


def csv_lines(raw: bytes) -> Iterator[Line]:
    """The rows of a CSV file, its header first."""
    encoding = csv_encoding(raw)
    text = io.TextIOWrapper(io.BytesIO(raw), encoding, errors="replace", newline="")
    header = text.readline()
    delimiter = max(_DELIMITERS, key=header.count)
    text.seek(0)
    reader = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            line = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"the row cannot be read: {error}"
        else:
            yield "the row has letters that are neither UTF-8 nor GBK" if _is_broken(line) else line


def csv_encoding(raw: bytes) -> str:
    """Which of the encodings that are taken ``raw`` is in."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.decode(raw, "utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _is_broken(line: Cells) -> bool:
    return any("\ufffd" in cell for cell in line)


def xlsx_lines(raw: bytes) -> Iterator[Line]:
    """The rows of the first sheet of an XLSX file, its header first.

    Raises:
        BadInput: it is none, or one that unpacks to too much.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - a second to import, for this only

    try:
        _check_inside(raw)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # some programs say A1 of any sheet: what is outside would be passed over
            yield from _sheet_lines(sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True))
        finally:
            book.close()
    except BadInput:
        raise
    except zipfile.BadZipFile as error:
        raise BadInput("the list is damaged") from error
    except (
        Exception
    ) as error:  # openpyxl and the parsers below it raise whatever a strange file makes them stumble on
        raise BadInput("the list is no XLSX that can be read: save it anew, or as CSV") from error


def _check_inside(raw: bytes) -> None:
    with opened_zip(io.BytesIO(raw), "the list") as packed:
        if sum(info.file_size for info in packed.infolist()) > MAX_XLSX_GROWTH * MAX_LIST_BYTES:
            raise BadInput("the list would unpack to more than is taken")
        check_xml(packed)


def _sheet_lines(rows: Iterable[Sequence[Any]]) -> Iterator[Line]:
    empty = 0
    for number, row in enumerate(rows, 1):
        if number > MAX_SHEET_ROWS:
            raise BadInput(f"the list has more than {MAX_SHEET_ROWS} rows, counting the empty ones")
        # A sheet may say that it has a million rows, of which nearly all are empty.
        if row.count(None) == len(row):
            empty += 1
            if empty > MAX_ROWS:
                return
            yield []
            continue
        empty = 0
        try:
            yield _without_tail([cell_text(cell) for cell in row])
        except BadInput as error:
            yield str(error)


def _without_tail(cells: Cells) -> Cells:
    """The cells up to the last that is not empty: rows come padded to the width that was asked for."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def cell_text(value: Any) -> str:
    """A cell of a sheet as a text.

    Raises:
        BadInput: a number with more digits than the program that wrote it keeps.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        if abs(value) >= MAX_EXACT_NUMBER:
            raise BadInput(
                "a number has more than 15 digits, which its sheet has rounded: format that cell as text"
            )
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)
