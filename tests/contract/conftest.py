"""A running service for the tests that meet it from outside."""

import pytest
from running_box import running_box


@pytest.fixture
def root(tmp_path_factory):
    """A folder with a short path."""
    return tmp_path_factory.mktemp("s") / "d"


@pytest.fixture
def box(root):
    """A service with its usual settings; Ada is registered, nobody else is."""
    with running_box(root) as running:
        running.register("E-1", "Ada", "ada")
        yield running
