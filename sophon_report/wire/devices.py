"""A device as the vendor's two interfaces tell it.

================  =====================  =====================================================================
API 2.0           ``/SophonDevice``      what it is here
================  =====================  =====================================================================
media_device_id   device_id              its id
media_device_name device_name            its name
media_device_type device_type            a word in both; firmware V5R7C01 and later list no other in this interface
media_device_url  device_key             its address, passwords replaced by ``***``
media_device_ip   device_ip              host of the address
permission_id     permission_id          the group of people it lets pass
rtmp_address      rtmp_address           where it would be forwarded to
roi_area          (none)                 the region, ``[]`` for all of the picture
do_rtmp_forward   is_start_rtmp          kept and told
net_relay         netRelay               kept and told; ``port`` is ``net_port``, and ``channel`` is taken to be
                                         ``door_port``: nothing else in the two tables can be the same thing
(none)            group_id, device_attr  kept and told
rtsp_transport    rtsp_transport         ours: ``tcp`` or ``udp``; told where it is not ``tcp``: else the object is
                                         as the vendor's
================  =====================  =====================================================================

What is kept and told lies in :attr:`Device.vendor_json` by its name of API 2.0; keys that neither table has lie
there too, and both interfaces tell them. Whoever may list the devices need not be able to open a camera: in all of
it passwords are replaced, those in addresses and those that a key calls so.
"""

import re
from typing import Any, Dict, Mapping

import orjson

from sophon_report.model import Device, redact_url

FORWARD = "do_rtmp_forward"
RELAY = "net_relay"
GROUP = "group_id"
ATTRIBUTES = "device_attr"
TRANSPORT = "rtsp_transport"
TRANSPORTS = ("tcp", "udp")
KEPT: Mapping[str, Any] = {FORWARD: False, RELAY: {}, GROUP: "", ATTRIBUTES: {}}
"""Fields of the tables that are kept and told, each with what it is when nobody gave it."""
RELAY_OF_OLD = {"net_port": "port", "door_port": "channel"}
"""Keys of ``netRelay`` that ``net_relay`` calls otherwise."""

V2_KEYS = frozenset(
    {
        TRANSPORT,
        *("media_device_id", "media_device_name", "media_device_type", "media_device_url", "media_device_ip"),
        *("permission_id", "rtmp_address", "roi_area", FORWARD, RELAY),
    }
)
OLD_KEYS = frozenset(
    {
        *("device_id", "device_name", "device_type", "device_key", "device_ip", "permission_id", "rtmp_address"),
        *("is_start_rtmp", "netRelay", GROUP, ATTRIBUTES),
    }
)
_SECRET = re.compile("password|passwd|pwd|token|secret", re.IGNORECASE)
_OLD_OF_RELAY = {new: old for old, new in RELAY_OF_OLD.items()}


def v2_device(device: Device) -> Dict[str, Any]:
    """The device object of ``getmediadevices``, every key of its table always there."""
    kept = _kept(device)
    return {
        **_unknown(kept),
        **_transport(device),
        "media_device_id": device.device_id,
        "media_device_name": device.name,
        "media_device_type": device.type.value,
        "media_device_url": device.safe_url,
        "media_device_ip": device.ip,
        "permission_id": device.permission_id,
        RELAY: kept[RELAY],
        FORWARD: kept[FORWARD],
        "rtmp_address": redact_url(device.rtmp_address),
        "roi_area": list(device.roi or ()),
    }


def old_device(device: Device) -> Dict[str, Any]:
    """The device object of ``/SophonDevice/api/Devices``, every key of its table always there."""
    kept = _kept(device)
    return {
        **_unknown(kept),
        **_transport(device),
        "device_id": device.device_id,
        "device_name": device.name,
        "group_id": kept[GROUP],
        "permission_id": device.permission_id,
        "device_key": device.safe_url,
        "device_type": device.type.value,
        "device_ip": device.ip,
        "device_attr": kept[ATTRIBUTES],
        "netRelay": renamed(kept[RELAY], _OLD_OF_RELAY),
        "is_start_rtmp": kept[FORWARD],
        "rtmp_address": redact_url(device.rtmp_address),
    }


def renamed(table: Mapping[str, Any], names: Mapping[str, str]) -> Dict[str, Any]:
    """``table`` with its keys called as ``names`` says."""
    return {names.get(key, key): value for key, value in table.items()}


def masked(value: Any) -> Any:
    """``value``, as JSON has it, with every password replaced by ``***``."""
    if isinstance(value, str):
        return redact_url(value)
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, dict):
        return {key: "***" if _is_secret(key, item) else masked(item) for key, item in value.items()}
    return value


def _is_secret(key: str, value: Any) -> bool:
    told = isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""
    return told and bool(_SECRET.search(key))


def unmasked(given: Any, stored: Any) -> Any:
    """``given`` with what was read as ``***`` and sent back unchanged as it is ``stored``."""
    if given == masked(stored):
        return stored
    if isinstance(given, dict) and isinstance(stored, dict):
        told = masked(stored)
        return {
            key: stored[key] if key in stored and item == told[key] else unmasked(item, stored.get(key))
            for key, item in given.items()
        }
    return given


def _kept(device: Device) -> Dict[str, Any]:
    return {**KEPT, **masked(orjson.loads(device.vendor_json))}


def _transport(device: Device) -> Dict[str, str]:
    return {} if device.transport == TRANSPORTS[0] else {TRANSPORT: device.transport}


def _unknown(kept: Mapping[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in kept.items() if key not in V2_KEYS | OLD_KEYS}
