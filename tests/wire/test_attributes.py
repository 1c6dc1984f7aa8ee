"""The attribute object of API "2.0": all keys always, null when unknown."""

import base64

import numpy as np
import pytest

from sophon_report.model import Attributes, Quality, Shot
from sophon_report.wire.attributes import age_group, face_attributes, feature_text, older_face_attributes

KEYS = {
    "gender",
    "hat",
    "box",
    "glasses",
    "feature_binary",
    "feature_base64_str",
    "mask",
    "expression",
    "age",
    "point",
}


def shot(**changes):
    values = {
        "device_id": "d1",
        "track_id": 1,
        "in_ms": 1,
        "captured_ms": 2,
        "box": (50.4, 23.0, 172.6, 183.0),
        "landmarks": ((80.0, 70.0), (140.0, 71.0), (110.0, 100.04), (85.0, 140.0), (135.0, 141.0)),
        "detect_score": 0.9,
        "quality": Quality(122, 300, 120, 0, 0, 0, partial=False),
        "embedding": np.arange(128, dtype="<f4").tobytes(),
    }
    return Shot(**{**values, **changes})


def test_every_key_is_there_when_nothing_was_computed():
    """Unknown is null, never absent and never a guess."""
    told = face_attributes(shot(embedding=b""), with_feature=True)
    assert set(told) == KEYS
    unknown = KEYS - {"box", "point"}
    assert {key: told[key] for key in unknown} == dict.fromkeys(unknown)


def test_computed_values_are_told_in_the_vendors_words():
    """Booleans become yes and no, an age becomes its group."""
    looks = Attributes(gender="female", age_years=41.7, glasses=True, mask=False, hat=True)
    told = face_attributes(shot(attributes=looks), with_feature=False)
    words = {key: told[key] for key in ("gender", "age", "glasses", "mask", "hat")}
    assert words == {"gender": "female", "age": "middle-aged", "glasses": "yes", "mask": "no", "hat": "yes"}


def test_landmarks_are_interleaved_and_the_box_is_whole_pixels():
    """Ten numbers, x before y for each point; box is left, top, right, bottom."""
    told = face_attributes(shot(), with_feature=False)
    assert told["point"] == [80.0, 70.0, 140.0, 71.0, 110.0, 100.0, 85.0, 140.0, 135.0, 141.0]
    assert told["box"] == [50, 23, 173, 183]


def test_the_vector_is_512_float32_under_both_names():
    """A shorter vector is followed by zeros, so that a receiver may always decode 2048 bytes."""
    told = face_attributes(shot(), with_feature=True)
    vector = np.frombuffer(base64.b64decode(told["feature_binary"]), "<f4")
    assert vector.shape == (512,)
    assert vector[:128].tolist() == list(range(128))
    assert not vector[128:].any()
    assert told["feature_base64_str"] == told["feature_binary"]


def test_a_vector_that_does_not_fit_is_not_told():
    """A cut vector would match wrongly; null is honest."""
    assert feature_text(bytes(513 * 4)) is None


def test_firmware_v5_has_planar_landmarks_and_the_vector_twice():
    """All x before all y; the same 512 numbers as a list and as base64."""
    told = older_face_attributes(shot())
    assert told["point"] == [80.0, 140.0, 110.0, 85.0, 135.0, 70.0, 71.0, 100.0, 140.0, 141.0]
    assert told["feature"] == np.frombuffer(base64.b64decode(told["feature_binary"]), "<f4").tolist()
    assert told["feature"][:128] == list(range(128))


@pytest.mark.parametrize(("mask", "number"), [(False, "0"), (True, "1"), (None, None)])
def test_firmware_v5_has_a_number_for_the_mask(mask, number):
    """As a text; 2 is never told, for its meaning is not documented."""
    assert older_face_attributes(shot(attributes=Attributes(mask=mask)))["mask"] == number


def test_firmware_v5_has_every_key_when_nothing_was_computed():
    """Null, but an empty list of numbers, as in the vendor's sample."""
    told = older_face_attributes(shot(embedding=b""))
    assert set(told) == KEYS - {"feature_base64_str"} | {"feature"}
    assert told["feature"] == []
    unknown = KEYS - {"box", "point", "feature_base64_str"}
    assert {key: told[key] for key in unknown} == dict.fromkeys(unknown)


@pytest.mark.parametrize(
    ("years", "word"),
    [
        (0, "child"),
        (5.9, "child"),
        (6, "juvenile"),
        (17.9, "juvenile"),
        (18, "youth"),
        (39.9, "youth"),
        (40, "middle-aged"),
        (64.9, "middle-aged"),
        (65, "aged"),
        (None, None),
    ],
)
def test_ages_fall_into_the_vendors_groups(years, word):
    """Years are counted as people count them: five and a half is five."""
    assert age_group(years) == word
