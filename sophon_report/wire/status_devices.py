"""Which devices are online: the reports of firmware V6 and V5R7, and the list of devices in the older box report.

Every key of the vendor's tables is always there. A URL has its password replaced: whoever watches over devices
need not be able to open a camera.

 - V6 (:func:`g2`) names the list ``media_devices`` in its table and ``sub_devices`` in its sample: both are sent.
 - V5R7 (:func:`g1`) and before name a device ``<licence key>__<address>``, as their events do.
 - Before V5R7 (:func:`endpoints_g0`) types are numbers in text, those of the events; but a gate that only its
   pictures show to be a capture camera is a gate here.
"""

from typing import Any, Dict, List, Sequence

from sophon_report.condition import DeviceStatus
from sophon_report.model import DeviceType
from sophon_report.wire.names import device_number, license_and_address


def g2(devices: Sequence[DeviceStatus], license_key: str) -> Dict[str, Any]:
    """The report of firmware V6 (API 2.0)."""
    rows = [
        {
            "media_device_id": each.device.device_id,
            "media_device_name": each.device.name,
            "media_device_status": _word(each),
            "media_device_ip": each.device.ip,
            "permission_id": each.device.permission_id,
            "media_device_type": each.device.type.value,
            "media_device_url": each.device.safe_url,
        }
        for each in devices
    ]
    return {"mq_license_key": license_key, "media_devices": rows, "sub_devices": rows}


def g1(devices: Sequence[DeviceStatus], license_key: str) -> Dict[str, Any]:
    """The report of firmware V5R7C01."""
    rows = [{**_endpoint(each, license_key), "ep_type": each.device.type.value} for each in devices]
    return {"dev_sno": license_key, "sub_devices": rows}


def endpoints_g0(devices: Sequence[DeviceStatus], license_key: str) -> List[Dict[str, str]]:
    """The list ``sub_devices`` of the box report of firmware V2 to V5R5; ``ep_url`` only of streams."""
    rows = []
    for each in devices:
        row = {**_endpoint(each, license_key), "ep_type": device_number(each.device)}
        if each.device.type is not DeviceType.PHOTO:
            row["ep_url"] = each.device.safe_url
        rows.append(row)
    return rows


def _endpoint(each: DeviceStatus, license_key: str) -> Dict[str, str]:
    device = each.device
    return {
        "ep_id": license_and_address(license_key, device),
        "ep_ip": device.ip,
        "ep_status": _word(each),
        "ep_location": device.permission_id,
        "ep_name": device.name,
    }


def _word(each: DeviceStatus) -> str:
    return "online" if each.online else "offline"
