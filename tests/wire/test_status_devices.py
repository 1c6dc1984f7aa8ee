"""Which devices are online, in the words of each firmware."""

from sophon_report.condition import DeviceStatus
from sophon_report.model import Device, DeviceType
from sophon_report.wire import status_devices
from sophon_report.wire.names import license_and_address

CAMERA = Device("d1", "front door", DeviceType.RTSP, "rtsp://admin:secret@10.0.0.21:554/main", "p1")
TERMINAL = Device("d2", "gate", DeviceType.PHOTO, "10.0.0.22")
FILM = Device("d3", "film", DeviceType.FILE, "/data/film.mp4")
ALL = [DeviceStatus(CAMERA, True), DeviceStatus(TERMINAL, True), DeviceStatus(FILM, False)]


def test_firmware_v6_gets_the_list_under_both_names():
    """The vendor's table has one name, its sample the other."""
    report = status_devices.g2(ALL, "LICENCE")
    assert report["media_devices"] == report["sub_devices"]
    assert report["media_devices"][0] == {
        "media_device_id": "d1",
        "media_device_name": "front door",
        "media_device_status": "online",
        "media_device_ip": "10.0.0.21",
        "permission_id": "p1",
        "media_device_type": "rtsp",
        "media_device_url": "rtsp://admin:***@10.0.0.21:554/main",
    }


def test_a_device_that_gives_no_pictures_is_offline():
    """There are two words only."""
    assert [row["media_device_status"] for row in status_devices.g2(ALL, "")["media_devices"]] == [
        "online",
        "online",
        "offline",
    ]


def test_firmware_v5_names_a_device_by_licence_key_and_address():
    """The IP of a photo device, the URL of the others without its password; types are words."""
    rows = status_devices.g1(ALL, "LICENCE")["sub_devices"]
    assert [row["ep_id"] for row in rows] == [
        "LICENCE__rtsp://admin:***@10.0.0.21:554/main",
        "LICENCE__10.0.0.22",
        "LICENCE__/data/film.mp4",
    ]
    assert [row["ep_type"] for row in rows] == ["rtsp", "photo", "file"]
    assert rows[0]["ep_location"] == "p1"


def test_before_v5r7_types_are_numbers_in_text():
    """3 is a stream, 0 a gate; only streams have a URL."""
    rows = status_devices.endpoints_g0(ALL, "LICENCE")
    assert [row["ep_type"] for row in rows] == ["3", "0", "3"]
    assert [row.get("ep_url") for row in rows] == ["rtsp://admin:***@10.0.0.21:554/main", None, "/data/film.mp4"]


def test_no_report_holds_a_stream_password():
    """Nor does the id that is made of a URL."""
    broken = Device("d4", "x", DeviceType.RTSP, "rtsp://admin:sec/ret@[10.0.0.21/main")
    every = [DeviceStatus(CAMERA, True), DeviceStatus(broken, True)]
    reports = [status_devices.g2(every, ""), status_devices.g1(every, ""), status_devices.endpoints_g0(every, "")]
    assert "sec" not in str(reports).replace("seconds", "")


def test_every_type_of_device_has_its_number():
    """One that is added must not end in an error at the first report."""
    for kind in DeviceType:
        assert status_devices.endpoints_g0([DeviceStatus(Device("d", "d", kind, "x"), True)], "")


def test_a_device_has_the_same_id_in_its_events_and_in_the_report():
    """Whoever gets both can join them."""
    rows = status_devices.g1(ALL, "LICENCE")["sub_devices"]
    assert [row["ep_id"] for row in rows] == [license_and_address("LICENCE", each.device) for each in ALL]
