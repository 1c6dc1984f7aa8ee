"""People and their faces in the store."""

import threading
from contextlib import closing

import pytest

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Identity, Person, PersonFace, UserType
from sophon_report.store.database import Database
from sophon_report.store.people import MAX_FACES, VECTOR_ROWS, PeopleStore
from sophon_report.store.people_query import PeopleQuery
from sophon_report.store.strangers import Filed, StrangerPicture, StrangerStore

ADA = Person("E-1", "艾达", UserType.VIP, ("night", "day"))


def face(number, embedder="sha", photo=b"\xff\xd8photo"):
    return PersonFace(f"f{number}", f"p{number}", photo, bytes([number % 256]) * 512, embedder)


@pytest.fixture
def people(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield PeopleStore(database)
    database.close()


def test_a_person_comes_back_as_registered(people):
    """Name, type, permissions in their order, faces in theirs."""
    people.add(ADA, [face(1), face(2)])
    assert people.get("E-1") == ADA
    assert people.faces_of("E-1") == (face(1), face(2))


def test_a_taken_id_is_refused_by_its_name(people):
    """What is stored stays."""
    people.add(ADA, [face(1)])
    with pytest.raises(BadInput, match="E-1 is taken"):
        people.add(Person("E-1", "Eve"), [face(2)])
    assert people.get("E-1") == ADA


def test_replace_overwrites_person_and_faces(people):
    """Nothing of the former is left."""
    people.add(ADA, [face(1), face(2)])
    people.add(Person("E-1", "Eve"), [face(3)], replace=True)
    assert people.get("E-1") == Person("E-1", "Eve")
    assert people.faces_of("E-1") == (face(3),)


def test_a_face_id_of_another_person_undoes_the_whole_addition(people):
    """No half-registered person."""
    people.add(ADA, [face(1)])
    with pytest.raises(BadInput):
        people.add(Person("E-2", "Bob"), [face(1)])
    assert people.count() == 1


@pytest.mark.parametrize(
    ("person", "faces"),
    [
        (Person("", "nobody"), []),
        (Person("x" * 129, "long"), []),
        (Person("a", "n" * 257), []),
        (Person("a", "A", permission_ids=("",)), []),
        (Person("a", "A"), [PersonFace("f", "p", b"", b"abc", "sha")]),
        (Person("a", "A"), [PersonFace("f", "p", b"x" * (5 * 1024 * 1024 + 1), b"\0" * 512, "sha")]),
        (Person("a", "A"), [face(number) for number in range(MAX_FACES + 1)]),
    ],
)
def test_values_outside_their_limits_are_refused(people, person, faces):
    """The file's own constraints hold whoever writes."""
    with pytest.raises(BadInput):
        people.add(person, faces)
    assert people.count() == 0


def test_nobody_is_not_found(people):
    """Each look-up says whom it did not find."""
    with pytest.raises(NotFound, match="E-9"):
        people.get("E-9")
    with pytest.raises(NotFound, match="f9"):
        people.identity("f9")
    assert people.faces_of("E-9") == ()


def test_a_list_is_in_order_of_registration_and_paged(people):
    """Pages do not overlap."""
    for number in range(5):
        people.add(Person(f"id{9 - number}", f"name {number}"), [])
    names = [person.name for offset in (0, 2, 4) for person in people.list(limit=2, offset=offset)]
    assert names == [f"name {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("part", "found"), [("达", 1), ("a_b", 1), ("%", 1), ("B", 2), ("ÉMILE", 1), ("zoë", 1), ("ａ_", 1), ("", 5)]
)
def test_a_part_of_the_name_finds_it(people, part, found):
    """In any case and spelling of accents; signs of SQL patterns are letters like any other."""
    for number, name in enumerate(["艾达", "a_b", "100% b", "Émile", "ZOË"]):
        people.add(Person(str(number), name), [])
    wanted = PeopleQuery(name_part=part)
    assert len(people.list(query=wanted)) == people.count(wanted) == found


def test_deleting_tells_who_was_there_and_leaves_no_byte(people, tmp_path):
    """Name and photo are in none of the store's files any more."""
    people.add(Person("E-1", "Adelaide-of-the-test"), [face(1, photo=b"\xff\xd8" + b"secret-photo" * 2000)])
    people.add(Person("E-2", "Bob"), [face(2)])
    assert people.delete(["E-1", "E-9"]) == ("E-1",)
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Adelaide" not in left
    assert b"secret-photo" not in left
    assert [vector.identity_id for vector in people.faces()] == ["E-2"]


def test_deleting_leaves_no_byte_while_lists_are_read(people, tmp_path):
    """Whoever reads holds the log for a moment only."""
    people.add(Person("E-1", "Ada"), [face(1, photo=b"\xff\xd8" + b"secret-photo" * 2000)])
    stop = threading.Event()

    def lists():
        with closing(Database.open(tmp_path / "store.sqlite")) as reading:
            while not stop.is_set():
                with reading.one_moment():
                    PeopleStore(reading).list()

    reader = threading.Thread(target=lists)
    reader.start()
    people.delete(["E-1"])
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    stop.set()
    reader.join()
    assert b"secret-photo" not in left


def test_the_photo_of_a_filed_stranger_is_found_too(people, tmp_path):
    """Until they have another, or are nobody's any more."""
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        strangers = StrangerStore(database)
        strangers.write(
            [Filed("1.000000001", 1000, StrangerPicture("p9", b"\xff\xd8nine", bytes(512), "sha", 1.0))]
        )
        assert people.photo("p9") == b"\xff\xd8nine"
        strangers.erase("1.000000001")
    with pytest.raises(NotFound):
        people.photo("p9")


def test_the_identity_of_a_face_holds_all_an_event_needs(people):
    """The photo is that of the face that matched."""
    people.add(ADA, [face(1), face(2, photo=b"\xff\xd8second")])
    assert people.identity("f2") == Identity(
        "E-1", "艾达", UserType.VIP, ("night", "day"), "f2", "p2", b"\xff\xd8second", face(2).embedding
    )


def test_all_faces_come_page_by_page_with_their_permissions(people):
    """More than a page, each face once, in order; the store may be changed meanwhile."""
    count = VECTOR_ROWS + 3
    for start in range(0, count, MAX_FACES):
        numbers = range(start, min(start + MAX_FACES, count))
        people.add(Person(f"E-{start}", "x", permission_ids=("day",)), [face(number) for number in numbers])
    found = []
    for vector in people.faces():
        if not found:
            people.add(Person("late", "x"), [])
        found.append(vector)
    assert [vector.face_id for vector in found] == [f"f{number}" for number in range(count)]
    assert {vector.permission_ids for vector in found} == {("day",)}


def test_threads_share_one_store(people):
    """No write is lost and none fails."""

    def add(first):
        for number in range(first, first + 10):
            people.add(Person(str(number), "x"), [face(number)])

    threads = [threading.Thread(target=add, args=(10 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert people.count() == 40
