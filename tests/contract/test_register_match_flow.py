"""The vendor's end-to-end samples against the running service, call for call, as plain HTTP clients.

``RegisterMatchFlow`` (firmware V6R1C01): permission, person, photo device at the caller's own address, a search
with a picture of it, the receiver's address; and the same in the calls of firmware V5. The samples go on whatever
a call answers, and read every body as JSON. Permissions and people are no calls yet: they say so, and the person
is made known in another way.
"""

import base64
import json
from contextlib import contextmanager

import pytest
from bundled_receiver import bundled_receiver
from command import command
from running_box import HOST, picture, running_box, until

V2 = "/sophon/v2/face/"
GROUP = "permission-1"
PHOTO = picture("ada", size_bytes=200)
BROKEN_LINES = base64.encodebytes(PHOTO).decode()
"""As the sample encodes it: a line break after each 76 letters."""


@pytest.fixture
def receiver():
    with bundled_receiver() as running:
        yield running


@contextmanager
def site(root, **settings):
    """A service without any device, where the person that the flow registers is known."""
    with running_box(root, device=[], **settings) as box:
        box.register("10001", "flow", "ada", (GROUP,))
        yield box


@pytest.fixture
def box(root):
    with site(root, access={"open_writes": True}) as running:
        yield running


class RegisterMatchFlow:
    """The sample: each step gives HTTP status and body."""

    def __init__(self, box, receiver):
        self._box, self._receiver = box, receiver

    def createpermission(self):
        return self._box.post(V2 + "createpermission", {"permission_name": "flow", "description": "of the flow"})

    def createidentity(self):
        return self._box.post(
            V2 + "createidentity",
            {
                "identity_name": "flow",
                "identity_id": "10001",
                "register_image": base64.b64encode(PHOTO).decode(),
                "user_type": "vip",
                "permission_ids": [GROUP],
                "fiqa_level": "high",
            },
        )

    def addmediadevice(self):
        return self._box.post(
            V2 + "addmediadevice",
            {
                "media_device_type": "photo",
                "media_device_name": "flow device",
                "media_device_url": HOST,
                "permission_id": GROUP,
            },
        )

    def search(self):
        return self._box.post(V2 + "search", {"rgb_image_base64": BROKEN_LINES, "media_device_ip": HOST})

    def setconfigs(self):
        url = self._receiver.url("/HistoryEvent")
        return self._box.post(V2 + "setconfigs", {"config_dict": {"HISTORY_EVENT_UPLOAD_URL": url}})


class OldFlow:
    """The same with the calls of firmware V5."""

    def __init__(self, box, receiver):
        self._box, self._receiver = box, receiver

    def create_permission(self):
        body = {"permission_name": "flow", "description": "of the flow", "info": {}}
        return self._box.post("/SophonFogSys/api/permissions", body)

    def find_permission(self):
        return self._box.ask("GET", "/SophonFace/api/permissions?info.name=flow&exact=true")

    def find_group(self):
        return self._box.ask("GET", "/SophonFace/api/groups?info.name=default_group&exact=true")

    def create_user(self):
        info = {"name": "flow", "type": 5, "permission_ids": [GROUP], "user_id": "10001", "ext_info": {}}
        body = {"identity_id": "10001", "group_name": "default_group", "reg_photo": BROKEN_LINES, "info": info}
        return self._box.post("/SophonFogSys/api/users", body)

    def add_device(self):
        device = {
            "device_name": "flow device",
            "group_id": "default_group",
            "permission_id": GROUP,
            "device_key": HOST,
            "device_type": "photo",
        }
        return self._box.post("/SophonDevice/api/Devices", {"devices_list": [device]})

    def picture_match(self):
        body = {"rgb_image_base64": BROKEN_LINES, "device_ip": HOST, "need_register_photo": True}
        return self._box.post("/SophonMatch/api/PictureMatch", body)

    def history_event_url(self):
        body = {
            "history_upload_event_url": [self._receiver.url("/HistoryEvent")],
            "history_need_reg_pic": True,
            "history_need_spot_pic": False,
            "history_need_recognize_face": False,
            "content-type": "json",
            "reported_peroid": 1,
        }
        return self._box.post("/SophonFogSys/api/HistoryEventUrl", body)


def test_the_flow_ends_with_the_event_at_the_receiver(box, receiver):
    """The device is there at once, the person is recognised, and the event that the search made is reported."""
    flow = RegisterMatchFlow(box, receiver)
    device = flow.addmediadevice()
    assert device.status == 200
    assert device.body["media_device_name"] == "flow device"
    found = flow.search()
    assert found.status == 200
    assert (found.body["result"], found.body["identity_id"]) == (True, "10001")
    assert found.body["identity_info"]["permission_ids"] == [GROUP]
    until(lambda: box.journaled() == 2, "the event on disk")
    assert flow.setconfigs().status == 200
    [event] = receiver.wait_for("/HistoryEvent", 1)
    assert (event["api_version"], event["identity_id"], event["identity_name"]) == ("2.0", "10001", "flow")
    assert event["media_device_info"] == {
        "media_device_id": device.body["media_device_id"],
        "media_device_type": "photo",
        "media_device_ip": HOST,
        "media_device_name": "flow device",
        "media_device_url": HOST,
    }
    assert base64.b64decode(event["spot_image"]).startswith(b"\xff\xd8")


def test_the_older_flow_ends_with_the_event_at_the_receiver(box, receiver):
    """In the layout of firmware V5, with the gallery photo as the only picture, as the sample sets it."""
    flow = OldFlow(box, receiver)
    added = flow.add_device()
    assert added.status == 200
    [device] = added.body["data"]["success_devices"]
    assert device["device_name"] == "flow device"
    matched = flow.picture_match()
    assert matched.status == 200
    data = matched.body["data"]
    assert (data["retcode"], data["identity_id"], data["identity_info"]["name"]) == ("1", "10001", "flow")
    assert data["reg_pic"].startswith("/9j/")
    assert flow.history_event_url().status == 200
    [event] = receiver.wait_for("/HistoryEvent", 1)
    assert (event["api_version"], event["identity_id"], event["identity_name"]) == ("1.0", "10001", "flow")
    assert event["ep_info"]["device_id"] == device["device_id"]
    assert event["ep_info"]["ep_ip"] == HOST
    assert event["reg_pic"].startswith("/9j/")
    assert "spot_pic" not in event
    assert "recognize_face" not in event


def test_without_the_switch_the_flow_is_refused_and_told_which_one_it_is(root, receiver):
    """Nothing is changed; what needs no switch, such as the list of devices, is answered."""
    with site(root) as box:
        new, old = RegisterMatchFlow(box, receiver), OldFlow(box, receiver)
        for refused in (new.createpermission(), new.addmediadevice(), new.search(), new.setconfigs()):
            assert (refused.status, refused.code) == (401, "PASSWORD_ERROR")
            assert "access.open_writes = true" in refused.body["error"]["message"]
        for refused in (old.add_device(), old.picture_match(), old.history_event_url()):
            assert (refused.status, refused.code, refused.body["error"]["status"]) == (401, 40100, "UNAUTHORIZED")
            assert "access.open_writes = true" in refused.body["error"]["message"]
        assert box.post(V2 + "getmediadevices", {})[:2] == (200, {"devices": []})
        assert box.backlogs() == {}


def test_a_photo_device_of_the_settings_pushes_without_the_switch(root):
    """As itself, from its own address: the search of the flow makes its event."""
    gate = {"id": "gate", "type": "photo", "url": HOST}
    with running_box(root, device=[gate]) as box:
        box.register("10001", "flow", "ada")
        client = box.connect()
        client.send("{}")
        until(box.subscribed)
        found = RegisterMatchFlow(box, None).search()
        assert (found.status, found.body["identity_id"]) == (200, "10001")
        assert json.loads(client.recv_data(4096)[1])["media_device_id"] == "gate"
        client.shutdown()


def test_with_a_token_the_flow_needs_no_switch(root, receiver):
    """Sent as ``Authorization: Bearer``; an unknown one is refused even where none is needed."""
    with site(root) as box:
        token = command("token", "create", "flow", "--data-dir", root).stdout.strip()
        flow = RegisterMatchFlow(WithHeader(box, f"Bearer {token}"), receiver)
        assert [flow.addmediadevice().status, flow.search().status] == [200, 200]
        until(lambda: box.journaled() == 2, "the event on disk")
        assert flow.setconfigs().status == 200
        receiver.wait_for("/HistoryEvent", 1)
        refused = WithHeader(box, "Bearer of nothing").post(V2 + "getmediadevices", {})
        assert (refused.status, refused.code) == (401, "PASSWORD_ERROR")


class WithHeader:
    """A caller that shows who it is."""

    def __init__(self, box, authorization):
        self._box, self._headers = box, {"Authorization": authorization}

    def post(self, path, body):
        return self._box.ask("POST", path, body, self._headers)
