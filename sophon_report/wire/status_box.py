"""How the box does: the report with its devices of firmware V2 to V5R5, and firmware V6's own system report.

Every required key of the vendor's tables is always there; ``""`` stands for a text and ``null`` for a number that
this machine does not tell. ``gateway_status`` is ``online``: a box that is not sends nothing.

 - The older report (:func:`g0`) came in two shapes: V2R2 with five flat figures in ``gateway_ext_data``, V5 with
   nested ones. No key has two meanings, so one body carries both and serves receivers of either.
 - ``cpu_freq`` is spelt as in the vendor's samples; the tables say ``cpu_freg``.
 - V6 lists the disks as ``disk_info`` and ``external_hard_drives_info``, and describes them and has them in its
   sample as ``emmc`` and ``hdd``: both are sent.
 - Sizes are texts such as ``3.71G`` and ``472.0M``, powers of 1024; shares run from 0 to 1, but the flat
   ``cpu_usage`` is a percentage.
 - The total of memory is what the system, the TPU and video have together: no machine tells what is soldered on
   its board. Where one of them is not known, no total and no share of it is told.
"""

from typing import Any, Dict, Optional, Sequence

from sophon_report.condition import BoxState, DeviceStatus, Space
from sophon_report.wire.status_devices import endpoints_g0

GATEWAY_PORT = 80
"""Where the vendor's page is; both reports have it fixed."""

_GIB = float(1 << 30)
_MIB = float(1 << 20)


def g0(box: BoxState, devices: Sequence[DeviceStatus], license_key: str) -> Dict[str, Any]:
    """The box and its devices in one report, firmware V2R2 (flat figures) and V5 (nested ones)."""
    return {
        **_gateway(box),
        "dev_sno": license_key,
        "gateway_ext_data": {
            "sw_version": box.software,
            "sdk_version": box.sdk,
            "gateway_mac": box.mac,
            **_flat(box),
            "cpu_info": {
                "cpu_rate": _share(box.cpu_usage),
                "info": {"cpu_type": box.cpu, "cpu_freq": _frequency(box), "cpu_count": _cores(box)},
            },
            "memory_info": _memory_v5(box),
            "disk_info": _disk_v5(box),
            "temperature": None if box.core_celsius is None else round(box.core_celsius),
        },
        "sub_devices": endpoints_g0(devices, license_key),
    }


def g2(box: BoxState, reporter_id: str) -> Dict[str, Any]:
    """The system report of firmware V6."""
    external = box.external_disk
    emmc = _disk_v6(box.disk, box.emmc_bytes)
    hdd = _disk_v6(external, external.size_bytes if external else None)
    return {
        **_gateway(box),
        "reporter_id": reporter_id,
        "gateway_mac": box.mac,
        "gateway_ext_data": {
            "cpu_info": {
                "cur_cpu_usage": _share(box.cpu_usage),
                "cpu_arch": box.cpu,
                "cpu_freq": _frequency(box),
                "cpu_cores": _cores(box),
            },
            "tpu_info": {"tpu_usage": _share(box.tpu_usage), "tpu_description": box.tpu},
            "memory_info": _memory_v6(box),
            "emmc": emmc,
            "hdd": hdd,
            "disk_info": emmc,
            "external_hard_drives_info": hdd,
            "core_temperature": _degrees(box.core_celsius),
            "board_temperature": _degrees(box.board_celsius),
            "fan_speed": None if box.fan_rpm is None else float(box.fan_rpm),
            "uptime": "" if box.uptime_s is None else duration(box.uptime_s),
        },
    }


def size_text(size_bytes: Optional[int]) -> str:
    """A size as the vendor writes it, ``3.71G`` or below a gibibyte ``472.0M``; ``""`` for an unknown one."""
    if size_bytes is None:
        return ""
    return f"{round(size_bytes / _GIB, 2)}G" if size_bytes >= _GIB else f"{round(size_bytes / _MIB, 2)}M"


def duration(time_s: float) -> str:
    """A time as the vendor writes it to be shown, ``2hours,40minutes``."""
    minutes = int(time_s // 60)
    parts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    told = [f"{number}{word}{'' if number == 1 else 's'}" for number, word in parts if number]
    return ",".join(told) or "0minutes"


def _gateway(box: BoxState) -> Dict[str, Any]:
    return {
        "gateway_ip": box.ip,
        "gateway_name": box.name,
        "gateway_status": "online",
        "gateway_sn": box.serial,
        "gateway_port": GATEWAY_PORT,
    }


def _flat(box: BoxState) -> Dict[str, Optional[float]]:
    memory, disk = box.memory, box.disk
    return {
        "cpu_usage": None if box.cpu_usage is None else round(box.cpu_usage * 100, 1),
        "memory_size": round(memory.size_bytes / _GIB, 2) if memory else None,
        "memory_usage": _share(memory.usage if memory else None),
        "disk_size": round(disk.size_bytes / _GIB, 2) if disk else None,
        "disk_free_size": round(disk.free_bytes / _GIB, 2) if disk else None,
    }


def _all_memory(box: BoxState) -> Optional[Space]:
    parts = (box.memory, box.tpu_memory, box.video_memory)
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Space(sum(part.size_bytes for part in known), sum(part.free_bytes for part in known))


def _memory_v5(box: BoxState) -> Dict[str, Any]:
    whole = _all_memory(box)
    return {
        "hardware_total_memory": size_text(whole.size_bytes if whole else None),
        "total_memory": size_text(whole.size_bytes if whole else None),
        "total_free_memory": size_text(whole.free_bytes if whole else None),
        "total_used_memory": size_text(whole.used_bytes if whole else None),
        "total_memory_scale": _share(whole.usage if whole else None),
        **_memory_parts(box, whole),
    }


def _memory_v6(box: BoxState) -> Dict[str, Any]:
    whole = _all_memory(box)
    return {
        "total_memory": size_text(whole.size_bytes if whole else None),
        "svt_memory": size_text(whole.size_bytes if whole else None),
        "svt_free_memory": size_text(whole.free_bytes if whole else None),
        "svt_used_memory": size_text(whole.used_bytes if whole else None),
        "svt_memory_usage": _share(whole.usage if whole else None),
        **_memory_parts(box, whole),
    }


def _memory_parts(box: BoxState, whole: Optional[Space]) -> Dict[str, Any]:
    parts = {"system": box.memory, "tpu": box.tpu_memory, "video": box.video_memory}
    return {name: _memory_part(name, part, whole) for name, part in parts.items()}


def _memory_part(name: str, part: Optional[Space], whole: Optional[Space]) -> Dict[str, Any]:
    share = part.size_bytes / whole.size_bytes if part and whole and whole.size_bytes else None
    return {
        f"{name}_scale": _share(share),
        "total": size_text(part.size_bytes if part else None),
        "free": size_text(part.free_bytes if part else None),
        "used": size_text(part.used_bytes if part else None),
    }


def _disk_v5(box: BoxState) -> Dict[str, Any]:
    disk = box.disk
    return {
        "hardware_total_disk": size_text(box.emmc_bytes),
        "disk_rate": _share(disk.usage if disk else None),
        "total_disk": size_text(disk.size_bytes if disk else None),
        "free_disk": size_text(disk.free_bytes if disk else None),
        "used_disk": size_text(disk.used_bytes if disk else None),
    }


def _disk_v6(disk: Optional[Space], nominal_bytes: Optional[int]) -> Dict[str, Any]:
    return {
        "mount_status": disk is not None,
        "nominal_capacity": size_text(nominal_bytes),
        "disk_usage": _share(disk.usage if disk else None),
        "total_disk": size_text(disk.size_bytes if disk else None),
        "free_disk": size_text(disk.free_bytes if disk else None),
        "used_disk": size_text(disk.used_bytes if disk else None),
    }


def _share(value: Optional[float]) -> Optional[float]:
    return None if value is None else round(float(value), 2)


def _degrees(value: Optional[float]) -> Optional[float]:
    return None if value is None else round(float(value), 1)


def _frequency(box: BoxState) -> str:
    return "" if box.cpu_mhz is None else f"{round(box.cpu_mhz / 1000, 1)}Ghz"


def _cores(box: BoxState) -> str:
    return str(box.cores) if box.cores else ""
