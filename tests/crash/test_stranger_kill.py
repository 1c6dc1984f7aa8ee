"""kill -9 of a stranger library at random moments: no id ever means two people, who was safe is known again."""

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from sophon_report.store.database import Database
from sophon_report.store.strangers import StrangerStore

HERE = Path(__file__).resolve().parent


class Killed:
    """What a library has said over all its lives."""

    def __init__(self, path):
        self.path = path
        self.person_of = {}
        self.safe = {}
        self.people = 0

    def live(self, seed, chance):
        """Run the program until it has said some lines and a little longer, then kill it."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])}
        program = [
            sys.executable, str(HERE / "stranger_writer.py"), str(self.path), str(self.people), str(seed),
        ]  # fmt: skip
        with subprocess.Popen(program, stdout=subprocess.PIPE, env=environment) as process:
            lines = [process.stdout.readline() for _ in range(chance.randint(1, 60))]
            killer = threading.Timer(chance.uniform(0, 0.03), process.send_signal, [signal.SIGKILL])
            killer.start()
            lines += process.stdout.readlines()
            killer.join()
        assert process.returncode == -signal.SIGKILL, "the program ended by itself"
        for line in lines:
            if line.endswith(b"\n") and line.startswith((b"filed", b"known", b"safe")):
                self.hear(*line.decode().split())

    def hear(self, word, person, stranger_id):
        person = int(person)
        self.people = max(self.people, person + 1)
        assert self.person_of.setdefault(stranger_id, person) == person, "one id, two people"
        if person in self.safe:
            assert (word, stranger_id) != ("filed", self.safe[person]), "who was safe was filed again"
            assert stranger_id == self.safe[person], "who was safe is another"
        if word == "safe":
            self.safe[person] = stranger_id

    def check(self):
        """Each photo on the disk is of the person whose id it is filed under."""
        with closing(Database.open(self.path)) as database:
            store = StrangerStore(database)
            filed = {row.stranger_id for row, _ in store.vectors()}
            assert set(self.safe.values()) <= filed
            for stranger_id in filed & self.person_of.keys():
                photo = store.picture(stranger_id).photo_jpeg
                assert photo == b"\xff\xd8 %d" % self.person_of[stranger_id]


def kill_often(path, kills, seed):
    chance, killed = random.Random(seed), Killed(path)
    for number in range(kills):
        killed.live(seed + number, chance)
        killed.check()
    assert killed.safe


def test_no_id_means_two_people_after_kills(tmp_path):
    """And who was on the disk is known by the same id."""
    kill_often(tmp_path / "store.sqlite", 8, seed=1)


@pytest.mark.long
def test_no_id_means_two_people_after_many_kills(tmp_path):
    """The same, 300 times."""
    kill_often(tmp_path / "store.sqlite", 300, seed=2)
