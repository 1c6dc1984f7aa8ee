"""The control port as the vendor's sample client meets it: it sends nothing and loops on ``recv_data(4096)``."""

import json
import time

import pytest
from running_box import running_box, until
from websocket import ABNF

V2 = "/sophon/v2/face/"
KEYS = {"selected_device_list", "preview_device_list", "preview_mode", "last_set_name"}
DEVICE = {
    "media_device_id": "gate",
    "media_device_name": "gate",
    "media_device_type": "rtsp",
    "media_device_url": "rtsp://admin:secret@10.0.0.23/ch1",
}


@pytest.fixture
def open_box(root):
    """A service where anybody near may change things."""
    with running_box(root, access={"open_writes": True}) as running:
        yield running


def receive(listener):
    """The next message, as the sample reads it."""
    opcode, data = listener.recv_data(4096)
    assert opcode == ABNF.OPCODE_TEXT
    return json.loads(data.decode("utf-8"))


def listen(box):
    listener = box.listen()
    until(lambda: box.call(lambda: box.process.preview.control.watchers), "it listens")
    return listener


def test_a_new_choice_is_told_to_everybody(open_box):
    """The four keys as updatepreview answers them, and none of a device: none has changed."""
    listeners = [listen(open_box), listen(open_box)]
    until(lambda: open_box.call(lambda: open_box.process.preview.control.watchers) == 2)
    wish = {"selected_device_list": ["door", "yard"], "preview_device_list": ["yard"]}
    answer = open_box.post(V2 + "updatepreview", {**wish, "preview_mode": 1, "last_set_name": "BOX"})
    for listener in listeners:
        assert receive(listener) == answer.body == {**wish, "preview_mode": "1", "last_set_name": "BOX"}
        listener.shutdown()


def test_what_becomes_of_a_device_is_told_whoever_changed_it(open_box):
    """By either interface; with the four keys, so that a client written from the table finds them always."""
    listener = listen(open_box)
    open_box.post(V2 + "addmediadevice", DEVICE)
    open_box.post(V2 + "updatemediadevice", {"media_device_id": "gate", "media_device_name": "back gate"})
    open_box.ask("PUT", "/SophonDevice/api/Devices", {"devices_list": [{"device_id": "gate", "device_name": "g"}]})
    open_box.ask("DELETE", "/SophonDevice/api/Devices", {"devices_list": [{"device_id": "gate"}]})
    open_box.post(V2 + "deletemediadevices", {})
    told = [receive(listener) for _ in range(6)]
    assert all(set(each) == {*KEYS, "modify_media_device"} for each in told)
    changes = [each["modify_media_device"] for each in told]
    assert [(each["action"], each["media_device_info"]["media_device_name"]) for each in changes] == [
        *(("add", "gate"), ("modify", "back gate"), ("modify", "g"), ("delete", "g")),
        *(("delete", "front door"), ("delete", "back yard")),
    ]
    assert told[-1]["preview_device_list"] == []
    listener.shutdown()


def test_a_device_is_told_as_the_list_tells_it_without_its_password(open_box):
    """And with the two keys that the sample has besides: when it came, and what is done with its pictures."""
    listener = listen(open_box)
    began_s = time.time()
    open_box.post(V2 + "addmediadevice", DEVICE)
    added = receive(listener)["modify_media_device"]["media_device_info"]
    (listed,) = open_box.post(V2 + "getmediadevices", {"media_device_id": "gate"}).body["devices"]
    assert {key: added[key] for key in listed} == listed
    assert "secret" not in json.dumps(added)
    assert set(added) - set(listed) == {"addtime", "media_device_attr"}
    assert began_s - 1 <= added["addtime"] <= time.time() + 1
    assert added["media_device_attr"] == {
        "do_feature": True,
        "do_attribute": False,
        "do_detect": True,
        "do_fast_mode": False,
        "do_match": True,
    }
    open_box.post(V2 + "updatemediadevice", {"media_device_id": "gate", "media_device_name": "back gate"})
    assert receive(listener)["modify_media_device"]["media_device_info"]["addtime"] == added["addtime"]
    listener.shutdown()


def test_nothing_else_is_ever_said(open_box):
    """No greeting, no ping, no answer to what a client says; what was before it connected is not told again."""
    open_box.post(V2 + "updatepreview", {"preview_mode": 16})
    listener = listen(open_box)
    listener.send("hello")
    listener.ping(b"there?")
    assert listener.recv_data(True)[0] == ABNF.OPCODE_PONG
    open_box.post(V2 + "updatepreview", {"preview_mode": 1})
    assert receive(listener)["preview_mode"] == "1"
    listener.send_close()
    assert listener.recv_data(True)[0] == ABNF.OPCODE_CLOSE


def test_what_was_refused_is_told_to_nobody(open_box):
    """A choice or a device that was not taken has changed nothing."""
    listener = listen(open_box)
    open_box.post(V2 + "updatepreview", {"preview_device_list": ["nobody"]})
    open_box.post(V2 + "addmediadevice", {**DEVICE, "media_device_type": "balloon"})
    open_box.post(V2 + "deletemediadevice", {"media_device_id": "nobody"})
    open_box.post(V2 + "updatepreview", {"last_set_name": "the first word"})
    assert receive(listener)["last_set_name"] == "the first word"
    listener.shutdown()
