"""The realtime message of API 2.0."""

import base64

import orjson
import pytest
from samples import FACE_JPEG, PHOTO_JPEG, identity, recognition

from sophon_report.config import Compat
from sophon_report.model import Device, DeviceType, Match, UserType
from sophon_report.wire.ws_v2 import encode


def told(event, with_face=False, with_register=False):
    return orjson.loads(encode(event, with_face, with_register, Compat()))


def uri(jpeg):
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def test_an_event_tells_who_where_when_and_how_sure():
    """Names of the table, times in milliseconds, scores from 0 to 100, our own seq."""
    event = told(recognition(7))
    del event["recognize_face_attr"]
    assert event == {
        "event_id": "1760000000000007",
        "timestamp": 1_760_000_000_123,
        "identity_id": "E-0001",
        "identity_name": "张三",
        "user_type": "employee",
        "score": 91.25,
        "media_device_ip": "10.0.0.21",
        "media_device_id": "door",
        "media_device_type": "rtsp",
        "reg_pic": "",
        "seq": 7,
    }


def test_a_stranger_has_no_id_and_no_name():
    """The user type is the sign; the score is the nearest person's; there is no gallery photo to show."""
    event = told(recognition(known=False), with_register=True)
    fields = {key: event[key] for key in ("identity_id", "identity_name", "user_type", "score", "reg_pic")}
    expected = {"identity_id": "", "identity_name": "", "user_type": "stranger", "score": 27.69, "reg_pic": ""}
    assert fields == expected


def test_the_gallery_photo_goes_by_both_names():
    """The table says register_image, the sample reg_pic: the same data URI in both."""
    event = told(recognition(), with_register=True)
    assert event["register_image"] == event["reg_pic"] == uri(PHOTO_JPEG)


def test_a_photo_that_was_not_asked_for_is_left_out():
    """register_image is absent; reg_pic stays, empty, as in the vendor's sample."""
    event = told(recognition(), with_face=True)
    assert "register_image" not in event
    assert event["reg_pic"] == ""


@pytest.mark.parametrize(("asked", "present"), [(True, uri(FACE_JPEG)), (False, None)])
def test_the_face_is_there_when_asked_for(asked, present):
    """A data URI, or no key at all."""
    assert told(recognition(), with_face=asked).get("recognize_face_image") == present


def test_attributes_come_without_the_vector():
    """The realtime push tells looks, not biometrics; all keys are there."""
    attributes = told(recognition())["recognize_face_attr"]
    assert attributes["feature_binary"] is None
    assert attributes["feature_base64_str"] is None
    assert {"gender", "age", "glasses", "mask", "hat", "box", "point"} <= set(attributes)


@pytest.mark.parametrize("kind", list(UserType))
def test_user_types_are_the_vendors_words(kind):
    """Lower case, as the list of the table has them."""
    event = told(recognition(match=Match(identity(user_type=kind), 90.0)))
    assert event["user_type"] == kind.value


@pytest.mark.parametrize(
    ("device", "ip"),
    [
        (Device("d", "", DeviceType.FILE, "/videos/a.mp4"), ""),
        (Device("d", "", DeviceType.PHOTO, "10.0.0.9"), "10.0.0.9"),
        (Device("d", "", DeviceType.GB28181, "gb28181://34020000001320000001"), "34020000001320000001"),
    ],
)
def test_a_device_is_told_without_its_password(device, ip):
    """The address only, and the type as the vendor spells it."""
    event = told(recognition(device=device))
    assert (event["media_device_ip"], event["media_device_type"]) == (ip, device.type.value)
    assert b"secret" not in encode(recognition(), True, True, Compat())


def test_a_whole_score_is_still_a_float():
    """A typed client reads a float where the table says float."""
    assert b'"score":82.0,' in encode(recognition(match=Match(identity(), 82)), False, False, Compat())
