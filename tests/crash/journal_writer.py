"""A program that is to be killed: appends visits to a journal, follows it with a cursor, and prints what it did.

``shown N``: the number a visit was given. ``accepted N I``: visit I is accepted under it. ``delivered N I``: the
follower has had it; it says so before it moves its cursor, as a receiver answers before an uploader does.
"""

import asyncio
import sys
import time
from pathlib import Path

from journal_events import visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal

TOGETHER = 7
DESTINATION = "platform"


async def one_after_the_other(journal, number):
    while True:
        appended = journal.append(visit(number))
        print("shown", appended.seq, flush=True)
        await appended.accepted
        print("accepted", appended.seq, number, flush=True)
        number += TOGETHER


async def follow(journal):
    cursor = journal.cursors.open(DESTINATION, 0)
    while True:
        seen_seq = journal.last_seq
        records = await journal.read(cursor.position(), 5, 1 << 20)
        for record in records:
            print("delivered", record.seq, record.value.event_id, flush=True)
            cursor.advance(record.seq)
        if not records:
            await journal.wait_for(seen_seq)


async def main(directory):
    journal = Journal.open(directory, Settings(segment_bytes=64 << 10), clock_ms=lambda: time.time_ns() // 10**6)
    await journal.start()
    base = journal.last_seq * TOGETHER
    workers = [one_after_the_other(journal, base + worker) for worker in range(TOGETHER)]
    await asyncio.gather(follow(journal), *workers)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
