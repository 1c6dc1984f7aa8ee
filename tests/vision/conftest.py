"""What the tests of the vision room share: the real models."""

import sys
from pathlib import Path

import cv2
import pytest

from sophon_report.config import Matching, parse_settings
from sophon_report.demo.pictures import COLLINS
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.fetch import fetch_archive_members
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.picture import HostPicture

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from accuracy import quality

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


@pytest.fixture(scope="session")
def astronaut():
    """Eileen Collins, 512×512 BGR, fetched once: the sample's one portrait without a notice."""
    (path,) = fetch_archive_members(COLLINS.package, [COLLINS.member], PICTURES)
    return cv2.imread(str(path))


@pytest.fixture(scope="session")
def engine(library):
    return open_engine(parse_settings({"engine": {"attributes": True}}), library)


@pytest.fixture(scope="session")
def face(engine, astronaut):
    """The one face of the portrait."""
    return engine.detect([HostPicture(astronaut)], 20)[0]


@pytest.fixture(scope="session")
def table(engine):
    """The portrait spoilt in steps, as the report on accuracy measures it."""
    return quality.rows(engine, *quality.pictures(PICTURES))


@pytest.fixture(scope="session")
def table_of_streams(engine):
    """The same at the scale of the smallest face by default, where landmarks are less exact."""
    return quality.rows(engine, *quality.pictures(PICTURES), min_face_px=Matching().min_face_px)
