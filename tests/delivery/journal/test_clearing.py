"""A journal that somebody empties: nothing of before is told or left, and all goes on after it."""

import asyncio

import pytest
from journal_events import event_id, recognition, visit
from test_housekeeping import everything, running

from sophon_report.errors import JournalError


def test_nothing_of_before_is_left_and_what_comes_after_is_told(tmp_path):
    """Over several segments, with a visit open; no number is given twice, and no destination lacks anything."""

    async def run():
        async with running(tmp_path) as journal:
            journal.cursors.open("away", 0)
            for number in range(1, 31):
                journal.append(recognition(number, 10_000))
                journal.append(visit(number, 10_000))
            await journal.append(recognition(31)).accepted
            await journal.clear()
            assert (await everything(journal), journal.behind(0).records) == ([], 0)
            assert journal.cursors.position("away") == 61
            assert journal.dropped("away") == 0
            appended = journal.append(recognition(40))
            await appended.accepted
            assert appended.seq == 62
            assert [record.value.event_id for record in await everything(journal)] == [event_id(40)]
            assert journal.stats().gaps == 0
        files = [path.read_bytes() for path in (tmp_path / "journal").iterdir() if path.is_file()]
        assert not any(event_id(number).encode() in each for each in files for number in range(1, 32))
        async with running(tmp_path) as journal:
            assert [each.event_id for each, _ in journal.open_at_start()] == [event_id(40)]
            assert [record.value.event_id for record in await everything(journal)] == [event_id(40)]
            assert journal.cursors.position("away") == 61
            assert journal.next_seq == 63

    asyncio.run(run())


def test_an_empty_journal_may_be_emptied(tmp_path):
    """As often as somebody likes."""

    async def run():
        async with running(tmp_path) as journal:
            await journal.clear()
            await journal.clear()
            await journal.append(recognition(1)).accepted
            await journal.clear()
            assert await everything(journal) == []

    asyncio.run(run())


def test_a_closed_journal_is_not_emptied(tmp_path):
    """It says so."""

    async def run():
        async with running(tmp_path) as journal:
            await journal.append(recognition(1)).accepted
        with pytest.raises(JournalError, match="closed"):
            await journal.clear()

    asyncio.run(run())
