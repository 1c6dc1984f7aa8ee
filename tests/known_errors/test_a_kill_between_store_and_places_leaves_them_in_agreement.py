"""Killed between store and places, a new destination got events of before it, a removed one's place stayed."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from journal_events import visit

from sophon_report.config import parse_settings
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.journal import Journal
from sophon_report.model import Destination
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore

SETTINGS = parse_settings({}).journal


def platform(start_seq):
    """A destination that is off: its backlog stands."""
    return Destination("platform", "http://127.0.0.1:9/", enabled=False, start_seq=start_seq)


class Run:
    """Store, journal and destinations of one run of the service."""

    def __init__(self, folder):
        self.database = Database.open(folder / "store.sqlite")
        self.store = DestinationStore(self.database)
        self.journal = Journal.open(folder / "journal", SETTINGS, clock_ms=lambda: 1_760_000_000_000)
        self.set = DestinationSet(self.journal, self.journal.cursors, folder / "dead")

    async def begin(self):
        await self.journal.start()
        await self.set.apply(self.store.list())

    async def events(self, count):
        for number in range(count):
            await self.journal.append(visit(number)).accepted

    async def end(self):
        await self.set.stop(0.0)
        await self.journal.close()
        self.database.close()

    def backlogs(self):
        return {stats.destination: stats.backlog for stats in self.set.stats()}


async def killed(folder, change):
    """A run that ends when the store has the change and nothing else has."""
    run = Run(folder)
    if change == "removed":
        run.store.add(platform(0))
    await run.begin()
    await run.events(3)
    if change == "added":
        run.store.add(platform(run.journal.last_seq))
    else:
        run.journal.cursors.flush()
        run.store.delete("platform")
    os._exit(0)


@pytest.fixture
def left_by(tmp_path):
    def run(change):
        paths = os.pathsep.join(path for path in sys.path if path)
        command = [sys.executable, __file__, str(tmp_path), change]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": paths})
        return Run(tmp_path)

    return run


def test_a_destination_that_was_added_gets_what_came_since(left_by):
    """Not what came before it was there."""

    async def scenario():
        run = left_by("added")
        await run.begin()
        await run.events(2)
        assert run.backlogs() == {"platform": 2}
        await run.end()

    asyncio.run(scenario())


def test_the_place_of_one_that_was_removed_is_nobodys(left_by):
    """A later one of that name begins where it says."""

    async def scenario():
        run = left_by("removed")
        await run.begin()
        assert not list(run.journal.cursors.names())
        run.store.add(platform(run.journal.last_seq))
        await run.set.apply(run.store.list())
        assert run.backlogs() == {"platform": 0}
        await run.end()

    asyncio.run(scenario())


if __name__ == "__main__":
    asyncio.run(killed(Path(sys.argv[1]), sys.argv[2]))
