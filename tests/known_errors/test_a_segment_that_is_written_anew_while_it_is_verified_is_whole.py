"""``journal verify`` called a segment damaged from its first byte when old pictures were taken out meanwhile."""

from pathlib import Path

from journal_events import visit

from sophon_report.delivery.journal import records, verify
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.rewrite import rewrite, strip
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal")
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=4000)


class Meanwhile(CrashableFiles):
    """Something is done between the listing of the oldest segment and the reading of it."""

    looks, act = 0, None

    def open_read(self, path):
        self.looks += path == FOLDER / "00000000000000000001.journal"
        if self.looks == 2 and self.act:
            act, self.act = self.act, None
            act()
        return super().open_read(path)


def written():
    files = Meanwhile()
    log = SegmentLog(FOLDER, LIMITS, clock_ms=lambda: 1_760_000_000_000, files=files)
    for seq in range(1, 13):
        log.commit([records.entry_of(seq, visit(seq))])
    files.looks = 0
    return files, log


def test_a_segment_that_is_written_anew_while_it_is_verified_is_whole():
    """It is read as it is now."""
    files, log = written()
    oldest = log.closed[0]
    files.act = lambda: log.swap(oldest, rewrite(files, oldest, strip, lambda: False, without_pictures=True))
    report = verify(FOLDER, files)
    assert files.act is None
    assert report.is_whole
    assert report.good_records == 12


def test_a_segment_that_goes_while_it_is_verified_is_passed_over():
    """The report failed for want of a file."""
    files, log = written()
    count = len(log.segments)
    files.act = lambda: files.unlink(log.closed[0].path)
    report = verify(FOLDER, files)
    assert files.act is None
    assert report.is_whole
    assert len(report.segments) == count - 1
