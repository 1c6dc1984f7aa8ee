"""A full disk, and one that is to keep a reserve: the oldest goes first, counted; nothing else is lost."""

import contextlib
from pathlib import Path

import pytest
from journal_events import recognition, visit

from sophon_report.delivery.journal import catalog, records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.errors import JournalError
from sophon_report.testing import CrashableFiles, PowerCut

FOLDER = Path("/journal")
OTHER = Path("/other/program")
NOW_MS = 1_760_000_000_000
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=6000, reserve_bytes=10_000)


def opened(files, limits=LIMITS, cursors=dict):
    return SegmentLog(FOLDER, limits, clock_ms=lambda: NOW_MS, files=files, cursors=cursors)


def commit(log, count=1, make=visit):
    for _ in range(count):
        seq = max(log.next_seq, log.last_seq + 1)
        log.commit([records.entry_of(seq, make(seq))])


def found(files, log):
    return [record.seq for record in Reader(files, lambda: log.segments).read(0, 10**6, 10**9)]


def fill(files, size_bytes):
    """Another program writes a file of this size."""
    file = files.create(OTHER)
    file.write([bytes(size_bytes)])
    file.fdatasync()
    files.fsync_dir(OTHER.parent)


def test_the_journal_never_takes_the_reserve():
    """However long it runs; what goes for it is counted."""
    files, cursors = CrashableFiles(capacity_bytes=40_000), {}
    log = opened(files, cursors=lambda: cursors)
    cursors["platform"] = 0
    for _ in range(100):
        commit(log)
        assert files.free_bytes(FOLDER) >= LIMITS.reserve_bytes
    seqs = found(files, log)
    assert seqs == list(range(seqs[0], 101))
    assert len(seqs) >= 8
    gone, counters = seqs[0] - 1, log.counters
    assert counters.dropped_undelivered == {"platform": gone}
    assert (counters.dropped_visits, counters.dropped_recognitions) == (gone, 0)
    assert counters.dropped_bytes > gone * 1000
    assert log.room.free_bytes >= LIMITS.reserve_bytes


def test_when_another_program_takes_the_disk_only_what_is_needed_goes():
    """The oldest, as an idle journal notices."""
    files = CrashableFiles(capacity_bytes=60_000)
    log = opened(files)
    commit(log, 12)
    before = found(files, log)
    fill(files, files.free_bytes(FOLDER) - LIMITS.reserve_bytes + 5000)
    log.retire_idle()
    after = found(files, log)
    assert after == before[-len(after) :]
    assert LIMITS.reserve_bytes <= files.free_bytes(FOLDER) < LIMITS.reserve_bytes + LIMITS.segment_bytes


def test_without_anything_left_to_go_events_are_refused_until_there_is_room():
    """All the disk is another program's."""
    files = CrashableFiles(capacity_bytes=60_000)
    log = opened(files)
    commit(log, 3)
    fill(files, files.free_bytes(FOLDER))
    with pytest.raises(JournalError, match="no space"):
        commit(log)
    with pytest.raises(JournalError, match="no space"):
        log.retire_idle()
    assert found(files, log) == []
    assert log.counters.dropped_visits == 3
    files.unlink(OTHER)
    commit(log, 2)
    assert found(files, log) == [4, 5]
    assert found(files, opened(files)) == [4, 5]


def test_a_segment_that_a_reader_holds_costs_the_next_one_nothing():
    """The disk tells its space only when the reader is done."""

    class Held(CrashableFiles):
        held_bytes = 0

        def unlink(self, path):
            self.held_bytes += self.size(path)
            super().unlink(path)

        def free_bytes(self, directory):
            return super().free_bytes(directory) - self.held_bytes

    files = Held(capacity_bytes=60_000)
    log = opened(files)
    commit(log, 12)
    fill(files, files.free_bytes(FOLDER) - LIMITS.reserve_bytes)
    commit(log)
    assert log.counters.dropped_segments == 1


@pytest.mark.parametrize("cut_after", range(60))
def test_no_number_is_given_twice_when_the_plug_is_pulled_on_a_full_disk(cut_after):
    """With the last segment gone, something on the disk still tells which numbers were given."""
    for seed in range(3):
        files = CrashableFiles(capacity_bytes=60_000)
        log = opened(files)
        commit(log, 3)
        fill(files, files.free_bytes(FOLDER) - 50)
        shown = log.number_limit - 1
        files.cut_after = files.changes + cut_after
        with contextlib.suppress(PowerCut, JournalError):
            commit(log)
            files.unlink(OTHER)
            commit(log, 3)
        files.cut_after = None
        after = files.after_cut(seed)
        after.capacity_bytes = 1 << 30
        again = opened(after)
        assert again.next_seq > min(shown, log.last_seq)
        assert again.next_seq > log.last_seq
        assert set(found(files, log)) <= set(found(after, again))


def test_open_visits_outlive_the_segment_that_was_open_when_the_disk_was_full():
    """Their recognitions are written again with the next batch there is room for."""
    files = CrashableFiles(capacity_bytes=60_000)
    log = opened(files)
    commit(log, make=recognition)
    fill(files, files.free_bytes(FOLDER))
    with pytest.raises(JournalError):
        commit(log)
    files.unlink(OTHER)
    commit(log)
    [left] = opened(files).open_visits.all()
    place = next(segment for segment in log.segments if segment.first_seq == left.segment_first_seq)
    assert [seq for seq, _ in catalog.recognitions(files, place, {left.seq})] == [1]
