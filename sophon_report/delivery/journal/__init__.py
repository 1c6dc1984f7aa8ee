"""The append-only store of events on disk; ``segment`` shows the bytes, ``journal`` gives the promise.

::

    journal ── group_commit ── segment_log ─┬─ segment_writer, shelf      the open segment, all of them
       │                                    ├─ retention, disk_room       what goes
       │                                    ├─ recovery ── open_visits    what a crash left
       │                                    ├─ ledger ── heads, tally     how much lies behind a place
       │                                    ├─ catalog ── segment         the bytes
       ├─ reader ───────────────────────────┘   records               events as bodies
       └─ cursors                               files                 the disk, passed in
    housekeeping ── tending ── rewrite      erasing people, taking out old pictures
    inspect, verify    the same bytes without the service
"""

from sophon_report.delivery.journal.bounds import reserve_bytes
from sophon_report.delivery.journal.catalog import Gap
from sophon_report.delivery.journal.cursors import Cursor, Cursors
from sophon_report.delivery.journal.files import Files, RealFiles
from sophon_report.delivery.journal.inspect import JournalStat, show, stat
from sophon_report.delivery.journal.journal import Appended, Journal
from sophon_report.delivery.journal.ledger import Behind
from sophon_report.delivery.journal.reader import Sealed
from sophon_report.delivery.journal.stats import JournalStats
from sophon_report.delivery.journal.tending import ErasedRecords, Wanted
from sophon_report.delivery.journal.verify import CheckedSegment, JournalReport, verify

__all__ = [
    "Appended",
    "Behind",
    "CheckedSegment",
    "Cursor",
    "Cursors",
    "ErasedRecords",
    "Files",
    "Gap",
    "Journal",
    "JournalReport",
    "JournalStat",
    "JournalStats",
    "RealFiles",
    "Sealed",
    "Wanted",
    "reserve_bytes",
    "show",
    "stat",
    "verify",
]
