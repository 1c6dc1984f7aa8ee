"""A program whose files may not grow past a bound: appends visits and prints each outcome."""

import resource
import signal
import sys
from pathlib import Path

from journal_events import visit

from sophon_report.delivery.journal import RealFiles, records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.errors import JournalError

LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=1 << 20)
BOUND_BYTES = 10_000


def main(directory, count):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = SegmentLog(directory, LIMITS, clock_ms=lambda: 1_760_000_000_000, files=RealFiles())
    resource.setrlimit(resource.RLIMIT_FSIZE, (BOUND_BYTES, BOUND_BYTES))
    for seq in range(log.next_seq, log.next_seq + count):
        try:
            log.commit([records.entry_of(seq, visit(seq))])
            print("accepted", seq)
        except JournalError as error:
            print("refused", seq, error)


main(Path(sys.argv[1]), int(sys.argv[2]))
