"""The folder of all state."""

import os

import pytest

from sophon_report.errors import ConfigError, Unavailable
from sophon_report.ops.data_dir import DataDir


def test_one_service_a_folder(tmp_path):
    """The second is told who holds it; after the first has left it may come."""
    place = DataDir(tmp_path)
    lock = place.lock()
    with pytest.raises(Unavailable, match=str(os.getpid())):
        place.lock()
    assert place.running()
    lock.close()
    assert not place.running()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """A file stands in its way: the message names the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be written"):
        DataDir(tmp_path / "file" / "data").prepare()


def test_a_path_too_long_for_a_socket_is_told(tmp_path):
    """Better at start than as a strange error later."""
    with pytest.raises(ConfigError, match="too long"):
        DataDir(tmp_path / ("x" * 120)).prepare()


def test_asking_whether_it_is_held_changes_nothing(tmp_path):
    """No file is made in a folder where nobody ever was, and who asks is in nobody's way."""
    assert not DataDir(tmp_path).running()
    assert not list(tmp_path.iterdir())
    DataDir(tmp_path).lock().close()
    before = (tmp_path / "lock").read_bytes()
    assert not DataDir(tmp_path).running()
    assert (tmp_path / "lock").read_bytes() == before
