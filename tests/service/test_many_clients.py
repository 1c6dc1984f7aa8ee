"""Fifty programs that read and change people at once, while people come before the doors."""

import base64
import json
import threading

import numpy as np
from people_desk import feature
from running_box import picture, running_box, until

ROOT = "/sophon/v2/face/"
BOB = base64.b64encode(picture("bob")).decode()
CLIENTS, SHARED_FACES, VISITS = 50, 12, 6


class Clients:
    """Threads of their own; what any of them was refused is kept."""

    def __init__(self, box):
        self._box, self.refused = box, []

    def run(self, story):
        threads = [threading.Thread(target=self._try, args=(story, number)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def ask(self, name, **given):
        answer = self._box.post(ROOT + name, given)
        if answer.status != 200:
            self.refused.append((name, answer.body))
        return answer.body

    def _try(self, story, number):
        try:
            story(self, number)
        except Exception as error:
            self.refused.append((number, error))
            raise


def manages_people(clients, number):
    """One person of their own, by a picture or a vector; one face of somebody whom all share; a list."""
    one = f"E-{number}"
    values = [float(value) for value in np.frombuffer(feature(number), "<f4")]
    face = {"register_image": BOB} if number % 2 else {"register_feature": values}
    clients.ask("createidentity", identity_id=one, identity_name="first name", **face)
    clients.ask("updateidentity", identity_id=one, identity_name=f"name {number}")
    if number < SHARED_FACES:
        more = [float(value) for value in np.frombuffer(feature(1000 + number), "<f4")]
        clients.ask("addface", identity_id="shared", register_feature=more)
        clients.ask("updateidentity", identity_id="shared", **{("user_type", "identity_name")[number % 2]: "vip"})
    clients.ask("getidentities", filters={"identity_name": "NAME"})
    assert clients.ask("getidentity", identity_id=one)["identity_name"] == f"name {number}"
    if number % 10 == 9:
        assert clients.ask("deleteidentities", identity_ids=[one])["failed_identity_ids"] == []


def test_no_change_of_fifty_clients_is_lost_and_none_disturbs_recognition(tmp_path_factory):
    """Each change that was answered is there, in the list and after a restart; every visit is recognised."""
    place, access = tmp_path_factory.mktemp("m"), {"open_writes": True, "open_reads": True}
    with running_box(place, access=access) as box:
        box.register("shared", "Ada", "ada")
        watching = box.connect()
        watching.send("{}")
        until(box.subscribed)
        clients = Clients(box)
        threads = clients.run(manages_people)
        for _ in range(VISITS):
            box.vision.visit("ada")
        for thread in threads:
            thread.join()
        assert clients.refused == []
        seen = [json.loads(watching.recv_data(4096)[1])["identity_id"] for _ in range(VISITS)]
        assert seen == ["shared"] * VISITS
        watching.shutdown()
        faces = box.call(box.process.people.stats).faces
    with running_box(place, access=access) as box:
        page = box.post(ROOT + "getidentities", {"page_limit": 500}).body
        people = {each["identity_id"]: each for each in page["identities"]}
        left = {f"E-{number}": f"name {number}" for number in range(CLIENTS) if number % 10 != 9}
        assert {key: each["identity_name"] for key, each in people.items() if key != "shared"} == left
        shared = people["shared"]
        assert len(set(shared["face_ids"])) == len(set(shared["register_image_ids"])) == 1 + SHARED_FACES
        assert (shared["identity_name"], shared["user_type"]) == ("vip", "vip")
        assert box.call(box.process.people.stats).faces == faces == len(left) + 1 + SHARED_FACES
        for number in range(SHARED_FACES):
            found = box.call(lambda number=number: box.process.people.find(feature(1000 + number), "", 82.0))
            assert found.identity.identity_id == "shared"
