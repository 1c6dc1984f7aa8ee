"""Our own call that tries a camera out: what it answers, and what it refuses to open."""

import json

import pytest
from own_calls import own_port

from sophon_report.api.call import Need
from sophon_report.api.v1.camera_tests import CameraTestCalls
from sophon_report.errors import DeviceNotFound, Unavailable
from sophon_report.model import Device, DeviceType
from sophon_report.report.camera_test import device_at
from sophon_report.vision.camera_found import Trial

DOOR = Device("door", "front", DeviceType.RTSP, "rtsp://admin:hunter2@10.0.0.9/1", transport="udp")


class Scripted:
    """Opens nothing, and says what it was asked to open."""

    def __init__(self, error=None):
        self.opened, self._error = [], error

    async def run(self, device):
        self.opened.append((device.type, device.url, device.transport))
        if self._error:
            raise self._error
        return Trial(device.safe_url, "", "h264", 640, 480, 25.0, 24.9, 1200, None, b"\xff\xd8")


GATE = Device("gate", "gate", DeviceType.PHOTO, "10.0.0.8")


def stored(device_id):
    for device in (DOOR, GATE):
        if device_id == device.device_id:
            return device
    raise DeviceNotFound(f"no device has the id {device_id}")


def ask(tester, folder, **values):
    operations = CameraTestCalls(tester, stored, device_at, folder).operations()
    assert [operation.need for operation in operations] == [Need.WRITE]
    with own_port(operations) as port:
        return port.ask("POST", "/api/v1/devices/test", json.dumps(values).encode())


def test_what_came_is_told_with_a_picture(tmp_path):
    """What was not found out is null; no password is told."""
    tester = Scripted()
    reply = ask(tester, tmp_path, url=DOOR.url, transport="udp")
    assert tester.opened == [(DeviceType.RTSP, DOOR.url, "udp")]
    assert reply.status == 200
    assert reply.json == {
        "ok": True,
        "reason": "",
        "reason_code": "",
        "address": "rtsp://admin:***@10.0.0.9/1",
        "codec": "h264",
        "width": 640,
        "height": 480,
        "told_fps": 25.0,
        "counted_fps": 24.9,
        "opening_ms": 1200,
        "faces": None,
        "picture": "/9g=",
    }


def test_a_stored_device_is_tried_by_its_id(tmp_path):
    """Nobody has to know its password."""
    tester = Scripted()
    assert ask(tester, tmp_path, device_id="door").status == 200
    assert ask(tester, tmp_path, device_id="none").code == "NOT_FOUND"
    assert tester.opened == [(DeviceType.RTSP, DOOR.url, "udp")]


def test_a_changed_address_of_a_stored_device_is_tried_with_its_password_on_its_host_alone(tmp_path):
    """Whoever is told no password sends none to another place, by another name or in another way."""
    tester = Scripted()
    assert (
        ask(tester, tmp_path, device_id="door", url="rtsp://admin:***@10.0.0.9/2", transport="udp").status == 200
    )
    assert tester.opened == [(DeviceType.RTSP, "rtsp://admin:hunter2@10.0.0.9/2", "udp")]
    for elsewhere in ("rtsp://admin:***@10.0.0.7/1", "rtsp://root:***@10.0.0.9/1", "rtsps://admin:***@10.0.0.9/1"):
        assert ask(tester, tmp_path, device_id="door", url=elsewhere).status == 400
    for trick in ("rtsp://admin:***@10.0.0.9@10.0.0.7/1", "rtsp://admin:***@10.0.0.9:99/1"):
        assert ask(tester, tmp_path, device_id="door", url=trick).status == 400
    assert len(tester.opened) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"url": "/etc/passwd"},
        {"url": "../film.mp4"},
        {"url": "file:///etc/passwd"},
        {"url": "ftp://10.0.0.1/"},
        {"url": "rtsp://admin:***@10.0.0.9/1"},
        {"url": "rtsp://10.0.0.9/1", "transport": "http"},
        {},
    ],
)
def test_what_no_device_may_be_is_not_opened(tmp_path, given):
    """The refusal names the argument."""
    tester = Scripted()
    refused = ask(tester, tmp_path, **given)
    assert refused.status == 400
    assert any(name in refused.detail for name in ("url", "transport"))
    assert tester.opened == []


def test_a_photo_device_is_not_opened(tmp_path):
    """Nothing stands there that could be opened: it sends."""
    tester = Scripted()
    refused = ask(tester, tmp_path, device_id="gate")
    assert (refused.status, tester.opened) == (400, [])
    assert "sends its pictures by itself" in refused.detail


@pytest.mark.parametrize("name", ["film.mp4", "concat:a|b"])
def test_a_film_of_the_import_folder_may_be_tried(tmp_path, name):
    """By its name there, whatever that looks like."""
    tester = Scripted()
    assert ask(tester, tmp_path, url=name).status == 200
    assert tester.opened == [(DeviceType.FILE, str(tmp_path / name), "tcp")]


def test_who_comes_second_is_told_to_wait(tmp_path):
    """And when to ask again: 503 is no fault of the service."""
    reply = ask(Scripted(Unavailable("another camera is being tested")), tmp_path, url=DOOR.url)
    assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "UNAVAILABLE", "5")
