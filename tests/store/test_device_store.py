"""Devices in the store."""

import pytest

from sophon_report.config import Limits
from sophon_report.errors import AddressTaken, BadInput, DeviceNotFound, RtmpAddressTaken, TooManyDevices
from sophon_report.model import Device, DeviceType
from sophon_report.store.database import Database
from sophon_report.store.devices import DeviceStore

DOOR = Device("door", "front", DeviceType.RTSP, "rtsp://u:pw@10.0.0.1/1", "day", (0, 1, 640, 480), transport="udp")
FILE = Device("clip", "clip", DeviceType.FILE, "/a.mp4", loop=True, speed="fast", vendor_json='{"a":1}')
GATE = Device("gate", "gate", DeviceType.PHOTO, "10.0.0.9", rtmp_address="rtmp://u:pw@10.0.0.8/live")


@pytest.fixture
def database(tmp_path):
    opened = Database.open(tmp_path / "store.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def devices(database):
    return DeviceStore(database)


def test_a_device_comes_back_as_added(devices):
    """Region, loop, speed and all."""
    for device in (DOOR, FILE, GATE):
        devices.add(device)
    assert devices.list() == [DOOR, FILE, GATE]
    assert devices.get("clip") == FILE


@pytest.mark.parametrize(
    ("other", "error", "words"),
    [
        (Device("gate", "", DeviceType.RTSP, "rtsp://10.0.0.2/1"), BadInput, "id gate is taken"),
        (Device("hall", "", DeviceType.RTSP, DOOR.url), AddressTaken, "that of device door"),
        (
            Device("hall", "", DeviceType.RTSP, "rtsp://10.0.0.2/1", rtmp_address=GATE.rtmp_address),
            RtmpAddressTaken,
            "that of device gate",
        ),
    ],
)
def test_an_id_or_address_in_use_is_refused_without_its_password(devices, other, error, words):
    """The message says whose it is."""
    devices.add(DOOR)
    devices.add(GATE)
    with pytest.raises(error, match=words) as refused:
        devices.add(other)
    assert "pw" not in str(refused.value)
    assert devices.list() == [DOOR, GATE]


def test_no_address_to_forward_to_is_nobodys(devices):
    """Any number of devices may have none."""
    devices.add(DOOR)
    devices.add(FILE)


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
    with pytest.raises(AddressTaken, match="that of device clip"):
        devices.update(Device("door", "back", DeviceType.FILE, FILE.url))
    with pytest.raises(DeviceNotFound):
        devices.update(Device("none", "", DeviceType.RTSP, "rtsp://y/"))


def test_clear_removes_all_and_says_what_there_was(devices):
    """In their order; nothing is left."""
    devices.add(DOOR)
    devices.add(GATE)
    assert devices.clear() == [DOOR, GATE]
    assert devices.list() == []


class TestLimits:
    @pytest.fixture
    def devices(self, database):
        self.limits = Limits(streams=2, photo_devices=1)
        return DeviceStore(database, lambda: self.limits)

    def test_streams_and_photo_devices_are_counted_apart(self, devices):
        """A file is a stream; one more of either is refused and says how many there are."""
        for device in (DOOR, FILE, GATE):
            devices.add(device)
        with pytest.raises(TooManyDevices, match="2 streams already"):
            devices.add(Device("hall", "", DeviceType.GB28181, "gb28181://x"))
        with pytest.raises(TooManyDevices, match="1 photo devices already"):
            devices.add(Device("hall", "", DeviceType.PHOTO, "10.0.0.10"))

    def test_a_device_that_becomes_another_kind_needs_room_there(self, devices):
        """One that stays what it is needs none."""
        for device in (DOOR, FILE, GATE):
            devices.add(device)
        with pytest.raises(TooManyDevices):
            devices.update(Device("gate", "", DeviceType.RTSP, "rtsp://10.0.0.9/"))
        devices.update(Device("clip", "", DeviceType.RTSP, "rtsp://10.0.0.2/"))

    def test_a_change_of_the_limits_counts_at_once(self, devices):
        """What is there stays when they become lower."""
        devices.add(GATE)
        self.limits = Limits(streams=1, photo_devices=0)
        devices.add(DOOR)
        with pytest.raises(TooManyDevices):
            devices.add(FILE)
        assert devices.list() == [GATE, DOOR]

    def test_a_device_of_the_file_waits_for_room(self, devices):
        """It is passed over, and added by the first start that has room for it."""
        hall = Device("hall", "", DeviceType.RTSP, "rtsp://10.0.0.2/1")
        assert devices.seed([DOOR, FILE, hall]) == ("door", "clip")
        self.limits = Limits(streams=3)
        assert devices.seed([DOOR, FILE, hall]) == ("hall",)


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
    with pytest.raises(DeviceNotFound, match="door"):
        devices.delete("door")
    with pytest.raises(DeviceNotFound, match="door"):
        devices.get("door")
