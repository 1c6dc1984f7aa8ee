"""The status reports as bytes, by the name of their layout. All are JSON: the vendor allows no other form here."""

from dataclasses import dataclass
from typing import Any, Callable, Dict, Sequence

import orjson

from sophon_report.condition import BoxState, DeviceStatus
from sophon_report.wire import status_box, status_devices

CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class StatusLayout:
    """One form of the report on devices."""

    tells_box: bool
    """Whether the box is told along; else its state is not looked at."""
    fields: Callable[[BoxState, Sequence[DeviceStatus], str], Dict[str, Any]]
    """The report of a box, its devices and its licence key."""


LAYOUTS: Dict[str, StatusLayout] = {
    "g2": StatusLayout(False, lambda _box, devices, license_key: status_devices.g2(devices, license_key)),
    "g1": StatusLayout(False, lambda _box, devices, license_key: status_devices.g1(devices, license_key)),
    "g0": StatusLayout(True, status_box.g0),
}
"""By the names of ``status.layout``."""


def device_report(layout: StatusLayout, box: BoxState, devices: Sequence[DeviceStatus], license_key: str) -> bytes:
    """The body that tells which devices are online."""
    return orjson.dumps(layout.fields(box, devices, license_key))


def box_report(box: BoxState, reporter_id: str) -> bytes:
    """The body that tells how the box does, firmware V6."""
    return orjson.dumps(status_box.g2(box, reporter_id))
