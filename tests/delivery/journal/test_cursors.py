"""Cursors: behind by a moment at most, confined to their folder, and never wrong."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.delivery.journal.cursors import Cursors, decode_cursor, encode_cursor
from sophon_report.delivery.journal.files import RealFiles
from sophon_report.errors import BadInput, JournalError
from sophon_report.testing import CrashableFiles, PowerCut

FOLDER = Path("/journal/cursors")


@given(st.integers(0, 2**63 - 1), st.data())
def test_a_damaged_cursor_is_never_taken_for_another_number(seq, data):
    """A flipped byte or a cut is noticed: events repeat, none is left out."""
    line = bytearray(encode_cursor(seq))
    assert decode_cursor(bytes(line)) == seq
    place = data.draw(st.integers(0, len(line) - 1))
    assert decode_cursor(bytes(line[:place])) is None
    line[place] ^= data.draw(st.integers(1, 255))
    assert decode_cursor(bytes(line)) is None


def test_a_cursor_is_there_after_a_restart(tmp_path):
    """What was flushed is what the next run finds."""
    cursors = Cursors(tmp_path / "cursors", RealFiles())
    cursor = cursors.open("platform", 7)
    cursor.advance(12)
    cursors.flush()
    assert not cursors.is_dirty
    assert Cursors(tmp_path / "cursors", RealFiles()).open("platform", 0).position() == 12


def test_a_power_cut_leaves_an_old_or_the_new_cursor():
    """Never a mixture; what was flushed is sure."""
    for cut_after in range(1, 16):
        files = CrashableFiles(cut_after=cut_after)
        cursors = Cursors(FOLDER, files)
        flushed = 0
        with contextlib.suppress(PowerCut):
            for seq in range(1, 5):
                cursors.advance("platform", seq)
                cursors.flush()
                flushed = seq
        after = Cursors(FOLDER, files.after_cut(cut_after))
        assert after.all().get("platform", 0) in (flushed, flushed + 1)
        assert after.damaged == 0


def test_a_damaged_file_means_from_the_oldest(tmp_path):
    """Repeats, never losses; and it is counted."""
    (tmp_path / "platform.cursor").write_bytes(b"12 00000000\n")
    cursors = Cursors(tmp_path, RealFiles())
    assert cursors.open("platform", 99).position() == 0
    assert cursors.damaged == 1


def test_a_removed_destination_begins_anew(tmp_path):
    """Removed and added again it is new, also after a restart."""
    cursors = Cursors(tmp_path, RealFiles())
    cursors.open("platform", 5)
    cursors.flush()
    cursors.remove("platform")
    assert Cursors(tmp_path, RealFiles()).all() == {}
    assert cursors.open("platform", 9).position() == 9


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 129, "a\0b", "é"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path, name):
    """No name leaves the folder."""
    with pytest.raises(BadInput):
        Cursors(tmp_path, RealFiles()).open(name, 0)


def test_what_the_disk_refused_stays_to_be_written():
    """A cursor is not forgotten because of a full disk."""
    files = CrashableFiles(capacity_bytes=0)
    cursors = Cursors(FOLDER, files)
    cursors.open("platform", 5)
    with pytest.raises(JournalError):
        cursors.flush()
    files.capacity_bytes = 1000
    cursors.flush()
    assert Cursors(FOLDER, files).all() == {"platform": 5}
