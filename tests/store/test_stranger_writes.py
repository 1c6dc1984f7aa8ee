"""The thread that writes strangers: order, bound, and a disk that refuses."""

import threading

import pytest

from sophon_report.errors import BadInput, StoreError
from sophon_report.store.stranger_writes import BATCH, MAX_WAITING, StrangerWrites
from sophon_report.store.strangers import Gone, Seen


class Disk:
    """A store that writes nothing down: it waits, refuses or takes, as the test says."""

    def __init__(self):
        self.open = threading.Event()
        self.open.set()
        self.refusals = 0
        self.never = set()
        self.taken, self.seen, self.calls = [], {}, 0
        self.called = threading.Semaphore(0)

    def write(self, changes, seen=None):
        self.calls += 1
        self.called.release()
        assert self.open.wait(30)
        if self.refusals:
            self.refusals -= 1
            raise StoreError("the disk is full")
        if self.never & {each.stranger_ids[0] for each in changes}:
            raise BadInput("the store refuses the value")
        self.taken += [each.stranger_ids[0] for each in changes]
        self.seen.update(seen or {})


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def writes(disk):
    writes = StrangerWrites(disk, retry_s=0.001)
    yield writes
    disk.open.set()
    writes.stop(10)


def change(name):
    return Gone((str(name),))


def test_changes_are_written_in_order(writes, disk):
    """All of them, whoever waits for it."""
    for number in range(3 * BATCH):
        writes.put(change(number))
    assert writes.flush(30)
    assert disk.taken == [str(number) for number in range(3 * BATCH)]
    assert writes.stats().waiting == 0


def test_who_asks_is_never_kept_waiting_by_the_disk(writes, disk):
    """While it writes, changes are taken; the last place is the bound, and one more is counted."""
    disk.open.clear()
    writes.put(change("first"))
    assert disk.called.acquire(timeout=30)
    taken = 1
    while writes.has_room():
        writes.put(change(taken))
        taken += 1
    assert (taken, writes.stats().waiting, writes.stats().dropped) == (MAX_WAITING, MAX_WAITING, 1)
    disk.open.set()
    assert writes.flush(30)
    assert len(disk.taken) == MAX_WAITING
    assert writes.has_room()


def test_what_the_disk_refuses_is_tried_until_it_takes_it(writes, disk):
    """Nothing is lost, and nothing overtakes."""
    disk.refusals = 5
    for number in range(3):
        writes.put(change(number))
    writes.seen("0", Seen(1, 1))
    assert writes.flush(30)
    assert disk.taken == ["0", "1", "2"]
    assert disk.seen == {"0": Seen(1, 1)}
    assert writes.stats().failures == 5


def test_a_disk_that_refuses_counts_as_failing_until_it_takes_something():
    """As a level: how often it refused stays."""

    class RefusesOnce(Disk):
        def write(self, changes, seen=None):
            if not self.calls:
                self.calls += 1
                raise StoreError("the disk is full")
            super().write(changes, seen)

    disk = RefusesOnce()
    disk.open.clear()
    writes = StrangerWrites(disk, retry_s=0.001)
    assert not writes.stats().failing
    writes.put(change(1))
    assert disk.called.acquire(timeout=30)
    assert writes.stats().failing
    disk.open.set()
    assert writes.flush(30)
    assert (writes.stats().failing, writes.stats().failures) == (False, 1)
    writes.stop(10)


def test_the_newest_time_seen_wins_over_one_that_was_refused(writes, disk):
    """It came while the disk was busy refusing."""
    disk.refusals = 1
    disk.open.clear()
    writes.seen("0", Seen(1, 1))
    flushed = []
    waiting = threading.Thread(target=lambda: flushed.append(writes.flush(30)))
    waiting.start()
    assert disk.called.acquire(timeout=30)
    writes.seen("0", Seen(2, 1))
    disk.open.set()
    waiting.join()
    assert (flushed, disk.seen) == ([True], {"0": Seen(2, 1)})


def test_what_the_store_can_never_take_is_dropped_alone(writes, disk):
    """Those before and behind it are written."""
    disk.never = {"2"}
    disk.open.clear()
    writes.put(change("first"))
    assert disk.called.acquire(timeout=30)
    for number in range(4):
        writes.put(change(number))
    disk.open.set()
    assert writes.flush(30)
    assert disk.taken == ["first", "0", "1", "3"]
    assert writes.stats().dropped == 1


def test_a_stop_does_not_wait_for_a_disk_that_refuses(disk):
    """What is left is lost, and nothing more is taken."""
    disk.refusals = 10**9
    writes = StrangerWrites(disk, retry_s=0.001)
    writes.put(change(1))
    writes.stop(0.01)
    assert not writes.has_room()
    assert disk.taken == []


def test_without_a_change_there_is_no_thread():
    """The library is off on most boxes."""
    before = threading.active_count()
    writes = StrangerWrites(Disk())
    assert writes.has_room()
    assert writes.flush(0)
    assert threading.active_count() == before
    writes.stop(0)
