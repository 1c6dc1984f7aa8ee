"""A 1×4000 picture was scaled to a side of nothing; the error ended vision, and with it every camera."""

import cv2
import numpy as np
import pytest

from sophon_report.config import parse_settings
from sophon_report.link.messages import Photo
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.photo import look_at
from sophon_report.vision.picture import HostPicture
from tests.service.conftest import VAR

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def engine():
    return open_engine(parse_settings({"engine": {"kind": "cpu"}}), ModelLibrary(VAR / "models"))


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (2, 3)])
def test_a_picture_of_one_pixel_is_refused_and_vision_goes_on(engine, shape):
    """The answer is a refusal with a word for programs."""
    png = cv2.imencode(".png", np.zeros((*shape, 3), np.uint8))[1].tobytes()
    assert look_at(engine, Photo(1, png, 40)).refused == "face_too_small"


@pytest.mark.parametrize("min_face_px", [20, 40, 60, 300])
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (2, 8000), (1080, 2)])
def test_the_detector_takes_frames_of_any_shape(engine, shape, min_face_px):
    """A camera may give whatever it likes."""
    [faces] = engine.detect([HostPicture(np.zeros((*shape, 3), np.uint8))], min_face_px)
    assert len(faces) == 0
