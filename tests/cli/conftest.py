"""Folders for commands, short enough for the sockets in them."""

import pytest
from command import VAR, write_config

from sophon_report.demo.pictures import COLLINS
from sophon_report.vision.models.fetch import fetch_archive_members


@pytest.fixture(scope="session", autouse=True)
def portrait():
    """Eileen Collins, the sample's one portrait without a notice; fetched once."""
    (path,) = fetch_archive_members(COLLINS.package, [COLLINS.member], VAR / "pictures")
    return path


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("c")


@pytest.fixture
def config(folder):
    """Settings of a service that has no devices."""
    return write_config(folder)
