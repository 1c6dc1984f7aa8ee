"""The vendor's page of the SE3's realtime POST (firmware V2R2 to V2R4), field by field."""

import pytest
from full_events import full_recognition
from samples import recognition

from sophon_report.config import Compat
from sophon_report.model import Content
from sophon_report.wire import layouts
from sophon_report.wire.receive import parse_events
from sophon_report.wire.telling import Telling

SE3 = layouts.find("se3")
ALWAYS, SCENE, FACE = "always", "unless switched off or in greeter mode", "unless switched off"
TABLE = [
    ("identity_id", str, ALWAYS),
    ("identity_name", str, ALWAYS),
    ("group_name", str, ALWAYS),
    ("reg_pic", str, ALWAYS),
    ("timestamp", int, ALWAYS),
    ("score", float, ALWAYS),
    ("ext_data", dict, ALWAYS),
    ("ext_data.device_ip", str, ALWAYS),
    ("ext_data.spot_pic", str, SCENE),
    ("ext_data.recognize_face", str, FACE),
    ("ext_data.person_type", int, ALWAYS),
    ("ext_data.device_type", str, ALWAYS),
    ("ext_data.grab_fiqa_info", dict, ALWAYS),
    ("ext_data.box_fiqa_info", dict, ALWAYS),
]
"""The page's table, and ``recognize_face`` of the page of V2R2 to V2R4: path, type, when it is there."""
OURS = {"event_id", "device_id", "identity_info"}
EVENTS = {"a stream": recognition(), "a capture camera": full_recognition()}


def flat(body):
    return {**body, **{f"ext_data.{key}": value for key, value in body["ext_data"].items()}}


def body(event, content=Content(), compat=Compat(), content_type="json"):  # noqa: B008 - frozen
    raw, header = layouts.body(SE3, event, Telling("BOX1", content, compat), content_type)
    (told,) = parse_events(raw, header)
    return told


@pytest.mark.parametrize("greeter", [False, True], ids=["plain", "greeter"])
@pytest.mark.parametrize("pictures", [True, False], ids=["with pictures", "without"])
@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_every_field_of_the_table_has_its_type_and_is_there_when_it_must(event, pictures, greeter):
    """Required ones always, each optional one under its condition only, nothing unknown."""
    holds = {ALWAYS: True, SCENE: pictures and not greeter, FACE: pictures}
    content = Content(register_photo=pictures, scene=pictures, face=pictures)
    told = flat(body(event, content, Compat(greeter_mode=greeter)))
    assert {path: type(told[path]) for path in told if path not in OURS} == {
        path: kind for path, kind, when in TABLE if holds[when]
    }


def test_values_are_those_of_the_page():
    """A raw score, milliseconds, numbers for people and texts for devices, bare base64."""
    told = flat(body(EVENTS["a capture camera"]))
    assert 0 < told["score"] < 1
    assert len(str(told["timestamp"])) == 13
    assert (told["ext_data.person_type"], told["ext_data.device_type"]) == (1, "1")
    for path in ("reg_pic", "ext_data.spot_pic", "ext_data.recognize_face"):
        assert told[path].startswith("/9j/")


def test_form_data_has_one_part_a_key():
    """The page offers it; ``ext_data`` travels as JSON text, everything else as text."""
    as_json, as_form = body(EVENTS["a stream"]), body(EVENTS["a stream"], content_type="form-data")
    assert list(as_form) == list(as_json)
    assert as_form["ext_data"] == as_json["ext_data"]
    assert {key: str(value) for key, value in as_json.items() if key not in ("ext_data", "identity_info")} == {
        key: value for key, value in as_form.items() if key not in ("ext_data", "identity_info")
    }


def test_only_scores_above_the_threshold_are_told():
    """An unmatched person is none of this report's."""
    assert SE3.wants(recognition(known=True))
    assert not SE3.wants(recognition(known=False))
