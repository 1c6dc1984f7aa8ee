"""Settings, cameras, destinations and people from one box onto another, in one file."""

import json
import shutil
import zipfile

import pytest
from running_box import running_box
from waiting import until

PASSPHRASE = "correct horse"
URL = "rtsp://root:hunter2@10.0.0.33/ch1"
KEY = "s3cret-key"


def admin_of(box):
    password = box.place.admin_password.read_text().strip()
    opened = box.post("/api/v1/session", {"username": "admin", "password": password})
    return {"Authorization": f"Bearer {opened.body['token']}"}


def done(box, admin, path, body):
    """The job that a call begins, when it has ended."""
    begun = box.ask("POST", path, body, admin)
    assert begun.status == 202, begun

    def job():
        return box.ask("GET", f"/api/v1/jobs/{begun.body['job_id']}", headers=admin).body

    until(lambda: job()["state"] in ("done", "failed", "cancelled"), "the end of the job")
    return job()


@pytest.fixture
def full(tmp_path_factory):
    """A box with a bit of everything."""
    with running_box(tmp_path_factory.mktemp("a"), visit={"gap_s": 7.0}) as box:
        box.admin = admin_of(box)
        ask = box.ask
        assert ask("PATCH", "/api/v1/settings", {"changes": {"match.pass_pct": 85.0}}, box.admin).status == 200
        camera = {"device_id": "gate", "url": URL, "permission_id": "staff"}
        assert ask("POST", "/api/v1/devices", camera, box.admin).status == 201
        platform = {"name": "platform", "url": "http://127.0.0.1:9/x", "headers": {"X-Key": KEY}}
        assert ask("POST", "/api/v1/destinations", platform, box.admin).status == 201
        v2 = {"permission_name": "Staff", "permission_id": "staff"}
        assert ask("POST", "/sophon/v2/face/createpermission", v2, box.admin).status == 200
        box.register("E-1", "Ada", "ada", ("staff",))
        box.register("E-2", "李", "bob")
        yield box


@pytest.fixture
def empty(tmp_path_factory):
    """As it comes, but for its own two cameras."""
    with running_box(tmp_path_factory.mktemp("b")) as box:
        box.admin = admin_of(box)
        yield box


def backed_up(full, empty, **what):
    """A backup of ``full``, brought to ``empty``; its name there."""
    made = done(full, full.admin, "/api/v1/backups", what)
    assert made["state"] == "done", made
    name = made["result"]["backup"]
    got = full.raw("GET", f"/api/v1/backups/{name}", full.admin)
    (empty.place.import_folder / name).write_bytes(got.body)
    return name


def settings_of(box):
    rows = box.ask("GET", "/api/v1/settings", headers=box.admin).body["settings"]
    return {row["key"]: row["value"] for row in rows}


def test_a_second_box_becomes_as_the_first_one_was(full, empty):
    """Looked through first, which changes nothing; then settings, cameras, destinations and people are there."""
    name = backed_up(full, empty, passphrase=PASSPHRASE)
    asked = {"file": name, "passphrase": PASSPHRASE}
    seen = done(empty, empty.admin, "/api/v1/restore", asked)["result"]
    assert (seen["people"], seen["devices"]["added"]) == ({"new": 2, "known": 0, "refused": 0}, ["gate"])
    assert seen["settings"]["changed"] == ["match.pass_pct", "visit.gap_s"]
    assert settings_of(empty)["match.pass_pct"] == 82.0
    restored = done(empty, empty.admin, "/api/v1/restore", {**asked, "dry_run": False})
    assert (restored["state"], restored["result"]["registered"]) == ("done", 2)
    assert (settings_of(empty)["match.pass_pct"], settings_of(empty)["visit.gap_s"]) == (85.0, 7.0)
    people = empty.ask("GET", "/api/v1/people/E-1", headers=empty.admin).body
    assert (people["name"], len(people["faces"])) == ("Ada", 1)
    assert empty.call(empty.process._devices.get, "gate").url == URL
    kept = empty.call(empty.process._destination_store.list)
    assert [(one.name, one.transport.headers) for one in kept] == [("platform", (("X-Key", KEY),))]
    again = done(empty, empty.admin, "/api/v1/restore", asked)["result"]
    assert again["settings"]["changed"] == again["devices"]["changed"] == again["destinations"]["changed"] == []
    assert again["people"] == {"new": 0, "known": 2, "refused": 0}


def test_without_a_passphrase_no_secret_is_in_it_and_what_lacks_one_is_named(full, empty):
    """On the box that knows them they stay."""
    name = backed_up(full, empty)
    path = empty.place.import_folder / name
    assert not any(secret in path.read_bytes() for secret in (b"hunter2", KEY.encode(), b"LICENCE-0001"))
    seen = done(empty, empty.admin, "/api/v1/restore", {"file": name})["result"]
    assert seen["devices"]["without_secret"] == ["gate"]
    assert seen["destinations"]["without_secret"] == ["platform"]
    assert done(full, full.admin, "/api/v1/restore", {"backup": name, "dry_run": False})["state"] == "done"
    assert full.call(full.process._devices.get, "gate").url == URL
    assert full.call(full.process._destination_store.get, "platform").transport.headers == (("X-Key", KEY),)


def test_a_file_that_is_damaged_or_locked_changes_nothing(full, empty):
    """Whatever is wrong with it is said; the settings before it are as they were, too."""
    name = backed_up(full, empty, passphrase=PASSPHRASE)
    path = empty.place.import_folder / name
    whole, before = path.read_bytes(), settings_of(empty)
    at = whole.index(b"\xff\xd8\xff")
    for content, passphrase in (
        (whole[:-30], ""),
        (b"no zip", ""),
        (whole, "wrong passphrase"),
        (whole[:at] + b"\x00" + whole[at + 1 :], PASSPHRASE),
    ):
        path.write_bytes(content)
        asked = {"file": name, "passphrase": passphrase, "dry_run": False}
        ended = done(empty, empty.admin, "/api/v1/restore", asked)
        assert ended["state"] == "failed", ended
        assert ended["problem"]
    assert settings_of(empty) == before
    assert empty.ask("GET", "/api/v1/people", headers=empty.admin).body["total"] == 0


def test_a_backup_that_somebody_made_up_puts_no_forbidden_file_before_a_camera(full, empty):
    """Its rows are refused as calls are; the others count."""
    name = backed_up(full, empty)
    path, forged = empty.place.import_folder / name, empty.place.import_folder / "forged.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(forged, "w") as new:
        for one in old.infolist():
            content = old.read(one)
            if one.filename == "devices.json":
                rows = json.loads(content)
                content = json.dumps(
                    [
                        {**rows[0], "device_id": "bad", "type": "file", "url": "/etc/passwd"},
                        {"device_id": "odd"},
                        7,
                    ]
                )
            new.writestr(one.filename, content)
    seen = done(empty, empty.admin, "/api/v1/restore", {"file": "forged.zip", "dry_run": False})["result"]
    assert set(seen["devices"]["refused"]) == {"bad", "odd", "?"}
    assert [one.device_id for one in empty.call(empty.process._devices.list)] == ["door", "yard"]


def test_who_is_erased_is_in_no_backup_that_lies_here(full):
    """All of them go."""
    done(full, full.admin, "/api/v1/backups", {})
    assert len(full.ask("GET", "/api/v1/backups", headers=full.admin).body["backups"]) == 1
    assert full.ask("DELETE", "/api/v1/people", {"identity_id": "E-1"}, full.admin).status == 200
    until(
        lambda: full.ask("GET", "/api/v1/people/erasing", headers=full.admin).body["state"] != "running", "the end"
    )
    assert list(full.place.backups.iterdir()) == []


def test_backups_are_listed_and_removed_by_administrators_only(full):
    """No name leads elsewhere; a short passphrase is refused at its field."""
    done(full, full.admin, "/api/v1/backups", {"parts": ["settings"]})
    (listed,) = full.ask("GET", "/api/v1/backups", headers=full.admin).body["backups"]
    assert (listed["parts"], listed["secrets"]) == ({"settings": 2}, False)
    shutil.copy(full.place.backups / listed["name"], full.place.root / "backup-20260101-000000-00000000.zip")
    for name in ("..%2fbackup-20260101-000000-00000000.zip", "backup-20260101-000000-00000000.zip"):
        assert full.ask("GET", f"/api/v1/backups/{name}", headers=full.admin).status == 404
    assert full.ask("GET", "/api/v1/backups").status == 401
    refused = full.ask("POST", "/api/v1/backups", {"passphrase": "short"}, full.admin)
    assert refused.body["errors"][0]["pointer"] == "#/passphrase"
    assert full.ask("DELETE", f"/api/v1/backups/{listed['name']}", headers=full.admin).status == 200
    assert full.ask("GET", "/api/v1/backups", headers=full.admin).body["backups"] == []
