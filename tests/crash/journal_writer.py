"""A program that is to be killed: appends visits to a journal and prints the number of each accepted one."""

import asyncio
import sys
import time
from pathlib import Path

from journal_events import visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal

TOGETHER = 7


async def one_after_the_other(journal, number):
    while True:
        appended = journal.append(visit(number))
        print("shown", appended.seq, flush=True)
        await appended.accepted
        print("accepted", appended.seq, number, flush=True)
        number += TOGETHER


async def main(directory):
    journal = Journal.open(directory, Settings(segment_bytes=64 << 10), clock_ms=lambda: time.time_ns() // 10**6)
    await journal.start()
    base = journal.last_seq * TOGETHER
    await asyncio.gather(*[one_after_the_other(journal, base + worker) for worker in range(TOGETHER)])


asyncio.run(main(Path(sys.argv[1])))
