"""Which photo of whom may be registered."""

from dataclasses import replace

import pytest

from sophon_report.errors import BadImage, BadInput
from sophon_report.link.messages import PhotoFace, PhotoResult
from sophon_report.model import Quality
from sophon_report.quality_limits import Level
from sophon_report.recognition.enrol import parse_photo_name, registered_face

GOOD = Quality(size_px=150, clarity=400, brightness=120, yaw_deg=5, pitch_deg=-3, roll_deg=2, partial=False)


def looked_at(quality=GOOD, *others):
    faces = [
        PhotoFace((0, 0, 1, 1), ((0, 0),) * 5, 0.9, one, bytes([at]) * 8)
        for at, one in enumerate((quality, *others))
    ]
    return PhotoResult(7, tuple(faces), b"\xff\xd8portrait")


@pytest.mark.parametrize(
    ("file_name", "identity_id", "name"),
    [
        ("E-0001__Ada Lovelace.jpg", "E-0001", "Ada Lovelace"),
        ("7__王小明.JPG", "7", "王小明"),
        ("7__a__b_c.webp", "7", "a__b_c"),
        (" 7 __ Ada .png", "7", "Ada"),
        ("7__Ada M. Byron.jpeg", "7", "Ada M. Byron"),
        ("7__Ame\u0301lie.jpg", "7", "Am\u00e9lie"),
    ],
)
def test_a_file_name_tells_id_and_name(file_name, identity_id, name):
    """Any script; accents come composed."""
    assert parse_photo_name(file_name) == (identity_id, name)


@pytest.mark.parametrize(
    ("file_name", "words"),
    [
        ("notes.txt", "is no photo"),
        (".jpg", "is no photo"),
        ("Ada.jpg", "<id>__<name>"),
        ("E_1_Ada.jpg", "<id>__<name>"),
        ("__Ada.jpg", "id is missing"),
        ("E-1__.jpg", "name is missing"),
        ("E-1__ .jpg", "name is missing"),
        ("x" * 129 + "__Ada.jpg", "id has 129 letters"),
        ("E-1__" + "x" * 257 + ".jpg", "name has 257 letters"),
        ("E-1__A\nda.jpg", "control characters"),
        ("E-1__A\udce9.jpg", "not UTF-8"),
    ],
)
def test_a_file_name_that_does_not_is_refused_in_words(file_name, words):
    """The words follow the file's name in the report of an import."""
    with pytest.raises(BadInput, match=words):
        parse_photo_name(file_name)


def test_the_largest_face_is_registered_under_new_ids():
    """With the portrait as its photo, and whose model the vector is of; never an id twice."""
    one, other = (registered_face(looked_at(GOOD, GOOD), "sha") for _ in range(2))
    assert (one.embedding, one.embedder, one.photo_jpeg) == (bytes(8), "sha", b"\xff\xd8portrait")
    assert len({one.face_id, one.photo_id, other.face_id, other.photo_id}) == 4


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (PhotoResult(7, refused="too_large", detail="the picture has ..."), "too_large"),
        (PhotoResult(7), "no_face"),
        (looked_at(replace(GOOD, partial=True)), "face_partial"),
        (looked_at(replace(GOOD, yaw_deg=-60, roll_deg=31)), "low_quality"),
        (looked_at(replace(GOOD, clarity=19)), "low_quality"),
        (looked_at(replace(GOOD, brightness=250)), "low_quality"),
        (looked_at(replace(GOOD, size_px=80)), "face_too_small"),
        (looked_at(replace(GOOD, size_px=80, partial=True)), "low_quality"),
    ],
)
def test_a_photo_that_would_not_be_recognised_is_refused(result, reason):
    """With a reason of the list and words."""
    with pytest.raises(BadImage) as refused:
        registered_face(result, "sha")
    assert refused.value.reason == reason
    assert str(refused.value)


def test_what_is_asked_of_a_photo_is_the_level_that_the_caller_names():
    """A face of 100 px will do for normal and not for high; with no level nothing is asked but a face."""
    small, ruined = looked_at(replace(GOOD, size_px=100)), looked_at(Quality(5, 0, 0, 90, 0, 0, partial=True))
    assert registered_face(small, "sha", Level.NORMAL).embedder == "sha"
    with pytest.raises(BadImage, match=r"^face_size: the face is 100 px wide, it must be more than 112$"):
        registered_face(small, "sha", Level.HIGH)
    with pytest.raises(BadImage, match=r"^face_size, clarity: "):
        registered_face(ruined, "sha", Level.LOW)
    assert registered_face(ruined, "sha", Level.NO).embedder == "sha"
