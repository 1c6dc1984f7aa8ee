"""The asynchronous POST of firmware V5R4C01 to V5R7C01, "HistoryEvent"."""

import base64
from dataclasses import replace

import orjson
import pytest
from full_events import full_visit
from samples import PHOTO_JPEG, device

from sophon_report.model import Content, DeviceType, Match
from sophon_report.wire.layouts import body, find
from sophon_report.wire.telling import Telling

SWITCHED = {
    "register_photo": "reg_pic",
    "scene": "spot_pic",
    "infrared": "ir_pic",
    "face": "recognize_face",
    "attributes": "recognize_face_attr",
}


DEFAULTS = Content()


def told(content=DEFAULTS, **changes):
    visit = replace(full_visit(), **changes)
    return orjson.loads(body(find("g1"), visit, Telling("LICENCE", content), "json")[0])


@pytest.mark.parametrize(("switch", "key"), SWITCHED.items())
def test_what_is_switched_off_is_left_out(switch, key):
    """Each switch has one key, and no other key follows it."""
    on = set(told(replace(DEFAULTS, **{switch: True})))
    assert on - set(told(replace(DEFAULTS, **{switch: False}))) == {key}


def test_the_box_leaves_infrared_and_attributes_out_unless_asked():
    """The vendor's defaults."""
    assert {key for key in SWITCHED.values() if key in told()} == {"reg_pic", "spot_pic", "recognize_face"}


def test_pictures_are_bare_base64():
    """The gallery photo for one; a stranger's is an empty text."""
    assert base64.b64decode(told()["reg_pic"], validate=True) == PHOTO_JPEG
    assert told(match=Match(None, 20.0))["reg_pic"] == ""


def test_a_visit_of_a_known_person():
    """Who, how sure, and the stay's end; nothing is asked of the platform."""
    event = told()
    assert [event[key] for key in ("identity_id", "identity_name", "person_type")] == ["E-0001", "张三", 1]
    assert (event["score"], event["want_action"], event["out_timestamp"]) == (91.0, "0", 1_760_000_003_123)


@pytest.mark.parametrize("kind", [DeviceType.RTSP, DeviceType.GB28181])
def test_a_stream_has_its_address_in_its_id(kind):
    """Without the password; both kinds of streams pass by their names."""
    event = told(device=replace(device(), type=kind))
    assert event["ep_info"]["ep_type"] == kind.value
    assert event["ep_info"]["ep_id"] == "LICENCE__rtsp://admin:***@10.0.0.21:554/main"
