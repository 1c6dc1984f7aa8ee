"""What erasing somebody would take, counted before it begins.

It counts what is indexed: it takes milliseconds, where the erasing itself reads the whole journal. So an event
that the history does not have any more and a receiver still has to get is erased and was not counted.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Callable, FrozenSet, List, Sequence, TypeVar

from sophon_report.api.v1.erasure import WhatGoes
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.journal import Journal
from sophon_report.errors import NotFound
from sophon_report.model import Destination
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.bulk.kept_files import count_files
from sophon_report.report.former_strangers import FormerStrangers
from sophon_report.report.history import History
from sophon_report.report.shelf import Shelf

T = TypeVar("T")


@dataclass(frozen=True)
class ErasurePreview:
    """The :class:`sophon_report.api.v1.erasure.ErasureCounter` of a running service.

    Attributes:
        listing: where people are read.
        strangers: what somebody was before.
        history: rows of events.
        journal: whose records have pictures.
        destinations: with their dead letters.
        receivers: those that there are now.
        place: where exports, backups and reports lie.
    """

    listing: Shelf
    strangers: FormerStrangers
    history: History
    journal: Journal
    destinations: DestinationSet
    receivers: Callable[[], Sequence[Destination]]
    place: DataDir

    async def what_goes(self, identity_id: str) -> WhatGoes:
        """Counted now; raises as ``ErasureCounter.what_goes``."""
        ids = await self.strangers.ids_of(identity_id)
        there = await self.listing.do(partial(self.listing.people.count_of, tuple(ids)))
        waits_from, kept_from = self._waits_from(), self.journal.oldest_seq - 1
        count = partial(self.history.index.extent, tuple(ids), (kept_from, waits_from))
        events, pictured, waiting = await self._aside(count)
        filed = sum(map(self.strangers.is_filed, ids))
        goes = WhatGoes(
            is_registered=there.people > 0,
            photos=there.faces + filed,
            strangers=filed + len(ids - {identity_id}),
            events=events,
            events_with_pictures=pictured,
            undelivered=waiting,
            dead_letters=await self._dead_letters(ids),
            files=await self._aside(partial(count_files, self.place)),
        )
        if not (there.people or goes.photos or events or goes.dead_letters):
            raise NotFound("nobody has this id, and no event is of it")
        return goes

    def _waits_from(self) -> int:
        """Journal record up to which every receiver that is served has all."""
        cursors = self.journal.cursors.all()
        places = [cursors[each.name] for each in self.receivers() if each.enabled and each.name in cursors]
        return min(places, default=self.journal.last_seq)

    async def _dead_letters(self, ids: FrozenSet[str]) -> int:
        found = 0
        for receiver in self.receivers():
            letters = await self.destinations.refused(receiver.name)
            event_ids: List[str] = [letter.event_id for letter in letters if letter.event_id]
            found += await self._aside(partial(self.history.index.of_these, tuple(ids), event_ids))
        return found

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.history.questions, work)
