"""The plug is pulled before every single change to the disk: what was accepted is there after, in order, once."""

import contextlib
from pathlib import Path

import pytest
from journal_events import progress, recognition, visit

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.errors import JournalError
from sophon_report.testing import CrashableFiles, PowerCut

FOLDER = Path("/journal")
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=6000)
NOW_MS = 1_760_000_000_000


class Service:
    """What the journal promised so far, over all its lives."""

    def __init__(self):
        self.accepted = {}
        self.shown = 0

    def live(self, files, batches=6, limits=LIMITS):
        """Open the journal, append batches of a visit's three records, close."""
        log = SegmentLog(FOLDER, limits, clock_ms=lambda: NOW_MS, files=files)
        seq = log.next_seq
        assert seq > self.shown, "a number was given twice"
        self.check(files, log)
        for number in range(seq, seq + batches):
            batch = [recognition(number), progress(number, NOW_MS), visit(number)]
            entries = [records.entry_of(seq + index, event) for index, event in enumerate(batch)]
            self.shown = seq = seq + len(entries)
            self.shown -= 1
            log.commit(entries)
            if log.counters.dropped_segments:
                self.forget_below(log.segments[0].first_seq)
            self.accepted.update((entry.seq, event) for entry, event in zip(entries, batch))
        log.close(seq)

    def live_until_cut(self, files):
        with contextlib.suppress(PowerCut):
            while True:
                self.live(files)

    def check(self, files, log):
        """Everything accepted is there, rising, and nothing that was never appended."""
        found = Reader(files, lambda: log.segments).read(0, 10**6, 10**9)
        seqs = [record.seq for record in found]
        assert seqs == sorted(set(seqs))
        if log.counters.dropped_segments:
            self.forget_below(log.segments[0].first_seq)
        missing = self.accepted.keys() - set(seqs)
        assert not missing, f"accepted and lost: {sorted(missing)}"
        assert all(
            record.value.event_id == self.event_id(record) for record in found if record.seq in self.accepted
        )

    def forget_below(self, first_seq):
        """A full disk took the oldest, and only those, whole segments."""
        self.accepted = {seq: event for seq, event in self.accepted.items() if seq >= first_seq}

    def event_id(self, record):
        return self.accepted[record.seq].event_id


def changes_of_two_lives():
    files = CrashableFiles()
    service = Service()
    service.live(files)
    service.live(files)
    return files.changes


@pytest.mark.parametrize("cut_after", range(changes_of_two_lives()))
def test_nothing_accepted_is_lost_wherever_the_plug_is_pulled(cut_after):
    """After each cut, with several outcomes of what the disk kept, the next life finds all and goes on."""
    for seed in range(3):
        files, service = CrashableFiles(cut_after=cut_after), Service()
        service.live_until_cut(files)
        files = files.after_cut(seed)
        service.live(files)
        service.live(files)


@pytest.mark.parametrize("seed", range(20))
def test_a_box_that_is_unplugged_again_and_again_loses_nothing(seed):
    """Cuts during recovery and soon after it are survived like any other."""
    files, service = CrashableFiles(), Service()
    for life in range(25):
        files.cut_after = (seed * 7 + life * 5) % 31
        service.live_until_cut(files)
        files = files.after_cut(seed * 100 + life)
    service.live(files)
    assert service.accepted


@pytest.mark.parametrize(
    "operation", ["write", "fdatasync", "create", "rename", "fsync_dir", "truncate", "unlink"]
)
@pytest.mark.parametrize("number", [5, 28])
@pytest.mark.parametrize("turn", range(1, 16))
def test_a_failing_operation_loses_nothing_accepted(operation, number, turn):
    """EIO or ENOSPC at each turn of each operation, then a power cut: the promise holds."""
    turns = iter(range(10**6))

    def fault(name, path):
        return number if name == operation and next(turns) == turn else None

    files, service = CrashableFiles(fault=fault), Service()
    for _ in range(2):
        with contextlib.suppress(JournalError):
            service.live(files)
    files = files.after_cut(turn)
    service.live(files)


def test_a_disk_that_fails_for_a_while_takes_events_again():
    """Every sync fails, then none: what was refused is told, what came after is there."""
    broken = {"now": False}
    files = CrashableFiles(fault=lambda name, path: 5 if broken["now"] and name == "fdatasync" else None)
    log = SegmentLog(FOLDER, LIMITS, clock_ms=lambda: NOW_MS, files=files)
    log.commit([records.entry_of(1, visit(1))])
    broken["now"] = True
    for seq in (2, 3):
        with pytest.raises(JournalError):
            log.commit([records.entry_of(seq, visit(seq))])
    broken["now"] = False
    log.commit([records.entry_of(4, visit(4))])
    found = Reader(files, lambda: log.segments).read(0, 100, 10**9)
    assert [record.seq for record in found] == [1, 4]
    after = files.after_cut(1)
    log = SegmentLog(FOLDER, LIMITS, clock_ms=lambda: NOW_MS, files=after)
    assert [record.seq for record in Reader(after, lambda: log.segments).read(0, 100, 10**9)] == [1, 4]


def test_on_a_full_disk_the_oldest_segment_goes_and_events_are_still_accepted():
    """A disk with room for a few segments takes events for ever."""
    files, cursors = CrashableFiles(capacity_bytes=20_000), {}
    log = SegmentLog(FOLDER, LIMITS, clock_ms=lambda: NOW_MS, files=files, cursors=lambda: cursors)
    cursors["platform"] = 3
    for seq in range(1, 101):
        log.commit([records.entry_of(seq, visit(seq))])
    found = [record.seq for record in Reader(files, lambda: log.segments).read(0, 1000, 10**9)]
    assert found == list(range(found[0], 101))
    assert found[0] > 1
    assert log.counters.dropped_undelivered == {"platform": found[0] - 1 - 3}


def test_a_full_disk_without_anything_to_drop_refuses_and_recovers():
    """When another program has filled the disk, the event is refused; when there is room again, it is not."""
    files = CrashableFiles()
    log = SegmentLog(FOLDER, LIMITS, clock_ms=lambda: NOW_MS, files=files)
    files.capacity_bytes = files.used_bytes + 100
    with pytest.raises(JournalError, match="no space"):
        log.commit([records.entry_of(1, visit(1))])
    files.capacity_bytes = 1 << 30
    log.commit([records.entry_of(2, visit(2))])
    assert [record.seq for record in Reader(files, lambda: log.segments).read(0, 9, 10**9)] == [2]
