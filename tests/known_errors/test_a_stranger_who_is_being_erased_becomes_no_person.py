"""Registering asked whether the id was being erased; registering a stranger did not."""

import asyncio
import contextlib

import pytest
from stranger_library import DIM, MODEL, PASS_COSINE, SETTINGS, face, library, ready

from sophon_report.errors import NotFound, Unavailable
from sophon_report.model import Person
from sophon_report.quality_limits import level_of
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.report.enrolment import Enrolment
from sophon_report.report.people_desk import PeopleDesk
from sophon_report.report.shelf import open_shelf
from sophon_report.store.people import PeopleStore


@pytest.mark.parametrize("erased", ["the stranger", "the person"])
def test_a_stranger_who_is_being_erased_becomes_no_person(tmp_path, erased):
    """Nor a person of an id that is being erased: their new events would be erased with the old ones."""

    async def story():
        with library(tmp_path / "store.sqlite", SETTINGS) as it:
            await ready(it)
            stranger_id, store = await it.files(0), PeopleStore(it.database)
            erasing = {stranger_id if erased == "the stranger" else "E-7"}
            async with contextlib.AsyncExitStack() as stack:
                shelf = open_shelf(tmp_path / "store.sqlite", "people", stack)
                people = KnownPeople(store, shelf.people)
                people.use(MODEL, DIM, PASS_COSINE)
                desk = PeopleDesk(people, shelf, shelf, None, lambda: 40, erasing.__contains__)
                enrolment = Enrolment(desk, level_of, it.strangers)
                with pytest.raises(Unavailable, match="being erased"):
                    await enrolment.enrol_stranger(stranger_id, Person("E-7", "Eve"))
                with pytest.raises(NotFound):
                    store.get("E-7")
                assert (await it.sees(face(0))).match.identity.identity_id == stranger_id
                erasing.clear()
                await enrolment.enrol_stranger(stranger_id, Person("E-7", "Eve"))
                assert store.get("E-7").name == "Eve"

    asyncio.run(story())
