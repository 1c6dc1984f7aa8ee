"""Each question to a damaged file opened it once more, until the process had no more files to open."""

import os

import pytest

from sophon_report.errors import StoreUnusable
from sophon_report.store.events.readers import Readers


def test_questions_to_a_damaged_history_leave_no_open_files(tmp_path):
    """Who asks is told each time."""
    path = tmp_path / "events.sqlite"
    path.write_bytes(b"no database" * 1000)
    readers = Readers(path, 1.0)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(StoreUnusable), readers.one():
            pass
    assert len(os.listdir("/proc/self/fd")) == before
    readers.close()
