"""Filed strangers and their former ids in the store."""

from contextlib import closing

import pytest

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Person, PersonFace
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.strangers import (
    PAGE_ROWS,
    Filed,
    Gone,
    Improved,
    Merged,
    Seen,
    StrangerPicture,
    StrangerRow,
    StrangerStore,
)


def picture(number, rank=10.0, embedding=b"\x01" * 64):
    return StrangerPicture(f"p{number}", b"\xff\xd8 %d" % number, embedding, "sha", rank)


def filed(number, at_ms=1000, evicted=()):
    return Filed(f"{number}", at_ms, picture(number), evicted)


@pytest.fixture
def database(tmp_path):
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        yield database


@pytest.fixture
def store(database):
    return StrangerStore(database)


def ids(store):
    return [row.stranger_id for row in store.list(500)]


def test_a_stranger_comes_back_as_filed(store):
    """With the picture, and with what was seen since."""
    store.write([filed(1)], {"1": Seen(5000, 3), "nobody": Seen(1, 1)})
    assert store.list() == [StrangerRow("1", 1000, 5000, 3, 10.0, "p1", "sha")]
    assert store.picture("1") == picture(1)
    assert list(store.vectors()) == [(store.list()[0], b"\x01" * 64)]


def test_all_are_read_page_by_page(store):
    """In order of filing."""
    store.write([filed(number) for number in range(PAGE_ROWS + 1)])
    assert [row.stranger_id for row, _ in store.vectors()] == [str(number) for number in range(PAGE_ROWS + 1)]
    assert [row.stranger_id for row in store.list(limit=2, offset=PAGE_ROWS - 1)] == ["499", "500"]
    assert store.count() == PAGE_ROWS + 1


CHANGES = [
    filed(1),
    filed(2),
    filed(3),
    Improved("1", picture(9, rank=15.0)),
    Merged("2", "1"),
    Gone(("3",)),
    filed(4),
    filed(5, evicted=("4",)),
]


def test_changes_are_made_in_order(store):
    """Filed, improved, merged, gone, evicted."""
    store.write(CHANGES)
    assert ids(store) == ["1", "5"]
    assert store.picture("1") == picture(9, rank=15.0)
    assert store.aliases_of("1") == ("2",)


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_a_change_that_is_written_twice_is_made_once(store, number):
    """As after a refusal of the disk in the middle of several."""
    store.write(CHANGES[: number + 1])
    before = ids(store), store.aliases_of("1")
    store.write([CHANGES[number]])
    assert (ids(store), store.aliases_of("1")) == before


@pytest.mark.parametrize("refused", [Filed("2", 1, picture(2, embedding=b"x")), filed(2, at_ms=1 << 63)])
def test_what_the_store_cannot_take_leaves_all_of_it_out(store, refused):
    """Nothing is half written."""
    with pytest.raises(BadInput):
        store.write([filed(1), refused])
    assert ids(store) == []


class TestFormerIds:
    """Where an id leads that events still carry."""

    def test_a_former_id_leads_on_in_one_step(self, store):
        """However often its owner became another."""
        store.write([filed(1), filed(2), filed(3), Merged("3", "2"), Merged("2", "1")])
        assert {store.resolve(each) for each in "123"} == {"1"}
        assert store.aliases_of("1") == ("3", "2")
        assert store.resolve("never") == "never"

    def test_a_merge_into_one_who_has_left_leads_to_where_they_are(self, store, database):
        """The merge waited for the disk while the other was registered."""
        store.write([filed(1), filed(2)])
        enrol(database, "1", "E-1")
        store.write([Merged("2", "1")])
        assert store.aliases_of("E-1") == ("1", "2")

    def test_who_has_left_cannot_be_merged_any_more(self, store, database):
        """Their id goes on leading to the person."""
        store.write([filed(1), filed(2)])
        enrol(database, "1", "E-1")
        store.write([Merged("1", "2")])
        assert (store.resolve("1"), store.aliases_of("2")) == ("E-1", ())

    def test_the_oldest_of_too_many_go(self, database):
        """A bound on what only grows."""
        store = StrangerStore(database, max_aliases=3)
        store.write([filed(number) for number in range(6)])
        store.write([Merged(str(number), "0") for number in range(1, 6)])
        assert store.aliases_of("0") == ("3", "4", "5")

    def test_a_person_who_is_erased_leaves_none(self, store, database):
        """The next with that id is somebody else."""
        store.write([filed(1)])
        enrol(database, "1", "E-1")
        PeopleStore(database).delete(["E-1"])
        assert (store.resolve("1"), store.aliases_of("E-1")) == ("1", ())


class TestErasing:
    """``erase``: everything that was ever given to strangers who are this one."""

    @pytest.mark.parametrize("by", ["1", "2"])
    def test_a_stranger_goes_with_all_former_ids(self, store, by):
        """By any of them; whoever else is filed stays."""
        store.write([filed(1), filed(2), filed(3), Merged("2", "1")])
        assert store.erase(by) == ("1", "2")
        assert (ids(store), store.resolve("2")) == (["3"], "2")
        assert store.erase(by) == ()

    @pytest.mark.parametrize("by", ["E-1", "1", "2"])
    def test_of_a_person_the_strangers_they_were_go(self, store, database, by):
        """The person is left to whoever erases people."""
        store.write([filed(1), filed(2), Merged("2", "1")])
        enrol(database, "1", "E-1")
        assert store.erase(by) == ("2", "1")
        assert store.aliases_of("E-1") == ()
        assert PeopleStore(database).get("E-1")

    def test_the_picture_is_not_in_the_file_any_more(self, store, database):
        """Neither in the log beside it."""
        store.write([Filed("1", 1, StrangerPicture("p", b"\xff\xd8 a face to forget", b"\x01" * 64, "sha", 1.0))])
        store.erase("1")
        for path in database.path.parent.iterdir():
            assert b"a face to forget" not in path.read_bytes(), path


class TestEnrolment:
    """A stranger becomes a person."""

    def test_the_stranger_leaves_in_the_transaction_that_makes_the_person(self, store, database):
        """And is asked for by the former id no more."""
        store.write([filed(1)])
        enrol(database, "1", "E-1")
        assert PeopleStore(database).faces_of("E-1")[0].photo_jpeg == picture(1).photo_jpeg
        assert ids(store) == []
        with pytest.raises(BadInput, match="1 is registered as E-1 already"):
            store.filed("1")

    def test_a_former_id_names_the_stranger_of_now(self, store):
        """Whoever read it in an old event means the same one."""
        store.write([filed(1), filed(2), Merged("2", "1")])
        assert store.filed("2") == ("1", picture(1))
        with pytest.raises(NotFound):
            store.filed("7")

    def test_without_the_stranger_nobody_is_registered(self, store, database):
        """All or nothing."""
        with pytest.raises(NotFound):
            enrol(database, "1", "E-1")
        assert PeopleStore(database).list() == []

    def test_with_an_id_that_is_taken_the_stranger_stays(self, store, database):
        """All or nothing."""
        store.write([filed(1), filed(2)])
        enrol(database, "1", "E-1")
        with pytest.raises(BadInput):
            enrol(database, "2", "E-1")
        assert ids(store) == ["2"]


def enrol(database, stranger_id, identity_id):
    face = PersonFace(
        f"f{stranger_id}", f"p{stranger_id}", b"\xff\xd8 %s" % stranger_id.encode(), b"\x01" * 64, "sha"
    )
    PeopleStore(database).add(Person(identity_id, "Eve"), [face], stranger_id=stranger_id)
