"""Cursors: behind by a moment at most, confined to their folder, and never wrong."""

import contextlib
import zlib
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


def written(numbers, cut_after=None, seed=0):
    """What is on the disk once these numbers were flushed one after the other, or the plug was pulled."""
    files, flushed = CrashableFiles(cut_after=cut_after), []
    files.chance.seed(seed)
    with contextlib.suppress(PowerCut):
        cursors = Cursors(FOLDER, files)
        for seq in numbers:
            cursors.advance("platform", seq)
            cursors.flush()
            flushed.append(seq)
    return files, flushed


def test_a_further_number_costs_one_write_in_place_and_no_name_changes():
    """A new file each time would have the file system write eight blocks, some times a second."""
    once, _ = written([1])
    often, _ = written(range(1, 11))
    assert often.changes == once.changes + 9
    assert Cursors(FOLDER, often).all() == {"platform": 10}


def test_a_torn_write_costs_no_number_that_was_flushed_before():
    """Whatever it leaves in its own block."""
    for cut_after in range(5, 14):
        for seed in range(20):
            files, flushed = written(range(1, 11), cut_after, seed)
            after = Cursors(FOLDER, files.after_cut(seed))
            assert after.all()["platform"] in (flushed[-1], flushed[-1] + 1)
            assert after.damaged == 0


def test_a_cursor_that_goes_back_is_never_found_further_on():
    """Not even when the block of the newest number is damaged: events would be left out."""
    files, _ = written([50, 60, 70, 20, 21])
    (path,) = [each for each in files.paths() if each.suffix == ".cursor"]
    files.content(path)[4096:] = b"\xff" * 64
    assert Cursors(FOLDER, files).all()["platform"] <= 21


def test_a_file_that_was_written_by_rename_alone_goes_on_in_place(tmp_path):
    """As those of the service before places were written so."""
    number = b"41"
    (tmp_path / "platform.cursor").write_bytes(b"%s %08x\n" % (number, zlib.crc32(number)))
    cursors = Cursors(tmp_path, RealFiles())
    assert cursors.open("platform", 0).position() == 41
    for seq in (42, 43):
        cursors.advance("platform", seq)
        cursors.flush()
        assert Cursors(tmp_path, RealFiles()).all() == {"platform": seq}
