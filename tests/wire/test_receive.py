"""Bodies of any firmware, read as events."""

import base64

import orjson
import pytest
from full_events import full_recognition, full_visit
from hypothesis import example, given
from hypothesis import strategies as st
from samples import FACE_JPEG, PHOTO_JPEG

from sophon_report.config import Compat
from sophon_report.errors import BadMessage
from sophon_report.model import Match, Visit
from sophon_report.wire import layouts
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.layouts import LAYOUTS
from sophon_report.wire.receive import device_states, parse_events, pictures, summary, without_pictures
from sophon_report.wire.telling import Telling

JPEG = b"\xff\xd8\xff picture"
TEXT = base64.b64encode(JPEG).decode()
G2 = {
    "event_id": "1760000000123456",
    "identity_id": "E-1",
    "identity_name": "王芳",
    "user_type": "vip",
    "score": 94.8,
    "timestamp": 1_760_000_000_123,
    "in_timestamp": 1_760_000_000_000,
    "out_timestamp": 1_760_000_003_456,
    "media_device_info": {"media_device_name": "front door", "media_device_id": "d1"},
    "spot_image": TEXT,
}
G1 = {
    "identity_name": "stranger",
    "person_type": 4,
    "score": 6.5,
    "timestamp": 1,
    "out_timestamp": 2,
    "ep_info": {"ep_name": "gate", "ep_id": "x__10.0.0.1"},
    "spot_pic": TEXT,
}
G0 = {
    "identity_name": "b",
    "score": 0.78,
    "ext_data": {"person_type": 1, "device_ip": "10.0.0.1", "spot_pic": TEXT},
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
known_keys = st.sampled_from(
    [
        *G2,
        *G1,
        *G0["ext_data"],
        "ext_data",
        "media_devices",
        "sub_devices",
        "gateway_name",
        "reg_image",
        "media_device_info",
    ]
)


def multipart(fields, boundary="xyz", end=True):
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (boundary.encode(), name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
    ]
    return b"".join(parts) + (f"--{boundary}--\r\n".encode() if end else b"")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "", "text/plain", "application/x-www-form-urlencoded"]
)
def test_json_is_read_whatever_it_is_called(content_type):
    """A body without the right content type is most often JSON all the same."""
    assert parse_events(orjson.dumps(G2), content_type) == [G2]


def test_a_list_holds_several_events():
    """The vendor's text speaks of batches."""
    assert parse_events(orjson.dumps([G2, G1]), "application/json") == [G2, G1]


def test_form_data_has_one_part_a_key():
    """Tables are JSON text; texts stay texts, also those that look like numbers."""
    body = multipart({"identity_id": "007", "score": "94.8", "media_device_info": '{"media_device_id": "d1"}'})
    (event,) = parse_events(body, 'multipart/form-data; boundary="xyz"')
    assert event == {"identity_id": "007", "score": "94.8", "media_device_info": {"media_device_id": "d1"}}
    assert (summary(event).score, summary(event).device) == (94.8, "d1")


def test_line_breaks_inside_a_part_are_kept():
    """The last line break belongs to the boundary, no other."""
    (event,) = parse_events(multipart({"a": "1\r\n2\r\n"}), "multipart/form-data; boundary=xyz")
    assert event == {"a": "1\r\n2\r\n"}


def test_a_plain_form_is_read_too():
    """What ``curl -d`` and many a library send."""
    (event,) = parse_events(b"identity_name=%E7%8E%8B&ext_data=%7B%7D", "application/x-www-form-urlencoded")
    assert event == {"identity_name": "王", "ext_data": {}}


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "application/json", "the body is empty"),
        (b"{", "application/json", "the body is not JSON"),
        (b"\xff", "application/json", "the body is not JSON"),
        (b"3", "application/json", "the body is no JSON object"),
        (b"[{}, 3]", "application/json", "item 1 of the list is no JSON object"),
        (b"x", "multipart/form-data", "without a boundary"),
        (b"x", "multipart/form-data; boundary=xyz", "without its closing boundary"),
        (multipart({"a": "b"}, end=False), "multipart/form-data; boundary=xyz", "without its closing boundary"),
        (multipart({}), "multipart/form-data; boundary=xyz", "no fields"),
        (multipart({"a": b"\xff"}), "multipart/form-data; boundary=xyz", "field 'a' is not UTF-8"),
        (b"--xyz\r\nX: y\r\n\r\n1\r\n--xyz--", "multipart/form-data; boundary=xyz", "has no name"),
        (b"--xyz\r\nX: y\r\n--xyz--", "multipart/form-data; boundary=xyz", "no blank line"),
        (multipart({str(n): "" for n in range(300)}), "multipart/form-data; boundary=xyz", "more than 256 fields"),
    ],
)
def test_a_bad_body_is_refused_with_its_reason(body, content_type, reason):
    """The sender learns what to mend."""
    with pytest.raises(BadMessage, match=reason):
        parse_events(body, content_type)


def test_the_newest_layout_is_understood():
    """All facts of an event of API "2.0"."""
    told = summary(G2)
    assert (told.event_id, told.identity_name, told.user_type) == ("1760000000123456", "王芳", "vip")
    assert (told.in_ms, told.timestamp_ms, told.out_ms) == (
        1_760_000_000_000,
        1_760_000_000_123,
        1_760_000_003_456,
    )
    assert (told.score, told.device) == (94.8, "front door")


def test_the_older_layouts_are_understood():
    """Other names, other places, numbers for the kind of person."""
    assert (summary(G1).user_type, summary(G1).device, summary(G1).out_ms) == ("stranger", "gate", 2)
    assert (summary(G0).user_type, summary(G0).device, summary(G0).event_id) == ("employee", "10.0.0.1", None)
    assert (pictures(G1)[0], pictures(G0)[0]) == ({"spot_pic": JPEG}, {"spot_pic": JPEG})


@pytest.mark.parametrize("text", [TEXT, f"data:image/jpeg;base64,{TEXT}", base64.encodebytes(JPEG).decode()])
def test_pictures_are_read_in_all_their_forms(text):
    """Bare, as a data URI, and with the line breaks of the vendor's own sample program."""
    assert pictures({"reg_image": text}) == ({"reg_image": JPEG}, [])


@pytest.mark.parametrize("text", ["%%%", "abc", 3, ["x"], "é"])
def test_a_picture_that_is_none_is_named(text):
    """It costs the picture, not the event."""
    assert pictures({"reg_image": text}) == ({}, ["reg_image"])


def test_a_picture_gives_way_to_its_file_name():
    """Also inside ``ext_data``; everything else stays."""
    assert without_pictures(G0, {"spot_pic": "a.jpg"})["ext_data"]["spot_pic"] == "a.jpg"
    assert without_pictures(G2, {"spot_image": "a.jpg"})["identity_id"] == "E-1"


@pytest.mark.parametrize("key", ["media_devices", "sub_devices"])
def test_device_states_are_read_under_both_names(key):
    """Table and sample of the vendor differ."""
    report = {
        key: [{"media_device_name": "front", "media_device_status": "online"}, {"ep_id": "x", "ep_status": 1}]
    }
    assert device_states(report) == [("front", "online"), ("x", "1")]


def test_a_device_without_a_name_is_told_by_its_address():
    """Older firmware has ``ep_ip`` where the newest has ``media_device_ip``."""
    assert device_states({"sub_devices": [{"ep_ip": "10.0.0.9", "ep_status": "offline"}]}) == [
        ("10.0.0.9", "offline")
    ]


@pytest.mark.parametrize("form", [*DIALECTS, *LAYOUTS])
@pytest.mark.parametrize("known", [True, False], ids=["known", "stranger"])
def test_what_we_send_in_any_form_we_can_read(form, known):
    """The same facts come out of every form, whatever its names, numbers and scale."""
    event = {} if known else {"match": Match(None, 27.5)}
    if form in DIALECTS:
        body = DIALECTS[form].encode(full_recognition(**event), True, True, Compat())
        header = "application/json"
    else:
        layout = LAYOUTS[form]
        told = full_visit(**event) if layout.tells is Visit else full_recognition(**event)
        body, header = layouts.body(layout, told, Telling("BOX1"), "json")
    (read,) = parse_events(body, header)
    facts = summary(read)
    assert (facts.identity_id, facts.user_type) == (("E-0001", "employee") if known else ("", "stranger"))
    assert (facts.event_id, facts.timestamp_ms) == ("1760000000000001", 1_760_000_000_123)
    assert facts.device in ("capture", "the gate's camera", "BOX1__10.0.0.31", "10.0.0.31")
    found, broken = pictures(read)
    assert FACE_JPEG in found.values()
    assert (PHOTO_JPEG in found.values()) == known
    assert broken == []


@pytest.mark.parametrize("form", LAYOUTS)
def test_form_data_of_any_layout_reads_like_its_json(form):
    """Person, time, device and pictures are the same."""
    layout = LAYOUTS[form]
    told = full_visit() if layout.tells is Visit else full_recognition()
    as_json, as_form = (
        parse_events(*layouts.body(layout, told, Telling("BOX1"), kind))[0] for kind in ("json", "form-data")
    )
    assert summary(as_form) == summary(as_json)
    assert pictures(as_form) == pictures(as_json)


@given(st.binary(max_size=300), st.text(max_size=60))
@example(b"--\r\n", "multipart/form-data; boundary=-")
def test_any_body_is_read_or_refused(body, content_type):
    """Never another error than the one that says what is wrong."""
    for kind in (
        content_type,
        "application/json",
        "multipart/form-data; boundary=-",
        "multipart/form-data;boundary=a",
    ):
        try:
            events = parse_events(body, kind)
        except BadMessage:
            continue
        assert all(isinstance(event, dict) for event in events)


@given(st.dictionaries(known_keys | st.text(), json_values, max_size=8))
def test_any_object_can_be_summed_up(event):
    """Whatever stands under the known names."""
    summary(event)
    device_states(event)
    found, _ = pictures(event)
    without_pictures(event, dict.fromkeys(found, "x"))
