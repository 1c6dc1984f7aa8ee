"""Ages were looked at after a minute without an event only: a journal without one kept what was too old."""

from pathlib import Path

from journal_events import visit

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.testing import CrashableFiles

HOUR_MS = 3_600_000
LIMITS = Limits(max_bytes=1 << 40, max_age_ms=60 * HOUR_MS, segment_bytes=1 << 30)


def test_a_journal_that_is_never_idle_ends_its_segments_at_their_age():
    """What is over the age goes, some hours later at most."""
    files, now = CrashableFiles(), [1_760_000_000_000]
    log = SegmentLog(Path("/journal"), LIMITS, clock_ms=lambda: now[0], files=files)
    for seq in range(1, 101):
        now[0] += HOUR_MS
        log.commit([records.entry_of(seq, visit(seq))])
    oldest = Reader(files, lambda: log.segments).read(0, 1, 1)[0].seq
    assert 100 - 66 <= oldest <= 100 - 60
