"""The realtime message of firmware V5."""

import base64
from dataclasses import replace

import orjson
import pytest
from full_events import CAMERA_QUALITY, SCENE_JPEG, full_recognition
from samples import FACE_JPEG, PHOTO_JPEG, identity, recognition, shot

from sophon_report.config import Compat
from sophon_report.model import Device, DeviceType, Match, UserType
from sophon_report.wire.ws_v1 import encode


def told(event, with_face=False, with_register=False, compat=Compat()):  # noqa: B008 - frozen
    return orjson.loads(encode(event, with_face, with_register, compat))


def text(jpeg):
    return base64.b64encode(jpeg).decode()


def test_an_event_tells_who_where_when_and_how_sure():
    """Names of the table and of the sample client, the score from 0 to 1, our own seq."""
    assert told(recognition(7)) == {
        "event_id": "1760000000000007",
        "video_id": "door",
        "identity_id": "E-0001",
        "device_id": "door",
        "identity_name": "张三",
        "identity_info": {
            "user_id": "E-0001",
            "name": "张三",
            "type": 1,
            "permission_ids": [],
            "face_ids": ["f1"],
            "image_id": "p1",
            "ext_info": {},
        },
        "group_name": "default_group",
        "reg_pic": "",
        "timestamp": 1_760_000_000_123,
        "score": 0.78125,
        "ext_data": {
            "device_ip": "10.0.0.21",
            "device_type": "3",
            "person_type": 1,
            "grab_fiqa_info": {},
            "box_fiqa_info": {},
        },
        "seq": 7,
    }


def test_a_stranger_is_named_so_and_has_no_id():
    """The person type is the sign; nothing of a registration is told."""
    event = told(recognition(known=False), with_register=True)
    names = ("identity_id", "identity_name", "identity_info", "reg_pic")
    assert [event[name] for name in names] == ["", "stranger", {}, ""]
    assert event["ext_data"]["person_type"] == 4
    assert event["score"] == pytest.approx(0.1857, abs=1e-4)


def test_a_filed_stranger_has_an_id_and_is_still_a_stranger():
    """Somebody of the gallery whose type is stranger keeps what the gallery knows."""
    event = told(recognition(match=Match(identity(user_type=UserType.STRANGER), 90.0)))
    assert (event["identity_id"], event["identity_info"]["type"], event["ext_data"]["person_type"]) == (
        "E-0001",
        4,
        4,
    )


@pytest.mark.parametrize(("kind", "number"), list(zip(UserType, [1, 2, 3, 4, 5])))
def test_person_types_are_numbers(kind, number):
    """1 employee to 5 vip, also in the person's own table."""
    event = told(recognition(match=Match(identity(user_type=kind), 90.0)))
    assert event["ext_data"]["person_type"] == event["identity_info"]["type"] == number


@pytest.mark.parametrize(("shown", "raw"), [(82.0, 0.55), (100.0, 1.0), (0.0, 0.0), (84.926456, 0.623161)])
def test_the_score_is_on_the_vendors_raw_scale(shown, raw):
    """0.55 is the pass mark of 82; a setting shows 0 to 100 instead."""
    event = recognition(match=Match(identity(), shown))
    assert told(event)["score"] == raw
    assert told(event, compat=Compat(v1_score="pct"))["score"] == round(shown, 4)


@pytest.mark.parametrize(("shown", "number"), [(100, b'"score":1.0,'), (0, b'"score":0.0,')])
def test_a_whole_score_is_still_a_float(shown, number):
    """A typed client reads a float where the table says float."""
    assert number in encode(recognition(match=Match(identity(), shown)), False, False, Compat())


def test_the_live_pictures_come_when_asked_for():
    """Bare base64 of the face and of the scene; not asked for, there is no key."""
    event = recognition(shot=shot(scene_jpeg=SCENE_JPEG))
    pictures = {
        key: value
        for key, value in told(event, with_face=True)["ext_data"].items()
        if key in ("spot_pic", "recognize_face")
    }
    assert pictures == {"recognize_face": text(FACE_JPEG), "spot_pic": text(SCENE_JPEG)}
    assert not {"spot_pic", "recognize_face"} & set(told(event)["ext_data"])


def test_greeter_mode_tells_no_scene():
    """The face is still there."""
    event = told(recognition(), with_face=True, compat=Compat(greeter_mode=True))
    assert "spot_pic" not in event["ext_data"]
    assert event["ext_data"]["recognize_face"] == text(FACE_JPEG)


@pytest.mark.parametrize(("asked", "photo"), [(True, text(PHOTO_JPEG)), (False, "")])
def test_the_gallery_photo_comes_when_asked_for(asked, photo):
    """Bare base64; the key is always there."""
    assert told(recognition(), with_register=asked)["reg_pic"] == photo


def test_a_capture_camera_says_so_and_brings_both_quality_tables():
    """Device type 1; of a gate, a photo device that judges nothing, it is 0 and the tables are empty."""
    extra = told(full_recognition())["ext_data"]
    assert (extra["device_type"], extra["grab_fiqa_info"]) == ("1", CAMERA_QUALITY)
    assert extra["box_fiqa_info"]["fiqa_result"] is True
    event = full_recognition()
    gate = told(replace(event, shot=replace(event.shot, camera_quality=b"")))["ext_data"]
    assert (gate["device_type"], gate["grab_fiqa_info"], gate["box_fiqa_info"]) == ("0", {}, {})


@pytest.mark.parametrize(
    ("device", "ip"),
    [
        (Device("d", "", DeviceType.FILE, "/videos/a.mp4"), ""),
        (Device("d", "", DeviceType.GB28181, "gb28181://34020000001320000001"), "34020000001320000001"),
    ],
)
def test_what_is_no_photo_device_is_a_stream(device, ip):
    """Type 3, never 2."""
    extra = told(recognition(device=device))["ext_data"]
    assert (extra["device_type"], extra["device_ip"]) == ("3", ip)


def test_no_password_is_told():
    """The stream's address has one."""
    assert b"secret" not in encode(recognition(), True, True, Compat())
