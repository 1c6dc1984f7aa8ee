"""Written by root into another user's folder, a link there was followed; a device node was replaced by a file."""

import os
import stat
from contextlib import closing, contextmanager

import pytest

from sophon_report.errors import BadInput
from sophon_report.model import Person, PersonFace
from sophon_report.ops.new_file import new_file
from sophon_report.report.backup.archive import BackupWriter
from sophon_report.report.bulk.export_folder import people_files
from sophon_report.report.bulk.exporting import Exporter
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore


@contextmanager
def backup(path):
    with BackupWriter(path).open() as file:
        yield file.put("backup.json", b"{}")


@contextmanager
def export_of_people(path):
    with closing(Database.open(path.parent / "store.sqlite")) as database:
        yield Exporter(database).write(path, "", has_photos=False)


@contextmanager
def export_to_be_fetched(path):
    with people_files(path.parent).written(path.name) as file:
        yield file.write(b"faces")


@pytest.fixture
def folder(tmp_path):
    """With a store in it, of one person."""
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        PeopleStore(database).add(Person("E-1", "Ada"), [PersonFace("f", "p", b"", bytes(16), "sha")])
    return tmp_path


@pytest.mark.parametrize("write", [new_file, backup, export_of_people, export_to_be_fetched])
def test_what_lies_in_the_way_is_neither_followed_nor_kept(folder, write):
    """Neither a link to a file of root's nor a file that everybody may read."""
    path, part, other = folder / "asked", folder / "asked.part", folder / "shadow"
    other.write_bytes(b"of root")
    part.symlink_to(other)
    with write(path):
        pass
    assert (other.read_bytes(), path.is_symlink()) == (b"of root", False)
    part.touch()
    part.chmod(0o666)
    with write(path):
        pass
    assert (stat.S_IMODE(path.stat().st_mode), part.exists()) == (0o600, False)


def test_what_is_no_file_stays_where_it_is(folder):
    """A pipe, a folder, or a link to a device; a link to a file gives way, and what it leads to stays."""
    pipe, inner, device, link, other = (folder / name for name in ("pipe", "inner", "device", "link", "other"))
    os.mkfifo(pipe)
    inner.mkdir()
    device.symlink_to(os.devnull)
    for path in (pipe, inner, device):
        before = path.lstat()
        with pytest.raises(BadInput, match="is no file"), new_file(path):
            pass
        assert path.lstat() == before
    other.write_bytes(b"other")
    link.symlink_to(other)
    with new_file(link):
        pass
    assert (link.is_symlink(), other.read_bytes()) == (False, b"other")
