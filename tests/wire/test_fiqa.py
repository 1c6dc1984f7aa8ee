"""The two quality tables."""

from dataclasses import replace

import orjson
import pytest
from full_events import CAMERA_QUALITY, capture_camera, full_shot
from hypothesis import given
from hypothesis import strategies as st
from samples import device

from sophon_report.model import Attributes, Quality
from sophon_report.wire.fiqa import box_fiqa_info, grab_fiqa_info

GOOD = Quality(122.0, 300.0, 120.0, 5.0, -6.0, 7.0, partial=False)
ITEMS = {"face_size", "clarity", "headpose", "partial", "brightness"}


def box(quality=GOOD, attributes=Attributes()):  # noqa: B008 - frozen
    return box_fiqa_info(capture_camera(), full_shot(quality=quality, attributes=attributes))


def test_the_camera_s_table_is_passed_on_as_it_came():
    """Every key that the vendor's cameras fill, and whatever else."""
    assert grab_fiqa_info(capture_camera(), full_shot()) == CAMERA_QUALITY
    own = {**CAMERA_QUALITY, "maker": {"model": "x"}}
    assert grab_fiqa_info(capture_camera(), full_shot(camera_quality=orjson.dumps(own))) == own


def test_the_box_tells_what_it_measured_and_what_it_makes_of_it():
    """Keys and types of the vendor's history pages."""
    assert box(attributes=Attributes("female", 33.6)) == {
        "age": 34,
        "sex": 1,
        "info": {
            "face_size": 122.0,
            "clarity": 300.0,
            "headpose": {"roll_angle": 7.0, "pitch_angle": -6.0, "yaw_angle": 5.0},
            "partial": False,
            "brightness": 120.0,
        },
        "fiqa_result": True,
        "success": ["face_size", "clarity", "headpose", "partial", "brightness"],
        "fails": [],
    }


def test_what_was_not_computed_is_null():
    """No age and no sex are made up."""
    assert (box()["age"], box()["sex"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "item"),
    [
        ({"size_px": 112.0}, "face_size"),
        ({"clarity": 9.9}, "clarity"),
        ({"yaw_deg": 30.0, "pitch_deg": -20.0, "roll_deg": 11.0}, "headpose"),
        ({"partial": True}, "partial"),
        ({"brightness": 12.0}, "brightness"),
        ({"brightness": 250.0}, "brightness"),
    ],
)
def test_one_failed_item_fails_the_picture(change, item):
    """Each is judged by itself; the angles together."""
    told = box(replace(GOOD, **change))
    assert (told["fiqa_result"], told["fails"]) == (False, [item])
    assert set(told["success"]) == ITEMS - {item}


@pytest.mark.parametrize(
    ("source", "shot"),
    [(device(), full_shot()), (capture_camera(), full_shot(camera_quality=b""))],
    ids=["a stream", "a gate"],
)
def test_other_devices_have_two_empty_tables(source, shot):
    """Both are filled in capture-camera mode only."""
    assert grab_fiqa_info(source, shot) == box_fiqa_info(source, shot) == {}


@pytest.mark.parametrize("said", [b"{", b"[1]", b'"x"', b"7", b'{"a":' * 300 + b"1" + b"}" * 300, b"\xff"])
def test_a_camera_that_says_no_table_says_nothing(said):
    """An event is told all the same."""
    assert grab_fiqa_info(capture_camera(), full_shot(camera_quality=said)) == {}


@given(st.binary(max_size=200))
def test_no_bytes_of_a_camera_break_an_event(said):
    """Whatever it is, the table can be written."""
    assert isinstance(orjson.dumps(grab_fiqa_info(capture_camera(), full_shot(camera_quality=said))), bytes)
