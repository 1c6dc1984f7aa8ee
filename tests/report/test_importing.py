"""Importing people: batch by batch into the store and the gallery, with a reason for each row that is refused."""

import asyncio
import contextlib
import csv
import io
from functools import partial

import numpy as np
import pytest
from bulk_files import tar_of, zip_of
from people_desk import feature, person, told
from running_box import DIM, MODEL, picture
from samples import PHOTO_JPEG

from sophon_report.api.people import FaceSource, PeopleFilter, Permission
from sophon_report.errors import BadInput, GalleryFull, PermissionNotFound, VisionAway
from sophon_report.model import PersonFace, UserType
from sophon_report.report.bulk import notebook
from sophon_report.report.bulk.exporting import Exporter
from sophon_report.report.bulk.importing import Watcher, import_rows
from sophon_report.report.bulk.notebook import MAX_LINES, ImportNote, Notebook, csv_line
from sophon_report.report.bulk.registrar import Order, RowRegistrar
from sophon_report.report.bulk.rows import Defaults
from sophon_report.report.bulk.sources import open_source
from sophon_report.store.people import MANY

KEY = "0123456789abcdef"
AS_USUAL, NOTHING_MORE, NOBODY = Order(), Defaults(), Watcher()


class KilledError(Exception):
    """The process ends here."""


def registrar_of(desks):
    shelf = desks.people._changing
    return RowRegistrar(
        desks.gallery,
        shelf.people,
        shelf.permissions,
        partial(desks.photos.look_at_in_turn, min_face_px=40),
        lambda: (desks.gallery.embedder, desks.gallery.dim),
        shelf.do,
        desks.erasing.__contains__,
        look_s=0,
    )


async def imported(desks, path, folder, order=AS_USUAL, defaults=NOTHING_MORE, watcher=NOBODY, note=None):
    """Import ``path``; returns the note and the lines of the report by label."""
    source = open_source(path, defaults)
    book = Notebook(folder)
    opened = book.begin(note or ImportNote(KEY, path.name))
    try:
        await import_rows(source, registrar_of(desks), order, opened, watcher, defaults.groups)
    finally:
        opened.close()
        source.close()
    return book.find(KEY), lines_of(book.report(KEY))


def lines_of(report):
    rows = list(csv.reader(io.StringIO(report.decode("utf-8-sig"))))
    assert tuple(rows[0]) == notebook.HEADER
    return {row[1]: row[3] for row in rows[1:]}


def folder_of(root, **files):
    root.mkdir()
    for name, shows in files.items():
        (root / f"{name}.jpg").write_bytes(picture(shows))
    return root


def face(number, embedder=MODEL, photo=PHOTO_JPEG):
    return PersonFace(f"f{number}", f"p{number}", photo, feature(number), embedder)


def test_photos_become_people_and_each_refusal_says_why(tmp_path):
    """Vision's word counts; an id counts once, and the first good photo of it wins."""
    photos = folder_of(
        tmp_path / "photos",
        E1__Ada="ada",
        E1__again="ada",
        E2__Alf="tiny",
        E2__Bob="bob",
        E3__wall="wall",
        nobody="ada",
    )

    async def story(desks):
        note, lines = await imported(desks, photos, tmp_path / "notes")
        assert (note.ended, note.total, note.rows, note.registered, note.refused) == ("done", 6, 6, 2, 4)
        assert lines == {
            "E1__again.jpg": "the id E1 is used by another row before it",
            "E2__Alf.jpg": "shows: tiny",
            "E3__wall.jpg": "shows: wall",
            "nobody.jpg": "must be named <id>__<name>.jpg, with two underscores between",
        }
        page = await desks.people.page(PeopleFilter(), 10, 0)
        assert [(one.person.identity_id, one.person.name) for one in page.people] == [("E1", "Ada"), ("E2", "Bob")]
        again, lines = await imported(desks, photos, tmp_path / "notes")
        assert (again.registered, lines["E1__Ada.jpg"]) == (0, "the id E1 is taken")
        replaced, _ = await imported(
            desks, photos, tmp_path / "notes", Order(replace=True), Defaults(UserType.VIP)
        )
        assert replaced.registered == 2
        assert (await desks.people.get("E1")).person.user_type is UserType.VIP
        assert desks.gallery.stats().faces == 2

    told(tmp_path, story)


def test_groups_are_found_by_name_or_id_and_a_row_with_an_unknown_one_is_refused(tmp_path):
    """For everybody they are looked up before the first row."""
    listed = tmp_path / "list"
    listed.mkdir()
    (listed / "people.csv").write_text("id,name,permissions\nada,Ada,gate\nbob,Bob,7\neve,Eve,moon\n", "utf-8")
    for name in ("ada", "bob", "eve"):
        (listed / f"{name}.jpg").write_bytes(picture(name))

    async def story(desks):
        gate = await desks.permissions.create(Permission("", "gate"))
        await desks.permissions.create(Permission("7", "yard"))
        with pytest.raises(PermissionNotFound, match="moon"):
            await imported(desks, listed, tmp_path / "notes", defaults=Defaults(groups=("moon",)))
        note, lines = await imported(desks, listed, tmp_path / "notes", defaults=Defaults(groups=("yard",)))
        assert note.registered == 2
        assert lines == {"row 4 (eve)": "there is no permission group moon"}
        assert (await desks.people.get("ada")).person.permission_ids == (gate.permission_id, "7")
        assert (await desks.people.get("bob")).person.permission_ids == ("7",)

    told(tmp_path, story)


def test_what_one_box_exports_is_on_another_as_it_was(tmp_path):
    """People, their groups by name, whatever is kept beside them, vectors to the bit and photos."""
    path = tmp_path / "people.tar"
    some = [
        person(n, user_type=UserType.VIP, permission_ids=("g",) if n % 2 else (), ext_json=f'{{"mobile":"{n}"}}')
        for n in range(230)
    ]

    async def exporting(desks):
        await desks.permissions.create(Permission("g", "大门", "the gate", '{"a":1}'))
        for number, one in enumerate(some):
            faces = [face(number), face(7000)] if number == 7 else [face(number)]
            desks.gallery.add(one, faces)
        assert Exporter(desks.people._listing.database).write(path, MODEL, has_photos=True) == len(some)
        assert path.stat().st_mode & 0o777 == 0o600

    async def importing(desks):
        await desks.permissions.create(Permission("g", "another"))
        note, lines = await imported(desks, path, tmp_path / "notes")
        assert (note.registered, note.refused, lines, desks.looked_at) == (len(some), 0, {}, 0)
        gate = await desks.permissions.find(name="大门")
        assert (gate.description, gate.info_json) == ("the gate", '{"a":1}')
        assert gate.permission_id != "g"
        store = desks.people._listing.people
        for number, one in enumerate(some):
            here = store.get(one.identity_id)
            assert (here.name, here.user_type, here.ext_json) == (one.name, one.user_type, one.ext_json)
            assert here.permission_ids == ((gate.permission_id,) if number % 2 else ())
            faces = store.faces_of(one.identity_id)
            assert faces[0].embedding == feature(number)
            assert {each.photo_jpeg for each in faces} == {PHOTO_JPEG}
            assert len(faces) == (2 if number == 7 else 1)
        assert desks.who(feature(11)) == "E-11"
        assert desks.who(feature(11), gate.permission_id) == "E-11"
        assert desks.who(feature(12), gate.permission_id) == ""

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    told(tmp_path / "a", exporting)
    told(tmp_path / "b", importing)


def test_a_face_of_another_model_is_looked_at_again_or_refused(tmp_path):
    """By its photo; one without is left out, and a person without any face that can be used is refused."""
    path = tar_of(
        tmp_path / "people.tar",
        [
            (person(1), [], [face(1, "old", picture("ada"))]),
            (person(2), [], [face(2, "old", b"")]),
            (person(3), [], [face(3), face(31, "old", b""), face(32, "old", picture("wall"))]),
            (person(4), [], [face(4, MODEL, b"no jpeg")]),
            (person(5), [], [PersonFace("f", "p", b"", np.full(DIM, np.nan, "<f4").tobytes(), MODEL)]),
        ],
        MODEL,
        DIM,
    )

    async def story(desks):
        note, lines = await imported(desks, path, tmp_path / "notes")
        assert (note.registered, note.refused) == (2, 3)
        other = "its feature is of another model, and there is no photo to make one of"
        assert lines == {
            "person 2 (E-2)": other,
            "person 3 (E-3)": f"face 2: {other}; face 3: shows: wall",
            "person 4 (E-4)": "its photo is no JPEG, or too large",
            "person 5 (E-5)": f"an embedding is {DIM} float32 of length 1",
        }
        assert len((await desks.people.get("E-3")).faces) == 1

    told(tmp_path, story)


def test_two_thousand_features_come_while_others_search(tmp_path):
    """Everybody is found, in the store and in the gallery, and none of them by a search before."""
    path = tar_of(
        tmp_path / "people.tar", [(person(n), [], [face(n, photo=b"")]) for n in range(2000)], MODEL, DIM, False
    )

    async def story(desks):
        seen = []
        watcher = Watcher(told=lambda note: seen.append((note.rows, desks.gallery.stats().faces)))
        note, _ = await imported(desks, path, tmp_path / "notes", watcher=watcher)
        assert note.registered == 2000
        assert seen == [(rows, rows) for rows in range(500, 2001, 500)]
        assert [desks.who(feature(n)) for n in (0, 777, 1999)] == ["E-0", "E-777", "E-1999"]
        assert len(desks.restarted(tmp_path / "store.sqlite")) == 2000

    told(tmp_path, story)


@pytest.mark.long
def test_a_hundred_thousand_come_in_one_go(tmp_path):
    """As many as are taken, and not one more."""
    path = tar_of(
        tmp_path / "people.tar", [(person(n), [], [face(n, photo=b"")]) for n in range(MANY)], MODEL, DIM, False
    )

    async def story(desks):
        note, _ = await imported(desks, path, tmp_path / "notes")
        assert (note.registered, desks.gallery.stats().faces) == (MANY, MANY)
        with pytest.raises(GalleryFull, match="at most"):
            await imported(
                desks, tar_of(tmp_path / "one.tar", [(person(99), [], [face(99)])], MODEL, DIM), tmp_path
            )

    told(tmp_path, story)


def test_more_than_the_box_takes_is_told_before_it_starts(tmp_path):
    """Nothing is registered then; and a gallery that fills up meanwhile refuses row by row."""
    path = tar_of(tmp_path / "people.tar", [(person(n), [], [face(n)]) for n in range(5)], MODEL, DIM)

    async def story(desks):
        with pytest.raises(GalleryFull, match="0 people are registered and 100001 would come"):
            await registrar_of(desks).begin((), (), MANY + 1, Order())
        note, lines = await imported(desks, path, tmp_path / "notes")
        assert (note.registered, note.refused) == (3, 2)
        assert set(lines.values()) == {"the gallery is full: it holds 3 faces, remove some first"}

    told(tmp_path, story, most_faces=3)


def test_a_value_that_cannot_be_stored_costs_its_row_alone(tmp_path):
    """Whatever the store refuses of one person, the others of the batch are there."""
    some = [(person(n), [], [face(n)]) for n in range(3)]
    some.insert(1, (person(99, ext_json='{"a":"' + "x" * 20_000 + '"}'), [], [face(99)]))
    path = tar_of(tmp_path / "people.tar", some, MODEL, DIM)

    async def story(desks):
        note, lines = await imported(desks, path, tmp_path / "notes")
        assert (note.registered, list(lines)) == (3, ["person 2 (E-99)"])

    told(tmp_path, story)


def test_an_import_goes_on_where_its_note_ends_and_does_nothing_twice(tmp_path):
    """Killed between the store and the note, the rows of that batch come again: they are no refusals."""
    people = [(person(n), [], [face(n, photo=b"")]) for n in range(1200)]
    path = tar_of(tmp_path / "people.tar", people, MODEL, DIM, False)

    async def story(desks):
        await desks.people.create(person(1199, user_type=UserType.VIP), FaceSource(feature=feature(1)))
        book = Notebook(tmp_path / "notes")

        def kill(note):
            if note.rows == 1000:
                raise KilledError

        with pytest.raises(KilledError):
            await imported(desks, path, tmp_path / "notes", watcher=Watcher(told=kill))
        left = book.find(KEY)
        assert (left.rows, left.registered, left.ended) == (1000, 1000, "")
        behind = ImportNote(**{**vars(left), "rows": 500, "registered": 500})
        note, lines = await imported(desks, path, tmp_path / "notes", Order(again=True), note=behind)
        assert (note.rows, note.registered, note.refused) == (1200, 1199, 1)
        assert lines == {"person 1200 (E-1199)": "the id E-1199 is taken"}
        assert desks.gallery.stats().faces == 1200

    told(tmp_path, story)


def test_an_import_leaves_off_when_it_is_asked_to(tmp_path):
    """Between two batches; what was registered stays, and the note says where to go on."""
    path = tar_of(tmp_path / "people.tar", [(person(n), [], [face(n)]) for n in range(1200)], MODEL, DIM, False)

    async def story(desks):
        done = []
        watcher = Watcher(told=done.append, cancelled=lambda: bool(done))
        note, _ = await imported(desks, path, tmp_path / "notes", watcher=watcher)
        assert (note.ended, note.rows, note.registered) == ("cancelled", 500, 500)

    told(tmp_path, story)


def test_a_file_that_cannot_be_read_to_its_end_keeps_what_came_before(tmp_path):
    """The note tells why it ended."""
    path = tar_of(tmp_path / "people.tar", [(person(n), [], [face(n)]) for n in range(700)], MODEL, DIM, False)
    content = path.read_bytes()
    at = content.index(b'{"id":"E-600"')
    path.write_bytes(content[:at] + b"}" + content[at + 1 :])

    async def story(desks):
        with pytest.raises(BadInput, match="person 601"):
            await imported(desks, path, tmp_path / "notes")
        note = Notebook(tmp_path / "notes").find(KEY)
        assert (note.rows, note.registered) == (600, 600)
        assert "person 601" in note.ended

    told(tmp_path, story)


def test_whoever_pushes_a_photo_waits_behind_two_of_an_import_at_most(tmp_path):
    """However many it has: the desk is never full of them, and while somebody waits none is added."""
    photos = zip_of(tmp_path / "people.zip", {f"{n}__x.jpg": picture("ada") for n in range(40)})

    async def story(desks):
        held = []
        see = desks.photos._send
        desks.photos._send = lambda photo: held.append(photo) or True
        importing = asyncio.ensure_future(imported(desks, photos, tmp_path / "notes"))
        while len(held) < 2:  # noqa: ASYNC110 - they come by themselves
            await asyncio.sleep(0)
        pushed = asyncio.ensure_future(desks.photos.look_at(picture("bob"), 40))
        await asyncio.sleep(0)
        assert [b"bob" in photo.image for photo in held] == [False, False, True]
        see(held[0])
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert len(held) == 3
        desks.photos._send = see
        for photo in held[1:]:
            see(photo)
        assert (await pushed).faces
        note, _ = await importing
        assert note.registered == 40
        assert desks.photos.stats().refused == 0

    told(tmp_path, story)


def test_a_photo_that_ends_vision_each_time_is_refused_and_its_neighbours_are_not(tmp_path):
    """It is tried alone, so nobody else is blamed."""
    photos = folder_of(tmp_path / "photos", a__x="ada", b__x="mallory", c__x="bob")

    async def story(desks):
        see = desks.photos._send

        def deadly(photo):
            if b"mallory" not in photo.image:
                return see(photo)
            asyncio.get_running_loop().call_soon(desks.photos.vision_gone)
            return True

        desks.photos._send = deadly
        note, lines = await imported(desks, photos, tmp_path / "notes")
        assert (note.registered, lines) == (2, {"b__x.jpg": "vision stopped over it, or took too long"})

    told(tmp_path, story)


def test_without_a_vision_that_ever_came_nothing_is_imported(tmp_path):
    """Which vectors count is not known then."""
    path = tar_of(tmp_path / "people.tar", [(person(1), [], [face(1)])], MODEL, DIM)

    async def story(desks):
        desks.gallery._gallery = None
        with pytest.raises(VisionAway):
            await imported(desks, path, tmp_path / "notes")

    told(tmp_path, story)


def test_whoever_is_being_erased_is_not_registered_meanwhile(tmp_path):
    """The row is refused."""
    path = tar_of(tmp_path / "people.tar", [(person(1), [], [face(1)])], MODEL, DIM)

    async def story(desks):
        desks.erasing.add("E-1")
        _, lines = await imported(desks, path, tmp_path / "notes")
        assert "being erased" in lines["person 1 (E-1)"]

    told(tmp_path, story)


def test_no_cell_of_a_report_is_a_formula():
    """What a sheet's program would compute is told as text."""
    wide = ("\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "\n=1")
    line = csv_line(("1", "=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "plain", 'a "b", c')).decode()
    assert all(f"'{cell}" in csv_line([cell]).decode() for cell in wide)
    assert next(csv.reader([line])) == [
        "1",
        "'=HYPERLINK(1)",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "plain",
        'a "b", c',
    ]


def test_a_report_is_bounded_and_the_rest_is_counted(tmp_path):
    """The note tells how many lines it would have."""
    book = Notebook(tmp_path)
    with contextlib.closing(book.begin(ImportNote(KEY, "x"))) as note:
        for number in range(MAX_LINES + 7):
            note.line(number, "x", "refused", "y", "row")
        note.save()
    assert len(lines_of(book.report(KEY).replace(b",x,", b",%d,"))) == 1
    assert book.report(KEY).count(b"\n") == MAX_LINES + 1
    assert book.find(KEY).lines == MAX_LINES + 7


def test_an_import_whose_report_was_removed_begins_another(tmp_path):
    """It holds what comes from there on, and nothing else."""
    book = Notebook(tmp_path)
    with contextlib.closing(book.begin(ImportNote(KEY, "x"))) as note:
        note.line(1, "ada", "refused", "blurred", "row")
        note.save(rows=1)
    (tmp_path / f"{KEY}.csv").unlink()
    with contextlib.closing(book.begin(book.find(KEY))) as note:
        note.line(2, "bob", "refused", "dark", "row")
        note.save(rows=2)
    assert lines_of(book.report(KEY)) == {"bob": "dark"}
    assert book.find(KEY).lines == 1


def test_old_notes_go_with_their_reports(tmp_path):
    """After a time, or when there are too many."""
    now = [0.0]
    book = Notebook(tmp_path, lambda: now[0])
    for number in range(notebook.MAX_NOTES + 3):
        now[0] += 1
        with contextlib.closing(book.begin(ImportNote(f"{number:016d}", "x"))) as note:
            note.save()
    book.tidy()
    assert len(book.list()) == notebook.MAX_NOTES
    now[0] += notebook.KEPT_S + 1
    book.tidy()
    assert list(tmp_path.iterdir()) == []
