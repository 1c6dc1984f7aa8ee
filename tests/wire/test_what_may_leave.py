"""What is switched off leaves the box in no layout, and the others stay readable."""

import itertools
import struct
from dataclasses import asdict, fields, replace

import orjson
import pybase64
import pytest
from full_events import full_recognition, full_shot, full_visit
from samples import identity

from sophon_report.model import Content, Match, Recognition, UserType, Visit
from sophon_report.wire.layouts import LAYOUTS, Layout, body
from sophon_report.wire.names import values
from sophon_report.wire.receive import parse_events
from sophon_report.wire.telling import Telling, permitted

NAME = "李-only-here"
VECTOR = struct.pack("<512f", *[number / 7 for number in range(512)])
REGISTERED_VECTOR = struct.pack("<512f", *[number / 11 for number in range(512)])


def leaky(event, _telling):
    """All that an event holds, whatever may be told: the worst that a package could bring."""
    return {key: _readable(value) for key, value in asdict(event).items()}


def _readable(value):
    if isinstance(value, dict):
        return {key: _readable(each) for key, each in value.items()}
    return text(value) if isinstance(value, bytes) else value


ALL_LAYOUTS = [*LAYOUTS.values(), Layout("leaky", Visit, leaky), Layout("leaky_now", Recognition, leaky)]
SWITCHES = ("register_photo", "scene", "face", "infrared", "feature", "person_name")


def text(content):
    return pybase64.b64encode_as_string(content)


def numbers(vector):
    return orjson.dumps(list(struct.unpack("<512f", vector)))[1:-1]


SECRETS = {
    "register_photo": [text(identity().photo_jpeg).encode()],
    "scene": [text(full_shot().scene_jpeg).encode()],
    "face": [text(full_shot().face_jpeg).encode()],
    "infrared": [text(full_shot().ir_jpeg).encode()],
    "feature": [
        *(text(vector).encode() for vector in (VECTOR, REGISTERED_VECTOR)),
        *(numbers(vector) for vector in (VECTOR, REGISTERED_VECTOR)),
        *(numbers(vector)[:60] for vector in (VECTOR, REGISTERED_VECTOR)),
    ],
    "person_name": [NAME.encode(), orjson.dumps(NAME), NAME.encode("unicode_escape")],
}
"""What each switch is to hide, as it stands in a body."""


def event_for(layout, known=True):
    match = Match(identity(name=NAME, embedding=REGISTERED_VECTOR), 91.0) if known else Match(None, 27.0)
    make = full_visit if layout.tells is Visit else full_recognition
    return make(shot=full_shot(embedding=VECTOR), match=match)


def told(layout, content, content_type="json", known=True):
    return body(layout, event_for(layout, known), Telling("LICENCE", content), content_type)


def found(layout, content, content_type="json"):
    sent, _ = told(layout, content, content_type)
    return {switch for switch, secrets in SECRETS.items() if any(secret in sent for secret in secrets)}


EVERYTHING = Content(infrared=True, attributes=True)


def test_every_switch_of_what_may_leave_is_walked():
    """A new one has to be thought of here; attributes are a switch for fields, not for a person."""
    assert {*SWITCHES, "attributes"} == {field.name for field in fields(Content)}


@pytest.mark.parametrize("content_type", ["json", "form-data"])
@pytest.mark.parametrize("layout", ALL_LAYOUTS, ids=lambda layout: layout.name)
def test_what_is_switched_off_stands_nowhere_in_the_body(layout, content_type):
    """All 64 ways of setting the switches; what is on is told as ever."""
    can_tell = found(layout, EVERYTHING, content_type)
    assert "person_name" in can_tell
    for setting in itertools.product([False, True], repeat=len(SWITCHES)):
        switches = dict(zip(SWITCHES, setting))
        on = {switch for switch, value in switches.items() if value}
        assert found(layout, replace(EVERYTHING, **switches), content_type) == can_tell & on


def test_the_secrets_looked_for_are_there_when_they_may_be():
    """So that looking for them can find them: each layout tells what it has a field for."""
    tells = {layout.name: found(layout, EVERYTHING) for layout in ALL_LAYOUTS}
    pictures = {"register_photo", "scene", "face"}
    assert tells["g2"] == tells["g1"] == tells["g0"] == set(SWITCHES)
    assert tells["leaky"] == tells["leaky_now"] == set(SWITCHES)
    assert tells["se3"] == {*pictures, "person_name"}


EMPTY_FEATURES = {
    "g2": [("recognize_face_attr", {"feature_binary": None, "feature_base64_str": None})],
    "g1": [("recognize_face_attr", {"feature": [], "feature_binary": None})],
    "g0": [("ext_data.info", {"feature": []})],
    "se3": [],
}


@pytest.mark.parametrize("content_type", ["json", "form-data"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_withheld_vector_leaves_its_fields_empty_as_for_a_face_without_one(name, content_type):
    """Null and the empty list, so that receivers go on reading."""
    [event] = parse_events(*told(LAYOUTS[name], replace(EVERYTHING, feature=False), content_type))
    for path, empty in EMPTY_FEATURES[name]:
        place = event
        for key in path.split("."):
            place = place[key]
        assert {key: place[key] for key in empty} == empty


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_withheld_name_is_an_empty_text_wherever_it_stood(name):
    """The id, the type and all other fields stay; nobody becomes a stranger."""
    [with_name] = parse_events(*told(LAYOUTS[name], EVERYTHING))
    [without] = parse_events(*told(LAYOUTS[name], replace(EVERYTHING, person_name=False)))
    assert without["identity_name"] == ""
    with_name["identity_name"] = ""
    if "identity_info" in with_name:
        assert without["identity_info"]["name"] == ""
        with_name["identity_info"]["name"] = ""
    assert without == with_name
    assert list(values(without, "identity_id")) == ["E-0001"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_stranger_is_told_as_ever_when_names_are_withheld(name):
    """There the layout's word for nobody is no name."""
    hidden = told(LAYOUTS[name], replace(EVERYTHING, person_name=False), known=False)
    assert hidden == told(LAYOUTS[name], EVERYTHING, known=False)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_stranger_of_the_library_is_told_as_ever_when_names_are_withheld(name):
    """Filed or not, the word for a stranger is nobody's name; picture and vector are switched as for anybody."""
    layout = LAYOUTS[name]
    filed = identity(name="stranger", identity_id="1760000000.123456789", user_type=UserType.STRANGER)
    event = replace(event_for(layout), match=Match(filed, 91.0))
    hidden, shown = (
        body(layout, event, Telling("LICENCE", replace(EVERYTHING, person_name=switch)), "json")
        for switch in (False, True)
    )
    assert hidden == shown
    assert b'"identity_name":"stranger"' in shown[0]
    without, _ = body(layout, event, Telling("LICENCE", replace(EVERYTHING, register_photo=False)), "json")
    assert SECRETS["register_photo"][0] not in without


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_key_comes_or_goes_with_the_name_and_the_vector(name):
    """Only pictures of the older layouts are left out by their switch."""
    [full] = parse_events(*told(LAYOUTS[name], EVERYTHING))
    [bare] = parse_events(*told(LAYOUTS[name], replace(EVERYTHING, feature=False, person_name=False)))
    assert list(all_keys(bare)) == list(all_keys(full))


def all_keys(table, prefix=""):
    for key, value in table.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from all_keys(value, f"{prefix}{key}.")


def test_an_event_of_which_all_may_be_told_is_passed_on_as_it_is():
    """No copy is made where nothing is taken out."""
    event = full_visit()
    assert permitted(event, EVERYTHING) is event
