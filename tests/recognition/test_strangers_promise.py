"""The promise of the stranger library under random use and restarts, held against a ledger of who got which id."""

import asyncio
import random

import pytest
from stranger_library import DIM, MODEL, NOBODY, SETTINGS, T0, face, library, ready

from sophon_report.model import Person, PersonFace, PostAction
from sophon_report.store.people import PeopleStore

PEOPLE = range(0, DIM - 1, 2)
CAPACITY = 6
STEPS, LIVES = 60, 4


class Ledger:
    """Which person every id was given to."""

    def __init__(self):
        self.person_of = {}
        self.left = set()
        """Ids whose owners were erased or registered: never seen again."""
        self.enrolled = {}

    def heard(self, person, found):
        identity = found.match.identity
        if identity is None:
            assert found.post_action is PostAction.NOTHING
            return
        stranger_id = identity.identity_id
        assert (found.post_action is PostAction.NEW_STRANGER) == (stranger_id not in self.person_of)
        assert self.person_of.setdefault(stranger_id, person) == person, "one id, two people"
        assert stranger_id not in self.left, "an id came back"
        assert identity.photo_jpeg.startswith(b"\xff\xd8 %d " % person), "somebody else's photo"


async def live(it, ledger, chance, now_ms):
    for _ in range(STEPS):
        now_ms += 1000
        person, act = chance.choice(PEOPLE), chance.random()
        filed = [row.stranger_id for row in await it.strangers.list(500, 0)]
        if act < 0.75:
            found = await it.sees(
                face(person, chance.uniform(0.9, 1.0)),
                rank=chance.uniform(4, 20),
                good=chance.random() < 0.8,
                at_ms=now_ms,
                photo=b"\xff\xd8 %d " % person,
            )
            ledger.heard(person, found)
        elif act < 0.85 and filed:
            it.strangers.visited(chance.choice(filed), now_ms)
        elif act < 0.90 and filed:
            gone = await it.strangers.erase(chance.choice(filed))
            ledger.left.update(gone)
        elif act < 0.95 and filed:
            await enrol(it, ledger, chance.choice(filed))
        else:
            it.strangers.apply(SETTINGS.model_copy(update={"capacity": chance.randint(2, CAPACITY)}))
        assert it.strangers.stats().filed <= CAPACITY
    await agrees(it)
    return now_ms


async def enrol(it, ledger, stranger_id):
    """As the service does it."""
    now, picture = await it.strangers.filed(stranger_id)
    person = Person(f"E-{now}", "somebody")
    shown = PersonFace(f"f-{now}", picture.photo_id, picture.photo_jpeg, picture.embedding, picture.embedder)
    PeopleStore(it.database).add(person, [shown], stranger_id=now)
    it.strangers.forget(now)
    ledger.left.add(now)
    ledger.enrolled[now] = person.identity_id


async def agrees(it):
    """What is in memory is on the disk: as many, and each is found by the vector that the disk has."""
    await it.strangers.written()
    rows = list(it.store.vectors())
    assert len(rows) == it.strangers.stats().filed
    for row, embedding in rows:
        [near, *_] = await it.strangers.find(embedding, MODEL)
        found = it.strangers.who([near], NOBODY).identity
        assert (found.identity_id, found.photo_id) == (row.stranger_id, row.photo_id)


@pytest.mark.parametrize("seed", range(3))
def test_an_id_is_one_persons_and_memory_is_what_the_disk_has(tmp_path, seed):
    """Whatever happens, over restarts."""
    chance, ledger = random.Random(seed), Ledger()
    path, settings = tmp_path / "store.sqlite", SETTINGS.model_copy(update={"capacity": CAPACITY})

    async def all_lives():
        now_ms = T0
        for number in range(LIVES):
            with library(path, settings, first_id=1000 * (number + 1)) as it:
                now_ms = await live(await ready(it), ledger, chance, now_ms)
                for stranger_id, identity_id in ledger.enrolled.items():
                    assert it.store.resolve(stranger_id) == identity_id

    asyncio.run(all_lives())
    assert len(ledger.person_of) > CAPACITY
    assert ledger.left
    assert ledger.enrolled
