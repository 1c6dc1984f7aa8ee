"""A time of more than 64 bits was found out by the thread that writes: it died, and every later event hung."""

import asyncio

import pytest
from journal_events import recognition, visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal
from sophon_report.errors import BadInput


def test_an_event_at_an_impossible_time_does_not_end_the_journal(tmp_path):
    """It is refused before it has a number; the next one is taken."""

    async def story():
        journal = Journal.open(tmp_path / "journal", Settings(), clock_ms=lambda: 1_760_000_000_000)
        await journal.start()
        with pytest.raises(BadInput, match="64 bits"):
            journal.append(recognition(1, in_ms=2**63 - 100))
        appended = journal.append(visit(2))
        await asyncio.wait_for(appended.accepted, 30)
        assert appended.seq == 1
        await journal.close()

    asyncio.run(story())
