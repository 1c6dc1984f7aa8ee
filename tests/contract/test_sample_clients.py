"""The vendor's sample clients, written anew with the same calls, against the running service.

Both open a ``WebSocket``, connect, send a configuration as JSON and then for ever take element 1 of what
``recv_data(4096)`` gives and parse it: 4096 is no size but "give me control frames too", so that a ping, a close
or any text that is no event ends them. The port by itself, the bytes and bad clients: ``tests/delivery``,
``test_ws_v1_contract`` and ``test_ws_v2_contract``. Here events come from faces before devices.
"""

import json
import queue
import threading
from socket import SHUT_RDWR

from event_port import is_silent
from running_box import until
from websocket import WebSocketConnectionClosedException, WebSocketException

SILENCE_S = 0.3


class SampleClient:
    """Prints what it gets, here into :attr:`printed`, until the session ends; then :attr:`died_of` says how."""

    def __init__(self, box, configuration):
        self.printed, self.died_of = queue.Queue(), None
        before = box.subscribed()
        self.socket = box.connect()
        self.socket.settimeout(None)  # as the sample: it waits for ever
        self.socket.send(json.dumps(configuration))
        until(lambda: box.subscribed() > before, "the subscription")
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()

    def prints(self, event):
        """What the sample does with one event."""
        raise NotImplementedError

    def next(self):
        return self.printed.get(timeout=30)

    def so_far(self):
        return [self.printed.get_nowait() for _ in range(self.printed.qsize())]

    def leave(self):
        self.socket.sock.shutdown(SHUT_RDWR)
        self._thread.join()
        self.socket.shutdown()

    def _loop(self):
        try:
            while True:
                received = self.socket.recv_data(4096)
                self.printed.put(self.prints(json.loads(received[1].decode("utf-8"))))
        except (OSError, ValueError, KeyError, WebSocketException) as error:
            self.died_of = error


class ClientV2(SampleClient):
    """Of API 2.0: prints the event."""

    def prints(self, event):
        return event


class ClientV1(SampleClient):
    """Of firmware V5 and before: prints two keys that its own page never mentions."""

    def prints(self, event):
        assert event["video_id"] == event["device_id"]
        return event["video_id"], event["event_id"]


def leave(*clients):
    for client in clients:
        client.leave()
        assert not isinstance(client.died_of, (ValueError, KeyError)), client.died_of


def test_clients_of_both_generations_read_the_same_events_side_by_side(box):
    """Each in its own form: known people and strangers, of all devices, under the same ids in the same order."""
    new = ClientV2(box, {"with_face_image": True, "with_register_image": True, "media_device_ids": []})
    old = ClientV1(box, {"need_face": True, "need_register": True, "event_list": []})
    for who, device_id in (("ada", "door"), ("eve", "door"), ("ada", "yard")):
        box.vision.visit(who, device_id)
    events = [new.next() for _ in range(3)]
    assert [(event["media_device_id"], event["identity_id"]) for event in events] == [
        ("door", "E-1"),
        ("door", ""),
        ("yard", "E-1"),
    ]
    assert [old.next() for _ in range(3)] == [(event["media_device_id"], event["event_id"]) for event in events]
    leave(new, old)


def test_clients_with_different_wishes_get_what_each_asked_for(box):
    """Pictures and devices; the bare one has no picture at all, and no client gets what another asked for."""
    bare = ClientV2(box, {"with_face_image": False})
    faces = ClientV2(box, {"with_face_image": True, "media_device_ids": ["door", "nobody has this id"]})
    photos = ClientV2(box, {"with_register_image": True, "media_device_ids": ["yard"]})
    old = ClientV1(box, {"event_list": ["yard"]})
    nothing = ClientV1(box, {"event_list": ["nobody has this id"]})
    box.vision.visit("ada", "door")
    box.vision.visit("ada", "yard")
    at_door, at_yard = bare.next(), bare.next()
    assert all("recognize_face_image" not in event and event["reg_pic"] == "" for event in (at_door, at_yard))
    face, photo = faces.next(), photos.next()
    assert face["event_id"] == at_door["event_id"]
    assert face["recognize_face_image"].startswith("data:image/jpeg;base64,/9j/")
    assert "register_image" not in face
    assert photo["event_id"] == at_yard["event_id"]
    assert photo["register_image"].startswith("data:image/jpeg;base64,/9j/")
    assert "recognize_face_image" not in photo
    assert old.next() == ("yard", at_yard["event_id"])
    leave(bare, faces, photos, old, nothing)
    assert [client.so_far() for client in (bare, faces, photos, old, nothing)] == [[]] * 5


def test_a_client_that_configures_twice_reads_on_under_its_new_wish(box):
    """In another generation's words as well: the second configuration replaces the whole first one."""
    client = ClientV2(box, {"with_face_image": True, "media_device_ids": ["door"]})
    witness = ClientV2(box, {})
    box.vision.visit("ada", "door")
    assert "recognize_face_image" in client.next()
    client.socket.send(json.dumps({"event_list": ["yard"]}))
    until(lambda: [row.dialect for row in box.clients()].count("v1") == 1)
    box.vision.visit("ada", "door")
    box.vision.visit("ada", "yard")
    event = client.next()
    assert (event["device_id"], "recognize_face" in event["ext_data"]) == ("yard", False)
    leave(client, witness)
    assert client.so_far() == []
    assert len(witness.so_far()) == 3


def test_nothing_but_events_comes_while_the_service_works(box):
    """Silent before the configuration, after it, between events and while other things go on."""
    client = box.connect()
    until(box.clients)
    box.vision.visit("ada")
    until(lambda: box.call(box.process.flow.visit_stats).visits == 1)
    assert is_silent(client, SILENCE_S)
    client.send(json.dumps({"need_face": True}))
    until(box.subscribed)
    box.vision.online()
    assert is_silent(client, SILENCE_S)
    ids = []
    for _ in range(2):
        box.vision.visit("eve")
        event = json.loads(client.recv_data(4096)[1].decode("utf-8"))
        ids.append(event["event_id"])
        assert is_silent(client, SILENCE_S)
    assert len(set(ids)) == 2
    client.shutdown()


def test_a_client_outlives_the_end_of_vision(box):
    """Visits end and devices go offline behind it; it hears of that by events alone."""
    client = ClientV2(box, {})
    box.vision.visit("ada")
    first = client.next()
    box.vision_goes()
    box.vision_comes()
    box.vision.visit("ada")
    second = client.next()
    assert first["event_id"] < second["event_id"]
    leave(client)
    assert isinstance(client.died_of, (WebSocketConnectionClosedException, OSError))
