"""Masks were looked for in pictures of registered devices only; from elsewhere their mark to pass was not used."""

import cv2
import numpy as np
import pytest

from sophon_report.link.messages import Photo, PhotoUse
from sophon_report.model import Attributes, Faces
from sophon_report.testing.steered_engine import SteeredEngine
from sophon_report.vision.photo import look_at

BOXES = np.array([[10, 10, 70, 80], [100, 10, 190, 110]], np.float32)
LANDMARKS = np.array([[30, 30], [50, 30], [40, 45], [32, 60], [48, 60]], np.float32)
PNG = cv2.imencode(".png", np.zeros((120, 200, 3), np.uint8))[1].tobytes()


class AllMasked(SteeredEngine):
    """Sees two faces in every picture, each behind a mask."""

    def detect(self, pictures, min_face_px):
        found = Faces(BOXES, np.stack([LANDMARKS, LANDMARKS + np.float32([90, 0])]), np.ones(2, np.float32))
        return [found for _ in pictures]

    def attributes(self, picture, faces):
        return [Attributes(mask=True)] * len(faces)


@pytest.mark.parametrize("use", [PhotoUse.FACES, PhotoUse.EVENT])
def test_a_masked_face_is_masked_whoever_pushed_its_picture(use):
    """The largest, which is the one that is compared."""
    result = look_at(AllMasked(), Photo(1, PNG, 40, use))
    assert [face.attributes.mask for face in result.faces] == [True]
    assert result.faces[0].box[2] > 180
