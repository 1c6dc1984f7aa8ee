"""A program that is to be killed: people come before a stranger library, and it prints whom it takes them for.

``filed N ID``, ``known N ID``: person N got the id, or was known by it. ``safe N ID``: it is on the disk. A photo
holds the number of its person.
"""

import asyncio
import itertools
import sys
from pathlib import Path

import numpy as np
from stranger_library import NOBODY, Library, shot

from sophon_report.config import Strangers
from sophon_report.model import PostAction
from sophon_report.recognition.strangers import StrangerLibrary

DIM = 64
SETTINGS = Strangers(enabled=True, min_shots=1, capacity=100_000)


def face_of(person):
    """A vector that no other person's is near to."""
    values = np.random.default_rng(person).normal(size=DIM).astype("<f4")
    return (values / np.linalg.norm(values)).astype("<f4").tobytes()


async def main(path, known_already, seed):
    chance = np.random.default_rng(seed)
    it = Library(path, SETTINGS, 1)
    it.strangers = StrangerLibrary(SETTINGS, it.store, it.writes)
    await it.strangers.use("sha", DIM, 0.489)
    for step in itertools.count():
        newcomer = known_already == 0 or chance.random() < 0.5
        person = known_already if newcomer else int(chance.integers(known_already))
        known_already += newcomer
        near = await it.strangers.find(face_of(person), "sha")
        picture = shot(embedding=face_of(person), embedder="sha", face_jpeg=b"\xff\xd8 %d" % person)
        found = it.strangers.learn(picture, near, NOBODY, float(chance.integers(20)), worth_filing=True)
        word = "filed" if found.post_action is PostAction.NEW_STRANGER else "known"
        print(word, person, found.match.identity.identity_id, flush=True)
        assert found.match.identity.photo_jpeg == b"\xff\xd8 %d" % person
        if step % 5 == 4:
            await it.strangers.written()
            print("safe", person, found.match.identity.identity_id, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
