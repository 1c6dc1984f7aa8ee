"""After a kill -9 numbers jump by a million; the backlog of every destination showed the jump."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from journal_events import visit

from sophon_report.config import parse_settings
from sophon_report.delivery.journal import Journal

SETTINGS = parse_settings({}).journal


async def append(folder: Path, count: int, orderly: bool):
    journal = Journal.open(folder, SETTINGS, clock_ms=lambda: 1_760_000_000_000)
    await journal.start()
    for number in range(count):
        await journal.append(visit(number)).accepted
    if not orderly:
        os._exit(0)
    figures = journal.last_seq, journal.count_after(0)
    await journal.close()
    return figures


def test_numbers_a_crash_skipped_are_no_backlog(tmp_path):
    """Three records before the crash and two after it are five, whatever their numbers."""
    paths = os.pathsep.join(path for path in sys.path if path)
    subprocess.run(
        [sys.executable, __file__, str(tmp_path / "j")], check=True, env={**os.environ, "PYTHONPATH": paths}
    )
    last_seq, behind = asyncio.run(append(tmp_path / "j", 2, orderly=True))
    assert last_seq > 1_000_000
    assert behind == 5


if __name__ == "__main__":
    asyncio.run(append(Path(sys.argv[1]), 3, orderly=False))
