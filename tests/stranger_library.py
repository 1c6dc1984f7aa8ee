"""A stranger library over a real store and its thread, and pictures of people in few words."""

import itertools
from contextlib import contextmanager

import numpy as np
from samples import shot

from sophon_report.config import Strangers
from sophon_report.model import Match
from sophon_report.recognition.strangers import StrangerLibrary
from sophon_report.store.database import Database
from sophon_report.store.stranger_writes import StrangerWrites
from sophon_report.store.strangers import StrangerStore

MODEL, DIM, PASS_COSINE = "sha", 32, 0.489
SETTINGS = Strangers(enabled=True, pass_pct=88.0, min_shots=2)
T0 = 1_760_000_000_000
NOBODY = Match(None, 30.0)
SCORE_88 = 0.659
"""Cosine of score 88: above it a filed stranger is known again."""


def face(axis, cosine=1.0, toward=None):
    """The face of number ``axis``, or one so near to it, on the way to another."""
    values = np.zeros(DIM, "<f4")
    values[axis] = cosine
    values[axis + 1 if toward is None else toward] += np.sqrt(1 - cosine**2)
    return values.tobytes()


class Library:
    """The library with what it needs; ids are ``1760000000.000000001`` and on."""

    def __init__(self, path, settings, first_id):
        self.database, self._written = Database.open(path), Database.open(path)
        self.store = StrangerStore(self.database)
        self.writes = StrangerWrites(StrangerStore(self._written))
        ids = itertools.count(first_id)
        self.strangers = StrangerLibrary(
            settings, self.store, self.writes, lambda at_ms: f"{at_ms // 1000}.{next(ids):09d}"
        )

    async def sees(self, embedding, rank=10.0, good=True, at_ms=T0, photo=b"\xff\xd8face", embedder=MODEL):
        """One picture that no registered person is near to; returns what the library makes of it."""
        picture = shot(embedding=embedding, embedder=embedder, captured_ms=at_ms, face_jpeg=photo)
        near = await self.strangers.find(embedding, embedder)
        return self.strangers.learn(picture, near, NOBODY, rank, good)

    async def files(self, axis, **more):
        """Have the face of that number filed; returns its id."""
        for _ in range(SETTINGS.min_shots):
            found = await self.sees(face(axis), **more)
        return found.match.identity.identity_id

    def close(self, flush=True):
        self.writes.stop(10.0 if flush else 0.0)
        self._written.close()
        self.database.close()


@contextmanager
def library(path, settings=SETTINGS, first_id=1):
    """A library that has not been told its model yet; what it decided is on disk at the end."""
    opened = Library(path, settings, first_id)
    try:
        yield opened
    finally:
        opened.close()


async def ready(opened, embedder=MODEL):
    """It compares by the model."""
    await opened.strangers.use(embedder, DIM, PASS_COSINE)
    return opened
