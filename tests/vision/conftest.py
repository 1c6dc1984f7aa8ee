"""What the tests of the vision room share: the real models."""

from pathlib import Path

import pytest

from sophon_report.vision.models.library import ModelLibrary

MODELS = Path(__file__).resolve().parents[2] / "var" / "models"


@pytest.fixture(scope="session")
def models_dir():
    """The folder that ``./scripts/setup`` fills."""
    missing = [row.path.name for row in ModelLibrary(MODELS).list() if row.state != "ok"]
    assert not missing, f"{MODELS}: {', '.join(missing)} not there or not right: run ./scripts/setup"
    return MODELS


@pytest.fixture(scope="session")
def library(models_dir):
    return ModelLibrary(models_dir)
