"""Groups were put back by name and people with them, but cameras kept the other box's id: they accepted nobody."""

import json
import zipfile

import pytest
from running_box import running_box
from waiting import until

from sophon_report.errors import BadInput
from sophon_report.report.backup.group_ids import GroupIds
from sophon_report.report.bulk.rows import GroupGiven
from sophon_report.store.permissions import MAX_GROUPS

HEAD = {"format": 1, "version": "0.1.0", "made_ms": 1, "parts": {}, "secrets": False}
CAMERA = {
    "name": "cam",
    "type": "rtsp",
    "photo_kind": "gate",
    "region": [],
    "loop": False,
    "speed": "realtime",
    "transport": "tcp",
    "rtmp_address": "",
}
STAFF, NIGHT, DAY = (
    {"id": permission_id, "name": name, "description": "", "info": "{}"}
    for permission_id, name in (("g1", "Staff"), ("g2", "Night"), ("g3", "Day"))
)


@pytest.fixture
def box(tmp_path):
    """Its group Staff has another id than in the backup, and g2 is the id of another group than there."""
    with running_box(tmp_path) as running:
        password = running.place.admin_password.read_text().strip()
        opened = running.post("/api/v1/session", {"username": "admin", "password": password})
        running.admin = {"Authorization": f"Bearer {opened.body['token']}"}
        for permission_id, name in (("x9", "Staff"), ("g2", "Visitors")):
            made = {"permission_name": name, "permission_id": permission_id}
            assert running.ask("POST", "/sophon/v2/face/createpermission", made, running.admin).status == 200
        yield running


def camera(device_id, permission_id):
    return {
        **CAMERA,
        "device_id": device_id,
        "url": f"rtsp://10.0.0.9/{device_id}",
        "permission_id": permission_id,
    }


def restored(box, parts=("devices", "people"), dry_run=False, **members):
    """What came of putting a backup of these members back."""
    with zipfile.ZipFile(box.place.import_folder / "made-up.zip", "w") as file:
        for name, value in {"backup": HEAD, **members}.items():
            file.writestr(f"{name}.json", json.dumps(value))
    asked = {"file": "made-up.zip", "dry_run": dry_run, "parts": parts}
    begun = box.ask("POST", "/api/v1/restore", asked, box.admin)

    def job():
        return box.ask("GET", f"/api/v1/jobs/{begun.body['job_id']}", headers=box.admin).body

    until(lambda: job()["state"] not in ("queued", "running"), "the end of the job")
    return job()["result"]["devices"]


def bound(box):
    """Which group each camera accepts, by their names."""
    groups = box.ask("GET", "/api/v1/groups", headers=box.admin).body["groups"]
    return {device["device_id"]: group["name"] for group in groups for device in group["devices"]}


def test_a_camera_is_bound_to_the_group_of_that_name_whatever_its_id_is(box):
    """So it is when another group of this box has the id, or none, and when it is done again."""
    rows = [camera("east", "g1"), camera("west", "g2"), camera("south", "g3"), camera("free", "")]
    members = {"groups": {"permissions": [STAFF, NIGHT, DAY]}, "devices": rows}
    for again in (False, True):
        told = restored(box, **members)
        assert (told["refused"], len(told["added"])) == ({}, 0 if again else 4)
        assert bound(box) == {"east": "Staff", "west": "Night", "south": "Day"}
        assert box.call(box.process._devices.get, "free").permission_id == ""
    assert restored(box, **members, dry_run=True)["changed"] == []


def test_a_camera_whose_group_is_not_here_is_refused_by_name_when_no_people_come_with_it(box):
    """Looked through, it is told; what this box knows by name or, of a backup without groups, by id is taken."""
    rows = [camera("east", "g1"), camera("west", "g2"), camera("south", "g3")]
    members = {"groups": {"permissions": [STAFF, NIGHT]}, "devices": rows}
    for dry_run in (True, False):
        told = restored(box, ("devices",), dry_run, **members)
        assert (set(told["refused"]), told["added"]) == ({"west", "south"}, ["east"])
        assert "Night is not on this box" in told["refused"]["west"]
        assert "neither in the backup nor on this box" in told["refused"]["south"]
    assert bound(box) == {"east": "Staff"}
    told = restored(box, ("devices",), devices=rows)
    assert (set(told["refused"]), told["added"]) == ({"east", "south"}, ["west"])
    assert bound(box) == {"east": "Staff", "west": "Visitors"}


def test_what_a_camera_is_bound_to_stays_where_nobody_knows_the_group():
    """Its group was deleted, or has another name now: the same box is put back as it is."""
    ids = GroupIds([GroupGiven("g1", "Staff")], {"g1": "Personnel"}, are_made=False)
    assert (ids.id_here("g1", "g1"), ids.id_here("gone", "gone")) == ("g1", "gone")
    for permission_id in ("g1", "gone"):
        with pytest.raises(BadInput, match="its permission group"):
            ids.id_here(permission_id, "")


def test_groups_that_cannot_be_made_are_refused_before_anything_changes():
    """More than there may be, and names that nobody could be shown."""
    full = {f"g{number}": f"Group {number}" for number in range(MAX_GROUPS)}
    assert GroupIds([GroupGiven("g", "Group 7")], full, are_made=True).id_here("g", "") == "g7"
    with pytest.raises(BadInput, match="more than 10000 permission groups"):
        GroupIds([GroupGiven("g", "One more")], full, are_made=True)
    with pytest.raises(BadInput, match="control characters"):
        GroupIds([GroupGiven("g", "a\nb")], {}, are_made=True)
