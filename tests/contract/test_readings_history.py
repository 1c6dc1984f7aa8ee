"""Where the vendor's pages of the history POST contradict themselves: the agreed reading, one test each."""

import base64
import struct
from dataclasses import replace

import orjson
import pytest
from events import EVERYTHING, STRANGER, stream_shot, stream_visit, telling
from full_events import full_visit

from sophon_report.model import Attributes, Device, DeviceType, Visit
from sophon_report.wire.layouts import LAYOUTS, body
from sophon_report.wire.receive import parse_events

HISTORY = [name for name, layout in LAYOUTS.items() if layout.tells is Visit]
every_layout = pytest.mark.parametrize("name", HISTORY)


def told(name, visit=None):
    """The event as a receiver reads it from the bytes."""
    content, _ = body(LAYOUTS[name], visit or stream_visit(), telling(EVERYTHING), "json")
    return orjson.loads(content)


def told_in_any(name, key, visit=None):
    """A fact from wherever the layout has it."""
    event = told(name, visit)
    return event[key] if key in event else event["ext_data"][key]


def looks(**attributes):
    return stream_visit(shot=stream_shot(attributes=Attributes(**attributes)))


def test_there_are_three_layouts_of_history():
    """Of V6, of V5 and of V2."""
    assert sorted(HISTORY) == ["g0", "g1", "g2"]


@every_layout
def test_times_are_whole_milliseconds_of_thirteen_digits(name):
    """The tables call them int32, all examples are longer."""
    event = told(name)
    times = [event[key] for key in ("in_timestamp", "timestamp", "out_timestamp") if key in event]
    assert "timestamp" in event
    assert {(type(value), len(str(value))) for value in times} == {(int, 13)}


@every_layout
def test_scores_run_from_0_to_100(name):
    """Of known people and of strangers, whose score is that of the nearest."""
    assert told(name)["score"] == 91.0
    assert told(name, stream_visit(match=STRANGER))["score"] == 27.6875


@every_layout
def test_a_post_holds_one_event_and_a_receiver_takes_a_list(name):
    """The mechanism speaks of batches, the tables of one event."""
    content, header = body(LAYOUTS[name], stream_visit(), telling(), "json")
    event = orjson.loads(content)
    assert isinstance(event, dict)
    assert parse_events(b"[%b,%b]" % (content, content), header) == [event, event]


def test_the_version_tells_the_newest_layout_from_the_older_one():
    """It is "2.0" in V6 and "1.0" in V5; V2 had none."""
    assert {name: told(name).get("api_version") for name in HISTORY} == {"g2": "2.0", "g1": "1.0", "g0": None}


@pytest.mark.parametrize(
    ("kind", "url"), [(DeviceType.RTSP, "rtsp://10.0.0.21/ch1"), (DeviceType.PHOTO, "10.0.0.31"), ("file", "")]
)
def test_v6_always_has_the_devices_url_and_the_time_of_coming(kind, url):
    """Both are required, the URL is missing in the sample; empty when unknown."""
    event = told("g2", stream_visit(device=Device("d", "name", DeviceType(kind), url)))
    assert event["media_device_info"]["media_device_url"] == url
    assert event["in_timestamp"] == 1_760_000_000_000


def test_v6_has_the_vector_under_both_names():
    """``feature_binary`` of the table and ``feature_base64_str`` of the sample, the same string."""
    attributes = told("g2")["recognize_face_attr"]
    assert attributes["feature_binary"] == attributes["feature_base64_str"]
    assert len(base64.b64decode(attributes["feature_binary"])) == 2048


def test_v5_has_the_vector_as_numbers_and_as_text():
    """V5R6C01 put the second in the place of the first; the same 512 values."""
    attributes = told("g1")["recognize_face_attr"]
    assert attributes["feature"] == list(struct.unpack("<512f", base64.b64decode(attributes["feature_binary"])))


def test_landmarks_are_interleaved_in_v6_and_planar_in_v5():
    """The numbers of each sample make a face in this order alone."""
    pairs = [(80.0, 70.0), (140.0, 71.0), (110.0, 100.0), (85.0, 140.0), (135.0, 141.0)]
    assert told("g2")["recognize_face_attr"]["point"] == [value for pair in pairs for value in pair]
    assert told("g1")["recognize_face_attr"]["point"] == [pair[axis] for axis in (0, 1) for pair in pairs]


@pytest.mark.parametrize(("name", "called"), [("g2", ""), ("g1", "stranger"), ("g0", "stranger")])
def test_an_unmatched_person_has_no_id_and_before_v6_is_named_stranger(name, called):
    """The type of person is the sign: a word in V6, 4 before."""
    event = told(name, stream_visit(match=STRANGER))
    assert (event["identity_id"], event["identity_name"]) == ("", called)
    kind = told_in_any(name, "user_type" if name == "g2" else "person_type", stream_visit(match=STRANGER))
    assert kind == ("stranger" if name == "g2" else 4)
    assert event.get("identity_info", {}) == {}


def test_a_mask_is_yes_or_no_in_v6_and_a_number_in_v5():
    """And null where nothing was computed, in both."""
    words = {
        name: [told(name, looks(mask=mask))["recognize_face_attr"]["mask"] for mask in (True, False, None)]
        for name in ("g2", "g1")
    }
    assert words == {"g2": ["yes", "no", None], "g1": ["1", "0", None]}


def test_attributes_that_were_not_computed_are_null_and_never_left_out():
    """The tables have empty texts for defaults, all samples have null."""
    for name in ("g2", "g1"):
        attributes = told(name, looks())["recognize_face_attr"]
        unknown = {"gender", "hat", "glasses", "mask", "expression", "age"}
        assert {key: attributes[key] for key in unknown} == dict.fromkeys(unknown)


@every_layout
def test_pictures_are_bare_base64(name):
    """Data URIs belong to the realtime stream of V6 alone."""
    everything = orjson.dumps(told(name, full_visit()))
    assert b"data:" not in everything
    assert everything.count(b'"/9j/') == 4


@every_layout
def test_gb28181_is_spelt_as_it_should_be(name):
    """A page has it as gb28281."""
    device = replace(stream_visit().device, type=DeviceType.GB28181)
    event = told(name, stream_visit(device=device))
    words = {"g2": ("media_device_info", "media_device_type"), "g1": ("ep_info", "ep_type")}
    if name in words:
        table, key = words[name]
        assert event[table][key] == "gb28181"
    else:
        assert event["ext_data"]["device_type"] == "3"


@every_layout
def test_an_event_has_the_id_it_had_in_realtime(name):
    """A text of sixteen digits; the vendor's history has none, so that nothing could be joined."""
    assert told(name)["event_id"] == stream_visit().event_id == "1760000000000001"
