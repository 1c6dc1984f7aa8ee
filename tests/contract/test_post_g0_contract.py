"""The vendor's tables of the history event, firmware V2R2C01 to V5R3C01, all of them together, line by line.

A client written from any of these pages finds every field of it, in this order, of this type.
"""

import orjson
import pytest
from events import EVERYTHING, NOTHING, STRANGER, UNKNOWN, stream_shot, stream_visit, telling
from full_events import full_shot, full_visit
from tables import Case, from_capture_camera, order_of, problems, row, switch

from sophon_report.model import Content
from sophon_report.wire import layouts

INFO = switch("attributes")
TABLE = [
    row("identity_id", str),
    row("identity_name", str),
    row("group_name", str),
    row("reg_pic", str, switch("register_photo")),
    row("timestamp", int),  # "int32", of 13 digits
    row("score", float),
    row("want_action", str),  # from V2R3C01
    row("ext_data", dict),
    row("ext_data.device_ip", str),
    row("ext_data.ep_id", str),  # required, missing in the samples
    row("ext_data.spot_pic", str, switch("scene")),
    row("ext_data.recognize_face", str, switch("face")),
    row("ext_data.ir_pic", str, switch("infrared")),  # V5R3C01
    row("ext_data.person_type", int),
    row("ext_data.device_type", str),
    row("ext_data.grab_fiqa_info", dict),  # to V5R2C01; {} but in capture camera mode
    row("ext_data.box_fiqa_info", dict),
    row("ext_data.info", dict, INFO),  # from V5R2C01
    row("ext_data.info.age", (str, type(None)), INFO),
    row("ext_data.info.gender", (str, type(None)), INFO),
    row("ext_data.info.glasses", (str, type(None)), INFO),
    row("ext_data.info.box", list, INFO),  # V5R3C01
    row("ext_data.info.feature", list, INFO),
    row("ext_data.dev_sno", str),  # required, missing in the samples
    row("event_id", str),  # ours
]
CAMERAS_OWN = [
    row(f"ext_data.grab_fiqa_info.{key}", kind, from_capture_camera)
    for key, kind in [
        ("confidence", int),
        ("face_id", int),
        ("rect", dict),
        ("rel_rect", dict),
        ("pitch", int),
        ("yaw", int),
        ("roll", int),
        ("eye_dist", int),
        ("age", int),
        ("sex", int),
    ]
]
BOXS_OWN = [
    row(f"ext_data.box_fiqa_info.{key}", kind, from_capture_camera)
    for key, kind in [
        ("age", (int, type(None))),
        ("sex", (int, type(None))),
        ("info", dict),
        ("info.face_size", float),
        ("info.clarity", float),
        ("info.headpose", dict),
        ("info.headpose.roll_angle", float),
        ("info.headpose.pitch_angle", float),
        ("info.headpose.yaw_angle", float),
        ("info.partial", bool),
        ("info.brightness", float),
        ("fiqa_result", bool),
        ("success", list),
        ("fails", list),
    ]
]
WORDS = {
    "want_action": {"0", "1001", "1002"},
    "ext_data.person_type": {1, 2, 3, 4, 5},
    "ext_data.device_type": {"0", "1", "3", "4"},
}
CASES = {
    "everything": Case(stream_visit(), EVERYTHING),
    "defaults": Case(stream_visit(), Content()),
    "nothing optional": Case(full_visit(), NOTHING),
    "stranger": Case(stream_visit(match=STRANGER), Content()),
    "capture camera": Case(full_visit(match=STRANGER), EVERYTHING),
    "gate": Case(full_visit(shot=full_shot(camera_quality=b"")), EVERYTHING),
    "nothing computed": Case(full_visit(shot=full_shot(**UNKNOWN)), EVERYTHING),
    "no pictures": Case(stream_visit(shot=stream_shot(face_jpeg=b"", scene_jpeg=b"")), EVERYTHING),
}


def told(case):
    return orjson.loads(layouts.body(layouts.find("g0"), case.visit, telling(case.content), "json")[0])


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def case(request):
    return request.param


@pytest.mark.parametrize("table", [TABLE, CAMERAS_OWN, BOXS_OWN], ids=["event", "camera", "box"])
def test_every_field_has_its_type_and_presence(case, table):
    """Required fields always; optional ones follow their switches, the quality of a picture its device."""
    assert problems(table, told(case), case) == []


def test_the_fields_stand_in_the_order_of_the_table(case):
    """And there is nothing else."""
    event = told(case)
    assert list(event) == order_of(TABLE, case)
    assert list(event["ext_data"]) == order_of(TABLE, case, "ext_data")
    assert list(event["ext_data"].get("info", {})) == order_of(TABLE, case, "ext_data.info")


def test_the_words_are_the_vendors(case):
    """From closed lists; person types are numbers, device types are texts."""
    event = told(case)
    flat = {**event, **{f"ext_data.{key}": value for key, value in event["ext_data"].items()}}
    assert {field for field, words in WORDS.items() if flat[field] not in words} == set()
    assert 0 <= event["score"] <= 100
    assert event["group_name"] == "default_group"


@pytest.mark.parametrize(
    ("name", "number"), [("everything", "3"), ("capture camera", "1"), ("gate", "0")], ids=lambda value: value
)
def test_the_device_type_tells_stream_capture_camera_and_gate(name, number):
    """A photo device is a capture camera when it judged its picture itself."""
    assert told(CASES[name])["ext_data"]["device_type"] == number


def test_the_device_is_known_by_the_licence_key_and_its_address():
    """Two underscores between them; ``dev_sno`` is the licence key alone."""
    extra = told(CASES["capture camera"])["ext_data"]
    assert (extra["ep_id"], extra["dev_sno"]) == ("LICENCE-0001__10.0.0.31", "LICENCE-0001")


def test_the_information_is_that_of_the_face():
    """An age is a group; the vector is 512 numbers."""
    info = told(CASES["everything"])["ext_data"]["info"]
    assert (info["age"], info["gender"], info["glasses"]) == ("youth", "female", "yes")
    assert info["box"] == [50, 23, 172, 183]
    assert info["feature"] == [0.5] * 4 + [0.0] * 508
