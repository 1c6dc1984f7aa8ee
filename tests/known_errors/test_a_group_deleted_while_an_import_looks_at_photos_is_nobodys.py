"""What an import may register was decided before its photos were looked at, which takes seconds a batch.

A permission group that was deleted meanwhile was given to people all the same: whoever made another one of that id
let them in. Somebody whose erasing began meanwhile came back.
"""

from functools import partial

import pytest
from people_desk import told
from running_box import picture

from sophon_report.api.people import PeopleFilter, Permission
from sophon_report.quality_limits import Level
from sophon_report.report.bulk.registrar import Order, RowRegistrar
from sophon_report.report.bulk.rows import Defaults
from sophon_report.report.bulk.sources import open_source


async def registered(desks, folder, meanwhile):
    """Import Ada and Bob into the group ``7``; ``meanwhile`` happens before a photo of theirs is looked at."""
    shelf = desks.people._changing
    look = partial(desks.photos.look_at_in_turn, min_face_px=40)

    async def look_and_more(photo):
        await meanwhile()
        return await look(photo)

    registrar = RowRegistrar(
        desks.gallery,
        shelf.people,
        shelf.permissions,
        look_and_more,
        lambda: (desks.gallery.embedder, desks.gallery.dim),
        shelf.do,
        desks.erasing.__contains__,
    )
    source = open_source(folder, Defaults(groups=("7",)))
    try:
        return await registrar.register(list(source.rows(0)), Order(level=Level.NO))
    finally:
        source.close()


@pytest.fixture
def folder(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for who in ("ada", "bob"):
        (photos / f"{who}__{who}.jpg").write_bytes(picture(who))
    return photos


def test_a_group_deleted_while_an_import_looks_at_photos_is_nobodys(tmp_path, folder):
    """Nobody is registered, and another group of that id has nobody in it."""

    async def story(desks):
        await desks.permissions.create(Permission("7", "yard"))

        left = ["7"]

        async def delete():
            if left:
                await desks.permissions.delete(left.pop())

        outcomes = await registered(desks, folder, delete)
        assert ["deleted meanwhile" in outcome.refused for outcome in outcomes] == [True, True]
        await desks.permissions.create(Permission("7", "vault"))
        assert (await desks.people.page(PeopleFilter(permission_ids=("7",)), 10, 0)).total == 0

    told(tmp_path, story)


def test_somebody_whose_erasing_begins_then_does_not_come_back(tmp_path, folder):
    """The others of the batch are registered."""

    async def story(desks):
        await desks.permissions.create(Permission("7", "yard"))

        async def erase():
            desks.erasing.add("ada")

        outcomes = await registered(desks, folder, erase)
        assert ["being erased" in outcome.refused for outcome in outcomes] == [True, False]
        page = await desks.people.page(PeopleFilter(), 10, 0)
        assert [known.person.identity_id for known in page.people] == ["bob"]

    told(tmp_path, story)
