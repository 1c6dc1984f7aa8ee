"""The event index: rows of events, what is asked of them, what goes."""

import dataclasses
import sqlite3
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from full_events import full_recognition, full_visit
from samples import device, identity, recognition, shot, visit

from sophon_report.errors import NotFound, StoreError, StoreUnusable, TooMuch, Unavailable
from sophon_report.model import Attributes, Match, UserType
from sophon_report.store.event_index import (
    EventIndex,
    EventPicture,
    EventQuery,
    event_of_picture,
    picture_id,
    row_of,
)

START_MS = 1_760_000_000_000
MODEL = "a" * 64


def vector(*numbers):
    return struct.pack("<4f", *numbers)


def event(number, who=None, device_id="door", score=50.0, **changes):
    """Event ``number``, a second after the one before; ``who`` is an id, a name and the kind of person."""
    known = identity(identity_id=who[0], name=who[1], user_type=who[2]) if who else None
    at_ms = START_MS + number * 1000
    values = {
        "event_id": f"{at_ms * 1000:016d}",
        "device": device(device_id),
        "in_ms": at_ms - 500,
        "recognised_ms": at_ms,
        "out_ms": at_ms + 4000,
        "shot": shot(device_id=device_id, embedding=vector(number, 0, 0, 1), embedder=MODEL),
        "match": Match(known, score),
        "seq": number + 1,
    }
    return row_of(visit(**{**values, **changes}))


ADA = ("E-1", "Ada Lovelace", UserType.EMPLOYEE)
BOB = ("E-2", "BOB Ádám", UserType.VIP)


@pytest.fixture
def index(tmp_path):
    opened = EventIndex(tmp_path / "events.sqlite")
    assert opened.open()
    yield opened
    opened.close()


def numbers_of(page):
    """Which events a page shows, as numbers of :func:`event`."""
    return [(row.at_ms - START_MS) // 1000 for row in page.rows]


def test_a_row_holds_all_of_its_event_but_the_pictures(index):
    """And lengths are to a tenth of a pixel."""
    told = full_visit()
    index.put([row_of(told)], cursor=9)
    row = index.find(told.event_id)
    assert row == dataclasses.replace(row_of(told), shot=row.shot)
    assert (row.shot.face_jpeg, row.shot.scene_jpeg, row.shot.ir_jpeg) == (b"", b"", b"")
    assert row.shot.attributes == Attributes("female", 33.6, glasses=True, mask=False, hat=False)
    pictures = {"face_jpeg": b"", "scene_jpeg": b"", "ir_jpeg": b""}
    assert row.shot == dataclasses.replace(told.shot, **pictures)
    assert "secret" not in row.device_url
    assert index.cursor == 9


def test_an_event_is_one_row_that_its_visit_ends(index):
    """Whatever comes twice, and in whichever order."""
    early, late = full_recognition(), full_visit()
    assert index.put([row_of(early)]) == (1, 0)
    assert index.find(early.event_id).out_ms == 0
    assert index.put([row_of(late)]) == (0, 1)
    assert index.put([row_of(early), row_of(late)]) == (0, 0)
    assert index.find(early.event_id).out_ms == late.out_ms
    assert index.stats().rows == 1


def test_an_id_that_is_not_16_digits_is_found_again(index):
    """Nothing makes them, and a journal may hold them."""
    index.put([row_of(visit(event_id="early")), row_of(visit(event_id="0000000000000042", seq=3))])
    assert index.find("early").event_id == "early"
    assert index.find("0000000000000042").seq == 3
    with pytest.raises(NotFound):
        index.find("42")


@pytest.mark.parametrize("event_id", ["1760000000123456", "0000000000000042", "early", "a~1"])
@pytest.mark.parametrize("which", EventPicture)
def test_the_id_of_a_picture_tells_its_event(event_id, which):
    """It is all that a client has when it asks for one."""
    assert event_of_picture(picture_id(event_id, which)) == (event_id, which)


@pytest.mark.parametrize("image_id", ["", "1760000000.123456", "1760000000.1234569", "a~5", "~1", "../etc"])
def test_no_event_has_a_picture_with_another_id(image_id):
    """Such as one that somebody made up."""
    with pytest.raises(NotFound):
        event_of_picture(image_id)


@pytest.fixture
def asked(index):
    """Ten events: Ada at 0, 3, 6 and 9, Bob at 1, 4 and 7, strangers between, at two doors."""
    who = (ADA, BOB, None)
    index.put([event(each, who[each % 3], "door" if each % 2 else "yard", 10.0 * each) for each in range(10)])
    return index


QUESTIONS = [
    (EventQuery(), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    (EventQuery(newest_first=False), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (EventQuery(START_MS + 2000, START_MS + 4000), [4, 3, 2]),
    (EventQuery(to_ms=START_MS + 1999), [1, 0]),
    (EventQuery(name_part="love"), [9, 6, 3, 0]),
    (EventQuery(name_part="ÁDÁM"), [7, 4, 1]),
    (EventQuery(name_part="%"), []),
    (EventQuery(from_ms=START_MS + 4000, name_part="b"), [7, 4]),
    (EventQuery(identity_id="E-1"), [9, 6, 3, 0]),
    (EventQuery(identity_id="E-1", name_part="ada", to_ms=START_MS + 5000), [3, 0]),
    (EventQuery(identity_id="E-1", name_part="bob"), []),
    (EventQuery(identity_id="nobody"), []),
    (EventQuery(device_ids=("door",)), [9, 7, 5, 3, 1]),
    (EventQuery(device_ids=("door", "cellar"), identity_id="E-2"), [7, 1]),
    (EventQuery(device_ids=("cellar",)), []),
    (EventQuery(user_types=(UserType.STRANGER, UserType.VIP)), [8, 7, 5, 4, 2, 1]),
    (EventQuery(score_min=30.0, score_max=50.0), [5, 4, 3]),
    (EventQuery(score_min=float("-inf"), score_max=0.0), [0]),
    (EventQuery(from_ms=-(10**30), to_ms=10**30), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
]


@pytest.mark.parametrize(("query", "expected"), QUESTIONS)
def test_a_question_is_answered_page_by_page(asked, query, expected):
    """Each page tells how many there are in all."""
    assert numbers_of(asked.page(query, 100)) == expected
    pages = [asked.page(query, 3, offset) for offset in range(0, 12, 3)]
    assert [number for page in pages for number in numbers_of(page)] == expected
    assert {page.total for page in pages} == {len(expected)}


def test_the_events_of_people_are_counted_in_all_behind_records_and_among_others(asked):
    """What erasing them would take."""
    assert asked.extent(["E-1", "E-2", "nobody"], [0, 4, 100]) == [7, 7, 4, 0]
    some = [event(each).event_id for each in (0, 1, 2, 6)]
    assert asked.of_these(["E-1"], [*some, "nobody-saw-it"]) == 2
    assert asked.of_these(["E-1"], []) == asked.of_these([], some) == 0


def test_a_name_that_very_many_have_is_found_as_well(index):
    """They are not looked up one by one then."""
    index.put([event(each, (f"E-{each}", "stranger", UserType.STRANGER)) for each in range(400)])
    page = index.page(EventQuery(from_ms=START_MS + 390_000, name_part="STRANGE"), 3)
    assert (numbers_of(page), page.total) == ([399, 398, 397], 10)


def test_faces_come_in_one_block_with_the_numbers_of_their_rows(asked):
    """Only those of the same model, and at most as many as are asked for."""
    asked.put([event(20, shot=shot(embedding=vector(1, 2, 3, 4), embedder="other"))])
    found = asked.face_vectors(None, None, (), MODEL, newest_first=False)
    assert found.vectors.shape == (10, 4)
    assert found.vectors.flags.c_contiguous
    assert found.vectors[:, 0].tolist() == list(range(10))
    assert [row.at_ms for row in asked.rows(found.numbers)] == found.at_ms.tolist()
    some = asked.face_vectors(START_MS, START_MS + 8000, ("yard",), MODEL, limit=2)
    assert (some.vectors[:, 0].tolist(), some.more, found.more) == ([8.0, 6.0], True, False)
    assert asked.face_vectors(None, None, (), "unknown").vectors.shape == (0, 0)


def test_many_faces_come_as_few_do(index):
    """They are taken from the file some at a time; a vector of another length is none of this model."""
    odd = event(150, shot=shot(embedding=b"\0" * 20, embedder=MODEL))
    index.put([odd if each == 150 else event(each) for each in range(250)])
    found = index.face_vectors(None, None, (), MODEL, newest_first=False)
    there = [each for each in range(250) if each != 150]
    assert found.vectors[:, 0].tolist() == there
    assert found.vectors[:, 3].tolist() == [1.0] * 249
    assert found.numbers.tolist() == [event(each).number for each in there]
    assert found.at_ms.tolist() == [event(each).at_ms for each in there]
    some = index.face_vectors(None, None, (), MODEL, limit=120)
    assert (some.vectors.shape, some.more) == ((119, 4), True)
    assert index.face_vectors(None, None, (), MODEL, limit=250).more is False


def test_rows_that_have_gone_are_left_out(asked):
    """Somebody may be erased between a search and its answer."""
    found = asked.face_vectors(None, None, (), MODEL)
    asked.forget({"E-1"})
    assert len(asked.rows(found.numbers)) == 6
    assert asked.rows(np.array([7, -1])) == []


def files(index, tmp_path):
    assert index.scrub()
    return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("events*")))


def test_who_is_forgotten_is_in_no_file(asked, tmp_path):
    """Neither the rows nor names, ids and vectors; others stay."""
    early = event(11, BOB)
    asked.put([dataclasses.replace(early, out_ms=0, seq=3)])
    asked.put([event(11, None)])
    assert b"Lovelace" in files(asked, tmp_path)
    assert asked.forget({"E-1", "E-2"}, {event(8).event_id, event(30).event_id}) == 8
    assert numbers_of(asked.page(EventQuery(), 100)) == [11, 5, 2]
    content = files(asked, tmp_path)
    for trace in (b"Lovelace", b"E-1", b"BOB", b"E-2", vector(3, 0, 0, 1), vector(8, 0, 0, 1)):
        assert trace not in content
    assert asked.forget({"E-1"}) == 0
    assert asked.stats().rows == 3


def test_a_name_goes_with_the_last_row_that_has_it(asked, tmp_path):
    """Also when a later record says that it was somebody else."""
    asked.put([event(each, None, seq=100) for each in (1, 4)])
    assert b"BOB" in files(asked, tmp_path)
    asked.put([event(7, None, seq=100)])
    assert b"BOB" not in files(asked, tmp_path)


def test_the_oldest_rows_go_over_the_bounds(asked):
    """Of number and of age."""
    assert asked.trim(8) == 2
    assert asked.trim(8, before_ms=START_MS + 4000) == 2
    assert asked.trim(8, before_ms=START_MS + 4000) == 0
    assert asked.trim(0) == 0
    assert numbers_of(asked.page(EventQuery(), 100)) == [9, 8, 7, 6, 5, 4]


def test_rows_are_there_after_a_restart(asked, tmp_path):
    """With the cursor, and the number of rows."""
    asked.put([], cursor=77)
    asked.close()
    with pytest.raises(Unavailable, match="closed"):
        asked.page(EventQuery(), 1)
    again = EventIndex(tmp_path / "events.sqlite")
    assert again.open()
    assert (again.cursor, again.stats().rows, again.page(EventQuery(), 1).total) == (77, 10, 10)
    again.close()


def another_program(path):
    with sqlite3.connect(str(path)) as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()


def newer(path):
    with sqlite3.connect(str(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"x" * 9000), another_program, newer])
def test_a_file_that_cannot_be_used_is_moved_aside(tmp_path, spoil):
    """One at most; a new one is begun in its place."""
    path = tmp_path / "events.sqlite"
    for _ in range(2):
        if path.exists():
            path.unlink()
        spoil(path)
        index = EventIndex(path)
        assert not index.open()
        index.put([event(1)])
        assert index.stats().rows == 1
        index.close()
        assert sorted(each.name for each in tmp_path.iterdir()) == ["events-unusable.sqlite", "events.sqlite"]
    index.open()
    index.forget_aside()
    index.close()
    assert [each.name for each in tmp_path.iterdir()] == ["events.sqlite"]


def test_a_long_removal_is_left_off_when_the_service_leaves(asked):
    """A second call goes on with it."""
    asked.halt()
    with pytest.raises(StoreError, match="the service leaves"):
        asked.forget({"E-1"})
    assert asked.page(EventQuery(), 1).total == 10


def test_beginning_anew_leaves_no_row_and_misses_none(asked, tmp_path):
    """The journal's records up to the cursor are not wanted any more."""
    asked.begin_anew(cursor=500)
    assert (asked.stats().rows, asked.cursor, asked.page(EventQuery(), 9).total) == (0, 500, 0)
    asked.put([event(3, ADA)])
    assert numbers_of(asked.page(EventQuery(), 9)) == [3]
    assert b"BOB" not in files(asked, tmp_path)


def test_a_question_that_takes_too_long_is_given_up(tmp_path):
    """And the next one is answered."""
    index = EventIndex(tmp_path / "events.sqlite", bound_s=0.0)
    index.open()
    index.put([event(each) for each in range(3000)])
    with pytest.raises(TooMuch, match="takes longer"):
        index.page(EventQuery(score_min=1.0), 10, 2000)
    assert index.find(event(3).event_id).seq == 4
    index.close()


def test_damage_that_a_question_meets_is_told(asked, tmp_path):
    """Who asks is told, and whoever looks after the box; other rows are as they were."""
    assert asked.scrub()
    path = tmp_path / "events.sqlite"
    content = bytearray(path.read_bytes())
    page = content.index(b"Lovelace") // 8192
    content[page * 8192 : page * 8192 + 64] = bytes(64)
    path.write_bytes(content)
    with pytest.raises(StoreUnusable, match="damaged"):
        asked.page(EventQuery(name_part="love"), 10)
    assert "damaged" in asked.stats().problem
    assert asked.stats().is_open


def test_a_disk_that_refuses_is_told_and_tried_again(tmp_path):
    """Whoever asks meanwhile is told too."""
    index = EventIndex(tmp_path / "missing" / "events.sqlite")
    with pytest.raises(StoreError):
        index.open()
    with pytest.raises(Unavailable, match="cannot be asked"):
        index.find("1")
    with pytest.raises(StoreError, match="cannot be written"):
        index.put([])
    (tmp_path / "missing").mkdir()
    assert index.open()
    assert index.stats().is_open
    index.close()


def test_questions_see_whole_batches_while_rows_are_written(tmp_path):
    """From several threads at once, more than may read at a time."""
    index = EventIndex(tmp_path / "events.sqlite", bound_s=60.0)  # a busy machine is slow and not wrong
    assert index.open()

    def ask():
        pages = [index.page(EventQuery(from_ms=0), 1000) for _ in range(50)]
        return [(page.total, len(page.rows)) for page in pages]

    with ThreadPoolExecutor(5) as pool:
        asking = [pool.submit(ask) for _ in range(5)]
        for batch in range(20):
            index.put([event(batch * 10 + each, ADA) for each in range(10)], cursor=batch)
        seen = [answer for each in asking for answer in each.result()]
    index.close()
    assert all(total == rows and total % 10 == 0 for total, rows in seen)


def test_a_row_of_an_open_visit_is_told_as_open(index):
    """It has no end yet, and no word on how it ended."""
    index.put([row_of(recognition())])
    row = index.find(recognition().event_id)
    assert (row.out_ms, row.ended_by, row.identity_id) == (0, "", "E-0001")
