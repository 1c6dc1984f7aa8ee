"""What is computed of a single picture, by what it is for."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from sophon_report.link.messages import FacesAsked, Photo, PhotoUse
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


@pytest.mark.parametrize("use", [PhotoUse.FACES, PhotoUse.ENROL])
def test_only_what_the_use_needs_is_computed(engine, jpeg, use):
    """No scene for who is enrolled or only compared; a portrait to enrol, attributes not for that."""
    result = look_at(engine, Photo(1, jpeg, 40, use))
    assert result.scene_jpeg == result.face_jpeg == result.ir_jpeg == b""
    assert bool(result.portrait_jpeg) == (use is PhotoUse.ENROL)
    assert (result.faces[0].attributes.gender is None) == (use is PhotoUse.ENROL)
    assert len(result.faces[0].embedding) == 4 * engine.embedder.dim


def test_as_many_faces_as_are_asked_for_are_told_the_largest_first(engine, astronaut):
    """Large and small ones of one picture, each once; of each only what is asked."""
    scene = np.full((1500, 2400, 3), 90, np.uint8)
    scene[100:1124, 100:1124] = cv2.resize(astronaut, (1024, 1024))
    scene[200:456, 1900:2156] = cv2.resize(astronaut, (256, 256))
    scene[800:1312, 1500:2012] = astronaut
    raw = cv2.imencode(".jpg", scene)[1].tobytes()

    def told(**asked):
        return look_at(engine, Photo(1, raw, 40, PhotoUse.FACES, asked=FacesAsked(**asked))).faces

    faces = told(most=10)
    assert [round(face.quality.size_px / 45) for face in faces] == [4, 2, 1]
    assert [round(face.box[0], -2) for face in faces] == [500, 1700, 2000]
    vectors = [np.frombuffer(face.embedding, "<f4") for face in faces]
    assert float(vectors[0] @ vectors[1]) > 0.9
    assert [face.attributes.gender for face in faces] == ["female"] * 3
    bare = told(most=2, vectors=False, attributes=False)
    assert [(face.embedding, face.attributes.gender) for face in bare] == [(b"", None)] * 2


def test_a_face_smaller_than_the_settings_ask_is_not_told_beside_a_large_one(engine, astronaut):
    """The detector sees faces that are smaller than it was asked for, too."""
    scene = np.full((600, 900, 3), 90, np.uint8)
    scene[:512, :512] = astronaut
    scene[100:356, 600:856] = cv2.resize(astronaut, (256, 256))
    raw = cv2.imencode(".jpg", scene)[1].tobytes()

    def sizes(min_face_px):
        return [
            face.quality.size_px
            for face in look_at(engine, Photo(1, raw, min_face_px, PhotoUse.FACES, asked=FacesAsked(10))).faces
        ]

    large, small = sizes(30)
    assert small < large
    assert sizes(round(small) + 5) == [pytest.approx(large, abs=5)]


ENCODED = {
    "jpeg": lambda picture: ("JPEG", picture),
    "progressive jpeg": lambda picture: ("JPEG", picture, {"progressive": True}),
    "cmyk jpeg": lambda picture: ("JPEG", picture.convert("CMYK")),
    "grey jpeg": lambda picture: ("JPEG", picture.convert("L")),
    "png": lambda picture: ("PNG", picture),
    "grey png": lambda picture: ("PNG", picture.convert("L")),
    "png with alpha": lambda picture: ("PNG", picture.convert("RGBA")),
    "png of 256 colours": lambda picture: ("PNG", picture.convert("P")),
    "bmp": lambda picture: ("BMP", picture),
    "webp": lambda picture: ("WEBP", picture),
    "lossless webp": lambda picture: ("WEBP", picture, {"lossless": True}),
    "webp with alpha": lambda picture: ("WEBP", picture.convert("RGBA")),
}


@pytest.fixture(scope="module")
def upright(astronaut):
    """The portrait as Pillow has it."""
    return Image.fromarray(np.ascontiguousarray(astronaut[:, :, ::-1]))


@pytest.fixture(scope="module")
def face_upright(engine, upright):
    """What is seen in it as it is."""
    return only_face(engine, encoded("PNG", upright))


def only_face(engine, raw):
    (seen,) = look_at(engine, Photo(1, raw, 40, PhotoUse.FACES)).faces
    return seen


@pytest.mark.parametrize("kind", ENCODED)
def test_a_face_is_the_same_in_every_kind_of_picture(engine, upright, face_upright, kind):
    """Where it was, and the same person."""
    seen = only_face(engine, encoded(*ENCODED[kind](upright)))
    assert np.abs(np.subtract(seen.box, face_upright.box)).max() < 4
    vectors = (np.frombuffer(each.embedding, "<f4") for each in (seen, face_upright))
    assert float(np.dot(*vectors)) > 0.85


TURNED = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 6: "ROTATE_90", 8: "ROTATE_270"}
"""What makes of an upright picture one that is upright again when it is shown with this orientation."""


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_is_told_as_it_is_shown(engine, upright, face_upright, kind, orientation):
    """As telephones store them: the box is that of the upright picture."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = upright.transpose(Image.Transpose[TURNED[orientation]])
    seen = only_face(engine, encoded(kind, stored, {"exif": exif}))
    assert np.abs(np.subtract(seen.box, face_upright.box)).max() < 4


def encoded(kind, picture, options=None):
    """Bytes of a picture of Pillow's."""
    raw = io.BytesIO()
    picture.save(raw, kind, **(options or {}))
    return raw.getvalue()


def test_a_wall_has_no_face(engine):
    """And no pictures either."""
    wall = cv2.imencode(".jpg", np.full((480, 640, 3), 120, np.uint8))[1].tobytes()
    result = look_at(engine, Photo(1, wall, 40, PhotoUse.EVENT))
    assert (result.refused, result.scene_jpeg) == ("no_face", b"")
