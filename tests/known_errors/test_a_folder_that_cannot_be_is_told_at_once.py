"""``receive --save`` began without its folder and kept nothing; ``doctor`` called a file a good data folder."""

import pytest

from sophon_report import receiver
from sophon_report.config import parse_settings
from sophon_report.doctor.examine import examine
from sophon_report.errors import BadInput


@pytest.fixture
def no_folder(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"")
    return path


def test_a_receiver_does_not_begin_without_its_folder(no_folder):
    """The reason names the folder."""
    with pytest.raises(BadInput, match="cannot be used"):
        receiver.run(port=0, save_dir=no_folder)


def test_a_file_is_no_data_folder(no_folder):
    """The service could not start there."""
    settings = parse_settings({"data_dir": str(no_folder)})
    [found] = [each for each in examine(settings) if each.subject == "data folder"]
    assert (found.level, found.text) == ("error", f"{no_folder} is no folder")
