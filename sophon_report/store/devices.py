"""The devices that are watched.

No two have one id, one address or one address to forward to; streams (cameras, files, GB28181) and photo devices
are counted apart and never more than ``limits`` of the settings. All of it is checked inside the transaction.
"""

import sqlite3
from typing import Any, Callable, Dict, Iterable, List, Sequence, Tuple

import structlog

from sophon_report.config import Limits
from sophon_report.errors import AddressTaken, BadInput, DeviceNotFound, RtmpAddressTaken, TooManyDevices
from sophon_report.model import Device, DeviceType, PhotoKind, redact_url
from sophon_report.store.database import Database, Row
from sophon_report.store.seeds import first_offered, offer_again, offered

log = structlog.get_logger()


class DeviceStore:
    """Devices of one store file, in the order in which they were added.

    Args:
        database: open.
        limits: asked at each change. A device that is there stays when they have become lower.
    """

    def __init__(self, database: Database, limits: Callable[[], Limits] = Limits) -> None:
        self._database, self._limits = database, limits

    def add(self, device: Device) -> None:
        """Add a device.

        Raises:
            AddressTaken, RtmpAddressTaken: another device has it.
            TooManyDevices: of its kind.
            BadInput: its id is taken, or a value is outside its limits.
        """
        with self._database.change() as connection:
            _check_new(connection, device, self._limits())
            _insert(connection, device)

    def update(self, device: Device) -> None:
        """Change the device of that id.

        Raises:
            DeviceNotFound: no device has the id.
            AddressTaken, RtmpAddressTaken: another device has it.
            TooManyDevices: of the kind that it would become.
            BadInput: a value is outside its limits.
        """
        with self._database.change() as connection:
            before = _found(
                connection.execute(f"{_SELECT} WHERE device_id = ?", (device.device_id,)), device.device_id
            )
            _check_addresses(connection, device)
            if _is_photo(device) != _is_photo(before):
                _check_room(connection, device, self._limits())
            marks = ", ".join(f"{column} = ?" for column in _COLUMNS)
            sql = f"UPDATE device SET {marks} WHERE device_id = ?"  # noqa: S608 - constants
            connection.execute(sql, (*_values(device), device.device_id))

    def delete(self, device_id: str) -> None:
        """Remove a device; the settings file does not bring it back.

        Raises:
            DeviceNotFound: no device has the id.
        """
        with self._database.change() as connection:
            if not connection.execute("DELETE FROM device WHERE device_id = ?", (device_id,)).rowcount:
                raise DeviceNotFound(f"no device has the id {device_id}")

    def clear(self) -> List[Device]:
        """Remove all devices; returns those there were."""
        with self._database.change() as connection:
            gone = [_device(row) for row in connection.execute(f"{_SELECT} ORDER BY number")]
            connection.execute("DELETE FROM device")
        return gone

    def get(self, device_id: str) -> Device:
        """The device of that id.

        Raises:
            DeviceNotFound: no device has it.
        """
        return _found(self._database.rows(f"{_SELECT} WHERE device_id = ?", (device_id,)), device_id)

    def list(self) -> List[Device]:
        """All devices."""
        return [_device(row) for row in self._database.rows(f"{_SELECT} ORDER BY number")]

    def seed(self, devices: Sequence[Device]) -> Tuple[str, ...]:
        """Take over devices of the settings file that were never offered before; returns the ids that were added.

        One whose id or URL is in use already is passed over: what is stored wins. One that there is no room for is
        passed over too, and offered again at the next start.
        """
        added: List[str] = []
        with self._database.change() as connection:
            new = first_offered(connection, "device", [device.device_id for device in devices])
            for device in devices:
                if device.device_id not in new:
                    continue
                try:
                    _check_new(connection, device, self._limits())
                except BadInput as error:
                    log.warning("device_of_file_passed_over", device_id=device.device_id, reason=str(error))
                    if isinstance(error, TooManyDevices):
                        offer_again(connection, "device", device.device_id)
                else:
                    _insert(connection, device)
                    added.append(device.device_id)
        return tuple(added)

    def foresee(self, devices: Sequence[Device]) -> Tuple[List[Device], Dict[str, str]]:
        """Return which devices of the settings file :meth:`seed` would add now, and by id why not others.

        Those that are stored or were removed are in neither. Nothing is changed.
        """
        known, before, limits = self.list(), offered(self._database, "device"), self._limits()
        added: List[Device] = []
        reasons: Dict[str, str] = {}
        for device in devices:
            there = known + added
            holders = [each.device_id for each in there if each.url == device.url]
            if any(each.device_id == device.device_id for each in there):
                continue
            if holders:
                reasons[device.device_id] = _taken(device, holders[0])
            elif device.device_id not in before:
                most, kind = _room(device, limits)
                if sum(_is_photo(each) == _is_photo(device) for each in there) < most:
                    added.append(device)
                else:
                    reasons[device.device_id] = _full(most, kind)
        return added, reasons


_SIDES = ("roi_x1", "roi_y1", "roi_x2", "roi_y2")
_COLUMNS = (
    "name",
    "type",
    "url",
    "permission_id",
    "loop",
    "speed",
    "photo_kind",
    "rtmp_address",
    "vendor_json",
    "transport",
    *_SIDES,
)
_SELECT = f"SELECT device_id, {', '.join(_COLUMNS)} FROM device"  # noqa: S608 - constants


def _check_new(connection: sqlite3.Connection, device: Device, limits: Limits) -> None:
    if connection.execute("SELECT 1 FROM device WHERE device_id = ?", (device.device_id,)).fetchone():
        raise BadInput(f"the device id {device.device_id} is taken")
    _check_addresses(connection, device)
    _check_room(connection, device, limits)


def _check_addresses(connection: sqlite3.Connection, device: Device) -> None:
    holder = _holder(connection, "url", device.url, device.device_id)
    if holder:
        raise AddressTaken(_taken(device, holder))
    holder = device.rtmp_address and _holder(connection, "rtmp_address", device.rtmp_address, device.device_id)
    if holder:
        raise RtmpAddressTaken(f"the address {redact_url(device.rtmp_address)} is that of device {holder}")


def _holder(connection: sqlite3.Connection, column: str, address: str, but: str) -> str:
    sql = f"SELECT device_id FROM device WHERE {column} = ? AND device_id <> ?"  # noqa: S608 - a constant
    row = connection.execute(sql, (address, but)).fetchone()
    return str(row[0]) if row else ""


def _check_room(connection: sqlite3.Connection, device: Device, limits: Limits) -> None:
    sql = "SELECT count(*) FROM device WHERE (type = 'photo') = ?"
    most, kind = _room(device, limits)
    if connection.execute(sql, (int(_is_photo(device)),)).fetchone()[0] >= most:
        raise TooManyDevices(_full(most, kind))


def _taken(device: Device, holder: str) -> str:
    return f"the address {device.safe_url} is that of device {holder}"


def _room(device: Device, limits: Limits) -> Tuple[int, str]:
    """How many of its kind there may be, and what they are called."""
    return (limits.photo_devices, "photo devices") if _is_photo(device) else (limits.streams, "streams")


def _full(most: int, kind: str) -> str:
    return f"there are {most} {kind} already"


def _is_photo(device: Device) -> bool:
    return device.type is DeviceType.PHOTO


def _insert(connection: sqlite3.Connection, device: Device) -> None:
    marks = ", ".join("?" * (len(_COLUMNS) + 1))
    sql = f"INSERT INTO device ({', '.join(_COLUMNS)}, device_id) VALUES ({marks})"  # noqa: S608 - constants
    connection.execute(sql, (*_values(device), device.device_id))


def _values(device: Device) -> Tuple[Any, ...]:
    return (
        device.name,
        device.type.value,
        device.url,
        device.permission_id,
        int(device.loop),
        device.speed,
        device.photo_kind.value,
        device.rtmp_address,
        device.vendor_json,
        device.transport,
        *(device.roi or (None,) * len(_SIDES)),
    )


def _found(rows: Iterable[Row], device_id: str) -> Device:
    for row in rows:
        return _device(row)
    raise DeviceNotFound(f"no device has the id {device_id}")


def _device(row: Row) -> Device:
    device_id, name, kind, url, permission_id, loop, speed, photo_kind, *more = row
    rtmp_address, vendor_json, transport, x1, y1, x2, y2 = more
    return Device(
        device_id=device_id,
        name=name,
        type=DeviceType(kind),
        url=url,
        permission_id=permission_id,
        roi=None if x1 is None else (x1, y1, x2, y2),
        loop=bool(loop),
        speed=speed,
        photo_kind=PhotoKind(photo_kind),
        rtmp_address=rtmp_address,
        vendor_json=vendor_json,
        transport=transport,
    )
