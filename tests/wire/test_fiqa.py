"""The two quality tables."""

from dataclasses import replace

import numpy as np
import orjson
import pytest
from full_events import CAMERA_QUALITY, capture_camera, full_shot
from hypothesis import given
from hypothesis import strategies as st
from samples import device

from sophon_report.model import Attributes, Quality
from sophon_report.quality_limits import Level, judge_level
from sophon_report.wire.fiqa import box_fiqa_info, detailed_reply, fiqa_row, grab_fiqa_info, queue_row

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
        ({"clarity": 39.9}, "clarity"),
        ({"yaw_deg": 30.0, "pitch_deg": -20.0, "roll_deg": 11.0}, "headpose"),
        ({"partial": True}, "partial"),
        ({"brightness": 12.0}, "brightness"),
        ({"brightness": 211.0}, "brightness"),
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


BOX = (95.2, 61.0, 217.6, 652.6)
CUT_OFF, TURNED = replace(GOOD, partial=True), replace(GOOD, yaw_deg=50.0, clarity=300.004)
HEADPOSE = {"roll_angle": 7.0, "pitch_angle": -6.0, "yaw_angle": 50.0}


class TestReplies:
    """The three shapes, from the same values."""

    def test_g2_tells_items_and_scores(self):
        """Keys of ``/sophon/v2/face/fiqa``; a mask that nobody computed is -1, what is occluded an empty list."""
        assert detailed_reply(BOX, TURNED, judge_level(TURNED, Level.HIGH)) == {
            "fiqa_result": False,
            "detailed_result": {
                "bbox": [95, 61, 218, 653],
                "passed_items": ["face_size", "clarity", "partial", "brightness"],
                "failed_items": ["headpose"],
                "detailed_scores": {
                    "brightness": 120.0,
                    "clarity": 300.0,
                    "face_size": 122.0,
                    "headpose": HEADPOSE,
                    "mask": -1.0,
                    "occlusion": [],
                    "partial": False,
                },
            },
        }

    def test_the_message_queue_tells_the_same_in_one_flat_row(self):
        """Keys of firmware V2 and V5."""
        assert queue_row(BOX, TURNED, judge_level(TURNED, Level.HIGH)) == {
            "bbox": [95, 61, 218, 653],
            "fails": ["headpose"],
            "fiqa_result": False,
            "score": 0.8,
            "success": ["face_size", "clarity", "partial", "brightness"],
            "info": {
                "brightness": 120.0,
                "clarity": 300.0,
                "face_size": 122.0,
                "headpose": HEADPOSE,
                "mask": -1.0,
                "occlusion": [],
                "partial": False,
            },
        }

    def test_g1_has_names_of_its_own(self):
        """Keys of ``/SophonFace/api/FIQA``; two of them nobody here computes."""
        assert fiqa_row(BOX, CUT_OFF, judge_level(CUT_OFF, Level.HIGH)) == {
            "bbox": [95, 61, 218, 653],
            "fails": ["face_location"],
            "fiqa_result": False,
            "score": 0.8,
            "success": ["face_size", "clarity", "face_angle", "brightness"],
            "info": {
                "clarity": 300.0,
                "face_angle": [5.0, -6.0, 7.0],
                "face_color": None,
                "face_location": True,
                "face_size": 122,
                "image_quality": None,
            },
        }

    @pytest.mark.parametrize("reply", [detailed_reply, queue_row, fiqa_row])
    def test_every_number_is_one_that_json_has(self, reply):
        """Nothing of numpy, and no list of items for a level that looks at nothing."""
        odd = Quality(*(np.float32(number) for number in (60, 3, 2, 1, 1, 1)), partial=np.bool_(True))
        told = reply(tuple(map(np.float32, BOX)), odd, judge_level(odd, Level.NO))
        assert told["fiqa_result"] is True
        assert orjson.loads(orjson.dumps(told)) == told
