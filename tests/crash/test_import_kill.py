"""An import that is killed at any moment goes on, and registers everybody once."""

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from bulk_files import tar_of
from importer import KEY, imported

from sophon_report.model import Person, PersonFace
from sophon_report.report.bulk.notebook import Notebook
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

PEOPLE, DIM, KILLS = 3000, 4, 4


def exported(number):
    row = np.eye(DIM, dtype="<f4")[number % DIM]
    return Person(f"E-{number}", f"name {number}"), [], [PersonFace("f", "p", b"", row.tobytes(), "sha")]


def test_an_import_that_was_killed_again_and_again_ends_with_everybody_once(tmp_path):
    """Whether between the store and the note or within a batch: nobody is missing, refused or there twice."""
    tar_of(tmp_path / "people.tar", [exported(number) for number in range(PEOPLE)], "sha", DIM, has_photos=False)
    chance = random.Random(5)
    for _ in range(KILLS):
        program = Path(__file__).with_name("importer.py")
        process = subprocess.Popen(
            [sys.executable, str(program), str(tmp_path), "sha", str(DIM)], stdout=subprocess.PIPE
        )
        while not process.stdout.readline().strip().isdigit():
            pass  # what it logs before the first batch is done
        time.sleep(chance.random() * 0.02)
        process.kill()
        process.communicate()
    assert Notebook(tmp_path / "notes").find(KEY).ended == "", "it had ended before it was killed"
    note = asyncio.run(imported(tmp_path, "sha", DIM))
    assert (note.ended, note.rows, note.registered, note.refused) == ("done", PEOPLE, PEOPLE, 0)
    with contextlib.closing(Database.open(tmp_path / "store.sqlite")) as database:
        assert PeopleStore(database).count() == PEOPLE
        assert len(list(PeopleStore(database).faces())) == PEOPLE
