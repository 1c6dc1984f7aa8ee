"""How the box does, as the system calls tell it: firmware V6 (``/sophon/v2/system``) and V5 (``/SophonSystem``).

Figures and texts are those of the status reports (``status_box``). ``""`` stands for a text and ``null`` for a
number that this machine does not tell; a fan that is not there turns at 0.
"""

from typing import Any, Dict, List, Mapping, Optional, Sequence

from sophon_report.condition import BoxState, NetworkPort, Space
from sophon_report.wire.status_box import g0, g2, size_text

FACE_SYSTEM = "1"
"""``system_mode``: a system with face recognition built in; ``"0"`` is one without."""


def v6(state: BoxState, time_ms: int, west_h: int) -> Mapping[str, Dict[str, Any]]:
    """The answers by the name of the call; ``getstorage`` has two.

    Args:
        state: of the box.
        time_ms: UTC milliseconds.
        west_h: the box's hours behind UTC: -8 in China, as the vendor counts.
    """
    told = g2(state, "")["gateway_ext_data"]
    return {
        "gethostname": {"hostname": state.name},
        "getdevicesn": {"device_sn": state.serial},
        "getcpuinfo": told["cpu_info"],
        "gettpuinfo": told["tpu_info"],
        "getmemoryinfo": told["memory_info"],
        "emmc": told["emmc"],
        "hdd": told["hdd"],
        "getexternaldisk": external_disk(state.external_disk),
        "gettemperature": {name: told[name] for name in ("core_temperature", "board_temperature")},
        "getfanspeed": {"fan_speed": told["fan_speed"] or 0.0},
        "gettime": {"time": time_ms, "timezone": west_h},
        "getuptime": {"uptime": uptime(state.uptime_s)},
        "getsoftwareversion": {
            "nnsdk_version": state.sdk,
            "app_gate_version": state.software,
            "app_version_details": "",
        },
        "getsystemmode": {"system_mode": FACE_SYSTEM},
    }


def v5(state: BoxState) -> Mapping[str, Dict[str, Any]]:
    """The answers by the last part of the path, each to be wrapped in ``data``."""
    told = g0(state, (), "")["gateway_ext_data"]
    memory = {name: value for name, value in told["memory_info"].items() if name != "total_memory_scale"}
    return {
        "hostname": {"hostname": state.name},
        "cpu": told["cpu_info"],
        "tpu": {
            "tpu_rate": None if state.tpu_usage is None else round(state.tpu_usage, 2),
            "info": {"detail": state.tpu},
        },
        "memoryInfo": memory,
        "diskInfo": told["disk_info"],
        "externalDiskInfo": external_disk(state.external_disk),
        "temperature": {
            "core_temperature": _degrees(state.core_celsius),
            "board_temperature": _degrees(state.board_celsius),
        },
        "uptime": {"uptime": uptime(state.uptime_s)},
        "systemVersion": {"version": state.software, "mcu_version": "", "details": ""},
        "systemMode": {"systemMode": FACE_SYSTEM},
    }


def external_disk(disk: Optional[Space]) -> Dict[str, Any]:
    """The disk that may be plugged in; its share is ``disk_rate`` in samples and ``disk_usage`` in a table."""
    share = round(disk.usage, 2) if disk else 0.0
    return {
        "external_hard_state": "1" if disk else "0",
        "external_hard_disk_rate": share,
        "external_hard_disk_usage": share,
        "external_hard_total_disk": size_text(disk.size_bytes) if disk else "0G",
        "external_hard_free_disk": size_text(disk.free_bytes) if disk else "0G",
        "external_hard_used_disk": size_text(disk.used_bytes) if disk else "0G",
    }


def network_v6(ports: Sequence[NetworkPort]) -> Dict[str, Any]:
    """Addresses of the box; how an address came about (``mode``) is nothing that this program knows."""
    return {"address_list": [{"interface": port.name, "mode": "", **_address(port)} for port in ports]}


def network_v5(ports: Sequence[NetworkPort]) -> List[Dict[str, Any]]:
    """The same in the older words."""
    return [{"device": port.name, "status": "", **_address(port)} for port in ports]


def _address(port: NetworkPort) -> Dict[str, Any]:
    return {
        "dns": port.dns,
        **({"gateway": port.gateway} if port.gateway else {}),
        "ip": port.ip,
        "netmask": port.netmask,
        "bandwidth": "" if port.speed_mbps is None else f"{float(port.speed_mbps)}Mb/s",
        "bandwidth_varity": port.speed_mbps is not None,
        "mac": port.mac,
    }


def uptime(time_s: Optional[float]) -> str:
    """A time as ``uptime -p`` writes it without its first word: ``3 hours, 57 minutes``."""
    if time_s is None:
        return ""
    minutes = int(time_s // 60)
    parts = (
        (minutes // 10_080, "week"),
        (minutes // 1440 % 7, "day"),
        (minutes // 60 % 24, "hour"),
        (minutes % 60, "minute"),
    )
    told = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number]
    return ", ".join(told) or "0 minutes"


def _degrees(value: Optional[float]) -> str:
    return "" if value is None else f"{round(float(value), 1)}'C"
