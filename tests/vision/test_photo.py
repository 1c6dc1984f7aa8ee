"""What is computed of a single picture, by what it is for."""

import cv2
import numpy as np
import pytest

from sophon_report.link.messages import Photo, PhotoUse
from sophon_report.vision.photo import FACE_PX, SCENE_PX, look_at
from sophon_report.wire.pictures import decode_image

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def jpeg(astronaut):
    return cv2.imencode(".jpg", astronaut)[1].tobytes()


@pytest.fixture(scope="module")
def large(astronaut):
    """The portrait as a telephone would take it: 3072 pixels square, with a note inside the file."""
    raw = cv2.imencode(".jpg", cv2.resize(astronaut, (3072, 3072)))[1].tobytes()
    note = b"taken at home"
    return raw[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + raw[2:]


def test_an_event_shows_face_and_scene_with_what_was_seen(engine, large):
    """The scene within its bound and free of notes, the box in its pixels, attributes of the face."""
    result = look_at(engine, Photo(1, large, 40, PhotoUse.EVENT))
    scene, face = decode_image(result.scene_jpeg), decode_image(result.face_jpeg)
    assert scene.shape == (SCENE_PX, SCENE_PX, 3)
    assert max(face.shape[:2]) <= FACE_PX
    assert b"home" not in result.scene_jpeg + result.face_jpeg
    x1, y1, x2, y2 = (side * 512 / SCENE_PX for side in result.faces[0].box)
    assert abs(x1 - 178) < 12
    assert abs(y1 - 63) < 12
    assert abs(x2 - 268) < 12
    assert abs(y2 - 176) < 12
    assert all(0 < x < SCENE_PX and 0 < y < SCENE_PX for x, y in result.faces[0].landmarks)
    assert result.faces[0].attributes.gender == "female"
    assert result.portrait_jpeg == result.ir_jpeg == b""


def test_the_infrared_picture_comes_back_encoded_anew(engine, jpeg, astronaut):
    """A PNG in grey becomes a JPEG within the bound."""
    infrared = cv2.imencode(".png", cv2.resize(astronaut[:, :, 0], (2000, 1000)))[1].tobytes()
    result = look_at(engine, Photo(1, jpeg, 40, PhotoUse.EVENT, infrared))
    assert result.ir_jpeg[:2] == b"\xff\xd8"
    assert decode_image(result.ir_jpeg).shape == (960, 1920, 3)


def test_an_infrared_picture_that_is_none_is_named(engine, jpeg):
    """The push is refused: what it said of itself is not true."""
    result = look_at(engine, Photo(1, jpeg, 40, PhotoUse.EVENT, b"text"))
    assert result.refused == "not_an_image"
    assert result.detail.startswith("infrared")


@pytest.mark.parametrize("use", [PhotoUse.MATCH, PhotoUse.ENROL])
def test_only_what_the_use_needs_is_computed(engine, jpeg, use):
    """No scene for who is enrolled or only compared; a portrait to enrol, attributes not for that."""
    result = look_at(engine, Photo(1, jpeg, 40, use))
    assert result.scene_jpeg == result.face_jpeg == result.ir_jpeg == b""
    assert bool(result.portrait_jpeg) == (use is PhotoUse.ENROL)
    assert (result.faces[0].attributes.gender is None) == (use is PhotoUse.ENROL)
    assert len(result.faces[0].embedding) == 4 * engine.embedder.dim


def test_a_wall_has_no_face(engine):
    """And no pictures either."""
    wall = cv2.imencode(".jpg", np.full((480, 640, 3), 120, np.uint8))[1].tobytes()
    result = look_at(engine, Photo(1, wall, 40, PhotoUse.EVENT))
    assert (result.refused, result.scene_jpeg) == ("no_face", b"")
