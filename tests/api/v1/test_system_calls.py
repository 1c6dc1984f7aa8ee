"""What the system screen asks: where settings are from, logs, usage, models, licences, notes, restart."""

import json
import re
from pathlib import Path

import pytest
import structlog
from running_box import running_box

from sophon_report import __version__
from sophon_report.config import Log
from sophon_report.ops import licences, logs

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("b"), visit={"gap_s": 7.0}) as running:
        yield running


@pytest.fixture(scope="module")
def admin(box):
    password = box.place.admin_password.read_text().strip()
    opened = box.post("/api/v1/session", {"username": "admin", "password": password})
    return {"Authorization": f"Bearer {opened.body['token']}"}


def test_a_setting_says_where_it_is_from_and_goes_back_there(box, admin):
    """A stored one wins over that of the file, until it is reset."""

    def told(*changes):
        for change in changes:
            assert box.ask("PATCH", "/api/v1/settings", {"changes": change}, admin).status == 200
        rows = {row["key"]: row for row in box.ask("GET", "/api/v1/settings", headers=admin).body["settings"]}
        three = ("visit.gap_s", "visit.max_s", "log.level")
        return [(rows[key]["value"], rows[key]["file_value"], rows[key]["origin"]) for key in three]

    assert told() == [(7.0, 7.0, "file"), (3600.0, 3600.0, "default"), ("info", "info", "default")]
    changed = told({"visit.gap_s": 2.5, "log.level": "warning"})
    assert changed == [(2.5, 7.0, "stored"), (3600.0, 3600.0, "default"), ("warning", "info", "stored")]
    assert told({"visit.gap_s": None, "log.level": None})[0] == (7.0, 7.0, "file")


def test_every_setting_has_a_form_that_a_page_can_make_a_control_of(box, admin):
    """Words to choose from, units, bounds; a secret is never told."""
    rows = {row["key"]: row for row in box.ask("GET", "/api/v1/settings", headers=admin).body["settings"]}
    assert rows["engine.kind"]["choices"] == ["auto", "cpu", "sail"]
    assert (rows["engine.kind"]["at_start"], rows["visit.gap_s"]["at_start"]) == (True, False)
    assert [rows[key]["unit"] for key in ("visit.gap_s", "match.pass_pct", "preview.fps")] == ["s", "pct", "fps"]
    assert (rows["visit.gap_s"]["form"]["minimum"], rows["visit.gap_s"]["form"]["maximum"]) == (0.1, 600)
    assert (rows["license_key"]["secret"], rows["license_key"]["value"]) == (True, "***")
    assert {row["form"]["type"] for row in rows.values()} <= {"string", "number", "integer", "boolean", "array"}


def test_the_log_is_told_to_who_may_administer_and_followed_by_number(box, admin):
    """And holds no password."""
    before = structlog.get_config()
    logs.configure(Log(level="info"), "report")
    try:
        structlog.get_logger().warning("camera_away", url="rtsp://admin:hunter2@10.0.0.1/1")
        assert box.ask("GET", "/api/v1/logs").status == 401
        page = box.ask("GET", "/api/v1/logs?text=camera_AWAY&level=warning", headers=admin).body
        assert page["lines"][-1]["fields"] == {"url": "rtsp://admin:***@10.0.0.1/1", "process": "report"}
        assert "hunter2" not in json.dumps(page)
        structlog.get_logger().info("after_it")
        after = box.ask("GET", f"/api/v1/logs?after={page['last_seq']}", headers=admin).body
        assert "after_it" in [line["event"] for line in after["lines"]]
        assert box.ask("GET", "/api/v1/logs?level=loud", headers=admin).code == "INVALID_ARGUMENTS"
    finally:
        structlog.configure(**before)


def test_usage_tells_both_processes_and_what_fills_the_disk(box, admin):
    """Of what vision tells: the scripted one says that it is process 1."""
    usage = box.ask("GET", "/api/v1/usage", headers=admin).body
    assert [one["process"] for one in usage["processes"]] == ["report", "vision"]
    assert usage["processes"][0]["memory_bytes"] > 10 << 20
    places = {one["place"]: one for one in usage["places"]}
    assert places["store"]["files"] >= 1
    assert places["store"]["size_bytes"] > 0
    assert usage["box"]["disk"]["size_bytes"] > usage["box"]["disk"]["free_bytes"] > 0


def test_models_that_are_missing_are_said_to_be(box, admin):
    """No file of theirs is in this folder."""
    told = box.ask("GET", "/api/v1/models", headers=admin).body
    assert {(one["role"], one["state"], one["in_use"]) for one in told["models"]} == {
        ("detector", "missing", False),
        ("embedder", "missing", False),
        ("attributes", "missing", False),
    }
    assert (told["engine"], told["embedder"]) == ("script", "sha")


def test_everything_that_is_shipped_has_a_licence(box):
    """Every needed package, and every folder that the page brings along."""
    told = {one["name"]: one for one in box.ask("GET", "/api/v1/licences").body["licences"]}
    assert {"sophon-report", "aiohttp", "numpy", "CPython"} <= set(told)
    ours = {name for name, one in told.items() if one["kind"] in ("own", "web", "native")}
    assert {name for name in ours | {"aiohttp", "numpy"} if not told[name]["licence"]} == set()
    vendored = {folder.name for folder in (ROOT / "sophon_report" / "web" / "vendor").glob("*/")}
    assert vendored == set(licences.OF_PAGE) & vendored, "a folder whose licence is not told"


def test_the_notes_of_this_version_are_told_in_both_languages(box):
    """And the changes name the same versions."""
    told = box.ask("GET", "/api/v1/release-notes").body
    assert told["version"] == told["releases"][0]["version"] == __version__
    assert all(len(one["en"]) == len(one["zh"]) > 0 for one in told["releases"])
    changes = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert changes == [one["version"] for one in told["releases"]]


def test_a_service_inside_another_program_says_how_it_is_begun_anew(box, admin):
    """It does not end that program."""
    assert box.ask("GET", "/api/v1/restart", headers=admin).body["possible"] is False
    refused = box.ask("POST", "/api/v1/restart", {}, admin)
    assert (refused.status, refused.code) == (409, "CONFLICT")
    assert "systemctl restart sophon-report" in refused.body["detail"]
