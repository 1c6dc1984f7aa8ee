"""Large pictures were looked at coarsely, and a face that was just found so had landmarks beside its eyes.

Of 90 px in a picture 2,400 px wide it had a cosine of 0.24 to itself, of 180 px in one of 4,000 px 0.44: somebody
else. A finer look gives 0.96.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

from sophon_report.config import parse_settings
from sophon_report.demo.pictures import COLLINS
from sophon_report.link.messages import Photo, PhotoUse
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.fetch import fetch_archive_members
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.photo import look_at

pytestmark = pytest.mark.models
MODELS = Path(__file__).resolve().parents[2] / "var" / "models"


@pytest.mark.parametrize(("side_px", "width_px"), [(512, 2400), (1024, 4000)])
def test_a_face_that_is_small_in_a_large_picture_is_the_same_person(side_px, width_px):
    """The portrait alone, and as a part of a much larger picture."""
    engine = open_engine(parse_settings({}), ModelLibrary(MODELS))
    (path,) = fetch_archive_members(COLLINS.package, [COLLINS.member], MODELS.parent / "pictures")
    portrait = cv2.imread(str(path))
    scene = np.full((width_px * 3 // 4, width_px, 3), 90, np.uint8)
    scene[100 : 100 + side_px, 100 : 100 + side_px] = cv2.resize(portrait, (side_px, side_px))

    def vector(image):
        raw = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
        (face,) = look_at(engine, Photo(1, raw, 40, PhotoUse.FACES)).faces
        return np.frombuffer(face.embedding, "<f4")

    assert float(vector(portrait) @ vector(scene)) > 0.9
