"""A backup that root put back into a stopped service left files that the service could not write."""

import os

import pytest

from sophon_report.box_backup import Restoring, Wish
from sophon_report.config import parse_settings
from sophon_report.errors import Unavailable
from sophon_report.ops.data_dir import DataDir

NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work in a folder of somebody else's")
def test_root_is_told_to_be_the_user_of_a_stopped_service(tmp_path):
    """And the service may start: its folder is not held."""
    (tmp_path / "box.zip").write_bytes(b"PK")
    place = DataDir(tmp_path / "d")
    place.root.mkdir()
    os.chown(place.root, NOBODY, NOBODY)
    settings = parse_settings({"data_dir": str(place.root)})
    restoring = Restoring(settings, tmp_path / "box.zip", Wish(), lambda _step, _done, _total: None)
    with pytest.raises(Unavailable, match="belongs to another user"):
        restoring.__enter__()
    place.lock().close()
    assert not place.store.exists()
