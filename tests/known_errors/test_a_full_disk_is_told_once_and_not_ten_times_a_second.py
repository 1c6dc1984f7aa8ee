"""While cursors could not be written the log got ten lines a second, on the same full disk."""

import asyncio
import errno
from pathlib import Path

from structlog.testing import capture_logs

from sophon_report import config
from sophon_report.delivery.journal.cursors import CURSOR_DIR
from sophon_report.delivery.journal.journal import Journal
from sophon_report.testing.crashable_files import CrashableFiles

DIRECTORY = Path("/journal")


async def story(tries):
    """A disk has no room for that many tries to write a cursor, and then for one."""
    loop, seen, over = asyncio.get_running_loop(), [], asyncio.Event()

    def fault(operation, path):
        if operation != "write" or path.parent != DIRECTORY / CURSOR_DIR or len(seen) == tries:
            return None
        seen.append(path)
        if len(seen) == tries:
            loop.call_soon_threadsafe(over.set)
        return errno.ENOSPC

    journal = Journal.open(DIRECTORY, config.Journal(), clock_ms=lambda: 0, files=CrashableFiles(fault=fault))
    await journal.start()
    journal.cursors.open("platform", 5)
    await asyncio.wait_for(over.wait(), 20)
    await journal.close()


def test_a_full_disk_is_told_once_and_not_ten_times_a_second():
    """Once when it begins, once when it is over."""
    with capture_logs() as lines:
        asyncio.run(story(tries=5))
    told = [line["event"] for line in lines if line["event"].startswith("cursors")]
    assert told == ["cursors not written", "cursors written again"]
