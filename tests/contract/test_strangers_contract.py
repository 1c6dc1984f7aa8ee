"""A stranger of the library on every way out of the box: C23's other half, and what ``post_action`` asks.

Four visits of the same unknown person: unknown; filed (``1001``); known again; with a better photo (``1002``).
"""

import base64
import json
import re
from dataclasses import replace

import pytest
from bundled_receiver import bundled_receiver
from events import each_of
from running_box import HOST, QUALITY, picture, running_box, until

from sophon_report.model import Content, Visit
from sophon_report.wire.layouts import LAYOUTS, body
from sophon_report.wire.telling import Telling

FORMS = ("v2", "v1", "se3", "g2", "g1", "g0")
POSTED = {"se3": "/RealTimeEvent", "g2": "/HistoryEvent", "g1": "/HistoryEvent", "g0": "/HistoryEvent"}
WISHES = {
    "v2": {"with_face_image": True, "with_register_image": True},
    "v1": {"need_face": True, "need_register": True},
}
V2 = "/sophon/v2/face/"
UNKNOWN, FILED, AGAIN, BETTER = range(4)
BLURRED = replace(QUALITY, clarity=60)
PHOTOS = [b"\xff\xd8\xff\xe0 visit %d" % number for number in range(4)]
ID = re.compile(r"176000\d{4}\.\d{9}")
ON = {"enabled": True}


class FourVisits:
    """What every form tells of them; ``se3`` leaves out the first two."""

    def __init__(self, box, receivers):
        clients = {name: box.connect() for name in WISHES}
        for name, client in clients.items():
            client.send(json.dumps(WISHES[name]))
        until(lambda: box.subscribed() == len(WISHES))
        for number, quality in enumerate((BLURRED, BLURRED, BLURRED, QUALITY)):
            box.vision.visit("eve", quality=quality, face_jpeg=PHOTOS[number])
        self.told = {
            name: [json.loads(client.recv_data(4096)[1].decode("utf-8")) for _ in range(4)]
            for name, client in clients.items()
        }
        for name, path in POSTED.items():
            self.told[name] = receivers[name].wait_for(path, 2 if name == "se3" else 4)
        until(lambda: set(box.backlogs().values()) == {0})
        self.rows = box.ask("GET", "/api/v1/strangers").body["strangers"]
        for client in clients.values():
            client.shutdown()

    def event(self, form, visit):
        return self.told[form][visit - 2 if form == "se3" else visit]


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    with bundled_receiver() as se3, bundled_receiver() as g2, bundled_receiver() as g1, bundled_receiver() as g0:
        receivers = {"se3": se3, "g2": g2, "g1": g1, "g0": g0}
        destinations = [
            {"name": name, "layout": name, "url": receivers[name].url(path), "timeout_s": 30}
            for name, path in POSTED.items()
        ]
        root = tmp_path_factory.mktemp("s") / "d"
        with running_box(root, destination=destinations, strangers=ON, access={"open_reads": True}) as box:
            box.register("E-1", "Ada", "ada")
            yield FourVisits(box, receivers)


def person_of(form, event):
    kind = event["user_type"] if "user_type" in event else everything(event)["person_type"]
    return event["identity_id"], event["identity_name"], kind


def everything(event):
    return {**event, **event.get("ext_data", {})}


def photo_of(form, event):
    photo = event[{"v2": "register_image", "g2": "reg_image"}.get(form, "reg_pic")]
    return base64.b64decode(photo.rpartition(",")[2])


@pytest.mark.parametrize("form", ["v2", "v1", "g2", "g1", "g0"])
def test_c23_a_stranger_has_an_id_once_the_library_gave_one(visits, form):
    """The same on every way and at every visit after it; before, none."""
    kind = "stranger" if form in ("v2", "g2") else 4
    unknown = visits.event(form, UNKNOWN)
    assert person_of(form, unknown) == ("", "" if form in ("v2", "g2") else "stranger", kind)
    ids = set()
    for visit in (FILED, AGAIN, BETTER):
        identity_id, name, told_kind = person_of(form, visits.event(form, visit))
        assert (name, told_kind) == ("stranger", kind)
        ids.add(identity_id)
    assert ids == {visits.event("g2", AGAIN)["identity_id"]}
    assert ID.fullmatch(ids.pop())


def test_the_se3_report_tells_who_is_known_again_and_not_who_is_new(visits):
    """Above the threshold is only who matches somebody: the third and the fourth visit."""
    known = [visits.event("v1", visit)["event_id"] for visit in (AGAIN, BETTER)]
    assert [event["event_id"] for event in visits.told["se3"]] == known
    assert {everything(event)["person_type"] for event in visits.told["se3"]} == {4}
    assert {event["identity_name"] for event in visits.told["se3"]} == {"stranger"}


@pytest.mark.parametrize(("form", "key"), [("g2", "post_action"), ("g1", "want_action"), ("g0", "want_action")])
def test_history_says_when_a_stranger_was_filed_and_when_the_photo_changed(visits, form, key):
    """Each once."""
    assert [visits.event(form, visit)[key] for visit in range(4)] == ["0", "1001", "0", "1002"]


@pytest.mark.parametrize("form", FORMS)
def test_the_gallery_photo_is_the_one_that_is_filed(visits, form):
    """Of two pictures as good the first; then the better one."""
    assert photo_of(form, visits.event(form, AGAIN)) == PHOTOS[0]
    assert photo_of(form, visits.event(form, BETTER)) == PHOTOS[3]


@pytest.mark.parametrize("form", ["v1", "se3", "g1"])
def test_v5_tells_a_stored_stranger_in_four_keys(visits, form):
    """As its page of V5R3 to V5R7 shows one; an unknown one in none."""
    event = visits.event(form, AGAIN)
    info = event["identity_info"]
    assert set(info) == {"addTime", "image_id", "name", "type"}
    assert (info["name"], info["type"]) == ("stranger", 4)
    assert info["addTime"] == int(event["identity_id"].partition(".")[0])
    assert info["image_id"]
    if form != "se3":
        assert visits.event(form, UNKNOWN)["identity_info"] == {}


def test_scores_are_the_librarys_once_a_stranger_is_known(visits):
    """Before, they are that of the nearest person."""
    scores = [visits.event("v2", visit)["score"] for visit in range(4)]
    assert max(scores[:2]) < 82
    assert min(scores[2:]) > 88


def test_a_program_that_may_read_lists_the_strangers(visits):
    """Each with the id of the picture; the visits that ended with the id are counted."""
    [row] = visits.rows
    assert row["stranger_id"] == visits.event("g2", AGAIN)["identity_id"]
    assert set(row) == {"stranger_id", "first_ms", "last_ms", "visits", "photo_id"}
    assert (row["first_ms"] < row["last_ms"], row["visits"]) == (True, 3)


def test_strangers_are_called_so_where_names_are_withheld():
    """The word is nobody's name; an unknown one has it too."""
    event = each_of(Visit)["filed"]
    told = body(LAYOUTS["g1"], event, Telling(content=Content(person_name=False)), "json")[0]
    assert json.loads(told)["identity_name"] == "stranger"


# One service, its life.


@pytest.fixture
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("s") / "d"


def realtime(box):
    client = box.connect()
    client.send(json.dumps(WISHES["v2"]))
    until(lambda: box.subscribed() == 1)
    return lambda: json.loads(client.recv_data(4096)[1].decode("utf-8"))


def files_eve(box, told):
    """Two visits; returns her id."""
    for _ in range(2):
        box.vision.visit("eve")
        event = told()
    assert event["identity_id"]
    return event["identity_id"]


def test_the_vendors_switch_works_at_once_and_keeps_what_was_filed(root):
    """Off, on, off, on: by either generation's call."""
    with running_box(root, access={"open_writes": True}) as box:
        told = realtime(box)
        box.vision.visit("eve")
        assert told()["identity_id"] == ""
        assert box.post(V2 + "setconfigs", {"config_dict": {"GATE_SUPPORT_STRANGER_GROUP": True}}).status == 200
        until(lambda: box.process.strangers.active)
        eve = files_eve(box, told)
        for on in (False, True):
            body = {"config_dict": {"SUPPORT_STRANGER_GROUP": on, "STRANGER_GROUP_SIZE": 50_000}}
            assert box.ask("PUT", "/SophonConfig/api/Configs", body).status == 200
            box.vision.visit("eve")
            assert told()["identity_id"] == (eve if on else "")
        assert box.call(box.process.strangers.stats).capacity == 50_000


def test_a_stranger_is_the_same_after_a_restart(root):
    """With the same photo."""
    with running_box(root, strangers=ON) as box:
        eve = files_eve(box, realtime(box))
    with running_box(root, strangers=ON) as box:
        told = realtime(box)
        box.vision.visit("eve")
        event = told()
        assert (event["identity_id"], event["user_type"]) == (eve, "stranger")
        assert event["register_image"]


def test_a_registered_person_beats_a_stranger_within_the_visit(root):
    """Eve is known first, then Ada at the same door, by one track: the visit is Ada's, without any action."""
    with bundled_receiver() as g2:
        platform = {"name": "g2", "url": g2.url("/HistoryEvent")}
        with running_box(root, strangers=ON, destination=[platform]) as box:
            box.register("E-1", "Ada", "ada")
            told = realtime(box)
            eve = files_eve(box, told)
            box.vision.visit("eve", then=("ada", "eve"))
            assert told()["identity_id"] == eve
            last = g2.wait_for("/HistoryEvent", 3)[2]
            assert (last["identity_id"], last["user_type"], last["post_action"]) == ("E-1", "employee", "0")


def test_an_enrolled_stranger_is_a_person_from_the_next_picture_on(root):
    """With the stranger's photo; the former id leads to the person, and nobody is filed any more."""
    with running_box(root, strangers=ON, access={"open_writes": True, "open_reads": True}) as box:
        told = realtime(box)
        eve = files_eve(box, told)
        path = f"/api/v1/strangers/{eve}/enrol"
        answer = box.post(path, {"identity_id": "E-9", "name": "Eve", "user_type": "vip"})
        assert answer[:2] == (200, {"identity_id": "E-9", "identity_name": "Eve", "user_type": "vip"})
        box.vision.visit("eve")
        event = told()
        assert (event["identity_id"], event["identity_name"], event["user_type"]) == ("E-9", "Eve", "vip")
        assert event["register_image"]
        assert box.ask("GET", "/api/v1/strangers").body == {"strangers": [], "total": 0, "enabled": True}
        again = box.post(path, {"identity_id": "E-10"})
        assert (again.code, again.body["detail"]) == (
            "CONFLICT",
            f"the stranger {eve} is registered as E-9 already",
        )


@pytest.mark.parametrize(
    ("stranger", "body", "said"),
    [
        ("1.000000001", {"identity_id": "E-9"}, "no stranger has the id 1.000000001"),
        (None, {}, "identity_id"),
        (None, {"identity_id": "E-1"}, "the id E-1 is taken"),
        (None, {"identity_id": "E-9", "user_type": "stranger"}, "user_type must be one of"),
        (None, {"identity_id": "E-9", "name": "a\nb"}, "control characters"),
        ("itself", {}, "choose another"),
    ],
)
def test_what_cannot_be_enrolled_changes_nothing(root, stranger, body, said):
    """The refusal says which and why."""
    with running_box(root, strangers=ON, access={"open_writes": True, "open_reads": True}) as box:
        box.register("E-1", "Ada", "ada")
        eve = files_eve(box, realtime(box))
        if stranger == "itself":
            stranger, body = eve, {"identity_id": eve}
        answer = box.post(f"/api/v1/strangers/{stranger or eve}/enrol", body)
        assert answer.status >= 400
        assert said in answer.body["detail"]
        assert [row["stranger_id"] for row in box.ask("GET", "/api/v1/strangers").body["strangers"]] == [eve]


def test_a_stranger_who_is_somebody_already_becomes_one_more_of_their_faces(root):
    """Known by either face from the next picture on; the former id leads to the person; nobody is filed."""
    with running_box(root, strangers=ON, access={"open_writes": True, "open_reads": True}) as box:
        box.register("E-1", "Ada", "ada")
        told = realtime(box)
        eve = files_eve(box, told)
        [row] = box.ask("GET", "/api/v1/strangers?newest=true").body["strangers"]
        assert box.raw("GET", f"/api/v1/photos/{row['photo_id']}").status == 200
        path = f"/api/v1/strangers/{eve}/join"
        assert box.post(path, {"identity_id": "nobody"}).code == "NOT_FOUND"
        answer = box.post(path, {"identity_id": "E-1"})
        assert answer[:2] == (200, {"identity_id": "E-1", "identity_name": "Ada", "user_type": "employee"})
        for who in ("eve", "ada"):
            box.vision.visit(who)
            assert told()["identity_id"] == "E-1"
        assert len(box.ask("GET", "/api/v1/people/E-1").body["faces"]) == 2
        assert box.ask("GET", "/api/v1/strangers").body["total"] == 0
        assert box.post(path, {"identity_id": "E-1"}).code == "CONFLICT"


def test_a_stranger_who_is_removed_is_filed_anew_when_seen_again(root):
    """Under another id; a former one leads nowhere."""
    with running_box(root, strangers=ON, access={"open_writes": True, "open_reads": True}) as box:
        told = realtime(box)
        eve = files_eve(box, told)
        assert box.ask("DELETE", f"/api/v1/strangers/{eve}").status == 200
        assert box.ask("DELETE", f"/api/v1/strangers/{eve}").code == "NOT_FOUND"
        assert box.ask("GET", "/api/v1/strangers?newest=true").body["total"] == 0
        assert files_eve(box, told) != eve


# Pictures that photo devices push.

GATE = [{"id": "gate", "type": "photo", "url": HOST}]


def search(box, **more):
    body = {"rgb_image_base64": base64.b64encode(picture("eve")).decode(), "media_device_ip": HOST, **more}
    return box.post(V2 + "search", {"with_register_photo": True, **body})


def picture_match(box, **more):
    body = {"rgb_image_base64": base64.b64encode(picture("eve")).decode(), "device_ip": HOST, **more}
    return box.post("/SophonMatch/api/PictureMatch", {"need_register_photo": True, **body}).body["data"]


def pushing_box(root, **more):
    access = {"open_writes": True, "open_reads": True}
    match = {"duplicate_s": 0}
    return running_box(root, device=GATE, strangers=ON, access=access, match=match, **more)


def test_a_gate_is_told_of_a_stranger_who_does_not_pass(root):
    """Filed by the second picture, known again by the third; both calls name the stranger and open nothing."""
    with pushing_box(root) as box:
        box.register("E-1", "Ada", "ada")
        told = realtime(box)
        search(box)
        assert told()["identity_id"] == ""
        filed = search(box).body
        assert told()["identity_id"] == filed["identity_id"]
        known = search(box).body
        assert (known["result"], known["identity_id"]) == (False, filed["identity_id"])
        assert known["score"] > 88
        assert known["register_image"]
        info = known["identity_info"]
        assert (info["identity_name"], info["user_type"]) == ("stranger", "stranger")
        old = picture_match(box)
        assert (old["retcode"], old["name"], old["identity_id"]) == ("0", "stranger", known["identity_id"])
        assert (old["identity_info"]["type"], bool(old["reg_pic"])) == (4, True)


def test_who_asks_for_people_only_gets_people_only(root):
    """``with_default_group_only`` true, ``support_stranger`` false: the library is neither asked nor filled."""
    with pushing_box(root) as box:
        box.register("E-1", "Ada", "ada")
        for _ in range(3):
            assert search(box, with_default_group_only=True).body["identity_id"] == "E-1"
            assert picture_match(box, support_stranger=False)["identity_id"] == ""
        assert box.ask("GET", "/api/v1/strangers").body["strangers"] == []
        for _ in range(2):
            search(box)
        assert picture_match(box, support_stranger=True)["identity_id"]
        assert search(box, with_default_group_only=True).body["identity_id"] == "E-1"


def test_a_picture_of_no_device_files_nobody(root):
    """It makes no event that could tell it; who is filed is known."""
    with running_box(root, strangers=ON, access={"open_writes": True, "open_reads": True}) as box:
        box.register("E-1", "Ada", "ada")
        for _ in range(3):
            assert search(box, media_device_ip="").body["identity_id"] == "E-1"
        assert box.ask("GET", "/api/v1/strangers").body["strangers"] == []
        eve = files_eve(box, realtime(box))
        assert search(box, media_device_ip="").body["identity_id"] == eve


def test_without_any_person_strangers_are_known_all_the_same(root):
    """The first picture finds nobody to compare with, as ever; the second files."""
    with pushing_box(root) as box:
        assert search(box).body["error"]["code"] == "EMPTY_GROUP_ERROR"
        filed = search(box)
        assert filed.status == 200
        assert search(box).body["identity_id"] == filed.body["identity_id"]
        until(lambda: box.journaled() == 4, "two events on disk")


def test_a_repeat_within_the_window_replaces_no_photo(root):
    """A new photo is told to the platform, so it waits for a picture that is an event."""
    with running_box(root, device=GATE, strangers=ON, access={"open_writes": True}) as box:
        box.register("E-1", "Ada", "ada")
        answers = [search(box).body for _ in range(4)]
        assert [each["identity_id"] for each in answers[1:]] == [answers[1]["identity_id"]] * 3
        stats = box.call(box.process.strangers.stats)
        assert (stats.registered, stats.improved) == (1, 0)
        until(lambda: box.journaled() == 4, "the unknown and the filed one")
