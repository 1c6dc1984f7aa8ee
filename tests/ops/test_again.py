"""A keeper and its workers, as whoever started them sees them: one process."""

import os
import signal
import subprocess
import sys

import pytest
from waiting import until

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from sophon_report.ops.again import become_worker
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
class Vigil:
    life = 0
    def begin(self): self.life += 1
    def is_stuck(self): return {stuck}
    def ended(self, status): return status
    def bury(self): return 75
become_worker(75, Vigil())
lives = Path(sys.argv[1])
with lives.open("a") as file:
    file.write(f"{{os.getpid()}}\\n")
life = len(lives.read_text().splitlines())
{then}
"""
WAITS = "while not asked: time.sleep(0.01)\nos._exit(3)"


@pytest.fixture
def run(tmp_path):
    """Start a program whose worker does ``then``; gives it and the pids of its workers so far."""
    started = []

    def start(then, stuck="False"):
        lives = tmp_path / "lives"
        program = PROGRAM.format(then=then, stuck=stuck)
        started.append(subprocess.Popen([sys.executable, "-c", program, str(lives)]))
        return started[-1], lambda: [int(pid) for pid in lives.read_text().split()] if lives.exists() else []

    yield start
    for process in started:
        process.kill()
        process.wait()


def ended(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_worker_that_leaves_for_a_device_is_followed_by_another(run):
    """As often as that happens; any other end is the keeper's own."""
    process, workers = run("os._exit(75 if life < 4 else 42)")
    assert process.wait(30) == 42
    assert len(set(workers())) == 4
    assert process.pid not in workers()


def test_a_signal_that_ends_the_worker_ends_the_keeper_likewise(run):
    """Whoever watches is told the truth."""
    process, workers = run("os.kill(os.getpid(), signal.SIGSEGV)")
    assert process.wait(30) == -signal.SIGSEGV
    assert len(workers()) == 1


def test_who_is_asked_to_leave_asks_its_worker_and_begins_no_other(run):
    """Even when that one says it left for a device."""
    process, workers = run("while not asked: time.sleep(0.01)\nos._exit(75)")
    until(workers, "a worker")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 75
    assert len(workers()) == 1


def test_no_worker_outlives_its_keeper(run):
    """A kill -9 of the one is the end of both: the chip is free for the next."""
    process, workers = run(WAITS)
    [worker] = until(workers, "a worker")
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: ended(worker), "the worker's end")


def test_a_worker_that_is_stuck_is_killed_and_followed_by_another(run):
    """Which it cannot prevent: nothing in it runs."""
    then = "if life == 1: time.sleep(600)\nos._exit(42)"
    first_is_there = "self.life == 1 and Path(sys.argv[1]).exists() and Path(sys.argv[1]).read_text()"
    process, workers = run(then, stuck=first_is_there)
    assert process.wait(30) == 42
    assert len(workers()) == 2
