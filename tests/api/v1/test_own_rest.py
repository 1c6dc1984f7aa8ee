"""Our own REST on a running service: who logs in, what is changed, and that no secret comes out."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from running_box import HOST, running_box
from waiting import until

OPEN = {"open_reads": True, "open_writes": True}
SECRET = "hunter2"
WHSEC = "whsec_" + "A" * 32


@pytest.fixture
def box(tmp_path):
    with running_box(tmp_path, access=OPEN) as running:
        yield running


@pytest.fixture
def token(box):
    password = (box.process._place.admin_password).read_text().strip()
    opened = box.post("/api/v1/session", {"username": "admin", "password": password})
    assert opened.status == 201, opened
    return {"Authorization": f"Bearer {opened.body['token']}"}


def test_who_logs_in_may_everything_until_they_log_out(box, token):
    """And the service says who it takes a caller for."""
    nobody = box.ask("GET", "/api/v1/session").body
    rights = {"may_read": True, "may_write": True, "may_administer": False}
    assert nobody == {"who": "", "user": "", "role": None, "peer": HOST, **rights, "generated": False}
    somebody = box.ask("GET", "/api/v1/session", headers=token).body
    assert (somebody["who"], somebody["may_administer"]) == ("session:admin", True)
    assert (somebody["user"], somebody["role"], somebody["generated"]) == ("admin", "admin", True)
    assert box.ask("GET", "/api/v1/audit", headers=token).status == 200
    assert box.ask("DELETE", "/api/v1/session", headers=token).status == 200
    assert box.ask("GET", "/api/v1/audit", headers=token).code == "UNAUTHORIZED"
    wrong = box.post("/api/v1/session", {"username": "admin", "password": SECRET})
    assert (wrong.status, wrong.code) == (401, "UNAUTHORIZED")
    assert SECRET not in json.dumps(wrong.body)


def test_a_token_is_shown_once_and_counts_until_it_is_revoked(box, token):
    """No switch opens the tokens."""
    assert box.ask("GET", "/api/v1/tokens").code == "UNAUTHORIZED"
    made = box.ask("POST", "/api/v1/tokens", {"name": "board"}, token)
    assert made.status == 201
    shown = {"Authorization": f"Bearer {made.body['token']}"}
    listed = box.ask("GET", "/api/v1/tokens", headers=shown)
    assert [(row["name"], row["role"]) for row in listed.body["tokens"]] == [("board", "admin")]
    assert made.body["token"] not in json.dumps(listed.body)
    assert box.ask("DELETE", "/api/v1/tokens/board", headers=token).status == 200
    assert box.ask("GET", "/api/v1/tokens", headers=shown).status == 401
    assert box.ask("DELETE", "/api/v1/tokens/board", headers=token).code == "NOT_FOUND"


def test_what_was_changed_is_in_the_audit(box, token):
    """The newest first, a page at a time."""
    box.ask("POST", "/api/v1/tokens", {"name": "board"}, token)

    def lines(query=""):
        return box.ask("GET", f"/api/v1/audit{query}", headers=token).body["lines"]

    until(lambda: any(line["action"] == "POST /api/v1/tokens" for line in lines()), "the line of the token")
    assert lines()[0]["detail"] == f"board (admin), from {HOST}"
    assert lines("?text=BOARD") == lines()[:1]
    until(lambda: lines("?limit=1&offset=1") == lines()[1:2] != [], "the same line by its place")
    every = lines()
    assert [line["number"] for line in every] == sorted((line["number"] for line in every), reverse=True)


def test_a_destination_is_added_changed_and_removed_and_its_secrets_stay_inside(box):
    """Left out or masked they stay, at their host; who changes what somebody else has changed gets 412."""
    body = {
        "name": "platform",
        "url": "http://127.0.0.1:9/x",
        "headers": {"X-Key": SECRET},
        "signing_secrets": [WHSEC],
    }
    added = box.post("/api/v1/destinations", body)
    assert (added.status, added.body["headers"], added.body["signing_secrets"]) == (201, {"X-Key": "***"}, ["***"])
    assert box.post("/api/v1/destinations", body).status == 400
    first = added.headers["ETag"]
    assert box.ask("GET", "/api/v1/destinations/platform").headers["ETag"] == first
    change = {"name": "platform", "url": "http://127.0.0.1:9/y", "headers": {"X-Key": "***"}}
    changed = box.ask("PUT", "/api/v1/destinations/platform", change, {"If-Match": first})
    assert (changed.status, changed.body["url"]) == (200, "http://127.0.0.1:9/y")
    kept = box.call(lambda: box.process.destinations.get("platform"))
    assert (kept.transport.headers, kept.transport.signing_secrets) == ((("X-Key", SECRET),), (WHSEC,))
    for headers in ({}, {"headers": {"X-Key": "***"}}):
        elsewhere = {"name": "platform", "url": "http://127.0.0.2:9/y", **headers}
        refused = box.ask("PUT", "/api/v1/destinations/platform", elsewhere)
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (400, "#/headers")
    late = box.ask("PUT", "/api/v1/destinations/platform", change, {"If-Match": first})
    assert (late.status, late.code) == (412, "PRECONDITION_FAILED")
    secret = box.ask("PUT", "/api/v1/destinations/platform", {**change, "headers": {"X-Key": "other"}})
    assert secret.headers["ETag"] != changed.headers["ETag"]
    listed = box.ask("GET", "/api/v1/destinations")
    assert SECRET not in json.dumps(listed.body)
    assert WHSEC not in json.dumps(listed.body)
    assert box.ask("DELETE", "/api/v1/destinations/platform").status == 200
    assert box.ask("GET", "/api/v1/destinations/platform").code == "NOT_FOUND"


@pytest.mark.parametrize("wrong", [{"ca_file": "/etc/passwd"}, {"client_key_file": "../../x"}, {"layout": "none"}])
def test_what_a_destination_may_not_name_is_refused(box, wrong):
    """Files outside of the import folder are none of the network's business."""
    refused = box.post("/api/v1/destinations", {"name": "a", "url": "http://127.0.0.1:9/", **wrong})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (400, f"#/{next(iter(wrong))}")


def test_a_device_is_added_changed_and_removed_and_its_password_stays_inside(box):
    """Sent back as it is told, the stored address stays."""
    url = f"rtsp://admin:{SECRET}@10.0.0.9/1"
    added = box.post("/api/v1/devices", {"device_id": "gate", "url": url})
    assert (added.status, added.body["url"], added.body["name"]) == (201, "rtsp://admin:***@10.0.0.9/1", "gate")
    assert box.post("/api/v1/devices", {"device_id": "other", "url": url}).code == "TAKEN"
    told = {**added.body, "name": "main gate"}
    tag = {"If-Match": added.headers["ETag"]}
    changed = box.ask("PUT", "/api/v1/devices/gate", told, tag)
    assert (changed.status, changed.body["name"]) == (200, "main gate")
    assert box.ask("PUT", "/api/v1/devices/gate", told, tag).status == 412
    stored = box.call(box.process.flow.devices)
    assert [device.url for device in stored if device.device_id == "gate"] == [url]
    moved = box.ask("PUT", "/api/v1/devices/gate", {**told, "url": "rtsp://admin:***@10.0.0.9/2"})
    assert moved.body["url"] == "rtsp://admin:***@10.0.0.9/2"
    elsewhere = box.ask("PUT", "/api/v1/devices/gate", {**told, "url": "rtsp://admin:***@10.0.0.8/2"})
    assert (elsewhere.status, elsewhere.body["errors"][0]["pointer"]) == (400, "#/url")
    stored = box.call(box.process.flow.devices)
    assert [device.url for device in stored if device.device_id == "gate"] == [f"rtsp://admin:{SECRET}@10.0.0.9/2"]
    assert box.post("/api/v1/devices", {"device_id": "f", "type": "file", "url": "/etc/passwd"}).status == 400
    assert box.ask("DELETE", "/api/v1/devices/gate").status == 200
    assert box.ask("GET", "/api/v1/devices/gate").code == "NOT_FOUND"


def test_settings_tell_their_bounds_and_change_all_or_nothing(box, token):
    """Live, those that wait for a start by name; the secret never comes out, and no switch opens changes."""
    got = box.ask("GET", "/api/v1/settings")
    rows = {row["key"]: row for row in got.body["settings"]}
    assert (rows["visit.gap_s"]["value"], rows["visit.gap_s"]["form"]["maximum"]) == (3.0, 600)
    assert rows["license_key"]["value"] == "***"
    assert rows["server.api_port"]["at_start"]
    assert "LICENCE-0001" not in json.dumps(got.body)
    patch = {"changes": {"visit.gap_s": 5.0, "engine.threads": 2}}
    assert box.ask("PATCH", "/api/v1/settings", patch).code == "UNAUTHORIZED"
    changed = box.ask("PATCH", "/api/v1/settings", patch, {**token, "If-Match": got.headers["ETag"]})
    assert (changed.status, changed.body["waiting"]) == (200, ["engine.threads"])
    assert box.process.live.now.visit.gap_s == 5.0
    assert box.ask("PATCH", "/api/v1/settings", patch, {**token, "If-Match": got.headers["ETag"]}).status == 412
    wrong = {"changes": {"visit.gap_s": 7.0, "visit.no_such": 1, "match.pass_pct": 101}}
    refused = box.ask("PATCH", "/api/v1/settings", wrong, token)
    assert {each["pointer"] for each in refused.body["errors"]} == {
        "#/changes/visit.no_such",
        "#/changes/match.pass_pct",
    }
    assert box.process.live.now.visit.gap_s == 5.0


def test_people_are_listed_seen_changed_and_taken_out(box):
    """A page with its total; what changed since is not overwritten unseen."""
    box.register("E-1", "Ada", "ada")
    box.register("E-2", "Bob", "bob")
    page = box.ask("GET", "/api/v1/people?limit=1&offset=1").body
    assert ([one["identity_id"] for one in page["people"]], page["total"]) == (["E-2"], 2)
    seen = box.ask("GET", "/api/v1/people/E-1")
    photo = box.raw("GET", f"/api/v1/photos/{seen.body['faces'][0]['photo_id']}")
    assert (photo.status, photo.headers["Content-Type"], photo.body[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert "immutable" in photo.headers["Cache-Control"]
    tag = {"If-Match": seen.headers["ETag"]}
    assert box.ask("PATCH", "/api/v1/people/E-1", {"name": "Ada L."}, tag).body["name"] == "Ada L."
    assert box.ask("PATCH", "/api/v1/people/E-1", {"name": "Eve"}, tag).status == 412
    assert box.ask("DELETE", "/api/v1/people/E-1", headers=tag).status == 412
    assert box.ask("DELETE", "/api/v1/people/E-1").status == 200
    assert box.ask("GET", "/api/v1/people/E-1").code == "NOT_FOUND"


RIVALS = 8


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        (
            "/api/v1/devices/door",
            "PUT",
            lambda n: {"device_id": "door", "name": f"d{n}", "url": "rtsp://10.0.0.21/"},
        ),
        ("/api/v1/destinations/platform", "PUT", lambda n: {"name": "platform", "url": f"http://127.0.0.1:9/{n}"}),
        ("/api/v1/people/E-1", "PATCH", lambda n: {"name": f"Ada {n}"}),
        ("/api/v1/settings", "PATCH", lambda n: {"changes": {"visit.gap_s": 4.0 + n}}),
    ],
)
def test_of_many_who_change_what_they_saw_at_once_one_does(box, token, path, method, body):
    """All send the tag of the same state: whoever comes second has not seen what the first made of it."""
    box.register("E-1", "Ada", "ada")
    box.post("/api/v1/destinations", {"name": "platform", "url": "http://127.0.0.1:9/x"})
    seen = {**token, "If-Match": box.ask("GET", path).headers["ETag"]}
    with ThreadPoolExecutor(RIVALS) as pool:
        answers = list(pool.map(lambda n: box.ask(method, path, body(n), seen), range(RIVALS)))
    assert sorted(answer.status for answer in answers) == [200] + [412] * (RIVALS - 1)
    (winner,) = (answer for answer in answers if answer.status == 200)
    assert box.ask("GET", path).body == winner.body


def test_an_event_is_listed_with_its_pictures(box):
    """From the journal; a picture that is not there is 404."""
    box.register("E-1", "Ada", "ada")
    box.vision.visit("ada")
    until(lambda: box.ask("GET", "/api/v1/events").body["total"] == 1, "the event in the index")
    [event] = box.ask("GET", "/api/v1/events?identity_id=E-1").body["events"]
    assert box.ask("GET", f"/api/v1/events/{event['event_id']}").body["identity_id"] == "E-1"
    for which, status in (("scene", 200), ("face", 200), ("register", 200), ("ir", 404), ("other", 404)):
        picture = box.raw("GET", f"/api/v1/events/{event['event_id']}/pictures/{which}")
        assert picture.status == status, which
        # While the person is there a better picture may come to the same address.
        assert "immutable" not in picture.headers.get("Cache-Control", "")
        assert status == 404 or picture.headers["Cache-Control"] == "private, no-store"
    nobody = {"events": [], "total": 0, "older": "", "newer": ""}
    assert box.ask("GET", "/api/v1/events?identity_id=E-2").body == nobody


def test_the_status_says_what_is_wrong(box):
    """In one call."""
    status = box.ask("GET", "/api/v1/status").body
    assert (status["vision"], status["health"], status["wrong"]) == (True, "ok", [])
    box.vision_goes()
    status = box.ask("GET", "/api/v1/status").body
    assert (status["vision"], status["health"]) == (False, "failing")
    assert "the vision process is not there" in status["wrong"][0]
    box.vision_comes()
