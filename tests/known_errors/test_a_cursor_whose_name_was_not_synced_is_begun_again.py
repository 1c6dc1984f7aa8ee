"""A cursor that went back while its folder could not be synced was written in place from then on.

After a power cut its name could still stand for the file before, with the later number: events were left out.
"""

import errno
from pathlib import Path

import pytest

from sophon_report.delivery.journal.cursors import Cursors
from sophon_report.errors import JournalError
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal/cursors")


def test_what_could_not_be_synced_is_sure_after_the_next_flush():
    """Whatever of it has reached the disk by the power cut."""
    files = CrashableFiles()
    cursors = Cursors(FOLDER, files)
    cursors.advance("platform", 70)
    cursors.flush()
    cursors.advance("platform", 20)
    files.fault = lambda operation, _path: errno.EIO if operation == "fsync_dir" else None
    with pytest.raises(JournalError):
        cursors.flush()
    files.fault = None
    cursors.flush()
    found = {Cursors(FOLDER, files.after_cut(seed)).all()["platform"] for seed in range(20)}
    assert found == {20}
