"""The live preview as the vendor's sample client meets it: ``websocket-client`` and a loop on ``recv_data``."""

import contextlib
import json
import socket
import threading

import pybase64
import pytest
from running_box import DEADLINE_S, HOST, START_MS, running_box, until
from samples import PHOTO_JPEG
from websocket import ABNF, WebSocket, WebSocketBadStatusException, WebSocketException

from sophon_report.model import Attributes, Likelihood

KEYS = {"selected_device_list", "preview_device_list", "preview_mode", "last_set_name"}
V2 = "/sophon/v2/face/"


@pytest.fixture
def open_box(root):
    """A service where anybody near may change things."""
    with running_box(root, access={"open_writes": True}) as running:
        running.register("E-1", "Ada", "ada")
        yield running


def receive(viewer):
    """The next message, as the sample reads it; a preview is binary."""
    opcode, data = viewer.recv_data(4096)
    assert opcode == ABNF.OPCODE_BINARY
    return json.loads(data.decode("utf-8"))


def test_a_message_has_every_key_of_the_table(box):
    """One picture a message; the type of each value is that of the table."""
    viewer = box.watch()
    likely = [("male", 0.1), ("mask", 0.0), ("glasses", 0.9)]
    seen = Attributes.told(tuple(Likelihood(name, value, 0.4, 0.6) for name, value in likely), 33.6)
    track = box.vision.arrives("ada", attributes=seen)
    number = box.vision.preview("door", (track, (10.4, 20.0, 110.0, 140.6)))
    told = receive(viewer)
    assert set(told) == {
        *("media_device_id", "preview_id", "frame_id", "timestamp", "frame_img", "preview_objs", "roi")
    }
    assert (told["media_device_id"], told["preview_id"], told["frame_id"]) == ("door", "0", number)
    assert told["timestamp"] == (START_MS + number) / 1000
    assert isinstance(told["timestamp"], float)
    picture = told["frame_img"]
    assert (picture["width"], picture["height"]) == (960, 540)
    assert pybase64.b64decode(picture["data"]) == PHOTO_JPEG
    assert told["roi"] == []
    (shown,) = told["preview_objs"]
    assert shown["track_id"] == track
    assert shown["detect_box"] == [10, 20, 110, 141]
    assert {key: shown[key] for key in ("mask", "age", "gender", "glasses")} == {
        "mask": "no",
        "age": "youth",
        "gender": "female",
        "glasses": "yes",
    }
    viewer.shutdown()


def test_c27_a_name_goes_by_both_names(box):
    """``identity_name`` is the table's, ``name`` the sample's."""
    viewer = box.watch()
    track = box.vision.arrives("ada")
    box.vision.preview("door", (track, (0, 0, 50, 50)))
    (shown,) = receive(viewer)["preview_objs"]
    assert (shown["identity_name"], shown["name"]) == ("Ada", "Ada")
    viewer.shutdown()


def test_c23_who_is_not_matched_is_called_stranger(box):
    """Once it is an event that nobody knows them; before that no name is said, nor of a face without a picture."""
    viewer = box.watch()
    track = box.vision.arrives("mallory")
    box.vision.preview("door", (track, (0, 0, 50, 50)), (99, (0, 0, 9, 9)))
    assert [face["name"] for face in receive(viewer)["preview_objs"]] == ["", ""]
    box.vision.stays(track, 3000)
    until(lambda: box.call(box.process.flow.visit_stats).recognitions, "a decision")
    box.vision.preview("door", (track, (0, 0, 50, 50)))
    assert [face["name"] for face in receive(viewer)["preview_objs"]] == ["stranger"]
    viewer.shutdown()


def test_boxes_and_region_are_in_pixels_of_the_picture(root):
    """The region of a device is told as large as the picture that is sent."""
    devices = [{"id": "door", "name": "door", "url": "rtsp://10.0.0.21/1", "roi": [100, 50, 1820, 1000]}]
    with running_box(root, device=devices) as box:
        viewer = box.watch("/")
        box.vision.preview("door", scale=0.5)
        assert receive(viewer)["roi"] == [50, 25, 910, 500]
        viewer.shutdown()


def test_pictures_are_made_while_somebody_watches(box):
    """The first devices are shown when nobody has chosen; when the last has left none is asked for any more."""
    until(lambda: box.vision.wanted is not None, "vision is told at once")
    assert box.vision.wanted.device_ids == ()
    one, other = box.watch(), box.watch()
    assert box.vision.wanted.device_ids == ("door", "yard")
    one.close()
    box.vision.preview("yard")
    assert receive(other)["preview_id"] == "1"
    other.shutdown()
    until(lambda: box.vision.wanted.device_ids == (), "nobody watches")
    box.vision.preview("yard")
    until(lambda: box.call(lambda: box.process.preview.stream.passed_over), "it is sent to nobody")


def test_a_vision_that_begins_anew_is_asked_again(box):
    """Those who watch see a pause, no more."""
    viewer = box.watch()
    box.vision_goes()
    box.vision_comes()
    until(lambda: box.vision.wanted is not None and box.vision.wanted.device_ids == ("door", "yard"))
    box.vision.preview("door")
    assert receive(viewer)["media_device_id"] == "door"
    viewer.shutdown()


def test_nothing_comes_but_pictures(box):
    """No greeting, no ping, no answer to what a client says; a ping of its own is answered, and its close."""
    viewer = box.watch()
    viewer.send("hello")
    viewer.send_binary(b"\x00" * 50_000)
    viewer.ping(b"there?")
    assert viewer.recv_data(True)[0] == ABNF.OPCODE_PONG
    box.vision.preview("door")
    receive(viewer)
    viewer.send_close()
    assert viewer.recv_data(True)[0] == ABNF.OPCODE_CLOSE
    until(lambda: box.vision.wanted.device_ids == (), "it has left")


@pytest.mark.parametrize("path", ["/previews", "/preview/door", "/x"])
def test_another_path_is_not_found(box, path):
    """The preview is under ``/preview``, and under ``/`` for who gives none."""
    with pytest.raises(WebSocketBadStatusException) as refused:
        WebSocket().connect(f"ws://{HOST}:{box.process.preview.viewers.port}{path}", timeout=DEADLINE_S)
    assert refused.value.status_code == 404


def test_a_page_of_another_site_watches_nothing(box):
    """As on the event port: a browser says where its page is from."""
    with pytest.raises(WebSocketBadStatusException) as refused:
        box.watch(origin="https://elsewhere.example", header={"User-Agent": "Mozilla/5.0"})
    assert refused.value.status_code == 403


def test_who_is_not_trusted_watches_nothing(root):
    """Without a token, from outside of ``access.trusted_networks``."""
    with running_box(root, access={"trusted_networks": []}) as box:
        for port in (box.process.preview.viewers.port, box.process.preview.control.port):
            with pytest.raises(WebSocketBadStatusException) as refused:
                WebSocket().connect(f"ws://{HOST}:{port}", timeout=DEADLINE_S)
            assert refused.value.status_code == 401


def test_who_does_not_read_costs_nobody_a_picture(box):
    """It gets the newest when it reads again, and how many it missed is counted; the others see them all."""
    slow, quick = box.watch(), box.watch()
    large = PHOTO_JPEG + bytes(200_000)
    for _ in range(40):
        number = box.vision.preview("door", jpeg=large)
        assert receive(quick)["frame_id"] == number

    def waiting():
        return box.call(lambda: box.process.preview.viewers.stats().hub)

    assert waiting().skipped > 10
    assert sum(row.queued_events for row in waiting().watchers) == 1
    seen = []
    while not seen or seen[-1] < number:
        seen.append(receive(slow)["frame_id"])
    assert seen == sorted(set(seen))
    assert len(seen) < 25
    quick.shutdown()
    slow.shutdown()


def test_its_settings_are_live(box):
    """Rate, width and quality go to vision at once, and nobody connects anew."""
    viewer = box.watch()
    wanted = box.vision.wanted
    assert (wanted.fps, wanted.max_width_px, wanted.jpeg_quality) == (5.0, 960, 75)
    box.run(box.process.live.change({"preview.fps": 2, "preview.width_px": 640, "preview.jpeg_quality": 60}))
    until(lambda: box.vision.wanted.fps == 2, "vision is told")
    wanted = box.vision.wanted
    assert (wanted.device_ids, wanted.max_width_px, wanted.jpeg_quality) == (("door", "yard"), 640, 60)
    viewer.shutdown()


def test_getpreview_tells_what_is_shown(box):
    """All four keys; while nobody has chosen, what is shown then."""
    answer = box.post(V2 + "getpreview", {})
    assert (answer.status, set(answer.body)) == (200, KEYS)
    assert answer.body["preview_device_list"] == answer.body["selected_device_list"] == ["door", "yard"]
    assert answer.body["preview_mode"] == "4"


def test_updatepreview_changes_what_is_given_for_everybody(open_box):
    """Any key may be missing, the answer has all; viewers go on with the other devices without connecting anew."""
    viewer = open_box.watch()
    answer = open_box.post(V2 + "updatepreview", {"preview_device_list": ["yard"], "last_set_name": "QT"})
    assert (answer.status, set(answer.body)) == (200, KEYS)
    assert answer.body["preview_device_list"] == ["yard"]
    assert answer.body["last_set_name"] == "QT"
    until(lambda: open_box.vision.wanted.device_ids == ("yard",), "the other device alone")
    open_box.vision.preview("door")
    open_box.vision.preview("yard")
    told = receive(viewer)
    assert (told["media_device_id"], told["preview_id"]) == ("yard", "0")
    assert open_box.post(V2 + "updatepreview", {}).body == answer.body
    viewer.shutdown()


@pytest.mark.parametrize("mode", [1, "1", 16, "16", "4"])
def test_c27_the_mode_is_taken_as_number_and_text(open_box, mode):
    """And told as text, as in both samples."""
    answer = open_box.post(V2 + "updatepreview", {"preview_mode": mode})
    assert answer.body["preview_mode"] == str(mode)


@pytest.mark.parametrize("name", ["QT", "WEBUI", "BOX", "wall 3"])
def test_c27_any_program_may_say_that_it_set_the_preview(open_box, name):
    """The table's two words, the sample's third one, and others."""
    assert open_box.post(V2 + "updatepreview", {"last_set_name": name}).body["last_set_name"] == name


@pytest.mark.parametrize(
    ("wish", "key"),
    [
        ({"preview_mode": 5}, "preview_mode"),
        ({"preview_mode": True}, "preview_mode"),
        ({"preview_mode": [4]}, "preview_mode"),
        ({"last_set_name": 7}, "last_set_name"),
        ({"last_set_name": "x" * 65}, "last_set_name"),
        ({"selected_device_list": "door"}, "selected_device_list"),
        ({"preview_device_list": [7]}, "preview_device_list"),
        ({"preview_device_list": ["door"] * 129}, "preview_device_list"),
    ],
)
def test_what_is_no_preview_is_named_and_changes_nothing(open_box, wish, key):
    """The key and what is wrong with it."""
    before = open_box.post(V2 + "getpreview", {}).body
    answer = open_box.post(V2 + "updatepreview", {"preview_mode": 1, **wish})
    assert (answer.status, answer.code) == (400, "INVALID_ARGUMENTS")
    assert answer.body["error"]["message"].startswith(key)
    assert open_box.post(V2 + "getpreview", {}).body == before


def test_a_device_that_is_not_there_has_the_vendors_own_word(open_box):
    """Spelt as in its list of errors."""
    for key in ("selected_device_list", "preview_device_list"):
        answer = open_box.post(V2 + "updatepreview", {key: ["door", "nobody"]})
        assert (answer.status, answer.code) == (404, "DEVICE_PERVIEW_ID_NOT_EXIST")
        assert answer.body["error"]["message"] == "nobody"


def test_to_change_the_preview_is_a_change(box):
    """Who may only look may not choose for the others."""
    answer = box.post(V2 + "updatepreview", {"preview_mode": 1})
    assert (answer.status, answer.code) == (401, "PASSWORD_ERROR")


def test_a_choice_outlives_a_restart_and_a_deleted_device_leaves_it(root):
    """Also when one of the same id comes again."""
    with running_box(root, access={"open_writes": True}) as box:
        wish = {"selected_device_list": ["door", "yard"], "preview_device_list": ["yard", "door"]}
        box.post(V2 + "updatepreview", {**wish, "preview_mode": "16", "last_set_name": "BOX"})
        box.post(V2 + "deletemediadevice", {"media_device_id": "yard"})
        kept = box.post(V2 + "getpreview", {}).body
        assert kept["preview_device_list"] == kept["selected_device_list"] == ["door"]
    with running_box(root, access={"open_writes": True}) as box:
        assert box.post(V2 + "getpreview", {}).body == {**kept, "preview_mode": "16", "last_set_name": "BOX"}
        again = {"media_device_id": "yard", "media_device_name": "yard", "media_device_type": "rtsp"}
        box.post(V2 + "addmediadevice", {**again, "media_device_url": "rtsp://10.0.0.22/ch1"})
        assert box.post(V2 + "getpreview", {}).body["preview_device_list"] == ["door"]


def test_both_interfaces_set_the_same_preview(open_box):
    """What an old program sets a new one reads."""
    wish = {"preview_list": ["yard"], "current_preview_list": ["yard"], "preview_mode": "1"}
    open_box.ask("PUT", "/SophonDevice/api/Devices", {"preview_list": wish})
    assert open_box.post(V2 + "getpreview", {}).body["selected_device_list"] == ["yard"]
    told = open_box.ask("GET", "/SophonDevice/api/Devices?need_preview_list=true").body["data"]["preview_list"]
    assert told == {**wish, "last_set_name": "WEBUI"}


def test_watchers_change_no_health_and_are_counted(box):
    """Who watches is no matter of whether the service works."""
    before = box.ask("GET", "/healthz").body
    viewer = box.watch()
    box.vision.preview("door")
    receive(viewer)
    assert box.ask("GET", "/healthz").body == before
    stats = box.call(box.process.preview.viewers.stats)
    assert (len(stats.hub.watchers), stats.hub.sent, stats.hub.published) == (1, 1, 1)
    assert stats.hub.sent_bytes > len(PHOTO_JPEG)
    viewer.shutdown()


def test_who_connects_and_says_nothing_keeps_no_viewer_out(root):
    """Bounds are those of the event port."""
    with running_box(root, server={"max_clients": 1}) as box:
        silent = socket.create_connection((HOST, box.process.preview.viewers.port))
        viewer = box.watch()
        with pytest.raises(WebSocketBadStatusException) as refused:
            box.watch()
        assert refused.value.status_code == 503
        silent.close()
        viewer.shutdown()


def test_who_sends_a_flood_is_seen_off(box):
    """What a client says is bounded, whatever it is."""
    viewer = box.watch()

    def flood():
        with contextlib.suppress(OSError, WebSocketException):  # however it notices that it is seen off
            while True:
                viewer.send("x" * 60_000)

    thread = threading.Thread(target=flood)
    thread.start()
    until(lambda: box.vision.wanted.device_ids == (), "it is closed")
    viewer.shutdown()
    thread.join(DEADLINE_S)
    assert dict(box.call(box.process.preview.viewers.stats).refused)["flood"] == 1
