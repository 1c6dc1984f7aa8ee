"""What programs that preview are told on port 54547 (firmware V6, API "2.0"), so that they stay in step. Pure.

JSON texts. The vendor's table has the four keys of the preview and ``modify_media_device`` on one level and says
of none that it may be missing: the four are in every message, and ``modify_media_device`` is where a device came,
went or changed.

- ``preview_mode`` is a text: so in both of the vendor's samples, though its table calls it int;
- ``media_device_info`` is the device as ``getmediadevices`` tells it, passwords replaced by ``***`` here as there:
  who may listen need not be able to open a camera. The vendor's sample has two more keys, ``addtime`` (seconds)
  and ``media_device_attr`` (what is done with its pictures).
"""

from typing import Any, Dict, Mapping, Optional

import orjson

from sophon_report.model import Device, DeviceType, PreviewChoice
from sophon_report.wire.devices import ATTRIBUTES, masked, v2_device

ACTIONS = ("add", "delete", "modify")


def preview_keys(choice: PreviewChoice) -> Dict[str, Any]:
    """The four keys, as every message has them and ``getpreview`` answers."""
    return {
        "selected_device_list": list(choice.selected or ()),
        "preview_device_list": list(choice.previewed or ()),
        "preview_mode": str(choice.mode),
        "last_set_name": choice.last_set_name,
    }


def old_preview_keys(choice: PreviewChoice) -> Dict[str, Any]:
    """The same as ``/SophonDevice/api/Devices`` calls them in its ``preview_list``."""
    return {
        "preview_list": list(choice.selected or ()),
        "current_preview_list": list(choice.previewed or ()),
        "preview_mode": str(choice.mode),
        "last_set_name": choice.last_set_name,
    }


def control_message(choice: PreviewChoice, change: Optional[Mapping[str, Any]] = None) -> bytes:
    """One message as a JSON object in UTF-8.

    Args:
        choice: what is previewed now.
        change: of a device, by :func:`device_change`.
    """
    body = preview_keys(choice)
    return orjson.dumps(body if change is None else {**body, "modify_media_device": change})


def device_change(action: str, device: Device, added_s: float, *, attributes: bool) -> Dict[str, Any]:
    """What became of a device.

    Args:
        action: one of :data:`ACTIONS`.
        device: as it is now, or was.
        added_s: when it came, seconds since the epoch.
        attributes: whether ages, glasses and the like are looked for in streams.
    """
    return {
        "action": action,
        "media_device_info": {
            **v2_device(device),
            "addtime": added_s,
            "media_device_attr": {**_done_with(device, attributes), **_given(device)},
        },
    }


def _done_with(device: Device, attributes: bool) -> Dict[str, bool]:
    looked_at = device.type is not DeviceType.GB28181
    return {
        "do_feature": looked_at,
        "do_attribute": looked_at and attributes,
        "do_detect": looked_at,
        "do_fast_mode": False,
        "do_match": looked_at,
    }


def _given(device: Device) -> Dict[str, Any]:
    """What a client of the older interface gave of it, kept and told."""
    kept = masked(orjson.loads(device.vendor_json)).get(ATTRIBUTES)
    return kept.get("actions", {}) if isinstance(kept, dict) and isinstance(kept.get("actions"), dict) else {}
