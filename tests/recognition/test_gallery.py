"""The gallery finds what a search of every row finds: against a dictionary and a sort."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sophon_report.errors import BadInput, GalleryFull, NotFound
from sophon_report.recognition.gallery import SLICE_ROWS, Gallery, Hit


def unit(vectors):
    """Return rows of length one as float32."""
    vectors = np.asarray(vectors, np.float64)
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def random_unit(count, dim, seed=0):
    return unit(np.random.default_rng(seed).standard_normal((count, dim)))


def axis(dim, number):
    return np.eye(dim, dtype=np.float32)[number]


def filled(rows, groups=None, **settings_):
    gallery = Gallery(rows.shape[1], **settings_)
    for number, row in enumerate(rows):
        gallery.put(f"f{number}", row, groups[number] if groups else ())
    return gallery


def assert_nearest(hits, rows, query, k):
    """``hits`` are k of the greatest cosines of ``rows`` (face id to row), sorted, within float32 rounding."""
    true = {face_id: float(row.astype(np.float64) @ query.astype(np.float64)) for face_id, row in rows.items()}
    best = sorted(true.values(), reverse=True)[:k]
    assert len({hit.face_id for hit in hits}) == len(hits) == len(best)
    np.testing.assert_allclose([hit.cosine for hit in hits], best, atol=2e-6)
    np.testing.assert_allclose([true[hit.face_id] for hit in hits], best, atol=2e-6)
    assert [hit.cosine for hit in hits] == sorted((hit.cosine for hit in hits), reverse=True)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    dim=st.sampled_from([1, 3, 17, 64, 100, 128, 512]),
    count=st.integers(0, 200),
    spread=st.sampled_from([0.0, 1e-4, 0.05, 1.0]),
    k=st.integers(1, 12),
)
def test_the_first_pass_never_changes_the_answer(seed, dim, count, spread, k):
    """However close the rows lie, also duplicates, the hits equal those of computing every cosine, bit for bit."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((3, dim)) + 1e-3
    rows = unit(centres[rng.integers(0, 3, count)] + spread * rng.standard_normal((count, dim)))
    query = unit(centres[0] + spread * rng.standard_normal(dim))
    gallery = filled(rows) if count else Gallery(dim)
    hits = gallery.top_k(query, k)
    assert hits == gallery.top_k(query, k, exhaustive=True)
    assert_nearest(hits, {f"f{number}": row for number, row in enumerate(rows)}, query, k)


class GalleryAgainstDictionary(RuleBasedStateMachine):
    """Faces come, change and go, with groups; a dictionary does the same."""

    dim = 20
    face_ids = st.integers(0, 30).map("face {}".format)
    group_sets = st.sets(st.sampled_from("abc"))
    vectors = st.lists(st.integers(-2, 2), min_size=dim, max_size=dim).filter(any).map(unit)

    @initialize()
    def start(self):
        self.gallery = Gallery(self.dim)
        self.known = {}

    @rule(face_id=face_ids, row=vectors, groups=group_sets)
    def put(self, face_id, row, groups):
        self.gallery.put(face_id, row, groups)
        self.known[face_id] = (row, groups)

    @rule(face_id=face_ids)
    def remove(self, face_id):
        if face_id in self.known:
            del self.known[face_id]
            self.gallery.remove(face_id)
        else:
            with pytest.raises(NotFound):
                self.gallery.remove(face_id)

    @rule(query=vectors, k=st.integers(1, 5), wanted=st.none() | group_sets)
    def search(self, query, k, wanted):
        hits = self.gallery.top_k(query, k, wanted)
        assert hits == self.gallery.top_k(query, k, wanted, exhaustive=True)
        permitted = {
            face_id: row for face_id, (row, groups) in self.known.items() if wanted is None or groups & wanted
        }
        assert_nearest(hits, permitted, query, k)

    @invariant()
    def counts(self):
        assert len(self.gallery) == len(self.known)


TestGalleryAgainstDictionary = GalleryAgainstDictionary.TestCase
TestGalleryAgainstDictionary.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)


FLAT = unit(np.ones(64))
"""Its int8 codes are exact."""
LOSING = unit([127, *[10.49] * 63])
"""Its int8 codes lose nearly half a step in every place: the estimated cosine with FLAT is .025 too small."""


@pytest.mark.parametrize(("row", "query"), [(LOSING, FLAT), (FLAT, LOSING)], ids=["row", "query"])
def test_a_cosine_that_the_codes_underrate_still_wins(row, query):
    """The bound covers what coding loses, of the row and of the query, even when all of it points one way."""
    across = unit([1, -1] * 32 - query * float(query @ np.array([1, -1] * 32)))
    cosine = float(row @ query) - 0.005
    rival = unit(cosine * query + np.sqrt(1 - cosine**2) * across)
    gallery = filled(np.array([rival, row]))
    assert [hit.face_id for hit in gallery.top_k(query)] == ["f1"]


def test_of_equal_cosines_the_face_registered_first_wins():
    """Ties do not depend on where a row lies: also after rows have moved."""
    gallery = filled(np.array([axis(8, 1), axis(8, 0), axis(8, 0), axis(8, 0)]))
    gallery.remove("f0")
    assert [hit.face_id for hit in gallery.top_k(axis(8, 0), 3)] == ["f1", "f2", "f3"]
    assert [hit.face_id for hit in gallery.top_k(axis(8, 7), 3)] == ["f1", "f2", "f3"], "zero cosines tie too"


def test_a_gallery_of_several_chunks_is_searched_whole():
    """Storage grows by chunks of 4096 rows; each row is found, by any number of threads."""
    rows = random_unit(9000, 16)
    gallery = filled(rows)
    for number in (0, 4095, 4096, 8191, 8192, 8999):
        for threads in (1, 2, 5):
            assert gallery.top_k(rows[number], threads=threads)[0].face_id == f"f{number}"
    query = random_unit(1, 16, seed=1)[0]
    assert gallery.top_k(query, 50, threads=3) == gallery.top_k(query, 50, exhaustive=True)


def test_a_gallery_shrinks_to_nothing_and_grows_again():
    """Every row can go, across the borders of chunks."""
    rows = random_unit(4100, 8)
    gallery = filled(rows)
    for number in range(4100):
        gallery.remove(f"f{number}")
    assert (len(gallery), gallery.top_k(rows[0])) == (0, [])
    gallery.put("again", rows[0])
    assert gallery.top_k(rows[0])[0].face_id == "again"


def test_the_first_pass_leaves_nearly_all_rows_out():
    """On random vectors, the hardest honest case, under one row in a hundred is computed."""
    rows = random_unit(10_000, 128)
    gallery = filled(rows)
    gallery.top_k(random_unit(1, 128, seed=1)[0])
    assert gallery.stats().computed < 100


def test_permission_groups_limit_who_is_found():
    """A face is found by a search of any of its groups, and by one without groups."""
    gallery = filled(np.array([axis(4, 0)] * 3), [["a"], ["a", "b"], []])

    def found(groups):
        return {hit.face_id for hit in gallery.top_k(axis(4, 0), 3, groups)}

    assert found(None) == {"f0", "f1", "f2"}
    assert found(["a"]) == {"f0", "f1"}
    assert found(["b", "unheard of"]) == {"f1"}
    assert found([]) == set()


def test_putting_a_face_again_replaces_row_and_groups():
    """One face, one row."""
    gallery = filled(np.array([axis(4, 0)]), [["a"]])
    gallery.put("f0", axis(4, 1), ["b"])
    assert len(gallery) == 1
    assert gallery.top_k(axis(4, 1), 5, ["b"]) == [Hit("f0", 1.0)]
    assert gallery.top_k(axis(4, 1), 5, ["a"]) == []


def test_many_faces_are_put_as_one_by_one():
    """More than a slice, some of them there already, in every group: the answers are the same, bit for bit."""
    rows, groups = random_unit(5 * SLICE_ROWS + 7, 40), [("a",), ("b", "a"), ()]
    there = random_unit(3 * SLICE_ROWS, 40, seed=1)
    given = [groups[number % 3] for number in range(len(rows))]
    one_by_one, at_once = (filled(there, [("old",)] * len(there)) for _ in range(2))
    for number, row in enumerate(rows):
        one_by_one.put(f"f{2 * number}", row, given[number])
    at_once.put_many([f"f{2 * number}" for number in range(len(rows))], rows, given)
    for query in random_unit(5, 40, seed=2):
        for wanted in (None, ["a"], ["b"], ["old"]):
            assert at_once.top_k(query, 30, wanted) == one_by_one.top_k(query, 30, wanted)
    assert len(at_once) == len(one_by_one)


def test_of_many_faces_a_wrong_one_keeps_all_out():
    """Nothing is put before all were looked at; those for whom there is no room are told."""
    gallery, rows = Gallery(8, max_rows=SLICE_ROWS + 2), random_unit(3 * SLICE_ROWS, 8)
    ids = [f"f{number}" for number in range(len(rows))]
    odd = rows.copy()
    odd[-1] *= 2
    for wrong in (odd, rows[:-1], rows.astype(np.float64)):
        with pytest.raises(BadInput):
            gallery.put_many(ids, wrong, [()] * len(ids))
        assert len(gallery) == 0
    with pytest.raises(GalleryFull):
        gallery.put_many(ids, rows, [()] * len(ids))
    assert gallery.top_k(rows[0])[0].face_id == "f0"
    assert len(gallery) <= gallery.max_rows


def test_other_groups_for_a_face_count_at_once():
    """Its vector stays; a face that is not there is told."""
    rows = random_unit(3, 16)
    gallery = filled(rows, [("a",), ("a",), ("b",)])
    gallery.regroup("f0", ("b", "c"))
    assert {hit.face_id for hit in gallery.top_k(rows[0], 3, ["a"])} == {"f1"}
    assert [hit.face_id for hit in gallery.top_k(rows[0], 3, ["c"])] == ["f0"]
    assert {hit.face_id for hit in gallery.top_k(rows[0], 3, ["b"])} == {"f0", "f2"}
    with pytest.raises(NotFound):
        gallery.regroup("f9", ())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sets(st.sampled_from("abc")), st.sampled_from("abc?-")), max_size=30)
)
def test_a_group_that_goes_is_nobodys(steps):
    """Whatever sets become equal by it, and whoever comes or goes after it."""
    gallery, model, rows = Gallery(8), {}, np.eye(8, dtype=np.float32)
    for number, groups, action in steps:
        if action in "abc":
            gallery.drop_group(action)
            model = {at: held - {action} for at, held in model.items()}
        elif action == "-" and number in model:
            gallery.remove(str(number))
            del model[number]
        else:
            gallery.put(str(number), rows[number], groups)
            model[number] = set(groups)
        for group in "abc":
            found = {hit.face_id for hit in gallery.top_k(rows[7], 8, [group])}
            assert found == {str(at) for at, held in model.items() if group in held}


def test_a_full_gallery_refuses_new_faces_only():
    """Those registered stay, can be replaced, and leave room when they go."""
    gallery = filled(np.array([axis(4, 0), axis(4, 1)]), max_rows=2)
    with pytest.raises(BadInput, match="full"):
        gallery.put("one more", axis(4, 2))
    gallery.put("f0", axis(4, 3))
    gallery.remove("f1")
    gallery.put("one more", axis(4, 2))
    assert (len(gallery), gallery.stats().refused) == (2, 1)


@pytest.mark.parametrize(
    "vector",
    [
        np.full(4, np.nan, np.float32),
        np.array([np.inf, 0, 0, 0], np.float32),
        np.zeros(4, np.float32),
        np.array([1.1, 0, 0, 0], np.float32),
        np.array([1, 0, 0], np.float32),
        np.array([[1, 0, 0, 0]], np.float32),
        np.array([1, 0, 0, 0], np.float64),
    ],
    ids=["nan", "infinite", "zero", "long", "short", "matrix", "double"],
)
def test_vectors_that_are_not_unit_vectors_are_refused(vector):
    """Neither stored nor searched for; the gallery is as it was."""
    gallery = filled(np.array([axis(4, 0)]))
    with pytest.raises(BadInput, match="row"):
        gallery.put("f1", vector)
    with pytest.raises(BadInput, match="query"):
        gallery.top_k(vector)
    assert len(gallery) == 1


@pytest.mark.parametrize("dim", [0, -1, 5000])
def test_a_gallery_of_impossible_dimension_is_refused(dim):
    """No model has such vectors."""
    with pytest.raises(BadInput, match="dimensions"):
        Gallery(dim)


def test_vectors_of_any_stride_are_read_right():
    """A column of a matrix is a vector like any other."""
    matrix = np.zeros((4, 2), np.float32)
    matrix[2, 1] = 1
    gallery = filled(np.array([axis(4, 2)]))
    assert gallery.top_k(matrix[:, 1]) == [Hit("f0", 1.0)]


def test_readers_see_whole_rows_while_a_writer_writes():
    """Searches during changes find a face that is always there, and never a half-written one."""
    rows = random_unit(300, 32)
    gallery = filled(rows)
    wrong, done = [], threading.Event()

    def read():
        while not done.is_set():
            hit = gallery.top_k(rows[0])[0]
            if hit.face_id != "f0" or abs(hit.cosine - 1) > 1e-5:
                wrong.append(hit)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 300):
        gallery.put(f"f{number}", rows[-number])
        gallery.remove(f"f{number}")
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_a_group_that_was_searched_before_finds_who_came_into_it_since_and_nobody_who_left():
    """Whatever sets of groups come, go and come again under the numbers of others."""
    gallery, rng = Gallery(8), np.random.default_rng(3)
    rows = rng.standard_normal((40, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    groups = {}
    for step in range(400):
        face = int(rng.integers(40))
        if face in groups and rng.random() < 0.4:
            gallery.remove(str(face))
            del groups[face]
        else:
            groups[face] = {f"g{each}" for each in rng.choice(6, size=int(rng.integers(4)), replace=False)}
            gallery.put(str(face), rows[face], groups[face])
        if step % 97 == 96:
            gallery.drop_group("g1")
            groups = {each: those - {"g1"} for each, those in groups.items()}
        for wanted in ({"g0"}, {"g1"}, {"g1", "g2"}):
            found = {hit.face_id for hit in gallery.top_k(rows[0], 40, wanted)}
            assert found == {str(each) for each, those in groups.items() if those & wanted}
