"""A preview's message for all it may hold; what its keys mean is in ``contract/test_preview_contract.py``."""

import json

import pybase64

from sophon_report.model import Attributes, Device, DeviceType, PreviewChoice
from sophon_report.wire.control import control_message, device_change
from sophon_report.wire.frames import binary_frame
from sophon_report.wire.preview import TileFace, TilePicture, preview_message

JPEG = b"\xff\xd8\xff\xe0 picture"


def message(*faces, **changes):
    values = {"device_id": "door", "frame_id": 7, "captured_ms": 1_760_000_000_250, "width": 640, "height": 360}
    return json.loads(preview_message(3, TilePicture(**{**values, "jpeg": JPEG, **changes}), faces))


def test_an_empty_picture_has_every_key():
    """Nobody in it, no region: lists, empty."""
    assert message() == {
        "media_device_id": "door",
        "preview_id": "3",
        "frame_id": 7,
        "timestamp": 1_760_000_000.25,
        "frame_img": {"width": 640, "height": 360, "data": pybase64.b64encode_as_string(JPEG)},
        "preview_objs": [],
        "roi": [],
    }


def test_what_is_not_known_of_a_face_is_null_and_never_left_out():
    """In the words of the other layouts."""
    unknown = {"mask": None, "age": None, "gender": None, "glasses": None}
    seen = Attributes("male", 70.2, glasses=False, mask=True)
    faces = [TileFace(1, (-3.6, 0.4, 10, 20), ""), TileFace(2, (0, 0, 9, 9), "Ada", seen)]
    bare, known = message(*faces)["preview_objs"]
    assert bare == {"track_id": 1, "detect_box": [-4, 0, 10, 20], "identity_name": "", "name": "", **unknown}
    assert {key: known[key] for key in unknown} == {
        "mask": "yes",
        "age": "aged",
        "gender": "male",
        "glasses": "no",
    }


def test_any_name_goes_through():
    """UTF-8, quotes and line breaks too."""
    name = '李 "雷"\n\u2028'
    assert message(TileFace(1, (0, 0, 9, 9), name))["preview_objs"][0]["name"] == name


def test_a_binary_message_is_one_frame():
    """As a text, but for its kind."""
    assert binary_frame(b"x" * 125)[:2] == b"\x82\x7d"
    assert binary_frame(b"x" * 126)[:4] == b"\x82\x7e\x00\x7e"
    assert binary_frame(b"x" * 70_000)[:10] == b"\x82\x7f" + (70_000).to_bytes(8, "big")


def test_what_the_older_interface_said_is_done_with_a_device_is_told():
    """Its own words win over what is done here; a password among them is not told."""
    given = '{"device_attr": {"actions": {"do_track": true, "do_match": false, "token": "secret"}}}'
    device = Device("d", "d", DeviceType.RTSP, "rtsp://u:secret@10.0.0.1/", vendor_json=given)
    body = control_message(PreviewChoice(), device_change("add", device, 1.5, attributes=True))
    told = json.loads(body)["modify_media_device"]["media_device_info"]
    assert b"secret" not in body
    assert told["addtime"] == 1.5
    assert (told["media_device_attr"]["do_match"], told["media_device_attr"]["do_track"]) == (False, True)
    assert told["media_device_attr"]["do_attribute"]


def test_nothing_is_said_to_be_done_with_a_device_that_is_not_supported():
    """GB28181 is kept and told, and nobody looks at it."""
    device = Device("d", "d", DeviceType.GB28181, "gb28181://1")
    told = device_change("add", device, 1.5, attributes=True)["media_device_info"]
    assert not any(told["media_device_attr"].values())
