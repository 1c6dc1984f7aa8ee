"""Many programs manage one box at the same time, while people are recognised."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

from running_box import picture, running_box

CLIENTS = 50
ROUNDS = 4
VISITS = 20
PHOTO = base64.b64encode(picture("bob")).decode()


def test_fifty_clients_at_once_lose_no_write_and_no_event(tmp_path):
    """Each reads its own writes, all of them are there in the end and after a restart, and nobody saw an error."""
    access = {"open_reads": True, "open_writes": True}
    with running_box(tmp_path, access=access) as box:
        box.register("E-1", "Ada", "ada")
        listener = box.connect()
        listener.send(json.dumps({}))
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            people = pool.submit(_people_come, box)
            clients = [pool.submit(_manage, box, number) for number in range(CLIENTS)]
            told = [json.loads(listener.recv()) for _ in range(VISITS)]
            names = dict(client.result() for client in clients)
            people.result()
        listener.close()
        assert {event["identity_id"] for event in told} == {"E-1"}
        assert _names(box) == {**names, "E-1": "Ada"}
    with running_box(tmp_path, access=access) as box:
        assert _names(box) == {**names, "E-1": "Ada"}


def _people_come(box):
    for _ in range(VISITS):
        box.vision.visit("ada")


def _manage(box, number):
    """One program: registers somebody, renames them, adds a face and takes it away; returns id and last name."""
    identity_id = f"C-{number}"
    created = {"identity_id": identity_id, "register_image": PHOTO, "identity_name": "new", "fiqa_level": "no"}
    assert _ask(box, "createidentity", created)["identity_id"] == identity_id
    for turn in range(ROUNDS):
        name = f"name {turn} of {number}"
        _ask(box, "updateidentity", {"identity_id": identity_id, "identity_name": name})
        more = _ask(box, "addface", {"identity_id": identity_id, "register_image": PHOTO, "fiqa_level": "no"})
        assert more["total_face_cnt"] == 2
        less = _ask(box, "deleteface", {"identity_id": identity_id, "face_id": more["face_ids"][-1]})
        assert less["total_face_cnt"] == 1
        assert _ask(box, "getidentity", {"identity_id": identity_id})["identity_name"] == name
    return identity_id, name


def _names(box):
    """Everybody's name by id, page by page."""
    found = {}
    for page_index in range(CLIENTS):
        page = _ask(box, "getidentities", {"page_limit": 20, "page_index": page_index})
        found.update((one["identity_id"], one["identity_name"]) for one in page["identities"])
        if len(found) == page["pagination"]["total_count"]:
            break
    return found


def _ask(box, call, body):
    answer = box.post("/sophon/v2/face/" + call, body)
    assert answer.status == 200, answer
    return answer.body
