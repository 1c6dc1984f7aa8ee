"""``wipedata`` of both generations: what goes, what stays, and that nothing of it is left in a file."""

import threading
from contextlib import closing

import pytest
from box_traces import holds
from running_box import DEADLINE_S, picture, running_box, sight
from samples import PHOTO_JPEG
from test_login_contract import audited, bearer, first_password, login
from waiting import until

from sophon_report.model import PreviewChoice
from sophon_report.store.audit import AuditStore
from sophon_report.store.database import Database
from sophon_report.store.preview import PreviewStore

GET_PREVIEW = "/sophon/v2/face/getpreview"
WIPE, OLD_WIPE = "/sophon/v2/face/wipedata", "/SophonFogSys/api/WipeData"
NOWHERE = "http://127.0.0.1:9/HistoryEvent"
OPEN = {"access": {"open_writes": True, "open_reads": True}}


@pytest.fixture
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("s") / "d"


@pytest.fixture
def box(root):
    """Ada is registered and was seen; the event waits for a receiver that is away."""
    with running_box(root, destination=[{"name": "away", "url": NOWHERE}], **OPEN) as running:
        running.register("E-1", "Ada Lovelace", "ada")
        running.vision.visit("ada")
        wait_for_records(running, 2)
        yield running


def wait_for_records(box, count):
    until(lambda: box.journaled() >= count, f"{count} records")


def known(box):
    return box.call(lambda: box.process.people.stats().faces)


def devices(box):
    return [device.device_id for device in box.call(box.process.flow.devices)]


def test_users_are_people_and_devices(box, root):
    """Events of before stay; nobody is known any more, and the next picture is a stranger's."""
    assert (known(box), devices(box)) == (1, ["door", "yard"])
    assert box.post(WIPE, {"users": True}).body == {"result": True}
    assert (known(box), devices(box)) == (0, [])
    assert box.journaled() == 2
    assert not (root / "wiping.json").exists()
    box.register("E-2", "Bob", "bob")
    assert known(box) == 1


def test_events_are_what_was_delivered_and_what_was_not(box, root):
    """People stay, and what comes after it is told as ever."""
    until(lambda: box.call(lambda: box.process.history.feed.stats().rows) == 1, "the row of the event")
    assert box.backlogs() == {"away": 1}
    assert holds(root / "journal", b"Ada Lovelace")
    assert box.post(WIPE, {"events": True}).body == {"result": True}
    assert (box.journaled(), box.backlogs(), known(box)) == (0, {"away": 0}, 1)
    assert holds(root / "journal", b"Ada Lovelace") == []
    assert box.call(lambda: box.process.history.feed.stats().rows) == 0
    box.vision.visit("ada")
    wait_for_records(box, 2)
    assert box.backlogs() == {"away": 1}


def test_all_is_the_settings_too_as_they_stand_in_the_file(box, root):
    """Devices and destinations of the file come back; who may log in stays."""
    session = login(box, first_password(root)).body["session"]
    changed = {"config_dict": {"MATCH_THRESHOLD": 91.0, "HISTORY_EVENT_UPLOAD_URL": NOWHERE}}
    assert box.post("/sophon/v2/face/setconfigs", changed).status == 200
    assert box.post(WIPE, {"all": True}).body == {"result": True}
    assert box.call(lambda: box.process.live.now.match.pass_pct) == 82.0
    assert (known(box), devices(box), box.journaled()) == (0, ["door", "yard"], 0)
    assert list(box.backlogs()) == ["away"]
    assert box.ask("GET", "/api/v1/devices", headers=bearer(session)).status == 200
    assert holds(root, b"Ada Lovelace") == []
    assert holds(root, PHOTO_JPEG) == []


def test_what_is_previewed_begins_anew_with_all(box):
    """As after a first start, now and after the next one."""
    first = box.post(GET_PREVIEW, {}).body
    chosen = {"preview_mode": "1", "selected_device_list": ["yard"], "last_set_name": "QT"}
    assert box.post("/sophon/v2/face/updatepreview", chosen).status == 200
    assert box.post(WIPE, {"all": True}).body == {"result": True}
    assert box.post(GET_PREVIEW, {}).body == first
    with closing(Database.open(box.place.store)) as database:
        assert PreviewStore(database).get() == PreviewChoice()


def test_people_are_not_wiped_while_some_are_imported(box):
    """Those of the batch that is under way would come after it; events may go."""
    seen = threading.Event()

    def see_later(photo):
        seen.wait(DEADLINE_S)
        return sight(photo)

    box.vision.sight = see_later
    folder = box.place.import_folder / "new"
    folder.mkdir()
    (folder / "E-9__Eve.jpg").write_bytes(picture("eve"))
    job = box.post("/api/v1/people/import", {"file": "new"}).body
    try:
        refused = box.post(WIPE, {"all": True})
        assert "being imported" in refused.body["error"]["message"]
        assert box.post(WIPE, {"events": True}).status == 200
    finally:
        seen.set()
    until(lambda: box.ask("GET", f"/api/v1/jobs/{job['job_id']}").body["finished_ms"], "the import's end")
    assert box.post(WIPE, {"all": True}).status == 200
    assert known(box) == 0


def test_it_is_in_the_audit_before_and_after(box):
    """And the audit itself stays, with who and from where."""
    assert box.post(WIPE, {"all": True}).status == 200
    until(lambda: len(audited(box)) >= 3, "the audit")
    assert audited(box)[:3] == [
        ("127.0.0.1", f"POST {WIPE}"),
        ("127.0.0.1", "wipe done"),
        ("127.0.0.1", "wipe begun"),
    ]
    with closing(Database.open(box.place.store)) as database:
        assert AuditStore(database).list()[1].detail == "events, settings, users"


def test_the_older_call_takes_several_and_tells_them_back(box):
    """As its sample has it."""
    options = {"users": True, "events": True, "all": False}
    answer = box.post(OLD_WIPE, {"wipe_options": options})
    assert (answer.status, answer.body) == (200, {"data": {"wipe_options": options}})
    assert (known(box), box.journaled(), devices(box)) == (0, 0, [])


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (WIPE, {}, "MISSING_ARGUMENTS"),
        (WIPE, {"users": False}, "INVALID_ARGUMENTS"),
        (WIPE, {"users": True, "events": True}, "INVALID_ARGUMENTS"),
        (WIPE, {"users": "yes"}, "INVALID_ARGUMENTS"),
        (WIPE, {"everything": True}, "INVALID_ARGUMENTS"),
        (WIPE, {"users": True, "people": True}, "INVALID_ARGUMENTS"),
        (OLD_WIPE, {}, 40091),
        (OLD_WIPE, {"wipe_options": {}}, 40091),
        (OLD_WIPE, {"wipe_options": {"users": False}}, 40091),
        (OLD_WIPE, {"wipe_options": {"users": 7}}, 40091),
        (OLD_WIPE, {"wipe_options": {"people": True}}, 40091),
    ],
)
def test_what_is_not_clearly_asked_for_removes_nothing(box, path, body, code):
    """A wish that cannot be taken back must be plain."""
    answer = box.post(path, body)
    assert (answer.status, answer.code) == (400, code)
    assert (known(box), box.journaled(), len(devices(box))) == (1, 2, 2)


def test_only_who_may_change_something_may_wipe(root):
    """The refusal names the switch."""
    with running_box(root) as box:
        box.register("E-1", "Ada", "ada")
        for path, body in ((WIPE, {"all": True}), (OLD_WIPE, {"wipe_options": {"all": True}})):
            answer = box.post(path, body)
            assert answer.status == 401
            assert "access.open_writes" in answer.body["error"]["message"]
        assert known(box) == 1


def test_people_who_are_in_front_of_a_camera_meanwhile_are_new_faces(box):
    """A stay that began before is not told at its end."""
    box.vision.stands("ada")
    wait_for_records(box, 3)
    assert box.post(WIPE, {"events": True}).status == 200
    box.vision.leaves()
    box.vision.visit("ada")
    wait_for_records(box, 2)
    assert box.journaled() == 2
