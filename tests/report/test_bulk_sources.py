"""Reading people in bulk: every kind of file gives its rows in order, with a reason where one cannot be used."""

import os
import tarfile
import zipfile

import pytest
from bulk_files import tar_of, xlsx_of, zip_of

from sophon_report.errors import BadInput, Unavailable
from sophon_report.model import Person, PersonFace, UserType
from sophon_report.report.bulk.bundle import MAX_DIRECTORY_BYTES
from sophon_report.report.bulk.feature_tar import MAX_LINE_BYTES, PART_PEOPLE, FeatureTarWriter, Manifest
from sophon_report.report.bulk.rows import MAX_ROWS, Defaults, FaceGiven, GroupGiven, PersonRow, RefusedRow
from sophon_report.report.bulk.sheets import cell_text
from sophon_report.report.bulk.sources import open_source
from sophon_report.wire.pictures import MAX_IMAGE_BYTES

VISITORS = Defaults(UserType.VISITOR, ("guests",))
SHEET = [
    ["编号", "姓名*", "类型", "权限组", "照片", "手机号", "工号", "血型"],
    ["1001", "张伟", "贵宾", "大门、食堂", "照片/a.jpg", 13800001111, 7.0, "A"],
    ["1002", "李娜", "", "", "", "", "", ""],
    ["1003", "王芳", "外星人", "", "照片/a.jpg", "", "", ""],
    ["1004", "", "", "", "照片/a.jpg", "", "", ""],
    ["1005", "赵敏", "", "", "../../etc/passwd", "", "", ""],
]
PICTURES = {"照片/a.jpg": b"picture of 1001", "1002.png": b"picture of 1002"}


def read(path, defaults=VISITORS, skip=0):
    """Rows of a source, and what it notes."""
    source = open_source(path, defaults)
    try:
        rows = list(source.rows(skip))
    finally:
        source.close()
    assert [row.number for row in rows] == list(range(skip + 1, skip + 1 + len(rows)))
    assert source.count() == skip + len(rows)
    return rows, source.notes


def people(rows):
    """Id, name and pictures of the rows that can be used."""
    return [
        (row.person.identity_id, row.person.name, [face.photo for face in row.faces])
        for row in rows
        if isinstance(row, PersonRow)
    ]


def refusals(rows):
    return {row.label: row.reason for row in rows if isinstance(row, RefusedRow)}


def folder_of(root, files):
    for name, content in files.items():
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_bytes(content)
    return root


def csv_of(rows, delimiter=","):
    return "\r\n".join(delimiter.join(map(str, row)) for row in rows)


def test_photos_of_a_folder_are_people_by_their_names(tmp_path):
    """In order of name; what is named otherwise is refused, what is no picture by its name passed over."""
    rows, _ = read(
        folder_of(
            tmp_path,
            {
                "E-2__Bob.png": b"b",
                "E-1__Ada Lovelace.jpg": b"a",
                "nobody.jpg": b"c",
                "notes.txt": b"",
                ".E-9__hidden.jpg": b"",
                "more/E-3__deeper.jpg": b"d",
            },
        )
    )
    assert people(rows) == [("E-1", "Ada Lovelace", [b"a"]), ("E-2", "Bob", [b"b"])]
    assert refusals(rows) == {"nobody.jpg": "must be named <id>__<name>.jpg, with two underscores between"}
    assert {(row.person.user_type, row.groups) for row in rows[:2]} == {(UserType.VISITOR, ("guests",))}


@pytest.mark.parametrize("encoding", ["", "utf-8", "gbk", "gb18030"])
def test_a_zip_gives_its_names_as_they_were_meant(tmp_path, encoding):
    """With the mark of UTF-8 and without it, in Chinese code pages too; folders in it mean nothing."""
    files = {
        "员工/": b"",
        "员工/1001__张伟.jpg": b"a",
        "员工/1002__欧阳娜娜.jpg": b"b",
        "__MACOSX/._1001__张伟.jpg": b"",
    }
    rows, _ = read(zip_of(tmp_path / "people.zip", files, encoding))
    assert people(rows) == [("1001", "张伟", [b"a"]), ("1002", "欧阳娜娜", [b"b"])]


def test_names_in_a_zip_are_no_paths(tmp_path):
    """Whatever an entry is called, it is read from the zip and nothing else is."""
    outside = tmp_path / "E-1__secret.jpg"
    outside.write_bytes(b"secret")
    names = ["../E-1__secret.jpg", str(outside), "C:\\photos\\E-2__Bob.jpg"]
    rows, _ = read(zip_of(tmp_path / "people.zip", dict.fromkeys(names, b"own")))
    assert [photo for _, _, photo in people(rows)] == [[b"own"]] * 3


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    """Whole, when it would grow beyond measure; what a single picture may have is never exceeded."""
    flat = zip_of(tmp_path / "flat.zip", {f"{n}__x.bmp": bytes(1 << 20) for n in range(8)})
    with pytest.raises(BadInput, match="100 times its size"):
        read(flat)
    noise = bytes(range(256)) * 40
    large = zip_of(tmp_path / "large.zip", {"1__x.bmp": bytes(MAX_IMAGE_BYTES + 10), "2__y.bmp": noise})
    with zipfile.ZipFile(large, "a") as packed:
        packed.writestr("filling.bin", noise * 20, zipfile.ZIP_STORED)
    rows, _ = read(large)
    assert [len(row.faces[0].photo) for row in rows] == [MAX_IMAGE_BYTES + 1, len(noise)]


def test_a_zip_whose_list_of_files_is_huge_is_refused_unread(tmp_path):
    """Its end says how long the list is."""
    path = zip_of(tmp_path / "people.zip", {"1__x.jpg": b"x"})
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    content[end:end] = bytes(MAX_DIRECTORY_BYTES)
    end += MAX_DIRECTORY_BYTES
    start = content.index(b"PK\x01\x02")
    content[end + 12 : end + 16] = (end - start).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match="list of files"):
        read(path)


def test_a_locked_or_damaged_entry_costs_itself_alone(tmp_path):
    """The rest of the zip goes on."""
    path = zip_of(tmp_path / "people.zip", {f"{n}__x.jpg": bytes(range(200)) for n in range(3)})
    content = bytearray(path.read_bytes())
    first = content.index(b"PK\x01\x02")
    content[first + 8] |= 1
    second = content.index(b"1__x.jpg")
    content[second + 8 : second + 28] = bytes(20)
    path.write_bytes(bytes(content))
    rows, _ = read(path)
    assert refusals(rows) == {"0__x.jpg": "it is locked with a password", "1__x.jpg": "it is damaged in the zip"}
    assert people(rows) == [("2", "x", [bytes(range(200))])]


@pytest.mark.parametrize("form", ["xlsx", "csv in GBK", "csv in UTF-8", "semicolons", "tabs in UTF-16"])
@pytest.mark.parametrize("place", ["folder", "zip", "list"])
def test_a_list_names_people_and_their_pictures(tmp_path, form, place):
    """Chinese headings; a row is told by its number and id; a column that nobody knows is told once."""
    name = "名单.xlsx" if form == "xlsx" else "名单.csv"
    content = {
        "xlsx": lambda: xlsx_of(SHEET),
        "csv in GBK": lambda: csv_of(SHEET).encode("gbk"),
        "csv in UTF-8": lambda: b"\xef\xbb\xbf" + csv_of(SHEET).encode(),
        "semicolons": lambda: csv_of(SHEET, ";").encode(),
        "tabs in UTF-16": lambda: csv_of(SHEET, "\t").encode("utf-16"),
    }[form]()
    files = {name: content, **PICTURES}
    if place == "zip":
        nested = {f"资料/{key}": value for key, value in files.items()}
        path = zip_of(tmp_path / "people.zip", nested, "gbk")
    else:
        path = folder_of(tmp_path, files)
    rows, notes = read(path / name if place == "list" else path)
    first, second = rows[0], rows[1]
    number = "7" if form == "xlsx" else "7.0"
    ext = f'{{"mobile":"13800001111","employee_number":"{number}"}}'
    assert first.person == Person("1001", "张伟", UserType.VIP, (), ext)
    assert first.groups == ("大门", "食堂", "guests")
    assert second.person == Person("1002", "李娜", UserType.VISITOR, (), "{}")
    assert [photos for _, _, photos in people(rows)] == [[b"picture of 1001"], [b"picture of 1002"]]
    outside = refusals(rows).pop("row 6 (1005)")
    assert "there is no" in outside
    assert {key: why for key, why in refusals(rows).items() if "1005" not in key} == {
        "row 4 (1003)": "the type must be one of employee, visitor, blacklist, vip",
        "row 5 (1004)": "the name is missing",
    }
    assert notes == ["column passed over: 血型"]


def test_a_list_in_english_without_pictures_tells_each_row(tmp_path):
    """A row that names no picture needs one of its id; rows without a letter are none."""
    (tmp_path / "people.csv").write_text("ID,Identity_Name,Department\n7,Ada,Labs\n,,\n8,Bob,\n", "utf-8")
    rows, _ = read(tmp_path / "people.csv")
    assert refusals(rows) == {
        "row 2 (7)": "it names no photo, and there is no 7.jpg",
        "row 4 (8)": "it names no photo, and there is no 8.jpg",
    }


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"", "is empty"),
        ("编号,照片\n1,a.jpg\n".encode(), "there is none for the name (姓名)"),
        (b"id,ID,name\n1,2,Ada\n", "two columns of the list are for the id"),
        (b"id,name\n", "holds nobody to register"),
        (b"id,name," + b"x," * 100 + b"\n1,Ada\n", "at most 100 are read"),
    ],
)
def test_a_list_without_the_columns_it_needs_is_refused_whole(tmp_path, header, words):
    """With what is missing."""
    (tmp_path / "people.csv").write_bytes(header)
    with pytest.raises(BadInput) as refused:
        read(tmp_path)
    assert words in str(refused.value)


def test_an_xlsx_that_lies_about_its_size_is_read_whole(tmp_path):
    """Some programs write A1 for every sheet."""
    folder_of(tmp_path, {**PICTURES, "people.xlsx": xlsx_of(SHEET)})
    with zipfile.ZipFile(tmp_path / "people.xlsx") as book:
        parts = {info.filename: book.read(info) for info in book.infolist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert sheet.count(b'ref="A1:H6"') == 1
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b'ref="A1:H6"', b'ref="A1"')
    zip_of(tmp_path / "people.xlsx", parts)
    assert len(read(tmp_path / "people.xlsx")[0]) == len(SHEET) - 1


def test_an_xlsx_that_is_none_or_grows_is_refused(tmp_path):
    """Text that calls itself a workbook, another zip, entities that multiply, and one that unpacks to much."""
    (tmp_path / "people.xlsx").write_bytes(b"id,name\n1,Ada\n")
    with pytest.raises(BadInput, match="no zip"):
        read(tmp_path)
    zip_of(tmp_path / "people.xlsx", {"hello.txt": b"hello"})
    with pytest.raises(BadInput, match="no XLSX that can be read"):
        read(tmp_path)
    (tmp_path / "people.xlsx").write_bytes(xlsx_of(SHEET))
    with zipfile.ZipFile(tmp_path / "people.xlsx") as book:
        parts = {name: book.read(name) for name in book.namelist()}
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    sheet = "xl/worksheets/sheet1.xml"
    spoilt = {**parts, sheet: parts[sheet].replace(b"<worksheet", bomb + b"<worksheet", 1)}
    zip_of(tmp_path / "people.xlsx", spoilt)
    with pytest.raises(BadInput, match="declares entities"):
        read(tmp_path)
    far = b"".join(
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>' % (number, number)
        for number in range(90_000, 2 * MAX_ROWS + 90_000, 90_000)
    )
    rows = {**parts, sheet: parts[sheet].replace(b"</sheetData>", far + b"</sheetData>", 1)}
    zip_of(tmp_path / "people.xlsx", rows)
    with pytest.raises(BadInput, match="counting the empty ones"):
        read(tmp_path / "people.xlsx")
    zip_of(tmp_path / "people.xlsx", {**parts, "xl/media/filling.bin": bytes(300 << 20)})
    with pytest.raises(BadInput, match="unpack to more"):
        read(tmp_path)


def test_a_number_that_its_sheet_has_rounded_is_refused():
    """Excel keeps 15 digits; an identity card has 18."""
    with pytest.raises(BadInput, match="more than 15 digits"):
        cell_text(110101199003071234)
    assert [cell_text(value) for value in (1001, 1001.0, 1.5, None, True)] == ["1001", "1001", "1.5", "", "true"]


def test_several_lists_or_none_at_all_are_told(tmp_path):
    """Nothing is guessed."""
    folder_of(tmp_path / "two", {"a.csv": b"", "b.xlsx": b""})
    with pytest.raises(BadInput, match="holds 2 lists"):
        read(tmp_path / "two")
    folder_of(tmp_path / "none", {"notes.txt": b""})
    with pytest.raises(BadInput, match="holds no photo"):
        read(tmp_path / "none")
    with pytest.raises(BadInput, match=r"no folder, \.zip"):
        read(tmp_path / "none" / "notes.txt")
    with pytest.raises(Unavailable, match="there is no such file"):
        read(tmp_path / "nowhere.rar")
    for name in ("pipe.zip", "pipe.tar", "pipe"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(BadInput, match="is no file"):
            read(tmp_path / name)


def exported(number, faces=1):
    given = [
        PersonFace(f"f{number}.{n}", f"p{number}.{n}", b"jpeg %d" % n, bytes([n]) * 16, "sha")
        for n in range(faces)
    ]
    person = Person(f"E-{number}", f"人 {number}", UserType.VIP, ("x",), '{"mobile":"1"}')
    return person, ["大门"], given


def test_a_file_of_another_box_gives_its_people_as_they_were(tmp_path):
    """Over several parts: persons, extra fields, names of groups, vectors, photos; skipped rows are not told."""
    group = GroupGiven("7", "大门", "the gate", "{}")
    some = [exported(n, 1 + n % 3) for n in range(PART_PEOPLE + 3)]
    path = tar_of(tmp_path / "people.tar", some, groups=[group])
    rows, _ = read(path, skip=PART_PEOPLE + 1)
    for row, (person, names, faces) in zip(rows, some[PART_PEOPLE + 1 :]):
        assert row.person == Person(person.identity_id, person.name, person.user_type, (), person.ext_json)
        assert row.groups == (*names, "guests")
        assert row.faces == tuple(FaceGiven(face.photo_jpeg, face.embedding, "sha") for face in faces)
    assert len(rows) == 2
    assert open_source(path, VISITORS).groups == (group,)


def test_a_file_of_another_box_without_photos_has_the_vectors(tmp_path):
    """And a face whose vector is of another dimension is left out then."""
    person, names, (face,) = exported(1)
    odd = PersonFace("f", "p", b"jpeg", bytes(8), "old")
    rows, _ = read(tar_of(tmp_path / "people.tar", [(person, names, [face, odd])], has_photos=False))
    assert rows[0].faces == (FaceGiven(b"", face.embedding, "sha"),)


def test_a_file_of_another_box_that_was_cut_off_says_so(tmp_path):
    """The parts before it count."""
    path = tar_of(tmp_path / "people.tar", [exported(n) for n in range(PART_PEOPLE + 5)])
    with tarfile.open(path) as tar:
        members = [(info, tar.extractfile(info).read()) for info in tar]
    content = path.read_bytes()
    for cut in (content[: len(content) // 3], content[: members[-1][0].offset], content[:700]):
        path.write_bytes(cut)
        with pytest.raises(BadInput):
            read(path)
    path.write_bytes(content[: members[-1][0].offset] + bytes(1024))
    rows = open_source(path, VISITORS).rows(0)
    assert [next(rows).number for _ in range(PART_PEOPLE)][-1] == PART_PEOPLE
    with pytest.raises(BadInput, match="its end is missing"):
        list(rows)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'"format":1', b'"format":9', "format 9"),
        (b'"dimension":4', b'"dimension":0', "dimension"),
        (b'"bytes":16', b'"bytes":99', "sizes of a face"),
        (b'"photo_bytes":6', b'"photo_bytes":9', "fewer bytes"),
        (b'{"id":"E-1"', b'["id","E-1"', "damaged"),
        (b"000001.people.jsonl", b"000001.program.exe", "no part"),
    ],
)
def test_a_file_of_another_box_that_lies_is_refused(tmp_path, old, new, words):
    """Where what follows cannot be told any more, the file ends there."""
    path = tar_of(tmp_path / "people.tar", [exported(1)])
    content = path.read_bytes()
    assert old in content
    spoilt = content.replace(old, new.ljust(len(old), b" " if b"." not in old else b"\0"))
    if b"program" in new:
        at = spoilt.index(new)
        header = bytearray(spoilt[at : at + 512])
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        spoilt = spoilt[:at] + bytes(header) + spoilt[at + 512 :]
    path.write_bytes(spoilt)
    with pytest.raises(BadInput, match=words):
        read(path)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.SYMTYPE, tarfile.DIRTYPE])
def test_what_other_heads_of_a_tar_announce_is_not_read(tmp_path, kind):
    """A long name may be gigabytes, all of which tarfile would hold."""
    path = tar_of(tmp_path / "people.tar", [exported(1)])
    head = tarfile.TarInfo("long")
    head.type, head.size = kind, 1 << 40
    content = path.read_bytes()
    for spoilt in (head.tobuf(tarfile.GNU_FORMAT) + content, content[:1024] + head.tobuf(tarfile.GNU_FORMAT)):
        path.write_bytes(spoilt)
        with pytest.raises(BadInput, match="more than plain files"):
            read(path)


def test_parts_of_nobody_and_lines_without_an_end_are_refused(tmp_path):
    """Members are counted by their people, and a line is all read before it is understood."""
    path = tmp_path / "people.tar"
    for line, words in ((b"", "holds nobody"), (b'{"id":"' + b"x" * MAX_LINE_BYTES + b'"}', "larger than any")):
        with path.open("wb") as file:
            writer = FeatureTarWriter(file, Manifest("sha", 4, 1, has_photos=False))
            writer._member("000001.people.jsonl", line)
            writer.finish()
        with pytest.raises(BadInput, match=words):
            read(path)


def test_a_person_of_another_box_who_cannot_be_used_costs_that_row_alone(tmp_path):
    """Wrong types and missing values are told by row."""
    path = tar_of(tmp_path / "people.tar", [exported(n) for n in (1, 2, 3)])
    content = path.read_bytes()
    content = content.replace(b'"id":"E-1","name":', b'"id":"E-1","nome":')
    content = content.replace(b'"id":"E-2","name":"', b'"id":123 , "name":"')
    path.write_bytes(content)
    rows, _ = read(path)
    assert refusals(rows) == {"person 1 (E-1)": "name must be a text", "person 2": "id must be a text"}
    assert [row.person.identity_id for row in rows if isinstance(row, PersonRow)] == ["E-3"]
