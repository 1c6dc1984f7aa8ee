"""Segments that earlier versions wrote are read to the last byte, and the journal goes on behind them.

``earlier/`` holds what those versions wrote themselves, two people who came and left and one who was still there:
before segments could be rewritten without their pictures, and after.
"""

import asyncio
import gzip
from pathlib import Path

import pytest
from journal_events import event_id, recognition, visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal, show, stat, verify
from sophon_report.model import Recognition, Visit

FILES = sorted((Path(__file__).parent / "earlier").glob("*.journal.gz"))
SEGMENT = f"{1:020d}.journal"


@pytest.fixture(params=FILES, ids=lambda path: path.name.partition(".")[0])
def folder(request, tmp_path):
    (tmp_path / SEGMENT).write_bytes(gzip.decompress(request.param.read_bytes()))
    return tmp_path


def test_every_record_of_an_earlier_journal_is_read(folder):
    """Who it was, when, and the pictures."""
    assert verify(folder).is_whole
    told = stat(folder)
    assert (told.records["recognition"], told.records["visit"], told.records["progress"]) == (3, 2, 3)
    came, left = show(folder, 1).value, show(folder, 3).value
    assert (type(came), type(left)) == (Recognition, Visit)
    assert (came.event_id, left.event_id) == (event_id(1), event_id(1))
    assert came.match.identity.name == "员工一"
    assert (came.shot.face_jpeg, left.shot.face_jpeg) == (
        recognition(1).shot.face_jpeg,
        visit(1).shot.face_jpeg,
    )
    assert left.out_ms == visit(1).out_ms


def test_an_earlier_journal_goes_on(folder):
    """Numbers follow on, and who was still there is known to have been."""

    async def work():
        journal = Journal.open(folder, Settings(), clock_ms=lambda: 1_760_000_000_000)
        await journal.start()
        try:
            assert [event.event_id for event, _ in journal.open_at_start()] == [event_id(3)]
            appended = journal.append(visit(3))
            await appended.accepted
            assert appended.seq > 8
            return appended.seq
        finally:
            await journal.close()

    seq = asyncio.run(asyncio.wait_for(work(), 60))
    assert show(folder, seq).value.event_id == event_id(3)
    assert show(folder, 1).value.event_id == event_id(1)
