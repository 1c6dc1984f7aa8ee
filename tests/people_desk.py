"""A desk of people over a store and a gallery, with a vision that sees in a picture whom its bytes name."""

import asyncio
import contextlib

import numpy as np
from running_box import DIM, MODEL, PASS_COSINE, sight

from sophon_report.model import Person
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.report.people_desk import PeopleDesk
from sophon_report.report.permission_desk import PermissionDesk
from sophon_report.report.photo_desk import PhotoDesk
from sophon_report.report.shelf import open_shelf
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore


class Desks:
    """Both desks, and what they stand on."""

    def __init__(self, path, stack, most_faces=100_000):
        database = Database.open(path)
        stack.callback(database.close)
        changing, listing = open_shelf(path, "changes", stack), open_shelf(path, "lists", stack)
        self.gallery = KnownPeople(PeopleStore(database), changing.people, most_faces)
        self.erasing = set()
        self.looked_at = 0
        self.photos = PhotoDesk(self._see)
        self.people = PeopleDesk(
            self.gallery, changing, listing, self.photos, lambda: 40, self.erasing.__contains__
        )
        self.permissions = PermissionDesk(self.gallery, changing, listing)

    def use_model(self):
        self.gallery.use(MODEL, DIM, PASS_COSINE)

    def who(self, embedding, permission_id=""):
        """Id of whom the gallery finds, ``""`` for nobody."""
        found = self.gallery.find(embedding, permission_id, 82.0).identity
        return found.identity_id if found else ""

    def restarted(self, path):
        """The same store read anew."""
        database = Database.open(path)
        with contextlib.closing(database):
            again = KnownPeople(PeopleStore(database))
            again.use(MODEL, DIM, PASS_COSINE)
            return {identity_id: set(faces) for identity_id, faces in again._face_ids.items()}

    def _see(self, photo):
        self.looked_at += 1
        asyncio.get_running_loop().call_soon(self.photos.answered, sight(photo))
        return True


def told(path, story, **given):
    """Run ``story(desks)`` over the store of ``path``."""

    async def run():
        async with contextlib.AsyncExitStack() as stack:
            desks = Desks(path / "store.sqlite", stack, **given)
            desks.use_model()
            return await story(desks)

    return asyncio.run(run())


def feature(number, length=1.0):
    """A vector like nobody else's."""
    values = np.random.default_rng(number).standard_normal(DIM)
    return (length * values / np.linalg.norm(values)).astype("<f4").tobytes()


def person(number, **given):
    return Person(f"E-{number}", f"name {number}", **given)
