"""kill -9 while the event index is fed: every event of the journal is one row, and none is there twice."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from journal_events import event_id

from sophon_report.config import Events
from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal
from sophon_report.model import Progress
from sophon_report.report.event_feed import EventFeed
from sophon_report.store.event_index import EventIndex, EventQuery, row_of

HERE = Path(__file__).resolve().parent
A_LIFE = 400


def live(folder, life, lines):
    """Run the program until it has said so many lines, then kill it; the visits that the journal took."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])}
    program = [sys.executable, str(HERE / "event_feeder.py"), str(folder), str(life * A_LIFE), str(A_LIFE)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, env=environment) as process:
        heard = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        heard += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return {int(line.split()[1]) for line in heard if line.startswith(b"accepted ") and line.endswith(b"\n")}


async def in_journal_and_index(folder):
    """What is in the one and in the other after the next start went through what was left."""
    journal = Journal.open(
        folder / "journal", Settings(segment_bytes=64 << 10), clock_ms=lambda: time.time_ns() // 10**6
    )
    await journal.start()
    index = EventIndex(folder / "events.sqlite")
    feed = EventFeed(journal, index, lambda: Events(max_age_days=0.0), lambda: 0)
    await feed.open()
    while await feed.step():
        pass
    wanted, after = {}, 0
    while True:
        records = await journal.read(after, 1000)
        if not records:
            break
        after = records[-1].seq
        wanted.update(
            {each.value.event_id: each.value for each in records if not isinstance(each.value, Progress)}
        )
    found = index.page(EventQuery(newest_first=False), 10**6)
    stats = feed.stats()
    await feed.stop()
    await journal.close()
    assert (stats.damaged, stats.refused, stats.missed, stats.lag) == (0, 0, 0, 0)
    assert found.total == len(found.rows) == stats.rows
    return {event.event_id: row_of(event) for event in wanted.values()}, {row.event_id: row for row in found.rows}


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.long)])
def test_after_kill_9_every_event_is_one_row(tmp_path, kills):
    """With the end that its visit gave it."""
    chance, accepted = random.Random(11), set()
    for life in range(kills):
        accepted |= live(tmp_path, life, chance.randint(1, 300))
    wanted, found = asyncio.run(in_journal_and_index(tmp_path))
    assert {event_id(number) for number in accepted} <= set(found)
    assert found.keys() == wanted.keys()
    assert {key: row.out_ms for key, row in found.items()} == {key: row.out_ms for key, row in wanted.items()}
    assert {key: row.seq for key, row in found.items()} == {key: row.seq for key, row in wanted.items()}
    assert len(accepted) > 20
