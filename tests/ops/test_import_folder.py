"""Files that a caller names: those of the import folder, and no others."""

import os

import pytest

from sophon_report.errors import NotFound
from sophon_report.ops.import_folder import read_import


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "import"
    (folder / "day").mkdir(parents=True)
    (folder / "face.jpg").write_bytes(b"face")
    (folder / "day" / "two.jpg").write_bytes(b"two")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "import2").mkdir()
    (tmp_path / "import2" / "x").write_bytes(b"secret")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "in").symlink_to(folder / "face.jpg")
    (folder / "round").symlink_to(folder / "round")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize(
    ("name", "content"),
    [("face.jpg", b"face"), ("day/two.jpg", b"two"), ("day/../face.jpg", b"face"), ("in", b"face")],
)
def test_a_file_of_the_folder_is_read(folder, name, content):
    """By its path in the folder or its whole path."""
    assert read_import(folder, name, 100) == content
    assert read_import(folder, str(folder / name), 100) == content


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "day",
        "none",
        "../secret",
        "/etc/passwd",
        "out",
        "round",
        "pipe",
        "a\0b",
        "../import2/x",
        "x" * 5000,
    ],
)
def test_anything_else_is_not_there(folder, name):
    """Links that lead out, pipes, folders, what lies beside: one answer for all, and nothing waits."""
    with pytest.raises(NotFound, match="is no readable file in the import folder"):
        read_import(folder, name, 100)


def test_no_more_is_read_than_asked_for(folder):
    """One byte more tells that it is too large."""
    assert read_import(folder, "face.jpg", 2) == b"fac"
