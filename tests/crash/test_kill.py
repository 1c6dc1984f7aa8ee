"""kill -9 at random moments: nothing accepted is lost, nothing comes twice, order is kept."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from journal_events import event_id

from sophon_report.delivery.journal import RealFiles, verify
from sophon_report.delivery.journal.catalog import list_segments
from sophon_report.delivery.journal.reader import Reader

HERE = Path(__file__).resolve().parent


class Killed:
    """What a journal has said over all its lives."""

    def __init__(self, directory):
        self.directory = directory
        self.shown = set()
        self.accepted = {}

    def live(self, wish, chance):
        """Run the writer until it has said ``wish`` lines and a little longer, then kill it."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])}
        program = [sys.executable, str(HERE / "journal_writer.py"), str(self.directory)]
        with subprocess.Popen(program, stdout=subprocess.PIPE, env=environment) as process:
            lines = [process.stdout.readline() for _ in range(wish)]
            killer = threading.Timer(chance.uniform(0, 0.03), process.send_signal, [signal.SIGKILL])
            killer.start()
            lines += process.stdout.readlines()
            killer.join()
        assert process.returncode == -signal.SIGKILL, "the writer ended by itself"
        self.hear([line.split() for line in lines if line.endswith(b"\n")])

    def hear(self, lines):
        shown = [int(line[1]) for line in lines if line[0] == b"shown"]
        assert min(shown) > max(self.shown, default=0), "a number that was shown is given again"
        self.shown.update(shown)
        self.accepted.update((int(line[1]), int(line[2])) for line in lines if line[0] == b"accepted")

    def check(self):
        segments = list_segments(RealFiles(), self.directory)
        found = Reader(RealFiles(), lambda: segments).read(0, 10**9, 10**12)
        seqs = [record.seq for record in found]
        assert seqs == sorted(set(seqs))
        ids = {record.seq: record.value.event_id for record in found}
        assert {seq: ids.get(seq) for seq in self.accepted} == {
            seq: event_id(number) for seq, number in self.accepted.items()
        }


def kill_often(directory, kills, seed):
    chance, service = random.Random(seed), Killed(directory)
    for _ in range(kills):
        service.live(chance.randint(1, 60), chance)
        service.check()
    assert service.accepted
    assert not verify(directory).gaps


def test_nothing_accepted_is_lost_by_kill_9(tmp_path):
    """Killed again and again at random moments, the journal keeps its word."""
    kill_often(tmp_path, 5, seed=1)


@pytest.mark.long
def test_nothing_accepted_is_lost_by_a_thousand_kills(tmp_path):
    """The same for a thousand times."""
    for seed in range(20):
        kill_often(tmp_path / str(seed), 50, seed)
