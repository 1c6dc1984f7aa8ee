"""With one open segment, everything in it delivered, a full disk refused every event."""

from pathlib import Path

from journal_events import visit

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.testing import CrashableFiles

LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=1 << 20)


def test_a_full_disk_takes_events_although_only_the_open_segment_is_left():
    """The segment is ended and goes like any other."""
    files, cursors = CrashableFiles(), {}
    clock = {"clock_ms": lambda: 1_760_000_000_000}
    log = SegmentLog(Path("/journal"), LIMITS, **clock, files=files, cursors=lambda: cursors)
    for seq in range(1, 11):
        log.commit([records.entry_of(seq, visit(seq))])
    cursors["platform"] = 8
    files.capacity_bytes = files.used_bytes + 100
    log.commit([records.entry_of(11, visit(11))])
    assert [record.seq for record in Reader(files, lambda: log.segments).read(0, 100, 10**9)] == [11]
    assert log.counters.dropped_undelivered == {"platform": 2}
