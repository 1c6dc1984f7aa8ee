"""Devices in the store."""

import pytest

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Device, DeviceType
from sophon_report.store.database import Database
from sophon_report.store.devices import MAX_DEVICES, DeviceStore

DOOR = Device("door", "front", DeviceType.RTSP, "rtsp://u:pw@10.0.0.1/1", "day", (0, 1, 640, 480))
FILE = Device("clip", "clip", DeviceType.FILE, "/a.mp4", loop=True, speed="fast")


@pytest.fixture
def devices(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield DeviceStore(database)
    database.close()


def test_a_device_comes_back_as_added(devices):
    """Region, loop, speed and all."""
    devices.add(DOOR)
    devices.add(FILE)
    assert devices.list() == [DOOR, FILE]
    assert devices.get("clip") == FILE


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (Device("door", "", DeviceType.RTSP, "rtsp://10.0.0.2/1"), "id door is taken"),
        (Device("gate", "", DeviceType.RTSP, DOOR.url), "that of device door"),
    ],
)
def test_an_id_or_address_in_use_is_refused_without_its_password(devices, other, words):
    """The message says whose it is."""
    devices.add(DOOR)
    with pytest.raises(BadInput, match=words) as refused:
        devices.add(other)
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize("roi", [(5, 0, 5, 10), (0, 10, 10, 0), (-1, 0, 5, 5)])
def test_a_region_without_area_is_refused(devices, roi):
    """The file's own constraint."""
    with pytest.raises(BadInput):
        devices.add(Device("d", "d", DeviceType.RTSP, "rtsp://x/", roi=roi))


def test_an_update_changes_all_but_the_id(devices):
    """Its own address is no collision, another's is."""
    devices.add(DOOR)
    devices.add(FILE)
    changed = Device("door", "back", DeviceType.RTSP, DOOR.url)
    devices.update(changed)
    assert devices.get("door") == changed
    with pytest.raises(BadInput, match="that of device clip"):
        devices.update(Device("door", "back", DeviceType.FILE, FILE.url))
    with pytest.raises(NotFound):
        devices.update(Device("none", "", DeviceType.RTSP, "rtsp://y/"))


def test_the_bound_is_told(devices):
    """One more than the bound is refused."""
    for number in range(MAX_DEVICES):
        devices.add(Device(str(number), "", DeviceType.RTSP, f"rtsp://x/{number}"))
    with pytest.raises(BadInput, match="64 devices already"):
        devices.add(DOOR)


class TestSeeds:
    def test_a_device_of_the_file_is_added_once(self, devices):
        """Its id was unknown; the second start adds nothing."""
        assert devices.seed([DOOR, FILE]) == ("door", "clip")
        assert devices.seed([DOOR, FILE]) == ()

    def test_what_is_stored_wins(self, devices):
        """A change made on the page outlives a restart."""
        devices.seed([DOOR])
        changed = Device("door", "renamed", DeviceType.RTSP, "rtsp://10.0.0.7/1")
        devices.update(changed)
        devices.seed([DOOR])
        assert devices.list() == [changed]

    def test_what_was_deleted_stays_deleted(self, devices):
        """The file does not bring it back; adding it by hand does."""
        devices.seed([DOOR])
        devices.delete("door")
        assert devices.seed([DOOR]) == ()
        devices.add(DOOR)
        assert devices.list() == [DOOR]

    def test_a_device_of_the_page_that_the_file_names_too_stays_deleted(self, devices):
        """It does not matter who added it."""
        devices.add(DOOR)
        devices.seed([DOOR])
        devices.delete("door")
        assert devices.seed([DOOR]) == ()

    def test_an_address_in_use_is_passed_over(self, devices):
        """A start does not fail over it, the others are added."""
        devices.add(Device("page", "", DeviceType.RTSP, DOOR.url))
        assert devices.seed([DOOR, FILE]) == ("clip",)


def test_an_unknown_id_is_not_found(devices):
    """The message names it."""
    with pytest.raises(NotFound, match="door"):
        devices.delete("door")
    with pytest.raises(NotFound, match="door"):
        devices.get("door")
