"""Addresses that the box posts nothing to, by every call that sets one."""

import pytest
from running_box import running_box
from waiting import until

OPEN = {"open_reads": True, "open_writes": True}
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture
def box(tmp_path):
    with running_box(tmp_path, access=OPEN) as running:
        yield running


def test_no_call_of_ours_takes_a_refused_address(box):
    """Neither saved nor tried; the field is named, and the setting that says so."""
    for path in ("/api/v1/destinations", "/api/v1/destinations/test"):
        refused = box.post(path, {"name": "a", "url": METADATA})
        assert (refused.status, refused.code) == (400, "ADDRESS_REFUSED")
        assert refused.body["errors"][0]["pointer"] == "#/url"
        assert "access.destination_networks_refused" in refused.body["detail"]
    assert box.post("/api/v1/destinations", {"name": "a", "url": "http://127.0.0.1:9/"}).status == 201
    changed = box.ask("PUT", "/api/v1/destinations/a", {"name": "a", "url": METADATA})
    assert changed.code == "ADDRESS_REFUSED"


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        *(
            ("POST", "/sophon/v2/face/setconfigs", {"config_dict": {key: METADATA}}, "CONFIG_ITEM_FAIL")
            for key in ("HISTORY_EVENT_UPLOAD_URL", "MEDIA_DEVICE_MONITOR_URL")
        ),
        (
            "POST",
            "/SophonFogSys/api/EventServerUrl",
            {"event_server_url": [METADATA], "content-type": "json"},
            40091,
        ),
        (
            "POST",
            "/SophonFogSys/api/HistoryEventUrl",
            {"history_upload_event_url": [METADATA], "content-type": "json", "reported_peroid": 5},
            40091,
        ),
        (
            "POST",
            "/SophonFogSys/api/MonitorServerUrl",
            {"monitor_server_url": METADATA, "content-type": "json", "reported_peroid": 5},
            40091,
        ),
    ],
)
def test_no_call_of_the_vendors_takes_one(box, method, path, body, code):
    """In the vendor's own words for a wrong argument."""
    refused = box.ask(method, path, body)
    assert (refused.status, refused.code) == (400, code)
    assert "169.254.0.0/16" in refused.body["error"]["message"]
    assert box.ask("GET", "/api/v1/destinations").body["destinations"] == []


def test_one_that_is_refused_later_pauses_with_its_backlog_and_goes_on_when_it_may(box):
    """Nothing is lost; the reason has a code."""
    assert box.post("/api/v1/destinations", {"name": "a", "url": "http://127.0.0.2:9/"}).status == 201
    rule = box.process.live.now.access.destination_networks_refused
    box.run(box.process.live.change({"access.destination_networks_refused": [*rule, "127.0.0.2/32"]}))
    box.vision.visit("ada")

    def row():
        return box.ask("GET", "/api/v1/delivery").body["destinations"][0]

    until(lambda: row()["last_error_code"] == "address_refused", "the refusal")
    assert (row()["state"], row()["backlog"], row()["dead_letters"]) == ("paused", 1, 0)
    box.run(box.process.live.change({"access.destination_networks_refused": None}))
    box.ask("POST", "/api/v1/destinations/a/resume", {})
    until(lambda: row()["last_error_code"] == "refused", "an attempt at the port that nobody listens on")
    assert row()["backlog"] == 1


def test_status_reports_are_told_to_no_such_address(box):
    """By the settings' own call and by the machine's."""
    with pytest.raises(Exception, match=r"status\.urls") as refused:
        box.run(box.process.live.change({"status.urls": [METADATA]}))
    assert [key for key, _ in refused.value.problems] == ["status.urls"]
    body = {"device_monitor_url": METADATA, "device_monitor_report_period": 60, "reporter_id": "r"}
    machine = box.ask("POST", "/sophon/v2/system/setsystemmonitorconfig", body, port=box.process.system_port)
    assert machine.status == 400
