"""Closing visits that a crash left open took room, a segment went for it, and the start failed for want of it."""

import asyncio
from pathlib import Path

from journal_events import recognition

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal, records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.report.orphans import close_orphans
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal")
SEGMENT_BYTES = 64 << 10
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=SEGMENT_BYTES)


def opened(files):
    clock = {"clock_ms": lambda: 1_760_000_000_000}
    return Journal.open(
        FOLDER, Settings(max_bytes=1 << 30, segment_bytes=SEGMENT_BYTES, reserve_bytes=0), **clock, files=files
    )


def test_a_start_on_a_full_disk_closes_what_visits_it_can():
    """The others are still known as open, and closed by a start with room."""
    files = CrashableFiles()
    log = SegmentLog(FOLDER, LIMITS, clock_ms=lambda: 1_760_000_000_000, files=files)
    for seq in range(1, 21):
        log.commit([records.entry_of(seq, recognition(seq, 20_000))])

    async def start():
        journal = opened(files)
        await journal.start()
        await close_orphans(journal, None)
        await journal.close()
        return len(list(journal.open_at_start()))

    files.capacity_bytes = files.used_bytes + 30_000
    asyncio.run(start())
    files.capacity_bytes = 1 << 40
    asyncio.run(start())
    left = asyncio.run(start())
    assert left == 0
