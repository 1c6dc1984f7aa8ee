"""Files brought texts that were kept as they were: what was no JSON broke every list it was in, for good."""

import json
import zipfile

import pytest
from running_box import running_box
from waiting import until

from sophon_report.errors import BadInput
from sophon_report.report.bulk.feature_tar import manifest_of

HEAD = {"format": 1, "version": "0.1.0", "made_ms": 1, "parts": {}, "secrets": False}
CAMERA = {
    "device_id": "cam",
    "name": "cam",
    "type": "rtsp",
    "url": "rtsp://10.0.0.9/1",
    "permission_id": "",
    "photo_kind": "gate",
    "region": [],
    "loop": False,
    "speed": "realtime",
    "transport": "tcp",
    "rtmp_address": "",
}
MADE_UP = {"id": "p", "name": "p", "description": "", "info": "no JSON"}
LISTS = (
    ("POST", "/sophon/v2/face/getmediadevices"),
    ("GET", "/SophonDevice/api/Devices"),
    ("GET", "/SophonFogSys/api/groups"),
    ("GET", "/SophonFogSys/api/permissions"),
)


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("b")) as running:
        password = running.place.admin_password.read_text().strip()
        opened = running.post("/api/v1/session", {"username": "admin", "password": password})
        running.admin = {"Authorization": f"Bearer {opened.body['token']}"}
        yield running


def restored(box, **members):
    """The job that puts a backup of these members back, when it has ended."""
    with zipfile.ZipFile(box.place.import_folder / "made-up.zip", "w") as file:
        for name, value in {"backup": HEAD, **members}.items():
            file.writestr(f"{name}.json", json.dumps(value))
    begun = box.ask("POST", "/api/v1/restore", {"file": "made-up.zip", "dry_run": False}, box.admin)

    def job():
        return box.ask("GET", f"/api/v1/jobs/{begun.body['job_id']}", headers=box.admin).body

    until(lambda: job()["state"] not in ("queued", "running"), "the end of the job")
    return job()


def test_a_camera_with_further_fields_that_are_none_is_refused_by_its_id(box):
    """So is one of a line break in its group or its address; one beside them is put back."""
    rows = [
        {**CAMERA, "device_id": "text", "vendor_json": "no JSON"},
        {**CAMERA, "device_id": "list", "vendor_json": "[1]"},
        {**CAMERA, "device_id": "large", "vendor_json": json.dumps({"x": "y" * 5000})},
        {**CAMERA, "device_id": "group", "permission_id": "a\nb"},
        {**CAMERA, "device_id": "relay", "rtmp_address": "rtmp://a\nb"},
        {**CAMERA, "device_id": "good", "vendor_json": '{"kept": 1}'},
    ]
    told = restored(box, devices=rows)["result"]["devices"]
    assert (set(told["refused"]), told["added"]) == ({"text", "list", "large", "group", "relay"}, ["good"])
    for method, path in LISTS:
        assert box.ask(method, path, {} if method == "POST" else None, box.admin).status == 200, path


@pytest.mark.parametrize("kind", ["permissions", "groups"])
def test_groups_with_more_than_can_be_told_change_nothing(box, kind):
    """The file is damaged: it says so before anything of it counts."""
    for row in (MADE_UP, {**MADE_UP, "info": "{}", "description": "d" * 3000}):
        ended = restored(box, groups={kind: [row]})
        assert (ended["state"], "group" in ended["problem"] or "info" in ended["problem"]) == ("failed", True)
    for method, path in LISTS:
        assert box.ask(method, path, {} if method == "POST" else None, box.admin).status == 200, path


def test_an_exported_file_with_such_a_group_is_no_file_of_people():
    """An operator may import one."""
    told = {"format": 1, "embedder": "sha", "dimension": 4, "people": 0, "photos": False, "groups": [MADE_UP]}
    with pytest.raises(BadInput, match="info must be an object"):
        manifest_of(json.dumps(told).encode())


def test_a_whole_table_is_no_setting(box):
    """It would take the ports of the settings file away, and name addresses that the rule does not see."""
    tables = {
        "server": {"api_port": 5},
        "access": {"open_writes": True},
        "status": {"urls": ["http://169.254.169.254/"]},
    }
    told = restored(box, settings={"settings": {**tables, "visit.gap_s": 9.0}, "vendor": {}})["result"]
    assert (set(told["settings"]["refused"]), told["settings"]["changed"]) == (set(tables), ["visit.gap_s"])
    assert told["waiting"] == []
    for name, value in tables.items():
        answer = box.ask("PATCH", "/api/v1/settings", {"changes": {name: value}}, box.admin)
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, f"#/changes/{name}")
