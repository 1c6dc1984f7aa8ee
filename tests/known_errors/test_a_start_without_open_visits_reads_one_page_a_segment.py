"""A start that found nobody before a camera took the empty snapshot for none and walked the whole journal."""

from pathlib import Path

from journal_events import recognition, visit

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.testing import CrashableFiles

LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=6000)


def opened(files):
    return SegmentLog(Path("/journal"), LIMITS, clock_ms=lambda: 1_760_000_000_000, files=files)


def test_a_start_without_open_visits_reads_one_page_a_segment():
    """However many segments there are; only the last is read whole."""
    files, reads = CrashableFiles(), []
    log = opened(files)
    log.commit([records.entry_of(1, recognition(1))])
    for seq in range(2, 200):
        log.commit([records.entry_of(seq, visit(seq - 1))])
    files.fault = lambda operation, path: reads.append(path) if operation == "read" else None
    log = opened(files)
    earlier = [segment.path for segment in log.segments[:-1]]
    assert len(earlier) > 40
    assert [reads.count(path) for path in earlier] == [2] * len(earlier)  # opened, and read once
