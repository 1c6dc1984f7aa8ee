"""What somebody names is read when it is a file, and refused at once when it is something else."""

import os

import pytest

from sophon_report.ops.plain_file import read_plain


def test_a_file_is_read_up_to_a_bound_also_by_a_link(tmp_path):
    """Unless the caller wants no links."""
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").symlink_to("a")
    assert read_plain(str(tmp_path / "b"), 3) == b"123"
    with pytest.raises(OSError, match="symbolic links"):
        read_plain(str(tmp_path / "b"), 3, os.O_NOFOLLOW)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused_at_once(tmp_path, make):
    """Nobody writes into the pipe."""
    make(tmp_path / "x")
    with pytest.raises(OSError, match="not a file"):
        read_plain(str(tmp_path / "x"), 3)


@pytest.mark.parametrize("name", ["a\0b", "\udcff\ud800"])
def test_what_no_file_can_be_called_is_refused_as_any_other(name):
    """By the error that callers look for."""
    with pytest.raises(OSError, match="not the name of a file"):
        read_plain(name, 3)
