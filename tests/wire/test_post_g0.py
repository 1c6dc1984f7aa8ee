"""The asynchronous POST of firmware V2R2C01 to V5R3C01."""

import base64
from dataclasses import replace

import orjson
import pytest
from full_events import CAMERA_QUALITY, full_shot, full_visit
from samples import PHOTO_JPEG

from sophon_report.model import Content, Match
from sophon_report.wire.layouts import body, find
from sophon_report.wire.telling import Telling

DEFAULTS = Content()


def told(content=DEFAULTS, **changes):
    visit = replace(full_visit(), **changes)
    return orjson.loads(body(find("g0"), visit, Telling("LICENCE", content), "json")[0])


def keys(event):
    return set(event) | {f"ext_data.{key}" for key in event["ext_data"]}


@pytest.mark.parametrize(
    ("switch", "key"),
    [
        ("register_photo", "reg_pic"),
        ("scene", "ext_data.spot_pic"),
        ("infrared", "ext_data.ir_pic"),
        ("face", "ext_data.recognize_face"),
        ("attributes", "ext_data.info"),
    ],
)
def test_what_is_switched_off_is_left_out(switch, key):
    """Each switch has one key, and no other key follows it."""
    on = keys(told(replace(DEFAULTS, **{switch: True})))
    assert on - keys(told(replace(DEFAULTS, **{switch: False}))) == {key}


def test_pictures_are_bare_base64():
    """The gallery photo for one, at the top; a stranger's is an empty text."""
    assert base64.b64decode(told()["reg_pic"], validate=True) == PHOTO_JPEG
    assert told(match=Match(None, 20.0))["reg_pic"] == ""


def test_the_quality_of_a_capture_cameras_picture_is_told_twice():
    """By the camera, as it came, and by the box; both are empty for any other device."""
    extra = told()["ext_data"]
    assert extra["grab_fiqa_info"] == CAMERA_QUALITY
    assert extra["box_fiqa_info"]["fiqa_result"] is True
    extra = told(shot=full_shot(camera_quality=b""))["ext_data"]
    assert (extra["grab_fiqa_info"], extra["box_fiqa_info"]) == ({}, {})
