"""What a kill had broken off was finished first, and then nobody had the id: the command failed on a success."""

import asyncio

import pytest
from full_events import full_visit

from sophon_report.config import Journal as Settings
from sophon_report.config import parse_settings
from sophon_report.delivery.journal import Journal, RealFiles
from sophon_report.errors import NotFound
from sophon_report.model import Identity, Match, UserType
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.people_erase import erase_person
from sophon_report.report.erasing import Erased
from sophon_report.report.erasure_note import ErasureNote, NoteFile


async def append(place, event):
    journal = Journal.open(place.journal, Settings(), clock_ms=clock_ms)
    await journal.start()
    await journal.append(event).accepted
    await journal.close()


def test_who_is_erased_again_after_a_kill_is_found(tmp_path):
    """The second time nobody is there."""
    place = DataDir(tmp_path)
    place.prepare()
    asyncio.run(append(place, full_visit(match=Match(Identity("E-1", "Ada", UserType.EMPLOYEE), 90.0))))
    NoteFile(place.erasing, RealFiles()).write(ErasureNote("ab12cd34", "E-1", "command"))
    settings = parse_settings({"data_dir": str(tmp_path)})
    assert erase_person(settings, "E-1", lambda _progress: None) == Erased(0, 1, 0)
    with pytest.raises(NotFound):
        erase_person(settings, "E-1", lambda _progress: None)
