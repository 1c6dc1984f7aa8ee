"""A pipe in place of a film kept its reader waiting for ever; a link to nowhere ended ``models list``."""

import os

import pytest
from command import command

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.vision.models.card import card_path
from sophon_report.vision.models.chip_files import chip_files, record_path
from sophon_report.vision.sources.capture import opener


def make_link(path):
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"])
def test_a_film_is_a_file(tmp_path, make):
    """Nobody writes into the pipe, and a device has no end."""
    make(tmp_path / "film.mp4")
    device = Device("film", "film", DeviceType.FILE, str(tmp_path / "film.mp4"))
    with pytest.raises(SourceError, match="is neither a film nor a folder of pictures"):
        opener(1000, 1000)(device)


@pytest.mark.parametrize("make", [make_link, os.mkdir, os.mkfifo], ids=["link to nowhere", "folder", "pipe"])
def test_a_model_is_a_file(tmp_path, make):
    """It is listed as incomplete beside the others, and verifying names it."""
    path = tmp_path / "models" / "BM1684" / "detector_int8_4b.bmodel"
    path.parent.mkdir(parents=True)
    make(path)
    for beside in (card_path(path), record_path(path)):
        beside.write_text("")
    [file] = chip_files(tmp_path / "models")
    assert (file.state(), file.problem()) == ("incomplete", f"{path} is no file")
    ended = command("models", "list", "--data-dir", tmp_path)
    assert ended.returncode == 0
    assert "incomplete" in ended.stdout
