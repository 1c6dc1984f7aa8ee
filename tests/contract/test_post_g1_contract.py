"""The vendor's table of "HistoryEvent", firmware V5R4C01 to V5R7C01 and V2R6C01, line by line.

A client written from this table finds every field, in this order, of this type.
"""

import orjson
import pytest
from events import EVERYTHING, NOTHING, STRANGER, UNKNOWN, stream_shot, stream_visit, telling
from full_events import full_shot, full_visit
from tables import Case, matched, order_of, problems, row, switch

from sophon_report.model import Content
from sophon_report.wire import layouts

ATTRIBUTES = switch("attributes")
TABLE = [
    row("identity_id", str),
    row("identity_name", str),
    row("identity_info", dict),  # as registered; {} for a stranger
    row("identity_info.face_ids", list, matched),
    row("identity_info.image_id", str, matched),  # "not there when nothing matched"
    row("timestamp", int),  # "int32", of 13 digits
    row("score", float),
    row("want_action", str),
    row("reg_pic", str, switch("register_photo")),
    row("spot_pic", str, switch("scene")),
    row("ir_pic", str, switch("infrared")),
    row("recognize_face", str, switch("face")),
    row("person_type", int),
    row("out_timestamp", int),
    row("ep_info", dict),
    row("ep_info.ep_id", str),
    row("ep_info.ep_type", str),
    row("ep_info.ep_ip", str),
    row("ep_info.ep_name", str),
    row("ep_info.device_id", str),
    row("dev_sno", str),
    row("recognize_face_attr", dict, ATTRIBUTES),
    row("recognize_face_attr.point", list, ATTRIBUTES),
    row("recognize_face_attr.age", (str, type(None)), ATTRIBUTES),  # null stands in the vendor's sample
    row("recognize_face_attr.mask", (str, type(None)), ATTRIBUTES),
    row("recognize_face_attr.gender", (str, type(None)), ATTRIBUTES),
    row("recognize_face_attr.glasses", (str, type(None)), ATTRIBUTES),
    row("recognize_face_attr.feature", list, ATTRIBUTES),  # to V5R5C01
    row("recognize_face_attr.feature_binary", (str, type(None)), ATTRIBUTES),  # from V5R6C01
    row("recognize_face_attr.box", list, ATTRIBUTES),
    row("recognize_face_attr.hat", (str, type(None)), ATTRIBUTES),
    row("recognize_face_attr.expression", type(None), ATTRIBUTES),  # in the sample alone
    row("api_version", str),  # V5R7C01
    row("event_id", str),  # ours
]
WORDS = {
    "want_action": {"0", "1001", "1002"},
    "person_type": {1, 2, 3, 4, 5},
    "api_version": {"1.0"},
}
CASES = {
    "everything": Case(stream_visit(), EVERYTHING),
    "defaults": Case(stream_visit(), Content()),
    "nothing optional": Case(full_visit(), NOTHING),
    "stranger": Case(stream_visit(match=STRANGER), Content()),
    "capture camera": Case(full_visit(match=STRANGER), EVERYTHING),
    "nothing computed": Case(full_visit(shot=full_shot(**UNKNOWN)), EVERYTHING),
    "no pictures": Case(stream_visit(shot=stream_shot(face_jpeg=b"", scene_jpeg=b"")), EVERYTHING),
}


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def case(request):
    return request.param


@pytest.fixture
def event(case):
    return orjson.loads(layouts.body(layouts.find("g1"), case.visit, telling(case.content), "json")[0])


def test_every_field_has_its_type_and_presence(case, event):
    """Required fields always; optional ones follow their switches."""
    assert problems(TABLE, event, case) == []


@pytest.mark.parametrize("table", ["", "ep_info"])
def test_the_fields_stand_in_the_order_of_the_table(case, event, table):
    """And there is nothing else."""
    assert list(event[table] if table else event) == order_of(TABLE, case, table)


def test_the_attributes_are_those_of_the_table(case, event):
    """Ten keys, nothing else, wherever the switch is on."""
    assert list(event.get("recognize_face_attr", {})) == order_of(TABLE, case, "recognize_face_attr")


def test_the_words_are_the_vendors(event):
    """From closed lists."""
    assert {field for field, words in WORDS.items() if event[field] not in words} == set()
    assert event["ep_info"]["ep_type"] in {"photo", "rtsp"}
    assert 0 <= event["score"] <= 100


def test_the_device_is_known_by_the_licence_key_and_its_address():
    """Two underscores between them; the address of a stream is its URL, without the password."""
    told = {
        name: orjson.loads(layouts.body(layouts.find("g1"), CASES[name].visit, telling(), "json")[0])["ep_info"]
        for name in ("everything", "capture camera")
    }
    assert told["everything"]["ep_id"] == "LICENCE-0001__rtsp://admin:***@10.0.0.21:554/main"
    assert told["capture camera"]["ep_id"] == "LICENCE-0001__10.0.0.31"
    assert told["everything"]["ep_ip"] == "10.0.0.21"


def test_the_person_is_told_as_registered():
    """``identity_info`` has what the realtime event of the same firmware has."""
    event = orjson.loads(layouts.body(layouts.find("g1"), stream_visit(), telling(), "json")[0])
    assert event["identity_info"]["face_ids"] == ["f1"]
    assert event["identity_info"]["image_id"] == "p1"
    assert event["identity_info"]["type"] == event["person_type"] == 1
