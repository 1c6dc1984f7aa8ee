"""Pictures of devices for whoever sets them up, and how devices are told, over the running service."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from running_box import running_box
from samples import PHOTO_JPEG
from waiting import until

from sophon_report.link.messages import DeviceState

PICTURE = "/api/v1/devices/door/picture"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    gate = {"id": "gate", "name": "gate", "type": "photo", "url": "10.0.0.9"}
    devices = [{"id": name, "name": name, "url": f"rtsp://u:hunter2@10.0.0.2/{name}"} for name in ("door", "yard")]
    with running_box(
        tmp_path_factory.mktemp("p"), device=[*devices, gate], access={"open_reads": True}
    ) as running:
        yield running


def state_of(box, device_id):
    rows = {row["device_id"]: row for row in box.ask("GET", "/api/v1/devices").body["devices"]}
    return rows[device_id]


def comes(box, state):
    box.vision.link.send(state)
    until(lambda: state_of(box, state.device_id)["state"] == state.state, "the state")


def test_a_picture_is_made_when_somebody_asks_and_no_longer(box):
    """All who wait for it get the same; then vision has nothing more to make."""
    comes(box, DeviceState("door", "online", now_ms=1, width=1920, height=1080))
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(box.raw, "GET", PICTURE) for _ in range(2)]
        desk = box.process.preview.stream
        until(lambda: len(box.call(lambda: desk._asked.get("door", ()))) == 2, "both wait")
        until(lambda: box.vision.wanted.device_ids == ("door",), "vision is asked")
        box.vision.preview("door")
        answers = [each.result() for each in asked]
    assert [(each.status, each.body) for each in answers] == [(200, PHOTO_JPEG)] * 2
    assert answers[0].headers["Cache-Control"] == "no-store"
    until(lambda: box.vision.wanted.device_ids == (), "nobody waits")


def test_a_device_that_gives_no_picture_is_told_with_its_reason(box):
    """In a word that stays beside the words; a photo device sends by itself; nobody waits for any."""
    words = "rtsp://u:***@10.0.0.2/yard cannot be reached: no route to it"
    comes(box, DeviceState("yard", "offline", words, reason_code="unreachable"))
    row = state_of(box, "yard")
    assert (row["reason"], row["reason_code"], row["transport"]) == (words, "unreachable", "tcp")
    refused = box.ask("GET", "/api/v1/devices/yard/picture")
    assert (refused.status, refused.code) == (503, "NO_PICTURE")
    assert words in refused.body["detail"]
    assert box.ask("GET", "/api/v1/devices/gate/picture").code == "NO_PICTURE"
    assert box.ask("GET", "/api/v1/devices/none/picture").code == "NOT_FOUND"


def test_the_tag_of_a_device_is_that_of_its_configuration(box):
    """How it does changes every second, and is no reason to refuse a change; the list has none."""
    before = box.ask("GET", "/api/v1/devices/door").headers["ETag"]
    comes(box, DeviceState("door", "ended", now_ms=2))
    assert box.ask("GET", "/api/v1/devices/door").headers["ETag"] == before
    assert "ETag" not in box.ask("GET", "/api/v1/devices").headers
