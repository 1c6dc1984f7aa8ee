"""A start with 100,000 events of 76 KB that nobody has yet, as after ``kill -9``: 7.6 GB in 240 segments.

The report process is started on the folder with four destinations that begin with the oldest event, all at one
receiver that takes whatever comes at once, so that draining is at its fastest while memory is looked at. Measured
from the start of the process: until ``/healthz`` answers, and until the receiver has the first event. The segments
are dropped from the file cache before each start (``posix_fadvise``); what the system does with that is its own
business, and Python with its packages comes from the cache. There is no peer: the bounds are absolute.
"""

import os
import statistics
import time

from parts import disk, process
from parts.events import visit
from parts.receiver import Receiver
from parts.service import Service

from sophon_report.config import Log
from sophon_report.delivery.journal import RealFiles, records
from sophon_report.delivery.journal.segment_log import Limits, SegmentLog
from sophon_report.ops import logs

EVENTS, DESTINATIONS, STARTS = 100_000, 4, 5
DISTINCT, BATCH = 100, 50
SEGMENT_BYTES = 32 << 20
BOUND_BYTES = 64 << 30
NEEDED_BYTES = 9 << 30
WATCH_S = 5.0


def run():
    """Medians of several starts."""
    logs.configure(Log(level="error", format="text"), "bench")
    receiver = Receiver()
    try:
        with disk.folder(free_bytes=NEEDED_BYTES) as folder:
            size_bytes = fill(folder / "d" / "journal")
            starts = [start(folder, receiver) for _ in range(STARTS)]
    finally:
        receiver.stop()
    return {"name": f"restart, {EVENTS:,} undelivered, {size_bytes / 1e9:.1f} GB", "results": rows(starts)}


def fill(directory):
    """Write the journal that a killed service leaves; its bytes."""
    directory.mkdir(parents=True)
    limits = Limits(BOUND_BYTES, 30 * 86_400_000, SEGMENT_BYTES)
    log = SegmentLog(directory, limits, clock_ms=lambda: 1_760_000_000_000, files=RealFiles())
    visits = [visit(number) for number in range(DISTINCT)]
    for first in range(1, EVENTS + 1, BATCH):
        log.commit([records.entry_of(seq, visits[seq % DISTINCT]) for seq in range(first, first + BATCH)])
    return log.size_bytes


def start(folder, receiver):
    """One start of a service that knows nothing but the journal, watched for a while and killed."""
    forget(folder / "d")
    before = receiver.received
    service = Service(folder, config(receiver.url))
    try:
        healthy_s = service.wait()
        at_start = process.rss_bytes(service.pid)
        while receiver.received == before:
            time.sleep(0.005)
        first_s = time.perf_counter() - service.began_s
        backlog = max(row["backlog"] for row in service.ask("/api/v1/delivery")["destinations"])
        assert backlog > EVENTS * 0.9, backlog
        peak = 0
        while time.perf_counter() - service.began_s < WATCH_S + healthy_s:
            peak = max(peak, process.rss_bytes(service.pid))
            time.sleep(0.02)
        return {"healthy": healthy_s, "first": first_s, "rss": at_start / 1e6, "peak": peak / 1e6}
    finally:
        service.kill()


def forget(data_dir):
    """Remove all but the segments, and ask the system to drop those from its cache."""
    for path in data_dir.rglob("*"):
        if path.suffix != ".journal":
            if path.is_file() or path.is_socket():
                path.unlink()
            continue
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def config(url):
    """Settings with the destinations."""
    told = "\n".join(
        f'[[destination]]\nname = "platform-{place}"\nurl = "{url}"\nfrom = "oldest"'
        for place in range(DESTINATIONS)
    )
    return f"""[server]
host = "127.0.0.1"
event_port = 0
api_port = 0
preview_port = 0
control_port = 0
preview_port = 0
control_port = 0
system_port = 0
[access]
open_reads = true
[journal]
max_bytes = "64 GiB"
max_age_days = 3650
{told}
"""


def rows(starts):
    """What is told."""

    def row(what, key, unit, goal=None):
        return {"what": what, "value": statistics.median(one[key] for one in starts), "goal": goal, "unit": unit}

    return [
        row("process start to /healthz", "healthy", "s", "< 5"),
        row("process start to the first event at the receiver", "first", "s", "< 5"),
        row("memory when it answers", "rss", "MB", "< 150"),
        row("most memory in the 5 s after, four destinations draining", "peak", "MB", "< 150"),
    ]
