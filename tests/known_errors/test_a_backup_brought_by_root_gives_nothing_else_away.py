"""A backup that root put back was given to the service's user by its name: a link in its place was followed."""

import os
from pathlib import Path

from sophon_report.box_backup import copy_whole


def test_what_lies_in_the_way_is_neither_written_nor_given_away(tmp_path):
    """Whoever owns the folder may put a link where the copy is made."""
    other, brought, backup = tmp_path / "shadow", tmp_path / "restore.zip", tmp_path / "box.zip"
    other.write_bytes(b"of root")
    backup.write_bytes(b"PK")
    Path(f"{brought}.part").symlink_to(other)
    copy_whole(backup, brought, owner=os.stat(tmp_path))
    assert (other.read_bytes(), brought.read_bytes(), brought.is_symlink()) == (b"of root", b"PK", False)
