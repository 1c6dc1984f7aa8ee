"""Erasing and taking out old pictures beside a journal that is written and read."""

import asyncio
import contextlib
from dataclasses import replace

import pytest
from journal_events import EMPLOYEE, event_id, recognition, visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal, Wanted
from sophon_report.errors import JournalError
from sophon_report.model import Match, Visit

DAY_MS = 86_400_000
NOW_MS = 1_760_000_000_000
SMALL = Settings(segment_bytes=64 << 10)


class Clock:
    def __init__(self):
        self.now_ms = NOW_MS

    def __call__(self):
        return self.now_ms


@contextlib.asynccontextmanager
async def running(folder, settings=SMALL, clock=lambda: NOW_MS):
    journal = Journal.open(folder / "journal", settings, clock_ms=clock)
    await journal.start()
    try:
        yield journal
    finally:
        await journal.close()


def of_nobody(number):
    return replace(recognition(number, 10_000), match=Match(None, 1.0))


async def everything(journal):
    found = []
    while True:
        records = await journal.read(found[-1].seq if found else 0)
        if not records:
            return found
        found += records


def test_events_that_come_while_a_person_is_erased_are_kept(tmp_path):
    """Appending goes on beside it, and who reads finds all of it, in order."""

    async def run():
        async with running(tmp_path) as journal:
            for number in range(1, 41):
                journal.append(recognition(number, 10_000) if number % 2 else of_nobody(number))
            erasing = asyncio.ensure_future(journal.erase(Wanted(frozenset({EMPLOYEE.identity_id}))))
            number = 100
            while not erasing.done():
                number += 1
                await journal.append(of_nobody(number)).accepted
            done = await erasing
            records = await everything(journal)
            assert done.records == 20
            wanted = [event_id(each) for each in (*range(2, 41, 2), *range(101, number + 1))]
            assert [record.value.event_id for record in records] == wanted
            assert journal.stats().gaps == 0
            return journal.behind(0)

    behind = asyncio.run(run())
    assert behind.visits == 0
    assert behind.exact


def test_a_visit_that_is_dropped_meanwhile_is_erased_by_its_events_id(tmp_path):
    """Its recognition told a stranger; who drops the visit says which event it was."""

    async def run():
        async with running(tmp_path) as journal:
            journal.append(of_nobody(7))
            journal.append(of_nobody(8))
            done = await journal.erase(Wanted(frozenset({"who"}), forget=lambda known: {event_id(7)} - known))
            assert done.records == 1
            assert [record.value.event_id for record in await everything(journal)] == [event_id(8)]
            assert not list(journal.open_at_start())

    asyncio.run(run())


def test_a_journal_that_is_closed_leaves_off_erasing(tmp_path):
    """Every event is there at the next start, and the next erasing ends it."""

    async def run():
        async with running(tmp_path) as journal:
            for number in range(1, 201):
                journal.append(recognition(number, 10_000))
            begun = asyncio.Event()
            wanted = Wanted(frozenset({EMPLOYEE.identity_id}), forget=lambda known: begun.set() or frozenset())
            erasing = asyncio.ensure_future(journal.erase(wanted))
            await begun.wait()
            await journal.close()
            with pytest.raises(JournalError):
                await erasing
        with pytest.raises(JournalError):
            await journal.erase(Wanted(frozenset()))
        async with running(tmp_path) as journal:
            await journal.erase(Wanted(frozenset({EMPLOYEE.identity_id})))
            assert not await everything(journal)

    asyncio.run(run())


def test_pictures_go_at_their_age_and_are_counted(tmp_path):
    """By a setting of its own, which counts at once; the records stay."""
    clock = Clock()

    async def run():
        async with running(tmp_path, clock=clock) as journal:
            for number in range(1, 31):
                await journal.append(visit(number, 10_000)).accepted
                clock.now_ms += DAY_MS
            assert not await journal.strip_pictures()
            journal.apply(replace_settings(pictures_max_age_days=10))
            while await journal.strip_pictures():
                pass
            records = await everything(journal)
            assert len(records) == 30
            bare = [record.seq for record in records if not record.value.shot.face_jpeg]
            assert bare == list(range(1, len(bare) + 1))
            assert 10 < len(bare) <= 20
            stats = journal.stats()
            assert stats.pictures_stripped == len(bare)
            assert stats.pictures_stripped_bytes > len(bare) * 10_000
            assert isinstance(records[0].value, Visit)

    asyncio.run(run())


def replace_settings(**changes):
    return SMALL.model_copy(update=changes)
