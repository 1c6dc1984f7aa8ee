"""Known people: the store's faces, searchable."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from scenes import shot

from sophon_report.errors import BadInput
from sophon_report.model import Match, Person, PersonFace, UserType
from sophon_report.recognition.known_people import INLINE_ROWS, KnownPeople
from sophon_report.store.database import Database
from sophon_report.store.people import MAX_FACES, PeopleStore

DIM, MODEL, PASS_COSINE, PASS_PCT = 16, "sha", 0.489, 82.0
ADA, BOB = Person("E-1", "Ada", UserType.VIP, ("day",)), Person("E-2", "Bob", permission_ids=("night", "day"))


def axis(number, toward=0.0):
    """A unit vector; ``toward`` is its cosine with the axis ``number + 1``."""
    vector = np.zeros(DIM, "<f4")
    vector[number], vector[number + 1] = np.sqrt(1 - toward**2), toward
    return vector.tobytes()


def face(name, embedding, embedder=MODEL):
    return PersonFace(name, f"photo of {name}", b"\xff\xd8" + name.encode(), embedding, embedder)


@pytest.fixture
def store(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield PeopleStore(database)
    database.close()


@pytest.fixture
def people(store):
    people = KnownPeople(store)
    people.use(MODEL, DIM, PASS_COSINE)
    return people


def test_the_nearest_person_is_the_answer(people):
    """With the photo of the face that matched, and the score on the common scale."""
    people.add(ADA, [face("a1", axis(0)), face("a2", axis(4))])
    people.add(BOB, [face("b1", axis(8))])
    match = people.find(axis(4), "", PASS_PCT)
    assert (match.identity.name, match.identity.face_id, match.identity.photo_jpeg) == ("Ada", "a2", b"\xff\xd8a2")
    assert match.score_pct == pytest.approx(100)


def test_nobody_passes_at_the_mark_only_above(people):
    """Cosine 0.489 is 82, and 82 is not greater than 82; the score of the nearest is told all the same."""
    people.add(ADA, [face("a1", axis(1))])
    at_mark = people.find(axis(0, toward=0.489), "", people.find(axis(0, toward=0.489), "", 100).score_pct)
    above = people.find(axis(0, toward=0.5), "", PASS_PCT)
    below = people.find(axis(0, toward=0.3), "", PASS_PCT)
    assert at_mark.identity is None
    assert above.identity.identity_id == "E-1"
    assert below == Match(None, pytest.approx(82 * 0.3 / 0.489, abs=1e-3))


def test_the_nearest_is_named_also_when_they_do_not_pass(people):
    """Whoever answers a picture shows who came closest; nobody to compare with is another answer."""
    assert asyncio.run(people.nearest(axis(0), "")) is None
    people.add(ADA, [face("a1", axis(1))])
    people.add(BOB, [face("b1", axis(8))])
    near = asyncio.run(people.nearest(axis(0, toward=0.3), ""))
    assert (near.identity.identity_id, near.score_pct) == ("E-1", pytest.approx(82 * 0.3 / 0.489, abs=1e-3))
    assert asyncio.run(people.nearest(axis(0, toward=0.3), "night")).identity.identity_id == "E-2"
    assert asyncio.run(people.nearest(axis(0), "nobody has it")) is None


def test_a_permission_restricts_the_search(people):
    """Who does not have it is not found, however near; no permission is everybody."""
    people.add(ADA, [face("a1", axis(0))])
    people.add(BOB, [face("b1", axis(0, toward=0.6))])
    assert people.find(axis(0), "night", 10).identity.identity_id == "E-2"
    assert people.find(axis(0), "day", 10).identity.identity_id == "E-1"
    assert people.find(axis(0), "", 10).identity.identity_id == "E-1"
    assert people.find(axis(0), "nobody has it", 10) == Match(None, 0.0)


def test_people_of_the_store_are_there_after_a_restart(store, people):
    """``use`` reads them."""
    people.add(ADA, [face("a1", axis(0))])
    again = KnownPeople(store)
    assert again.find(axis(0), "", PASS_PCT) == Match(None, 0.0)
    again.use(MODEL, DIM, PASS_COSINE)
    assert again.find(axis(0), "day", PASS_PCT).identity.identity_id == "E-1"


def test_faces_of_another_model_are_left_out_and_counted(store):
    """They stay in the store; with their own model they are found again."""
    store.add(ADA, [face("a1", axis(0), "old model")])
    store.add(BOB, [face("b1", axis(0)), face("b2", b"\0" * 4 * DIM), face("b3", b"\0" * 4)])
    people = KnownPeople(store)
    people.use(MODEL, DIM, PASS_COSINE)
    assert people.find(axis(0), "", PASS_PCT).identity.identity_id == "E-2"
    assert (people.stats().faces, people.stats().other_embedder, people.stats().unusable) == (1, 1, 2)
    people.use("old model", DIM, PASS_COSINE)
    assert people.find(axis(0), "", PASS_PCT).identity.identity_id == "E-1"
    assert (people.stats().faces, people.stats().other_embedder) == (1, 3)


def test_using_the_same_model_again_reads_nothing(store, people):
    """Vision may be restarted at any time; a person added behind the back shows whether the store was read."""
    store.add(ADA, [face("a1", axis(0))])
    people.use(MODEL, DIM, 0.3)
    assert people.stats().faces == 0


def test_erased_people_are_not_found(people):
    """At once, the others still are; unknown ids are not in the answer."""
    people.add(ADA, [face("a1", axis(0)), face("a2", axis(2))])
    people.add(BOB, [face("b1", axis(4))])
    assert people.remove(["E-1", "E-9"]) == ("E-1",)
    assert people.find(axis(0), "", PASS_PCT).identity is None
    assert people.find(axis(4), "", PASS_PCT).identity.identity_id == "E-2"
    assert people.stats().faces == 1


def test_a_person_erased_by_another_process_is_nobody(store, people):
    """The gallery does not know yet, the store does."""
    people.add(ADA, [face("a1", axis(0))])
    store.delete(["E-1"])
    assert people.find(axis(0), "", PASS_PCT) == Match(None, pytest.approx(100))


def test_a_replaced_person_is_found_by_the_new_face_only(people):
    """Name and photo are the new ones."""
    people.add(ADA, [face("a1", axis(0))])
    assert people.find(axis(0), "", PASS_PCT).identity.name == "Ada"
    people.add(replace(ADA, name="Ada L."), [face("a9", axis(5))], replace=True)
    assert people.find(axis(0), "", PASS_PCT).identity is None
    assert people.find(axis(5), "", PASS_PCT).identity.name == "Ada L."


@pytest.mark.parametrize(
    ("person", "faces"),
    [
        (ADA, [face("n1", axis(3))]),
        (Person("new", "N"), [face("a1", axis(3))]),
        (Person("new", "N"), [face("n1", axis(3), "old model")]),
        (Person("new", "N"), [face("n1", axis(3)), face("n2", b"\0" * 4 * DIM)]),
        (Person("new", "N"), [face("n1", axis(3)[:-4])]),
    ],
    ids=["id taken", "face id taken", "other model", "no unit vector", "other dimension"],
)
def test_a_refused_person_leaves_nothing_behind(store, people, person, faces):
    """Neither in the store nor in the gallery."""
    people.add(ADA, [face("a1", axis(0))])
    with pytest.raises(BadInput):
        people.add(person, faces)
    assert (store.count(), people.stats().faces) == (1, 1)
    assert people.find(axis(0), "", PASS_PCT).identity.identity_id == "E-1"
    assert people.find(axis(3), "", PASS_PCT).identity is None


def test_a_shot_that_cannot_be_compared_is_nobody(people):
    """Another model's, or no vector at all: counted."""
    people.add(ADA, [face("a1", shot(1, 0).embedding)])
    good = shot(1, 0)
    for odd in (replace(good, embedder="other"), replace(good, embedding=b"abc")):
        assert asyncio.run(people.match(odd, "", PASS_PCT)) == Match(None, 0.0)
    assert asyncio.run(people.match(good, "", PASS_PCT)).identity.identity_id == "E-1"
    assert people.stats().incomparable_shots == 2


ROWS = np.random.default_rng(0).standard_normal((INLINE_ROWS + 20, DIM)).astype("<f4")
ROWS /= np.linalg.norm(ROWS, axis=1, keepdims=True)


@pytest.fixture
def large(store):
    """So many that they are searched in a thread."""
    for start in range(0, len(ROWS), MAX_FACES):
        some = [face(f"f{start + at}", row.tobytes()) for at, row in enumerate(ROWS[start : start + MAX_FACES])]
        store.add(Person(f"P-{start}", "x"), some)
    large = KnownPeople(store)
    large.use(MODEL, DIM, PASS_COSINE)
    assert large.stats().faces > INLINE_ROWS
    return large


def test_a_large_gallery_gives_the_same_answer_from_its_thread(large):
    """The way of the search does not change its answer; who is erased while it searches is not in it."""
    asked = replace(shot(1, 0), embedding=ROWS[333].tobytes())
    assert asyncio.run(large.match(asked, "", PASS_PCT)).identity.face_id == "f333"

    async def erased_meanwhile():
        match = asyncio.ensure_future(large.match(asked, "", PASS_PCT))
        nearest = asyncio.ensure_future(large.nearest(asked.embedding, ""))
        await asyncio.sleep(0)
        large.remove(["P-320"])
        return await match, await nearest

    match, nearest = asyncio.run(erased_meanwhile())
    assert match.identity is None
    assert nearest is None or nearest.identity.identity_id != "P-320"
