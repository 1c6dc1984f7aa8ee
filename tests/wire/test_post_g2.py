"""Values to bytes: the asynchronous POST of API "2.0"."""

import base64
from dataclasses import replace

import orjson
import pytest
from full_events import full_visit

from sophon_report.model import (
    Content,
    Device,
    DeviceType,
    Identity,
    Match,
    Quality,
    Shot,
    UserType,
    Visit,
)
from sophon_report.wire import layouts
from sophon_report.wire.telling import Telling

SHOT = Shot(
    device_id="d1",
    track_id=1,
    in_ms=1_760_000_000_000,
    captured_ms=1_760_000_000_123,
    box=(50, 23, 173, 183),
    landmarks=((80, 70), (140, 71), (110, 100), (85, 140), (135, 141)),
    detect_score=0.9,
    quality=Quality(122, 300, 120, 0, 0, 0, partial=False),
    embedding=bytes(512),
    face_jpeg=b"\xff\xd8\xff face",
    scene_jpeg=b"\xff\xd8\xff scene",
)
PERSON = Identity("E-0001", "王芳", UserType.VIP, photo_jpeg=b"\xff\xd8\xff photo")
CAMERA = Device("d1", "front door", DeviceType.RTSP, "rtsp://user:secret@10.0.0.21/ch1")


def told(device=CAMERA, match=None, **changes):
    match = match or Match(PERSON, 94.8)
    visit = Visit(
        "1760000000123456", device, 1_760_000_000_000, 1_760_000_000_123, 1_760_000_003_456, SHOT, match, **changes
    )
    return orjson.loads(layouts.body(layouts.find("g2"), visit, Telling("LICENCE"), "json")[0])


def test_pictures_are_bare_base64_of_the_three_jpegs():
    """Gallery photo, scene and face; no data URI, no line breaks; infrared is off unless asked for."""
    fields = told()
    assert base64.b64decode(fields["reg_image"], validate=True) == PERSON.photo_jpeg
    assert base64.b64decode(fields["spot_image"], validate=True) == SHOT.scene_jpeg
    assert base64.b64decode(fields["recognize_face_image"], validate=True) == SHOT.face_jpeg
    assert fields["ir_image"] == ""


def test_a_known_person_is_named():
    """Id, name and kind of the person as the gallery had them; the score as it is, of 100."""
    fields = told()
    assert (fields["identity_id"], fields["identity_name"]) == ("E-0001", "王芳")
    assert (fields["user_type"], fields["score"]) == ("vip", 94.8)


def test_a_stranger_has_no_name_and_the_nearest_score():
    """Empty texts, no gallery photo, ``user_type`` tells."""
    fields = told(match=Match(None, 27.69))
    assert [fields[key] for key in ("identity_id", "identity_name", "reg_image")] == ["", "", ""]
    assert (fields["user_type"], fields["score"]) == ("stranger", 27.69)


def test_times_are_whole_milliseconds():
    """Thirteen digits: came, was recognised, left."""
    fields = told()
    times = [fields[key] for key in ("in_timestamp", "timestamp", "out_timestamp")]
    assert times == [1_760_000_000_000, 1_760_000_000_123, 1_760_000_003_456]


def test_a_camera_password_stays_on_the_box():
    """The receiver learns which camera, not how to open it."""
    info = told()["media_device_info"]
    assert info["media_device_url"] == "rtsp://user:***@10.0.0.21/ch1"
    assert info["media_device_ip"] == "10.0.0.21"


def test_a_file_has_a_path_and_no_address():
    """``media_device_url`` is there for every kind of device."""
    info = told(Device("d2", "sample", DeviceType.FILE, "/data/sample.mp4"))["media_device_info"]
    assert (info["media_device_type"], info["media_device_url"]) == ("file", "/data/sample.mp4")
    assert info["media_device_ip"] == ""


@pytest.mark.parametrize("action", ["0", "1001", "1002"])
def test_the_action_for_the_platform_is_handed_on(action):
    """Newly registered stranger, photo updated, or nothing."""
    assert told(post_action=action)["post_action"] == action


def test_the_event_id_joins_both_reports():
    """An extra key behind the vendor's sixteen."""
    assert told()["event_id"] == "1760000000123456"


@pytest.mark.parametrize(
    ("switch", "key"),
    [
        ("register_photo", "reg_image"),
        ("scene", "spot_image"),
        ("infrared", "ir_image"),
        ("face", "recognize_face_image"),
    ],
)
def test_a_picture_that_is_switched_off_is_an_empty_text(switch, key):
    """As the vendor's sample has it for infrared; the attributes have no switch here."""
    for wanted in (True, False):
        content = replace(Content(), **{switch: wanted})
        event = orjson.loads(layouts.body(layouts.find("g2"), full_visit(), Telling(content=content), "json")[0])
        assert bool(event[key]) is wanted
        assert event["recognize_face_attr"]["gender"] == "female"
