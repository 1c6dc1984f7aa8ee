"""A program that is to be killed: appends visits and feeds the event index; prints ``accepted I`` for each."""

import asyncio
import sys
import time
from pathlib import Path

from journal_events import recognition, visit

from sophon_report.config import Events
from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal
from sophon_report.report.event_feed import EventFeed
from sophon_report.store.event_index import EventIndex

TOGETHER = 5


def clock_ms():
    return time.time_ns() // 10**6


async def append(journal, number):
    journal.append(recognition(number))
    await journal.append(visit(number)).accepted
    print("accepted", number, flush=True)


async def main(folder, first, count):
    journal = Journal.open(folder / "journal", Settings(segment_bytes=64 << 10), clock_ms=clock_ms)
    await journal.start()
    index = EventIndex(folder / "events.sqlite")
    feed = EventFeed(journal, index, lambda: Events(max_age_days=0.0), clock_ms)
    await feed.open()

    async def follow():
        while True:
            await journal.wait_for(index.cursor)
            await feed.step()
            print("fed", index.cursor, flush=True)

    following = asyncio.ensure_future(follow())
    for number in range(first, first + count, TOGETHER):
        await asyncio.gather(*(append(journal, number + each) for each in range(TOGETHER)))
    await following


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
