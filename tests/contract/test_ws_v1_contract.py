"""The vendor's realtime event page of firmware V5, which V6 still serves on the same port, against the wire."""

import json

import pytest
from event_port import event_port, on_the_wire, until
from full_events import SCENE_JPEG, full_recognition
from samples import recognition, shot
from websocket import WebSocket

from sophon_report.config import Compat, Server

ALWAYS = "always"
FACE, SCENE = "with need_face", "with need_face, not in greeter mode"
TABLE = [
    ("identity_id", str, ALWAYS),
    ("device_id", str, ALWAYS),
    ("identity_name", str, ALWAYS),
    ("identity_info", dict, ALWAYS),
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
    ("video_id", str, ALWAYS),
    ("event_id", str, ALWAYS),
]
"""The page's table, and the two keys that its sample client reads: path, type, when it is there.

``reg_pic`` is optional in the table; it is always there, empty when it was not asked for.
"""
OURS = {"seq"}
IDENTITY_INFO = {
    "user_id": str,
    "name": str,
    "type": int,
    "permission_ids": list,
    "face_ids": list,
    "image_id": str,
    "ext_info": dict,
}
"""Keys of the sample message's ``identity_info``."""
GRAB = {
    **dict.fromkeys(("confidence", "face_id", "pitch", "yaw", "roll", "eye_dist", "age", "sex"), int),
    **dict.fromkeys(("rect", "rel_rect"), dict),
}
BOX = {"age": int, "sex": int, "info": dict, "fiqa_result": bool, "success": list, "fails": list}
"""Keys of the two quality tables on the history pages of V2R2 to V5R2."""

WISHES = [
    {},
    {"need_face": True},
    {"need_register": True},
    {"need_face": True, "need_register": True, "event_list": ["door", "capture"]},
    {"need_face": False, "need_register": False, "event_list": []},
]
EVENTS = {
    "known": recognition(shot=shot(scene_jpeg=SCENE_JPEG)),
    "stranger": recognition(known=False),
    "capture camera": full_recognition(),
}


@pytest.fixture(scope="module")
def port():
    with event_port(default_dialect="v1") as running:
        yield running


@pytest.fixture(params=[False, True], ids=["plain", "greeter"])
def greeter(request, port):
    port.call(port.server.apply, Server(default_dialect="v1"), Compat(greeter_mode=request.param))
    yield request.param
    port.call(port.server.apply, Server(default_dialect="v1"), Compat())


def flat(message):
    extra = {f"ext_data.{key}": value for key, value in message["ext_data"].items()}
    return {**message, **extra}


@pytest.mark.parametrize("wish", WISHES, ids=json.dumps)
@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_every_field_of_the_table_has_its_type_and_is_there_when_it_must(port, greeter, wish, event):
    """Required ones always, each optional one under its condition only, nothing unknown."""
    face = wish.get("need_face", False)
    holds = {ALWAYS: True, FACE: face, SCENE: face and not greeter}
    message = flat(on_the_wire(port, wish, event))
    assert {path: type(message[path]) for path in message if path not in OURS} == {
        path: kind for path, kind, when in TABLE if holds[when]
    }


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_words_and_numbers_are_those_of_the_table(port, event):
    """Person types 1 to 5 as numbers, device types as texts, thirteen digits of time, a score from 0 to 1."""
    message = on_the_wire(port, WISHES[3], event)
    assert message["ext_data"]["person_type"] in (1, 2, 3, 4, 5)
    assert message["ext_data"]["device_type"] in ("0", "1", "3", "4")
    assert message["video_id"] == message["device_id"]
    assert len(str(message["timestamp"])) == 13
    assert 0 <= message["score"] <= 1


def test_a_known_person_has_the_tables_of_the_sample(port):
    """The keys that the sample message shows, each of its type; the gallery photo when the match passed."""
    message = on_the_wire(port, WISHES[3], EVENTS["known"])
    assert {key: type(value) for key, value in message["identity_info"].items()} == IDENTITY_INFO
    assert message["reg_pic"] != ""


def test_a_stranger_has_an_empty_table_and_type_4(port):
    """As the table says of ``identity_info``."""
    message = on_the_wire(port, WISHES[3], EVENTS["stranger"])
    assert (message["identity_info"], message["ext_data"]["person_type"], message["reg_pic"]) == ({}, 4, "")


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_quality_tables_are_filled_by_capture_cameras_only(port, event):
    """With the keys and types of the history pages; empty from any other device."""
    extra = on_the_wire(port, {}, event)["ext_data"]
    told = [
        {key: type(value) for key, value in extra[name].items()} for name in ("grab_fiqa_info", "box_fiqa_info")
    ]
    assert told == ([GRAB, BOX] if extra["device_type"] == "1" else [{}, {}])


@pytest.mark.parametrize("path", ["reg_pic", "ext_data.spot_pic", "ext_data.recognize_face"])
def test_pictures_are_bare_base64(port, path):
    """No data URI on this interface."""
    assert flat(on_the_wire(port, WISHES[3], EVENTS["known"]))[path].startswith("/9j/")


def test_the_documented_sample_client_prints_every_event(port):
    """Connect, send the configuration, ``recv_data(4096)`` for ever, print ``video_id`` and ``event_id``."""
    printed = []
    client = WebSocket()
    before = port.subscribed()
    client.connect(port.url, timeout=20)
    client.send(json.dumps({"need_face": True, "need_register": True, "event_list": []}))
    until(lambda: port.subscribed() > before)
    port.publish(*EVENTS.values())
    for _ in EVENTS:
        received = client.recv_data(4096)
        event = json.loads(received[1].decode("utf-8"))
        printed.append((event["video_id"], event["event_id"]))
    client.close()
    assert printed == [(event.device.device_id, event.event_id) for event in EVENTS.values()]
