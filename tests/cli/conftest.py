"""Folders for commands, short enough for the sockets in them."""

import pytest
from command import write_config


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("c")


@pytest.fixture
def config(folder):
    """Settings of a service that has no devices."""
    return write_config(folder)
