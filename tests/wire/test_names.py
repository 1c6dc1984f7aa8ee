"""The map of names between generations, held against what each encoder produces."""

import orjson
import pytest
from full_events import full_recognition, full_visit
from samples import shot

from sophon_report.config import Compat
from sophon_report.model import Content, Device, DeviceType, PhotoKind, UserType, Visit
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.layouts import LAYOUTS
from sophon_report.wire.names import (
    FORMS,
    NAMES,
    PERSON_TYPES,
    USER_TYPES,
    device_number,
    pictures_by_key,
    values,
)
from sophon_report.wire.telling import Telling

ALL_OF_IT = Content(register_photo=True, scene=True, face=True, infrared=True, attributes=True)


def told(form):
    """An event with everything in it, as the form tells it with everything switched on."""
    if form in DIALECTS:
        return orjson.loads(DIALECTS[form].encode(full_recognition(), True, True, Compat()))
    layout = LAYOUTS[form]
    event = full_visit() if layout.tells is Visit else full_recognition()
    return orjson.loads(orjson.dumps(layout.fields(event, Telling("BOX1", ALL_OF_IT))))


def at(event, path):
    for key in path.split("."):
        event = event[key]
    return event


CARRIED = [
    pytest.param(form, path, id=f"{form} {fact} {path}")
    for fact, paths in NAMES.items()
    for path, forms in paths.items()
    for form in forms
    if form in DIALECTS or form in LAYOUTS
]


@pytest.mark.parametrize(("form", "path"), CARRIED)
def test_each_form_tells_each_fact_where_the_map_says(form, path):
    """The value is there, and it is none of those that stand for nothing."""
    assert at(told(form), path) not in (None, "", {}, [])


def leaves(table, prefix=""):
    for key, value in table.items():
        if key in ("ext_data", "media_device_info", "ep_info"):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key


@pytest.mark.parametrize("form", [*DIALECTS, *LAYOUTS])
def test_each_form_tells_nothing_that_the_map_does_not_know(form):
    """But for what is no fact of the event: the number of the layout, and how a stream is reached."""
    known = {path for paths in NAMES.values() for path, forms in paths.items() if form in forms}
    assert set(leaves(told(form))) - known <= {"api_version", "media_device_info.media_device_url"}


def test_every_form_of_ours_is_on_the_map():
    """And the map has no form that nobody knows."""
    assert {*DIALECTS, *LAYOUTS} <= set(FORMS)
    assert {form for paths in NAMES.values() for forms in paths.values() for form in forms} == set(FORMS)


@pytest.mark.parametrize("form", [form for form in FORMS if form in DIALECTS or form in LAYOUTS])
def test_a_reader_finds_what_was_told(form):
    """Who, where and when come back out of every form."""
    event = told(form)
    assert next(values(event, "identity_id")) == "E-0001"
    assert next(values(event, "timestamp")) == 1_760_000_000_123
    assert next(values(event, "event_id")) == full_visit().event_id


@pytest.mark.parametrize("event", [{}, {"ext_data": None}, {"ext_data": []}, {"ep_info": "x"}, {1: 2}])
def test_a_reader_is_never_surprised(event):
    """Whatever an event is, a fact that it does not tell has no values."""
    assert [list(values(event, fact)) for fact in NAMES] == [[] for _ in NAMES]


def test_person_types_are_the_vendors_numbers():
    """1 to 5, and every word has one."""
    words = ["employee", "visitor", "blacklist", "stranger", "vip"]
    assert [USER_TYPES[number] for number in (1, 2, 3, 4, 5)] == words
    assert set(PERSON_TYPES) == set(UserType)


@pytest.mark.parametrize(
    ("kind", "photo_kind", "judged", "number"),
    [
        (DeviceType.PHOTO, PhotoKind.GATE, b"", "0"),
        (DeviceType.PHOTO, PhotoKind.GATE, b"{}", "1"),
        (DeviceType.PHOTO, PhotoKind.CAPTURE_CAMERA, b"", "1"),
        (DeviceType.PHOTO, PhotoKind.DOOR, b"", "4"),
        (DeviceType.RTSP, PhotoKind.GATE, b"", "3"),
        (DeviceType.FILE, PhotoKind.GATE, b"", "3"),
        (DeviceType.GB28181, PhotoKind.GATE, b"", "3"),
        (DeviceType.RTSP, PhotoKind.DOOR, b"{}", "3"),
    ],
)
def test_device_types_are_numbers_as_texts(kind, photo_kind, judged, number):
    """A photo device is what it was registered as, and a capture camera also when it judges its picture."""
    device = Device("d", "d", kind, "10.0.0.9", photo_kind=photo_kind)
    assert device_number(device, shot(camera_quality=judged)) == number


def test_pictures_are_known_by_their_last_key():
    """Whether at the top or in a table."""
    assert pictures_by_key()["spot_pic"] == pictures_by_key()["spot_image"] == "scene"
    assert pictures_by_key()["reg_pic"] == "register_photo"
