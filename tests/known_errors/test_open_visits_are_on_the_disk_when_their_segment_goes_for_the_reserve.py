"""A segment went for room, and the recognitions of open visits in it were only in memory until the next batch."""

import contextlib
from pathlib import Path

import pytest
from journal_events import recognition, visit

from sophon_report.delivery.journal import catalog, records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.testing import CrashableFiles, PowerCut

FOLDER = Path("/journal")
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=6000, reserve_bytes=10_000)


def opened(files):
    return SegmentLog(FOLDER, LIMITS, clock_ms=lambda: 1_760_000_000_000, files=files)


def fill(files, size_bytes):
    file = files.create(Path("/other/program"))
    file.write([bytes(size_bytes)])
    file.fdatasync()
    files.fsync_dir(Path("/other"))


def committed(count):
    """A journal whose oldest segment has the recognition of a visit that is open."""
    files = CrashableFiles(capacity_bytes=60_000)
    log = opened(files)
    log.commit([records.entry_of(1, recognition(1))])
    for seq in range(2, count):
        log.commit([records.entry_of(seq, visit(seq))])
    return files, log


def check_open(files):
    log = opened(files)
    [left] = log.open_visits.all()
    place = next(segment for segment in log.segments if segment.first_seq == left.segment_first_seq)
    assert [seq for seq, _ in catalog.recognitions(files, place, {left.seq})] == [1]


@pytest.mark.parametrize("cut_after", range(12))
def test_open_visits_are_on_the_disk_when_their_segment_goes_for_the_reserve(cut_after):
    """Wherever the plug is pulled."""
    files, log = committed(12)
    fill(files, files.free_bytes(FOLDER) - LIMITS.reserve_bytes)
    files.cut_after = files.changes + cut_after
    with contextlib.suppress(PowerCut):
        log.commit([records.entry_of(12, visit(12))])
    for seed in range(4):
        after = files.after_cut(seed)
        after.capacity_bytes = 1 << 30
        check_open(after)


def test_an_idle_journal_writes_them_when_there_is_room_again():
    """On a disk without a byte they had to wait in memory."""
    files, log = committed(12)
    fill(files, files.free_bytes(FOLDER))
    log.retire_idle()
    files.unlink(Path("/other/program"))
    log.retire_idle()
    check_open(files.after_cut(0))
