"""The vendor's end-to-end samples against the running service: the scripts of ``scripts/examples``, as they are.

``RegisterMatchFlow`` (firmware V6R1C01): permission group, person, photo device at the caller's own address, a
search with a picture of them, the receiver's address; and the same in the calls of firmware V5.
"""

import base64
import json
import subprocess
import sys
from contextlib import contextmanager

import pytest
from bundled_receiver import bundled_receiver
from command import DEADLINE_S, REPO, command
from running_box import HOST, picture, running_box, until

V2 = "/sophon/v2/face/"
PHOTO = picture("ada", size_bytes=200)
BROKEN_LINES = base64.encodebytes(PHOTO).decode()
"""As the sample encodes it: a line break after each 76 letters."""


@pytest.fixture
def receiver():
    with bundled_receiver() as running:
        yield running


@contextmanager
def site(root, **settings):
    """A service without any device, and without people."""
    with running_box(root, device=[], **settings) as box:
        yield box


@pytest.fixture
def box(root):
    with site(root, access={"open_writes": True}) as running:
        yield running


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(PHOTO)
    return path


def run(script, box, photo, *more):
    """Run a script of the examples to its end as a user does: its status and what it said."""
    address = f"{HOST}:{box.process.api_port}"
    ended = subprocess.run(
        [sys.executable, "-I", str(REPO / "scripts" / "examples" / script), address, str(photo), *more],
        cwd=photo.parent,
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE_S,
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


G2, G1 = "register_match_flow_g2.py", "register_match_flow_g1.py"


def test_the_flow_ends_with_the_event_at_the_receiver(box, receiver, photo):
    """The device is there at once, the person is recognised, and the event that the search made is reported."""
    status, said = run(G2, box, photo, "--upload-url", receiver.url("/HistoryEvent"))
    assert (status, '"result": true' in said) == (0, True), said
    [event] = receiver.wait_for("/HistoryEvent", 1)
    assert (event["api_version"], event["identity_id"], event["identity_name"]) == ("2.0", "666666", "张明")
    assert (event["user_type"], event["reg_image"][:4]) == ("vip", "/9j/")
    [device] = box.post(V2 + "getmediadevices", {}).body["devices"]
    assert event["media_device_info"] == {
        "media_device_id": device["media_device_id"],
        "media_device_type": "photo",
        "media_device_ip": HOST,
        "media_device_name": f"device {HOST}",
        "media_device_url": HOST,
    }
    assert base64.b64decode(event["spot_image"]).startswith(b"\xff\xd8")


def test_the_older_flow_ends_with_the_event_at_the_receiver(box, receiver, photo):
    """In the layout of firmware V5, with the gallery photo as the only picture, as the sample sets it."""
    status, said = run(G1, box, photo, "--upload-url", receiver.url("/HistoryEvent"))
    assert (status, '"retcode": "1"' in said) == (0, True), said
    [event] = receiver.wait_for("/HistoryEvent", 1)
    assert (event["api_version"], event["identity_id"], event["identity_name"]) == ("1.0", "666666", "张明")
    assert (event["person_type"], event["ep_info"]["ep_ip"]) == (1, HOST)
    assert event["reg_pic"].startswith("/9j/")
    assert "spot_pic" not in event
    assert "recognize_face" not in event


@pytest.mark.parametrize(("first", "second"), [(G2, G1), (G1, G2)])
def test_who_was_registered_by_one_generation_is_there_for_the_other(root, photo, first, second):
    """The second finds group, person and device, and recognises them."""
    with site(root, access={"open_writes": True, "open_reads": True}) as box:
        assert run(first, box, photo)[0] == 0
        status, said = run(second, box, photo)
        assert status == 0, said
        assert ('"result": true' if second == G2 else '"retcode": "1"') in said


def test_a_box_that_is_not_there_is_told_in_a_line(photo):
    """No traceback for whoever mistyped the address."""
    script = REPO / "scripts" / "examples" / G2
    ended = subprocess.run(
        [sys.executable, str(script), f"{HOST}:1", str(photo)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)


@pytest.mark.parametrize("script", [G2, G1])
def test_with_a_token_the_flow_needs_no_switch(root, receiver, photo, script):
    """Sent as ``Authorization: Bearer``; an unknown one is refused even where none is needed."""
    with site(root) as box:
        token = command("token", "create", "flow", "--data-dir", root).stdout.strip()
        status, said = run(script, box, photo, "--token", token, "--upload-url", receiver.url("/HistoryEvent"))
        assert status == 0, said
        receiver.wait_for("/HistoryEvent", 1)
        wrong = {"Authorization": "Bearer of nothing"}
        refused = box.ask("POST", V2 + "getmediadevices", {}, wrong)
        assert (refused.status, refused.code) == (401, "PASSWORD_ERROR")


@pytest.mark.parametrize("script", [G2, G1])
def test_without_the_switch_the_flow_is_refused_and_told_which_one_it_is(root, photo, script):
    """Each step, and nothing is changed; what needs no switch, such as the list of devices, is answered."""
    with site(root) as box:
        status, said = run(script, box, photo)
        assert (status, "access.open_writes = true" in said, "Traceback" in said) == (1, True, False), said
        assert box.post(V2 + "getmediadevices", {})[:2] == (200, {"devices": []})
        assert (box.backlogs(), box.call(box.process.people.stats).faces) == ({}, 0)


@pytest.mark.parametrize("call", ["createpermission", "createidentity", "addmediadevice", "search", "setconfigs"])
def test_each_call_of_the_flow_is_refused_with_401_and_its_switch(root, call):
    """In the shape of API 2.0."""
    with site(root) as box:
        refused = box.post(V2 + call, {})
        assert (refused.status, refused.code) == (401, "PASSWORD_ERROR")
        assert "access.open_writes = true" in refused.body["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/SophonFogSys/api/permissions",
        "/SophonFogSys/api/users",
        "/SophonDevice/api/Devices",
        "/SophonMatch/api/PictureMatch",
        "/SophonFogSys/api/HistoryEventUrl",
    ],
)
def test_each_call_of_the_older_flow_is_refused_with_401_and_its_switch(root, path):
    """In the older shape."""
    with site(root) as box:
        refused = box.post(path, {})
        assert (refused.status, refused.code, refused.body["error"]["status"]) == (401, 40100, "UNAUTHORIZED")
        assert "access.open_writes = true" in refused.body["error"]["message"]


def test_a_photo_device_of_the_settings_pushes_without_the_switch(root):
    """As itself, from its own address: the search of the flow makes its event."""
    gate = {"id": "gate", "type": "photo", "url": HOST}
    with running_box(root, device=[gate]) as box:
        box.register("10001", "flow", "ada")
        client = box.connect()
        client.send("{}")
        until(box.subscribed)
        found = box.post(V2 + "search", {"rgb_image_base64": BROKEN_LINES, "media_device_ip": HOST})
        assert (found.status, found.body["identity_id"]) == (200, "10001")
        assert json.loads(client.recv_data(4096)[1])["media_device_id"] == "gate"
        client.shutdown()
