"""People and permission groups as the HTTP edge asks for them, over a real store and gallery."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from people_desk import feature, person, told
from running_box import DIM, picture, vector
from samples import PHOTO_JPEG

from sophon_report.api.people import (
    FaceKey,
    FaceSource,
    PeopleFilter,
    Permission,
    PermissionChanges,
    PersonChanges,
)
from sophon_report.errors import (
    BadImage,
    BadInput,
    GalleryFull,
    IdTaken,
    NameTaken,
    NotFound,
    PermissionNotFound,
    Unavailable,
    VisionAway,
)
from sophon_report.model import PersonFace, UserType
from sophon_report.store.people import MAX_FACES, PAGE_ROWS
from sophon_report.store.people_batch import Entry


def source(number):
    return FaceSource(feature=feature(number))


def test_a_person_counts_from_the_call_that_registers_them(tmp_path):
    """In the gallery and, after a restart, in the store."""

    async def story(desks):
        known = await desks.people.create(person(1), source(1))
        assert desks.who(feature(1)) == "E-1"
        assert await desks.people.get("E-1") == known
        assert desks.restarted(tmp_path / "store.sqlite") == {"E-1": {known.faces[0][0]}}

    told(tmp_path, story)


def test_an_empty_id_is_made(tmp_path):
    """Another for each."""

    async def story(desks):
        made = [await desks.people.create(replace(person(1), identity_id=""), source(at)) for at in range(2)]
        assert len({known.person.identity_id for known in made} - {""}) == 2

    told(tmp_path, story)


def test_of_two_who_ask_for_one_id_at_once_one_gets_it(tmp_path):
    """The other is told so, whoever was first; nothing of theirs is left."""

    async def story(desks):
        asked = [desks.people.create(person(1), source(number)) for number in range(8)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        made = [answer for answer in answers if not isinstance(answer, Exception)]
        assert len(made) == 1
        assert {type(answer) for answer in answers if answer not in made} == {IdTaken}
        assert await desks.people.get("E-1") == made[0]
        assert desks.gallery.stats().faces == 1

    told(tmp_path, story)


def test_faces_that_come_at_once_all_count(tmp_path):
    """Each caller sees its own among them, the last at that moment."""

    async def story(desks):
        await desks.people.create(person(1), source(0))
        added = await asyncio.gather(*(desks.people.add_face("E-1", source(at)) for at in range(1, 9)))
        assert sorted(len(known.faces) for known in added) == list(range(2, 10))
        assert {desks.who(feature(at)) for at in range(9)} == {"E-1"}
        assert desks.restarted(tmp_path / "store.sqlite") == {
            "E-1": {face_id for face_id, _ in (await desks.people.get("E-1")).faces}
        }

    told(tmp_path, story)


def test_changes_of_different_things_at_once_are_all_kept(tmp_path):
    """A name and a type that two callers change are no lost write of one another."""

    async def story(desks):
        await desks.people.create(person(1), source(0))
        await asyncio.gather(
            desks.people.update("E-1", PersonChanges(name="Ada")),
            desks.people.update("E-1", PersonChanges(user_type=UserType.VIP)),
            desks.people.update("E-1", PersonChanges(ext_json='{"title":"Dr"}')),
        )
        assert (await desks.people.get("E-1")).person == replace(
            person(1), name="Ada", user_type=UserType.VIP, ext_json='{"title":"Dr"}'
        )

    told(tmp_path, story)


@pytest.mark.parametrize("which", [FaceKey(index=1), FaceKey(photo_id="1"), FaceKey(face_id="1")])
def test_a_face_takes_the_place_of_another(tmp_path, which):
    """Named by its place, its photo or itself; the former is found no more."""

    async def story(desks):
        await desks.people.create(person(1), source(0))
        for number in (1, 2):
            before = await desks.people.add_face("E-1", source(number))
        at = FaceKey(
            which.index, before.faces[1][1] if which.photo_id else "", before.faces[1][0] if which.face_id else ""
        )
        after = await desks.people.replace_face("E-1", at, source(7))
        assert (after.faces[0], after.faces[2]) == (before.faces[0], before.faces[2])
        assert not set(after.faces[1]) & set(before.faces[1])
        assert [desks.who(feature(number)) for number in (0, 1, 2, 7)] == ["E-1", "", "E-1", "E-1"]

    told(tmp_path, story)


def test_the_last_face_may_go(tmp_path):
    """The person stays, and nobody is recognised as them until a face comes."""

    async def story(desks):
        known = await desks.people.create(person(1), source(0))
        left = await desks.people.remove_face("E-1", FaceKey(face_id=known.faces[0][0]))
        assert left.faces == ()
        assert desks.who(feature(0)) == ""
        await desks.people.add_face("E-1", source(3))
        assert desks.who(feature(3)) == "E-1"

    told(tmp_path, story)


def test_a_picture_is_looked_at_and_its_portrait_kept(tmp_path):
    """What the level asks for is asked; a picture beside a vector is its photo only."""

    async def story(desks):
        known = await desks.people.create(person(1), FaceSource(image=picture("ada")))
        assert desks.who(vector("ada")) == "E-1"
        assert await desks.people.photo(known.faces[0][1]) == PHOTO_JPEG
        with pytest.raises(BadImage, match="wall"):
            await desks.people.create(person(2), FaceSource(image=picture("wall")))
        both = await desks.people.create(person(3), FaceSource(image=picture("bob"), feature=feature(3)))
        assert (desks.who(feature(3)), desks.who(vector("bob"))) == ("E-3", "")
        assert await desks.people.photo(both.faces[0][1]) == PHOTO_JPEG
        bare = await desks.people.create(person(4), source(4))
        with pytest.raises(NotFound):
            await desks.people.photo(bare.faces[0][1])

    told(tmp_path, story)


def test_a_vector_of_any_length_is_taken(tmp_path):
    """What counts is where it points."""

    async def story(desks):
        await desks.people.create(person(1), FaceSource(feature=feature(1, length=37.5)))
        assert desks.who(feature(1)) == "E-1"

    told(tmp_path, story)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.zeros(DIM, "<f4").tobytes(), "zeros"),
        (np.full(DIM, np.nan, "<f4").tobytes(), "not a number"),
        (np.full(DIM, np.inf, "<f4").tobytes(), "not a number"),
        (feature(1)[:512], f"128 numbers.*{DIM}"),
    ],
)
def test_a_vector_that_cannot_be_one_is_refused(tmp_path, values, why):
    """Its dimension is told with the right one."""

    async def story(desks):
        with pytest.raises(BadInput, match=why):
            await desks.people.create(person(1), FaceSource(feature=values))
        with pytest.raises(NotFound):
            await desks.people.get("E-1")

    told(tmp_path, story)


def test_before_vision_was_there_nobody_is_registered(tmp_path):
    """Nor is it known then what a vector must be."""

    async def story(desks):
        desks.gallery.embedder, desks.gallery._gallery = "", None
        for face in (source(1), FaceSource(image=picture("ada"))):
            with pytest.raises(VisionAway):
                await desks.people.create(person(1), face)

    told(tmp_path, story)


def test_whoever_is_being_erased_is_neither_registered_nor_changed(tmp_path):
    """New events of them would be erased with the old."""

    async def story(desks):
        known = await desks.people.create(person(1), source(0))
        desks.erasing |= {"E-1", "E-2"}
        for call in (
            desks.people.create(person(2), source(1)),
            desks.people.update("E-1", PersonChanges(name="x")),
            desks.people.add_face("E-1", source(1)),
            desks.people.replace_face("E-1", FaceKey(index=0), source(1)),
            desks.people.remove_face("E-1", FaceKey(index=0)),
        ):
            with pytest.raises(Unavailable, match="being erased"):
                await call
        assert await desks.people.get("E-1") == known

    told(tmp_path, story)


def test_a_full_gallery_takes_nobody(tmp_path):
    """Who is overwritten makes room for themselves."""

    async def story(desks):
        for number in range(2):
            await desks.people.create(person(number), source(number))
        with pytest.raises(GalleryFull):
            await desks.people.create(person(2), source(2))
        with pytest.raises(GalleryFull):
            await desks.people.add_face("E-1", source(2))
        await desks.people.replace_face("E-1", FaceKey(index=0), source(5))
        await desks.people.create(person(0), source(6), replace=True)
        assert desks.gallery.stats().faces == 2

    told(tmp_path, story, most_faces=2)


def test_a_person_has_a_bounded_number_of_faces(tmp_path):
    """One more is refused."""

    async def story(desks):
        await desks.people.create(person(1), source(0))
        for number in range(1, MAX_FACES):
            await desks.people.add_face("E-1", source(number))
        with pytest.raises(GalleryFull, match=str(MAX_FACES)):
            await desks.people.add_face("E-1", source(99))

    told(tmp_path, story)


def test_a_page_is_filtered_and_counted(tmp_path):
    """By part of the name, ids, groups, all together; in order of registration."""

    async def story(desks):
        for name in ("day", "night"):
            await desks.permissions.create(Permission(name, name))
        for number in range(6):
            groups = ("day",) if number % 2 else ("night", "day")
            await desks.people.create(
                replace(person(number), name=f"王{number}", permission_ids=groups if number else ()),
                source(number),
            )

        async def ids(wanted, limit=10, offset=0):
            page = await desks.people.page(wanted, limit, offset)
            return [known.person.identity_id[2:] for known in page.people], page.total

        assert await ids(PeopleFilter(), limit=2, offset=3) == (["3", "4"], 6)
        assert await ids(PeopleFilter(name_part="王3")) == (["3"], 1)
        assert await ids(PeopleFilter(permission_ids=("night",))) == (["2", "4"], 2)
        assert await ids(PeopleFilter(permission_ids=("night", "day")), limit=1) == (["1"], 5)
        assert await ids(PeopleFilter("王", ("E-2", "E-1"), ("night",))) == (["2"], 1)
        assert await ids(PeopleFilter(), offset=99) == ([], 6)

    told(tmp_path, story)


def test_a_page_may_be_longer_than_what_is_read_at_once(tmp_path):
    """Nobody is left out or told twice at the seam; the faces are everybody's own."""

    async def story(desks):
        count = PAGE_ROWS + 7
        rows = [PersonFace(f"f{at}", f"p{at}", b"", feature(at), "sha") for at in range(count)]
        desks.gallery.add_many([Entry(person(at), (row,)) for at, row in enumerate(rows)])
        page = await desks.people.page(PeopleFilter("name"), 1000, 2)
        assert page.total == count
        assert [known.person.identity_id for known in page.people] == [f"E-{at}" for at in range(2, count)]
        assert [known.faces for known in page.people] == [((f"f{at}", f"p{at}"),) for at in range(2, count)]

    told(tmp_path, story)


def test_a_permission_counts_for_the_search_at_once(tmp_path):
    """Given, taken, and taken by the end of the group; one of the same id again has nobody."""

    async def story(desks):
        day = await desks.permissions.create(Permission("", "day"))
        other = await desks.permissions.create(Permission("other", "other"))
        given = (day.permission_id, other.permission_id)
        for number in range(2):
            await desks.people.create(replace(person(number), permission_ids=given[: number + 1]), source(number))
        found = [desks.who(feature(number), day.permission_id) for number in range(2)]
        assert found == ["E-0", "E-1"]
        await desks.people.update("E-0", PersonChanges(permission_ids=()))
        assert desks.who(feature(0), day.permission_id) == ""
        await desks.permissions.delete(day.permission_id)
        await desks.permissions.create(day)
        assert desks.who(feature(1), day.permission_id) == ""
        assert desks.who(feature(1), "other") == "E-1"
        assert (await desks.people.get("E-1")).person.permission_ids == ("other",)
        await desks.people.update("E-1", PersonChanges(permission_ids=("other", day.permission_id)))
        assert desks.who(feature(1), day.permission_id) == "E-1"

    told(tmp_path, story)


def test_nobody_gets_a_group_that_is_not_there(tmp_path):
    """A device bound to its id would accept them one day."""

    async def story(desks):
        with pytest.raises(PermissionNotFound, match="ghost"):
            await desks.people.create(replace(person(1), permission_ids=("ghost",)), source(1))
        await desks.people.create(person(1), source(1))
        with pytest.raises(PermissionNotFound, match="ghost"):
            await desks.people.update("E-1", PersonChanges(permission_ids=("ghost",)))

    told(tmp_path, story)


def test_ids_and_names_of_groups_are_of_one_only(tmp_path):
    """Also when a group is renamed."""

    async def story(desks):
        day = await desks.permissions.create(Permission("d", "day", "by day", '{"a":1}'))
        await desks.permissions.create(Permission("n", "night"))
        with pytest.raises(IdTaken):
            await desks.permissions.create(Permission("d", "other"))
        with pytest.raises(NameTaken):
            await desks.permissions.create(Permission("x", "day"))
        with pytest.raises(NameTaken):
            await desks.permissions.update("d", PermissionChanges(name="night"))
        renamed, _ = await asyncio.gather(
            desks.permissions.update("d", PermissionChanges(name="Tag")),
            desks.permissions.update("n", PermissionChanges(description="by night")),
        )
        assert renamed == replace(day, name="Tag")
        assert (await desks.permissions.find("n")).description == "by night"
        assert await desks.permissions.find("d") == await desks.permissions.find(name="Tag") == renamed
        assert [each.name for each in (await desks.permissions.page("TA", 10, 0)).permissions] == ["Tag"]
        for missing in (("x", ""), ("", "day")):
            with pytest.raises(PermissionNotFound):
                await desks.permissions.find(*missing)
        with pytest.raises(PermissionNotFound):
            await desks.permissions.delete("x")

    told(tmp_path, story)
