"""The last segment went for a full disk before the next was there; after a power cut its numbers came again."""

import contextlib
from pathlib import Path

from journal_events import visit

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.errors import JournalError
from sophon_report.testing import CrashableFiles

LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=6000)


def opened(files):
    return SegmentLog(Path("/journal"), LIMITS, clock_ms=lambda: 1_760_000_000_000, files=files)


def test_the_last_segment_goes_for_a_full_disk_and_its_numbers_stay_given():
    """The sync failed, the next segment found no room, the plug was pulled."""
    files = CrashableFiles()
    log = opened(files)
    log.commit([records.entry_of(1, visit(1))])
    shown = log.number_limit - 1
    files.fault = lambda operation, path: 5 if operation == "fdatasync" else None
    with contextlib.suppress(JournalError):
        log.commit([records.entry_of(2, visit(2))])
    files.fault, files.capacity_bytes = None, 10
    with contextlib.suppress(JournalError):
        log.commit([records.entry_of(3, visit(3))])
    files.fsync_dir(Path("/journal"))
    after = files.after_cut(0)
    after.capacity_bytes = 1 << 30
    assert opened(after).next_seq > shown
