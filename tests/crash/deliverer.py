"""A program that is to be killed: appends visits and delivers the journal to one receiver, twice over.

``orderly`` gets them one at a time, ``abreast`` up to :data:`IN_FLIGHT` at once. It prints ``accepted I`` when the
journal has taken visit I.
"""

import asyncio
import sys
import time
from pathlib import Path

from journal_events import visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.backoff import Pace
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.journal import Journal
from sophon_report.model import Destination

IN_FLIGHT = 4
TOGETHER = 5
QUICK = Pace(first_s=0.01, cap_s=0.05, probe_s=0.05)


async def append(journal, number):
    await journal.append(visit(number)).accepted
    print("accepted", number, flush=True)


async def main(directory, url, first, count):
    settings = Settings(segment_bytes=64 << 10)
    journal = Journal.open(directory / "journal", settings, clock_ms=lambda: time.time_ns() // 10**6)
    await journal.start()
    destinations = DestinationSet(journal, journal.cursors, directory / "dead", pace=QUICK)
    await destinations.apply(
        [Destination("orderly", f"{url}/orderly"), Destination("abreast", f"{url}/abreast", in_flight=IN_FLIGHT)]
    )
    for number in range(first, first + count, TOGETHER):
        await asyncio.gather(*(append(journal, number + each) for each in range(TOGETHER)))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
