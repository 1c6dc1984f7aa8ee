"""A wipe of events forgot open visits before the journal, so the end of one that began in between was told later.

Its recognition had gone with the journal: the record named somebody whom nothing else told of.
"""

import asyncio
from types import SimpleNamespace

from sophon_report.ops.data_dir import DataDir
from sophon_report.report.wipe_places import RunningPlaces


class Parts:
    """A service before whose camera somebody stands, and somebody else comes while the journal is emptied."""

    def __init__(self, folder):
        self.place = DataDir(folder)
        self.open_visits = {"ada"}
        self.flow = SimpleNamespace(forget_all=self.open_visits.clear)
        self.journal = SimpleNamespace(clear=self._empty, oldest_seq=1)
        self.events = SimpleNamespace(forget=lambda _which: None)
        self.destinations = SimpleNamespace(erase=self._nothing)
        self.history = SimpleNamespace(feed=SimpleNamespace(wipe=self._nothing))

    async def _empty(self):
        assert not self.open_visits
        self.open_visits.add("bob")

    async def _nothing(self, *_arguments):
        pass


def test_who_comes_while_the_journal_is_wiped_leaves_no_end_without_a_beginning(tmp_path):
    """Both are forgotten."""
    parts = Parts(tmp_path)
    asyncio.run(RunningPlaces(parts).places().events())
    assert parts.open_visits == set()
