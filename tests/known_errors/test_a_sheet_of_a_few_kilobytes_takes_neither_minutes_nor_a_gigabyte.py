"""A sheet of 15 KB, three million elements in each other, took a gigabyte; three million texts took minutes.

Both unpacked to less than what was allowed, and the import could not be cancelled meanwhile.
"""

import io
import zipfile

import pytest
from bulk_files import xlsx_of

from sophon_report.errors import BadInput
from sophon_report.report.bulk.sheets import xlsx_lines
from sophon_report.report.bulk.xml_bounds import MAX_DEPTH, MAX_TEXT_ELEMENTS

SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def with_part(name, content):
    """A workbook that has something else in place of one of its parts."""
    file = io.BytesIO()
    good = zipfile.ZipFile(io.BytesIO(xlsx_of([["id", "name"], ["1", "Ada"]])))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for info in good.infolist():
            if info.filename != name:
                packed.writestr(info.filename, good.read(info))
        packed.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, "<worksheet>" + "<a>" * MAX_DEPTH),
        (TEXTS, "<sst>" + "<si/>" * MAX_TEXT_ELEMENTS),
        (TEXTS, '<x:sst xmlns:x="http://x/">' + "<si/>" * MAX_TEXT_ELEMENTS),
    ],
)
def test_a_sheet_that_is_larger_inside_than_any_list_is_refused(part, content):
    with pytest.raises(BadInput, match="larger inside than is taken"):
        list(xlsx_lines(with_part(part, content)))


def test_entities_are_refused_by_name():
    with pytest.raises(BadInput, match="declares entities"):
        list(xlsx_lines(with_part(SHEET, '<!DOCTYPE w [<!ENTITY a "b">]><worksheet>&a;</worksheet>')))
