"""People by our own REST: a photo judged before it is taken, several of one, groups, lists, what erasing takes."""

import base64
import dataclasses

import numpy as np
import pytest
from full_events import full_shot
from running_box import QUALITY, picture, running_box, sight, vector
from samples import PHOTO_JPEG
from waiting import until

from sophon_report.link.messages import PhotoFace
from sophon_report.wire.pictures import encode_jpeg, image_size

OPEN = {"open_reads": True, "open_writes": True}
JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("p"), access=OPEN) as running:
        yield running


@pytest.fixture
def box(shared):
    """Whom a test registers is gone after it."""
    shared.vision.sight = sight
    shared.vision.online()  # a sign of life: one that says nothing for 15 s is dropped
    yield shared
    while page := shared.ask("GET", "/api/v1/people").body["people"]:
        for one in page:
            shared.ask("DELETE", f"/api/v1/people/{one['identity_id']}")


def sees(box, **quality):
    """Vision finds the face of a picture such from now on."""

    def poor(photo):
        seen = sight(photo)
        faces = tuple(
            dataclasses.replace(face, quality=dataclasses.replace(QUALITY, **quality)) for face in seen.faces
        )
        return dataclasses.replace(seen, faces=faces)

    box.vision.sight = poor


def checked(box, photo, query=""):
    answer = box.ask("POST", f"/api/v1/photos/check{query}", photo, JPEG)
    assert answer.status == 200, answer
    return answer.body


def test_a_good_photo_of_somebody_new_is_good_and_stored_nowhere(box):
    """With the box of the face; as bytes and as JSON."""
    seen = checked(box, picture("ada"))
    assert (seen["good"], seen["usable"], seen["level"], seen["reasons"]) == (True, True, "normal", [])
    assert (len(seen["faces"][0]), seen["alike"], seen["own_pct"]) == (4, None, None)
    as_text = {"photo": base64.b64encode(picture("ada")).decode()}
    assert box.post("/api/v1/photos/check", as_text).body == seen
    assert box.ask("GET", "/api/v1/people").body["total"] == 0


@pytest.mark.parametrize(
    ("quality", "code", "value", "limit"),
    [
        ({"size_px": 90.0}, "face_too_small", 90.0, 112.0),
        ({"clarity": 12.0}, "blurred", 12.0, 40.0),
        ({"yaw_deg": 61.0}, "turned", 61.0, 60.0),
        ({"partial": True}, "face_partial", None, None),
        ({"brightness": 12.0}, "too_dark", 12.0, 20.0),
        ({"brightness": 240.0}, "too_bright", 240.0, 210.0),
    ],
)
def test_a_poor_photo_gets_each_reason_with_its_figure_and_its_bound(box, quality, code, value, limit):
    """It may be taken all the same: there is a face."""
    sees(box, **quality)
    seen = checked(box, picture("ada"), "?fiqa_level=high")
    assert (seen["good"], seen["usable"], seen["level"]) == (False, True, "high")
    assert seen["reasons"] == [{"code": code, "value": value, "limit": limit, "blocks": True}]
    assert checked(box, picture("ada"), "?fiqa_level=no")["good"] is True


@pytest.mark.parametrize(
    ("photo", "code"),
    [(picture("wall"), "no_face"), (picture("text"), "not_an_image"), (picture("poster"), "too_large")],
)
def test_what_shows_nobody_is_an_answer_too(box, photo, code):
    """And nothing to register; so is text that is no base64."""
    seen = checked(box, photo)
    assert (seen["usable"], [each["code"] for each in seen["reasons"]]) == (False, [code])
    wrong = box.post("/api/v1/photos/check", {"photo": "no base64!"}).body
    assert [each["code"] for each in wrong["reasons"]] == ["not_an_image"]


def test_a_face_below_the_smallest_of_the_settings_cannot_be_taken(box):
    """However little is asked."""
    sees(box, size_px=25.0)
    seen = checked(box, picture("ada"), "?fiqa_level=no")
    assert (seen["good"], seen["usable"], seen["reasons"][0]["limit"]) == (False, False, 40.0)


def test_several_faces_are_told_and_do_not_block(box):
    """The largest counts; people far behind are not counted."""

    def crowd(photo):
        seen, shot = sight(photo), full_shot()
        near, far = (0.0, 0.0, 110.0, 110.0), (0.0, 0.0, 45.0, 45.0)
        others = [PhotoFace(at, shot.landmarks, 0.9, QUALITY, vector("bob")) for at in (near, far)]
        first = dataclasses.replace(seen.faces[0], box=(0.0, 0.0, 120.0, 120.0))
        return dataclasses.replace(seen, faces=(first, *others))

    box.vision.sight = crowd
    seen = checked(box, picture("ada"))
    assert seen["reasons"] == [{"code": "several_faces", "value": 2.0, "limit": 1.0, "blocks": False}]
    assert (seen["good"], len(seen["faces"])) == (True, 3)


def test_whom_a_photo_looks_like_is_told_before_it_is_saved(box):
    """With the score; of somebody's further photo also how much it looks like those they have."""
    box.register("E-1", "Ada", "ada")
    alike = checked(box, picture("ada"))["alike"]
    assert (alike["identity_id"], alike["name"]) == ("E-1", "Ada")
    assert alike["score_pct"] > 82
    assert box.raw("GET", f"/api/v1/photos/{alike['photo_id']}").status == 200
    own, other = (checked(box, picture(who), "?identity_id=E-1")["own_pct"] for who in ("ada", "bob"))
    assert own > 82 > other


def test_a_person_is_registered_with_all_that_is_known_of_them_and_an_id_is_made_up(box):
    """Nothing of them is in the address; a group that is not there is refused, and so is nobody."""
    assert box.post("/api/v1/groups", {"name": "Staff", "permission_id": "staff"}).status == 201
    photo = base64.b64encode(picture("ada")).decode()
    whole = {
        "name": "李雷",
        "photo": photo,
        "permission_ids": ["staff"],
        "ext": {"mobile": "1"},
        "user_type": "vip",
    }
    made = box.post("/api/v1/people", whole)
    assert made.status == 200, made
    one = box.ask("GET", f"/api/v1/people/{made.body['identity_id']}").body
    assert (one["name"], one["user_type"], one["permission_ids"]) == ("李雷", "vip", ["staff"])
    assert one["ext"] == {"mobile": "1"}
    for wrong in ({"permission_ids": ["none"]}, {"name": ""}, {"ext": {"a": "x" * 17_000}}):
        assert box.post("/api/v1/people", {**whole, **wrong}).status in (400, 404)
    assert box.ask("POST", "/api/v1/people?identity_id=E-7", whole).status == 400
    assert box.ask("GET", "/api/v1/people").body["total"] == 1
    assert box.ask("DELETE", "/api/v1/groups/staff").status == 200


def test_a_poor_photo_is_refused_unless_it_is_accepted_which_is_noted_without_the_person(box):
    """For a new person and a further photo alike."""
    box.register("E-1", "Ada", "ada")
    sees(box, clarity=12.0)
    photo = base64.b64encode(picture("bob")).decode()
    calls = [
        ("/api/v1/people", {"identity_id": "E-2", "photo": photo}),
        ("/api/v1/people/E-1/photos", {"photo": photo}),
    ]
    for path, body in calls:
        assert box.post(path, body).code == "LOW_QUALITY"
        assert box.post(path, {**body, "accept_poor": True}).status == 200
    assert len(box.ask("GET", "/api/v1/people/E-1").body["faces"]) == 2

    def poor():
        lines = box.call(lambda: box.process._audit.list(100))
        return [line.detail for line in lines if line.action == "photo below its level taken"]

    until(
        lambda: poor()[:1] == ["clarity"], "the line of the audit: of what is done again there is a count, later"
    )


def test_a_person_has_several_photos_and_one_is_shown_first(box):
    """Whoever saw another state does not change it."""
    box.register("E-1", "Ada", "ada")
    tag = box.ask("GET", "/api/v1/people/E-1").headers["ETag"]
    added = box.ask("POST", "/api/v1/people/E-1/photos", picture("ada"), JPEG)
    first, second = (face["photo_id"] for face in added.body["faces"])
    late = {"If-Match": tag}
    path = f"/api/v1/people/E-1/photos/{second}"
    assert box.ask("POST", path + "/first", headers=late).status == 412
    swapped = box.ask("POST", path + "/first", headers={"If-Match": added.headers["ETag"]})
    assert [face["photo_id"] for face in swapped.body["faces"]] == [second, first]
    for photo_id in (first, second):
        assert box.raw("GET", f"/api/v1/photos/{photo_id}").body == PHOTO_JPEG
    assert box.ask("DELETE", path, headers=late).status == 412
    left = box.ask("DELETE", path)
    assert [face["photo_id"] for face in left.body["faces"]] == [first]
    assert box.ask("DELETE", path).code == "NOT_FOUND"
    assert box.ask("POST", "/api/v1/people/nobody/photos", picture("ada"), JPEG).code == "NOT_FOUND"


def test_a_list_gets_small_photos_of_a_few_widths(box):
    """Any other is refused; a photo that is no wider comes as it is."""
    photo = encode_jpeg(np.random.default_rng(1).integers(0, 255, (320, 300, 3), np.uint8), 90)
    box.vision.sight = lambda seen: dataclasses.replace(sight(seen), portrait_jpeg=photo)
    box.ask("POST", "/api/v1/people?identity_id=E-1", picture("ada"), JPEG)
    [face] = box.ask("GET", "/api/v1/people/E-1").body["faces"]
    path = f"/api/v1/photos/{face['photo_id']}"
    whole, small = box.raw("GET", path), box.raw("GET", path + "?width=96")
    assert whole.body == photo
    assert (image_size(small.body)[0], len(small.body) < len(whole.body)) == (96, True)
    assert "immutable" in small.headers["Cache-Control"]
    refused = box.ask("GET", path + "?width=97")
    assert (refused.status, refused.body["errors"][0]["parameter"]) == (400, "width")


def test_people_are_found_by_name_or_the_beginning_of_the_id_and_sorted(box):
    """Signs of a pattern stand for themselves; kind and group narrow it down."""
    for identity_id, name in (("E-1", "Zoe"), ("E-2", "ada e-1"), ("x_1", "Bob")):
        box.register(identity_id, name, "ada")
    box.ask("PATCH", "/api/v1/people/x_1", {"user_type": "vip"})

    def found(query):
        answer = box.ask("GET", f"/api/v1/people?{query}").body
        assert answer["total"] == len(answer["people"])
        return [one["identity_id"] for one in answer["people"]]

    assert found("q=e-1") == ["E-1", "E-2"]
    assert found("q=e-") == ["E-1", "E-2"]
    assert found("q=_") == found("q=%25") == []
    assert found("q=X_") == ["x_1"]
    assert found("sort=name") == ["E-2", "x_1", "E-1"]
    assert found("sort=newest") == ["x_1", "E-2", "E-1"]
    assert found("sort=id&q=e") == ["E-1", "E-2"]
    assert found("user_type=vip") == ["x_1"]
    assert box.ask("GET", "/api/v1/people?sort=age").status == 400


def test_a_group_tells_its_members_and_devices_and_what_deleting_it_takes(box):
    """People come in and go out by the hundred; whoever is not there is named."""
    for number in (1, 2, 3):
        box.register(f"E-{number}", f"name {number}", "ada")
    made = box.post("/api/v1/groups", {"name": "Night shift"})
    assert (made.status, made.body["members"], made.body["devices"]) == (201, 0, [])
    first = {"If-None-Match": made.headers["ETag"]}
    path = f"/api/v1/groups/{made.body['permission_id']}"
    change = {"add": ["E-1", "E-2", "nobody"], "remove": ["E-3"]}
    done = box.post(path + "/members", change)
    assert done.body == {"added": 2, "removed": 0, "unknown": ["nobody"]}
    assert box.post(path + "/members", {"remove": ["E-2"]}).body["removed"] == 1
    device = {"device_id": "gate", "url": "rtsp://10.0.0.9/1", "permission_id": made.body["permission_id"]}
    assert box.post("/api/v1/devices", device).status == 201
    seen = box.ask("GET", path, headers=first)
    assert (seen.body["members"], seen.body["devices"]) == (1, [{"device_id": "gate", "name": "gate"}])
    members = box.ask("GET", f"/api/v1/people?permission_id={made.body['permission_id']}").body
    assert [one["identity_id"] for one in members["people"]] == ["E-1"]
    tag = {"If-Match": seen.headers["ETag"]}
    assert box.ask("PATCH", path, {"name": "Nights"}, tag).body["name"] == "Nights"
    assert box.ask("PATCH", path, {"name": "Days"}, tag).status == 412
    assert box.ask("DELETE", path, headers=tag).status == 412
    assert box.post("/api/v1/groups", {"name": "Nights"}).code == "TAKEN"
    gone = box.ask("DELETE", path)
    assert (gone.body["members"], gone.body["devices"]) == (1, [{"device_id": "gate", "name": "gate"}])
    assert box.ask("GET", path).code == box.post(path + "/members", change).code == "NOT_FOUND"
    assert box.ask("GET", "/api/v1/people/E-1").body["permission_ids"] == []
    assert box.ask("DELETE", "/api/v1/devices/gate").status == 200


def test_who_comes_into_a_group_passes_at_its_device_at_once(box):
    """And who leaves it does not any more."""
    box.register("E-1", "Ada", "ada")
    made = box.post("/api/v1/groups", {"name": "Vault"}).body["permission_id"]

    def passes():
        return box.call(lambda: box.process.people.find(vector("ada"), made, 82.0)).identity is not None

    assert not passes()
    box.post(f"/api/v1/groups/{made}/members", {"add": ["E-1"]})
    assert passes()
    box.post(f"/api/v1/groups/{made}/members", {"remove": ["E-1"]})
    assert not passes()
    box.ask("DELETE", f"/api/v1/groups/{made}")


def test_what_erasing_takes_is_counted_before_and_nothing_is_changed(tmp_path):
    """Photos, events, those with pictures, those that wait and those that were refused."""
    receiver = {"name": "platform", "url": "http://127.0.0.1:9/x", "layout": "g2"}
    with running_box(tmp_path, access=OPEN, destination=[receiver]) as box:
        box.register("E-1", "Ada", "ada")
        box.vision.visit("ada")
        box.vision.visit("ada")
        box.vision.visit("bob")
        until(lambda: box.ask("GET", "/api/v1/events").body["total"] == 3, "the events in the index")
        until(lambda: box.journaled() == 6, "the visits on the disk")
        box.indexed()
        told = box.ask("GET", "/api/v1/people/E-1/erasure").body
        assert told == {
            "is_registered": True,
            "photos": 1,
            "strangers": 0,
            "events": 2,
            "events_with_pictures": 2,
            "undelivered": 2,
            "dead_letters": 0,
            "files": 0,
        }
        assert box.ask("GET", "/api/v1/people/nobody/erasure").code == "NOT_FOUND"
        begun = box.ask("DELETE", "/api/v1/people", {"identity_id": "E-1"}).body
        job = f"/api/v1/jobs/{begun['job_id']}"
        until(lambda: box.ask("GET", job).body["state"] == "done", "the end of the erasing")
        assert box.ask("GET", "/api/v1/people/E-1/erasure").code == "NOT_FOUND"
