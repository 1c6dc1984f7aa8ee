"""``detect`` in both generations over the running service, key by key as the vendor's pages print it.

API 2.0: ``/sophon/v2/face/detect`` of firmware V6. Before: ``/SophonFace/api/detect``, whose sample has an age in
years, whole numbers in the box, and 512 numbers for the vector.
"""

import base64
from dataclasses import replace

import numpy as np
import pytest
from running_box import FACES, picture, running_box, sight

from sophon_report.link.messages import Photo
from sophon_report.model import Attributes

NEW, OLD = "/sophon/v2/face/detect", "/SophonFace/api/detect"
B64 = base64.b64encode(picture("ada")).decode()
GROUP_PHOTO = base64.b64encode(picture("ada") + b"and others").decode()
EVERYTHING = dict.fromkeys(("with_feature", "with_attribute", "with_headpose", "with_landmark"), True)
LOOKS = Attributes(gender="female", age_years=27.3, glasses=False)


class Eyes:
    """What vision is asked, and what it sees: one face, or as many as are asked for, each smaller."""

    def __init__(self):
        self.asked = []

    def see(self, photo):
        self.asked.append(photo.asked)
        result = sight(photo)
        if not result.faces:
            return result
        face = replace(result.faces[0], attributes=LOOKS if photo.asked.attributes else Attributes())
        count = photo.asked.most if b"others" in photo.image else 1
        faces = [replace(face, box=(10.25, 20.5, 110.0 - n, 150.75)) for n in range(min(count, len(FACES)))]
        return replace(result, faces=tuple(faces))


@pytest.fixture(scope="module")
def eyes():
    return Eyes()


@pytest.fixture(scope="module")
def box(tmp_path_factory, eyes):
    with running_box(tmp_path_factory.mktemp("d"), access={"open_writes": True}) as running:
        running.vision.sight = eyes.see
        yield running


def new(box, **more):
    answer = box.post(NEW, {"image_base64_str": B64, **more})
    assert (answer.status, list(answer.body)) == (200, ["faces"])
    return answer.body["faces"]


def old(box, **more):
    answer = box.post(OLD, {"image_base64_str": B64, **more})
    assert (answer.status, list(answer.body)) == (200, ["data"])
    return answer.body["data"]


def test_the_keys_of_the_newer_table_are_always_there(box):
    """What was not asked for is empty; an attribute that nobody computed is null."""
    assert new(box) == [
        {
            "attribute": {"age": None, "gender": None, "glasses": None},
            "bbox": [10.25, 20.5, 110.0, 150.75],
            "landmark": [],
            "feature_base64_str": "",
        }
    ]


def test_the_newer_call_tells_all_that_is_asked(box):
    """An age as a word, 512 float32 in base64, the angles as ``fiqa`` has them."""
    [face] = new(box, **EVERYTHING)
    assert face["attribute"] == {"age": "youth", "gender": "female", "glasses": "no"}
    assert np.frombuffer(base64.b64decode(face["feature_base64_str"]), "<f4").shape == (512,)
    assert set(face["headpose"]) == {"yaw_angle", "pitch_angle", "roll_angle"}


def test_c14_landmarks_of_detect_are_planar(box):
    """``x1`` to ``x5``, then ``y1`` to ``y5``, in both generations."""
    [face] = new(box, with_landmark=True)
    [older] = old(box, with_landmark=True)
    assert face["landmark"] == older["landmark"]
    points = sight_of("ada").landmarks
    assert face["landmark"] == [x for x, _ in points] + [y for _, y in points]


def test_c25_the_older_call_tells_an_age_in_years(box):
    """A number where the newer one has a word, whole numbers in the box, 512 numbers."""
    [face] = old(box, **EVERYTHING)
    assert face["attribute"] == {"age": 27, "gender": "female", "glasses": "no"}
    assert face["bbox"] == [10, 20, 110, 151]
    assert (len(face["feature"]), {type(number) for number in face["feature"]}) == (512, {float})
    assert np.linalg.norm(face["feature"]) == pytest.approx(1, abs=1e-5)


def test_an_attribute_that_nobody_computed_is_null_in_the_older_call_too(box):
    """Asked for or not."""
    assert old(box)[0]["attribute"] == {"age": None, "gender": None, "glasses": None}


@pytest.mark.parametrize(("given", "most"), [({}, 10), ({"max_num_faces": 2}, 2), ({"max_num_faces": 50}, 50)])
def test_as_many_faces_as_are_asked_for_are_looked_at(box, eyes, given, most):
    """Ten when nothing is said; in the order that vision gives: the largest first."""
    faces = new(box, image_base64_str=GROUP_PHOTO, **given)
    assert eyes.asked[-1].most == most
    widths = [face["bbox"][2] - face["bbox"][0] for face in faces]
    assert widths == sorted(widths, reverse=True)
    assert len(widths) == min(most, len(FACES))


@pytest.mark.parametrize(
    ("flag", "vectors", "looks"), [("with_feature", True, False), ("with_attribute", False, True)]
)
def test_only_what_is_asked_is_computed(box, eyes, flag, vectors, looks):
    """A feature of each face costs as much as finding them."""
    new(box, **{flag: True})
    assert (eyes.asked[-1].vectors, eyes.asked[-1].attributes) == (vectors, looks)


@pytest.mark.parametrize("most", [0, 51, "many", 1.5])
def test_a_number_of_faces_that_cannot_be_is_refused_by_name(box, most):
    """With its bounds."""
    answer = box.post(NEW, {"image_base64_str": B64, "max_num_faces": most})
    assert (answer.status, answer.code) == (400, "INVALID_ARGUMENTS")
    assert "max_num_faces" in answer.body["error"]["message"]


def test_the_box_fetches_no_picture_for_a_caller(box):
    """``image_url`` of the older call; beside a picture it is passed over."""
    url = "http://127.0.0.1:1/face.jpg"
    answer = box.post(OLD, {"image_url": url})
    assert (answer.status, answer.code) == (400, 40091)
    assert "image_url" in answer.body["error"]["message"]
    assert len(old(box, image_url=url)) == 1


@pytest.mark.parametrize(
    ("body", "newer", "older"),
    [
        ({}, "MISSING_ARGUMENTS", 40091),
        ({"image_path": "../secret"}, "IMAGE_NOT_OPENED", 40003),
        ({"image_base64_str": "!"}, "IMAGE_DECODE_ERROR", 40003),
        ({"image_base64_str": base64.b64encode(picture("text")).decode()}, "IMAGE_DECODE_ERROR", 40003),
        ({"image_base64_str": base64.b64encode(picture("wall")).decode()}, "NO_FACE_ERROR", 40004),
        ({"image_base64_str": base64.b64encode(picture("poster")).decode()}, "IMAGE_SIZE_TOO_LARGE_ERROR", 40007),
    ],
)
def test_what_cannot_be_looked_at_is_refused_with_the_documented_codes(box, body, newer, older):
    """In the shape of each call."""
    told = [box.post(path, body) for path in (NEW, OLD)]
    assert [(answer.status, answer.code) for answer in told] == [(400, newer), (400, older)]


def sight_of(word):
    """The face that vision sees there."""
    return sight(Photo(1, picture(word), 40)).faces[0]
