"""The rules of the stranger library, over a real gallery and store."""

import asyncio

import pytest
from samples import shot
from stranger_library import (
    DIM,
    MODEL,
    NOBODY,
    SCORE_88,
    SETTINGS,
    T0,
    face,
    library,
    ready,
)

from sophon_report.config import parse_settings
from sophon_report.model import PostAction, UserType
from sophon_report.recognition.known_people import unit_row
from sophon_report.recognition.stranger_lookup import new_stranger_id, stranger_settings
from sophon_report.recognition.strangers import CLEARLY_BETTER, StrangerLibrary
from sophon_report.recognition.unfiled import MAX_FACES, UnfiledFaces
from sophon_report.store.stranger_writes import MAX_WAITING
from sophon_report.store.strangers import Gone

NOTHING, NEW, BETTER = PostAction.NOTHING, PostAction.NEW_STRANGER, PostAction.NEW_PHOTO


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.sqlite"


def run(path, story, **settings):
    """Play ``story`` on a library; what it decided is on disk afterwards."""

    async def play():
        with library(path, replace_settings(**settings), settings.get("first_id", 1)) as opened:
            return await story(await ready(opened))

    return asyncio.run(play())


def replace_settings(first_id=1, **changes):
    del first_id
    return SETTINGS.model_copy(update=changes)


class TestFiling:
    """Who gets an id."""

    def test_a_stranger_is_filed_by_the_second_good_picture(self, path):
        """With the score of the nearest person: nobody passed."""

        async def story(it):
            first, second = await it.sees(face(0)), await it.sees(face(0, 0.7), rank=9.0)
            assert (first.match, first.post_action) == (NOBODY, NOTHING)
            assert second.post_action is NEW
            identity = second.match.identity
            assert (identity.name, identity.user_type) == ("stranger", UserType.STRANGER)
            assert (identity.filed_s, second.match.score_pct) == (T0 // 1000, NOBODY.score_pct)

        run(path, story)

    def test_the_best_picture_is_the_one_that_is_filed(self, path):
        """Whichever came last."""

        async def story(it):
            await it.sees(face(0), rank=15.0, photo=b"\xff\xd8good")
            filed = await it.sees(face(0, 0.8), rank=7.0, photo=b"\xff\xd8poor")
            assert (filed.match.identity.photo_jpeg, filed.match.identity.embedding) == (b"\xff\xd8good", face(0))

        run(path, story)

    def test_a_picture_that_is_not_worth_it_does_not_count(self, path):
        """However many: they are told without an id, and counted."""

        async def story(it):
            assert {(await it.sees(face(0), good=False)).post_action for _ in range(5)} == {NOTHING}
            assert it.strangers.stats().refused_by_quality == 5
            assert it.strangers.stats().filed == 0

        run(path, story)

    def test_pictures_of_two_people_do_not_add_up(self, path):
        """Each is counted for the face that it shows."""

        async def story(it):
            assert {(await it.sees(face(axis))).post_action for axis in (0, 4, 8)} == {NOTHING}
            assert it.strangers.stats().unfiled == 3

        run(path, story)

    @pytest.mark.parametrize("wanted", [1, 3])
    def test_the_settings_say_how_many_pictures_it_takes(self, path, wanted):
        """``strangers.min_shots``."""

        async def story(it):
            told = [(await it.sees(face(0))).post_action for _ in range(wanted)]
            assert told == [NOTHING] * (wanted - 1) + [NEW]

        run(path, story, min_shots=wanted)

    def test_the_oldest_of_too_many_unfiled_faces_is_forgotten(self):
        """Its next picture counts as the first."""
        faces = UnfiledFaces(2 * MAX_FACES)
        rows = []
        for number in range(MAX_FACES + 1):
            values = bytearray(8 * MAX_FACES)
            values[4 * number : 4 * number + 4] = b"\x00\x00\x80\x3f"
            rows.append(unit_row(bytes(values), 2 * MAX_FACES))
            faces.add(rows[-1], number, 1.0, 0.5)
        assert (len(faces), faces.forgotten) == (MAX_FACES, 1)
        assert faces.add(rows[1], 1, 1.0, 0.5).pictures == 2
        assert faces.add(rows[0], 0, 1.0, 0.5).pictures == 1

    def test_an_id_is_the_second_of_the_filing_and_random_digits(self):
        """As the vendor's sample of a stranger; two of one second differ."""
        ids = {new_stranger_id(T0 + 999) for _ in range(50)}
        assert {each.partition(".")[0] for each in ids} == {"1760000000"}
        assert len(ids) == 50
        assert {len(each) for each in ids} == {20}


class TestKnownAgain:
    """Who is the same."""

    @pytest.mark.parametrize(("cosine", "same"), [(1.0, True), (SCORE_88 + 0.01, True), (SCORE_88 - 0.01, False)])
    def test_a_filed_stranger_is_known_above_the_mark_of_the_library(self, path, cosine, same):
        """Stricter than for people; a poor picture does."""

        async def story(it):
            filed = await it.files(0)
            found = await it.sees(face(0, cosine), good=False)
            assert found.post_action is NOTHING
            assert (found.match.identity is not None) == same
            if same:
                assert found.match.identity.identity_id == filed
                assert found.match.score_pct > SETTINGS.pass_pct

        run(path, story)

    def test_the_id_stays_over_a_restart_with_its_photo(self, path):
        """And how often and when they were seen."""

        async def before(it):
            filed = await it.files(0, photo=b"\xff\xd8first")
            it.strangers.visited(filed, T0 + 5000)
            return filed

        async def after(it):
            found = await it.sees(face(0, 0.9), good=False)
            await it.strangers.written()
            [row] = it.store.list()
            assert (row.first_ms, row.last_ms, row.visits) == (T0, T0 + 5000, 1)
            return found.match.identity

        filed = run(path, before)
        identity = run(path, after, first_id=77)
        assert (identity.identity_id, identity.photo_jpeg) == (filed, b"\xff\xd8first")
        assert identity.embedding == face(0)

    def test_vectors_of_another_model_are_never_compared(self, path):
        """The stranger is counted, stays in the store, and somebody with the same numbers is somebody else."""

        async def before(it):
            return await it.files(0)

        async def after():
            with library(path, SETTINGS, 50) as it:
                await ready(it, "other")
                assert it.strangers.stats().other_embedder == 1
                assert await it.strangers.find(face(0), MODEL) == ()
                assert (await it.sees(face(0), embedder=MODEL)).match == NOBODY
                assert (await it.sees(face(0), embedder="other")).match == NOBODY
                return (await it.sees(face(0), embedder="other")).match.identity.identity_id

        assert run(path, before) != asyncio.run(after())

    @pytest.mark.parametrize("embedding", [b"", b"abc", bytes(4 * DIM), b"\xff" * 4 * DIM])
    def test_what_is_no_vector_is_nobody(self, path, embedding):
        """And files nobody."""

        async def story(it):
            assert await it.strangers.find(embedding, MODEL) == ()
            for _ in range(2 * SETTINGS.min_shots):
                assert (await it.sees(embedding)).match == NOBODY
            assert it.strangers.stats().filed == it.strangers.stats().unfiled == 0

        run(path, story)


@pytest.mark.parametrize(("people", "strangers", "mark"), [(82, 88, 88), (95, 88, 95), (82, 50, 82)])
def test_the_mark_is_never_below_that_of_people(people, strangers, mark):
    """Nobody is a stranger more easily than a person, and the SE3 report tells scores above the mark of people."""
    settings = parse_settings({"match": {"pass_pct": people}, "strangers": {"pass_pct": strangers, "capacity": 9}})
    used = stranger_settings(settings)
    assert (used.pass_pct, used.capacity) == (mark, 9)


class TestBetterPhotos:
    """When the filed photo changes."""

    @pytest.mark.parametrize(
        ("rank", "good", "action"),
        [
            (10.0 + CLEARLY_BETTER, True, BETTER),
            (10.0 + CLEARLY_BETTER - 0.1, True, NOTHING),
            (10.0 + CLEARLY_BETTER, False, NOTHING),
            (5.0, True, NOTHING),
        ],
    )
    def test_only_a_clearly_better_picture_that_is_worth_it_replaces(self, path, rank, good, action):
        """The event then shows the new one."""

        async def story(it):
            await it.files(0, rank=10.0, photo=b"\xff\xd8old")
            found = await it.sees(face(0, 0.9), rank=rank, good=good, photo=b"\xff\xd8new")
            assert found.post_action is action
            shown = b"\xff\xd8new" if action is BETTER else b"\xff\xd8old"
            assert found.match.identity.photo_jpeg == shown
            await it.strangers.written()
            assert it.store.picture(found.match.identity.identity_id).photo_jpeg == shown

        run(path, story)

    def test_the_same_picture_again_replaces_nothing(self, path):
        """A stranger who comes every day has one photo."""

        async def story(it):
            await it.files(0)
            assert [(await it.sees(face(0), rank=13.0)).post_action for _ in range(3)] == [
                BETTER,
                NOTHING,
                NOTHING,
            ]
            assert it.strangers.stats().improved == 1

        run(path, story)


class TestMerging:
    """Two who are found to be one."""

    BETWEEN = face(0, 0.72, toward=4)
    """Above the mark of both faces, which are not near to each other."""

    async def two(self, it):
        """The faces 0 and 4, filed in this order."""
        return await it.files(0), await it.files(4, at_ms=T0 + 60_000)

    def test_a_good_picture_near_to_two_makes_them_one(self, path):
        """The older id stays, the other is an alias; what was counted is added up."""

        async def story(it):
            old, young = await self.two(it)
            it.strangers.visited(young, T0 + 70_000)
            found = await it.sees(self.BETWEEN, rank=1.0, at_ms=T0 + 65_000)
            assert (found.match.identity.identity_id, found.post_action) == (old, NOTHING)
            assert (found.renamed.former_id, found.renamed.now.identity_id) == (young, old)
            await it.strangers.written()
            assert [(row.stranger_id, row.visits, row.last_ms) for row in it.store.list()] == [
                (old, 1, T0 + 70_000)
            ]
            assert (it.store.resolve(young), it.store.aliases_of(old)) == (old, (young,))
            assert it.strangers.stats().merged == 1

        run(path, story)

    def test_the_older_stays_although_the_younger_is_nearer(self, path):
        """The rule knows ages only."""

        async def story(it):
            old, _young = await self.two(it)
            found = await it.sees(face(4, 0.74, toward=0))
            assert found.match.identity.identity_id == old

        run(path, story)

    def test_a_poor_picture_merges_nobody(self, path):
        """The nearest is known again."""

        async def story(it):
            old, young = await self.two(it)
            found = await it.sees(face(4, 0.74, toward=0), good=False)
            assert (found.match.identity.identity_id, found.renamed) == (young, None)
            assert it.strangers.stats().filed == 2
            assert old != young

        run(path, story)

    @pytest.mark.parametrize(("rank", "action"), [(10.0, BETTER), (9.9, NOTHING)])
    def test_the_picture_between_takes_the_place_when_it_is_as_good(self, path, rank, action):
        """It is near to both of their faces."""

        async def story(it):
            await self.two(it)
            found = await it.sees(self.BETWEEN, rank=rank, photo=b"\xff\xd8between")
            assert found.post_action is action
            assert (found.match.identity.photo_jpeg == b"\xff\xd8between") == (action is BETTER)

        run(path, story)

    def test_a_merge_holds_over_a_restart(self, path):
        """The alias is no stranger any more."""

        async def before(it):
            ids = await self.two(it)
            await it.sees(self.BETWEEN)
            return ids

        async def after(it):
            assert it.strangers.stats().filed == 1
            return (await it.sees(self.BETWEEN, good=False)).match.identity.identity_id

        old, _young = run(path, before)
        assert run(path, after, first_id=50) == old


class TestBound:
    """When it is full."""

    def test_who_was_not_seen_for_longest_goes(self, path):
        """The one who was seen again stays."""

        async def story(it):
            first, second = await it.files(0), await it.files(4, at_ms=T0 + 1000)
            await it.sees(face(0), at_ms=T0 + 2000, good=False)
            third = await it.files(8, at_ms=T0 + 3000)
            stats = it.strangers.stats()
            assert (stats.filed, stats.evicted, stats.capacity) == (2, 1, 2)
            await it.strangers.written()
            assert [row.stranger_id for row in it.store.list()] == [first, third]
            assert (await it.sees(face(4), good=False)).match == NOBODY
            assert second not in {first, third}

        run(path, story, capacity=2)

    def test_a_smaller_bound_counts_at_once_and_at_the_next_start(self, path):
        """In order of when they were seen, as the store knows it."""

        async def before(it):
            ids = [await it.files(axis, at_ms=T0 + axis * 1000) for axis in (0, 4, 8, 12)]
            it.strangers.apply(replace_settings(capacity=3))
            assert it.strangers.stats().filed == 3
            return ids

        async def after(it):
            await it.strangers.written()
            return [row.stranger_id for row in it.store.list()]

        ids = run(path, before)
        assert run(path, after, capacity=2) == ids[2:]

    def test_nothing_is_decided_that_the_disk_could_not_keep(self, path):
        """With the queue full nobody is filed, improved or merged; who is filed is known."""

        async def story(it):
            filed = await it.files(0, rank=5.0)
            await it.files(4)
            await it.strangers.written()
            it.database.rows("BEGIN IMMEDIATE")  # the thread's writes wait for this one
            try:
                for number in range(MAX_WAITING):
                    it.writes.put(Gone((f"nobody {number}",)))
                known = await it.sees(face(0), rank=20.0)
                assert (known.match.identity.identity_id, known.post_action) == (filed, NOTHING)
                assert (await it.sees(TestMerging.BETWEEN)).renamed is None
                assert [(await it.sees(face(8))).match for _ in range(3)] == [NOBODY] * 3
            finally:
                it.database.rows("ROLLBACK")
            await it.strangers.written()
            assert (await it.sees(face(8))).post_action is NEW
            assert it.strangers.stats().writes_dropped > 0

        run(path, story)


class TestSwitch:
    """``strangers.enabled``."""

    def test_off_nothing_is_looked_up_or_filed(self, path):
        """And nothing is read."""

        async def story(it):
            assert [(await it.sees(face(0))).match for _ in range(3)] == [NOBODY] * 3
            assert it.strangers.stats().filed == it.strangers.stats().unfiled == 0

        run(path, story, enabled=False)

    def test_switched_off_and_on_again_it_knows_who_was_filed(self, path):
        """Nothing was lost, and nothing was changed meanwhile."""

        async def story(it):
            filed = await it.files(0)
            it.strangers.apply(replace_settings(enabled=False))
            assert (await it.sees(face(0))).match == NOBODY
            it.strangers.visited(filed, T0 + 9_000_000)
            it.strangers.apply(SETTINGS)
            assert (await it.sees(face(0))).match.identity.identity_id == filed
            await it.strangers.written()
            assert [row.visits for row in it.store.list()] == [0]

        run(path, story)

    def test_switched_on_later_it_reads_the_store(self, path):
        """The model was told before."""

        async def before(it):
            return await it.files(0)

        async def after(it):
            it.strangers.apply(SETTINGS)
            await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
            return (await it.sees(face(0))).match.identity.identity_id

        assert run(path, before) == run(path, after, enabled=False)


class TestLeaving:
    """Erased, or gone to the people."""

    def test_whom_a_track_filed_and_the_gallery_then_knows_is_taken_back(self, path):
        """A registered person who was badly seen at first; the id leads to them."""

        async def story(it):
            eve = await it.files(0)
            it.strangers.matched(shot(track_id=2), "E-1")
            assert it.strangers.stats().filed == 1
            it.strangers.matched(shot(track_id=1), "E-1")
            assert (await it.sees(face(0))).match == NOBODY
            await it.strangers.written()
            assert (it.store.list(), it.store.aliases_of("E-1")) == ([], (eve,))
            assert it.strangers.stats().taken_back == 1

        run(path, story)

    def test_whom_an_earlier_track_filed_stays(self, path):
        """One picture of a person is no proof about somebody who was here before."""

        async def story(it):
            eve = await it.files(0)
            it.strangers.matched(shot(track_id=1, device_id="yard"), "E-1")
            await it.strangers.use(MODEL, DIM, 0.489)
            it.strangers.matched(shot(track_id=1), "E-1")
            assert (await it.sees(face(0))).match.identity.identity_id == eve

        run(path, story)

    def test_an_erased_stranger_is_unknown_with_all_former_ids(self, path):
        """By any of them."""

        async def story(it):
            old, young = await it.files(0), await it.files(4)
            await it.sees(TestMerging.BETWEEN, rank=1.0)
            assert set(await it.strangers.erase(young)) == {old, young}
            assert it.store.list() == []
            assert it.store.aliases_of(old) == ()
            assert (await it.sees(face(0), good=False)).match == NOBODY
            assert await it.strangers.erase(old) == ()

        run(path, story)

    def test_a_lost_filing_makes_a_new_id_and_never_an_old_one(self, path):
        """The disk did not have it when the power went: the same person, another id."""

        class Lost:
            """Takes everything and writes nothing."""

            def has_room(self):
                return True

            def put(self, _change):
                pass

            def seen(self, _stranger_id, _when):
                pass

            def flush(self, _timeout_s):
                return True

        async def lost():
            with library(path) as it:
                it.strangers = StrangerLibrary(SETTINGS, it.store, Lost())
                await ready(it)
                return await it.files(0)

        async def again():
            with library(path) as it:
                it.strangers = StrangerLibrary(SETTINGS, it.store, it.writes)
                await ready(it)
                return await it.files(0)

        assert asyncio.run(lost()) != asyncio.run(again())
