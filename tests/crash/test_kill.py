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
from journal_writer import DESTINATION

from sophon_report.delivery.journal import RealFiles, verify
from sophon_report.delivery.journal.catalog import list_segments
from sophon_report.delivery.journal.cursors import CURSOR_DIR, read_cursors
from sophon_report.delivery.journal.reader import Reader

HERE = Path(__file__).resolve().parent


class Killed:
    """What a journal has said over all its lives."""

    def __init__(self, directory):
        self.directory = directory
        self.shown = set()
        self.accepted = {}
        self.delivered = {}
        self.newest = 0

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
        self.hear([line.decode().split() for line in lines if line.endswith(b"\n")])

    def hear(self, lines):
        said = {
            word: [line[1:] for line in lines if line[0] == word] for word in ("shown", "accepted", "delivered")
        }
        shown = [int(seq) for [seq] in said["shown"]]
        assert min(shown, default=self.newest + 1) > self.newest, "a number that was shown is given again"
        self.newest = max([self.newest, *shown])
        self.accepted.update((int(seq), event_id(int(number))) for seq, number in said["accepted"])
        self.follow([(int(seq), event) for seq, event in said["delivered"]])

    def follow(self, delivered):
        """In one life the follower goes upwards; it begins no further than one behind what it has had."""
        seqs = [seq for seq, _ in delivered]
        assert seqs == sorted(set(seqs)), "delivered out of order"
        skipped = {seq for seq in self.accepted if seq < min(seqs, default=0)} - self.delivered.keys()
        assert not skipped, f"the cursor was ahead of {sorted(skipped)}"
        assert all(self.delivered.get(seq, event) == event for seq, event in delivered)
        self.delivered.update(delivered)
        passed = {seq for seq in self.accepted if seq < max(seqs, default=0)} - self.delivered.keys()
        assert not passed, f"accepted and never delivered: {sorted(passed)}"

    def check(self):
        """Everything accepted is there under its number, in order."""
        segments = list_segments(RealFiles(), self.directory)
        found = Reader(RealFiles(), lambda: segments).read(0, 10**9, 10**12)
        seqs = [record.seq for record in found]
        assert seqs == sorted(set(seqs))
        ids = {record.seq: record.value.event_id for record in found}
        assert {seq: ids.get(seq) for seq in self.accepted} == self.accepted
        cursor = read_cursors(self.directory / CURSOR_DIR, RealFiles()).get(DESTINATION, 0)
        assert cursor is not None
        assert cursor <= max(self.delivered, default=0), "the cursor is ahead"


def kill_often(directory, kills, seed):
    """Return how many events were accepted, and delivered, by a journal killed so often."""
    chance, service = random.Random(seed), Killed(directory)
    for _ in range(kills):
        service.live(chance.randint(1, 120), chance)
        service.check()
    assert service.accepted
    assert service.delivered
    assert not verify(directory).gaps
    return len(service.accepted), len(service.delivered)


def test_nothing_accepted_is_lost_by_kill_9(tmp_path):
    """Killed again and again at random moments, the journal keeps its word."""
    kill_often(tmp_path, 12, seed=1)


@pytest.mark.long
def test_nothing_accepted_is_lost_by_a_thousand_kills(tmp_path):
    """The same for a thousand times."""
    told = [kill_often(tmp_path / str(seed), 50, seed) for seed in range(20)]
    print(f"\n1,000 kills: {sum(a for a, _ in told)} accepted, {sum(d for _, d in told)} delivered, none lost")
