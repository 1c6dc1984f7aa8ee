"""The devices that are watched."""

import sqlite3
from typing import Any, List, Sequence, Tuple

import structlog

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Device, DeviceType
from sophon_report.store.database import Database, Row
from sophon_report.store.seeds import first_offered

MAX_DEVICES = 64

log = structlog.get_logger()


class DeviceStore:
    """Devices of one store file, in the order in which they were added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, device: Device) -> None:
        """Add a device.

        Raises:
            BadInput: its id or its URL is taken, there are too many, or a value is outside its limits.
        """
        with self._database.change() as connection:
            problem = _problem(connection, device)
            if problem:
                raise BadInput(problem)
            _insert(connection, device)

    def update(self, device: Device) -> None:
        """Change the device of that id.

        Raises:
            NotFound: no device has the id.
            BadInput: the URL is another's, or a value is outside its limits.
        """
        with self._database.change() as connection:
            holder = _holder_of_url(connection, device.url)
            if holder not in ("", device.device_id):
                raise BadInput(f"the address {device.safe_url} is that of device {holder}")
            sql = """UPDATE device SET name = ?, type = ?, url = ?, permission_id = ?, roi_x1 = ?, roi_y1 = ?,
                     roi_x2 = ?, roi_y2 = ?, loop = ?, speed = ?, rtmp_address = ?, vendor_json = ?
                     WHERE device_id = ?"""
            if not connection.execute(sql, (*_values(device), device.device_id)).rowcount:
                raise NotFound(f"no device has the id {device.device_id}")

    def delete(self, device_id: str) -> None:
        """Remove a device; the settings file does not bring it back.

        Raises:
            NotFound: no device has the id.
        """
        with self._database.change() as connection:
            if not connection.execute("DELETE FROM device WHERE device_id = ?", (device_id,)).rowcount:
                raise NotFound(f"no device has the id {device_id}")

    def get(self, device_id: str) -> Device:
        """The device of that id.

        Raises:
            NotFound: no device has it.
        """
        rows = self._database.rows(f"{_SELECT} WHERE device_id = ?", (device_id,))
        if not rows:
            raise NotFound(f"no device has the id {device_id}")
        return _device(rows[0])

    def list(self) -> List[Device]:
        """All devices."""
        return [_device(row) for row in self._database.rows(f"{_SELECT} ORDER BY number")]

    def seed(self, devices: Sequence[Device]) -> Tuple[str, ...]:
        """Take over devices of the settings file that were never offered before; returns the ids that were added.

        One whose id or URL is in use already is passed over: what is stored wins.
        """
        added: List[str] = []
        with self._database.change() as connection:
            new = first_offered(connection, "device", [device.device_id for device in devices])
            for device in devices:
                if device.device_id not in new:
                    continue
                problem = _problem(connection, device)
                if problem:
                    log.info("device_of_file_passed_over", device_id=device.device_id, reason=problem)
                else:
                    _insert(connection, device)
                    added.append(device.device_id)
        return tuple(added)


_COLUMNS = "name, type, url, permission_id, roi_x1, roi_y1, roi_x2, roi_y2, loop, speed, rtmp_address, vendor_json"
_SELECT = f"SELECT device_id, {_COLUMNS} FROM device"  # noqa: S608 - constants


def _problem(connection: sqlite3.Connection, device: Device) -> str:
    """Why a device cannot be added; ``""`` when it can."""
    if connection.execute("SELECT 1 FROM device WHERE device_id = ?", (device.device_id,)).fetchone():
        return f"the device id {device.device_id} is taken"
    holder = _holder_of_url(connection, device.url)
    if holder:
        return f"the address {device.safe_url} is that of device {holder}"
    if connection.execute("SELECT count(*) FROM device").fetchone()[0] >= MAX_DEVICES:
        return f"there are {MAX_DEVICES} devices already"
    return ""


def _holder_of_url(connection: sqlite3.Connection, url: str) -> str:
    row = connection.execute("SELECT device_id FROM device WHERE url = ?", (url,)).fetchone()
    return str(row[0]) if row else ""


def _insert(connection: sqlite3.Connection, device: Device) -> None:
    connection.execute(
        f"INSERT INTO device (device_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (device.device_id, *_values(device)),
    )


def _values(device: Device) -> Tuple[Any, ...]:
    roi = device.roi or (None, None, None, None)
    return (
        device.name,
        device.type.value,
        device.url,
        device.permission_id,
        *roi,
        int(device.loop),
        device.speed,
        device.rtmp_address,
        device.vendor_json,
    )


def _device(row: Row) -> Device:
    device_id, name, kind, url, permission_id, x1, y1, x2, y2, loop, speed, rtmp_address, vendor_json = row
    return Device(
        device_id=device_id,
        name=name,
        type=DeviceType(kind),
        url=url,
        permission_id=permission_id,
        roi=None if x1 is None else (x1, y1, x2, y2),
        loop=bool(loop),
        speed=speed,
        rtmp_address=rtmp_address,
        vendor_json=vendor_json,
    )
