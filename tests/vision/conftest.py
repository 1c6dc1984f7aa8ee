"""What the tests of the vision room share: the real models."""

from pathlib import Path

import cv2
import pytest

from sophon_report.config import Settings
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.fetch import Member, Package, fetch_archive_members
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


PICTURES = MODELS.parent / "pictures"
ASTRONAUT = Member(
    "skimage/data/astronaut.png", "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5", 791_555
)
"""Eileen Collins; NASA, released into the public domain."""
SCIKIT_IMAGE = Package(
    "pypi",
    "scikit-image",
    "0.26.0",
    ("--only-binary=:all:", "--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"),
)


@pytest.fixture(scope="session")
def astronaut():
    """A portrait, 512×512 BGR; fetched once."""
    (path,) = fetch_archive_members(SCIKIT_IMAGE, [ASTRONAUT], PICTURES)
    return cv2.imread(str(path))


@pytest.fixture(scope="session")
def engine(library):
    return open_engine(Settings(), library)


@pytest.fixture(scope="session")
def face(engine, astronaut):
    """The one face of the portrait."""
    return engine.detect([astronaut], 20)[0]
