"""A fresh system for each test that asks for ``machine``."""

import os
import tempfile
from pathlib import Path

import pytest
from machine import ROOT, fresh_machine


@pytest.fixture
def machine():
    """Not started yet: a test puts onto its disk what it needs, and calls ``boot``."""
    if not (ROOT / "base").is_dir():
        pytest.fail(f"{ROOT} is not there: ./scripts/test --box makes it")
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=ROOT))
    with fresh_machine(folder, f"box-{os.getpid()}-{folder.name[4:]}".replace("_", "x")) as made:
        yield made
