"""The network ports of the machine, as the system has them now; nothing is changed, and nothing here fails."""

import contextlib
import fcntl
import ipaddress
import re
import socket
import struct
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from sophon_report.condition import NetworkPort

MAX_PORTS = 64
_SIOCGIFADDR, _SIOCGIFNETMASK = 0x8915, 0x891B
_MAX_FILE_BYTES = 64 << 10

Address = Callable[[str], Optional[Tuple[str, str]]]
"""Name of a port: its IPv4 address and netmask, ``None`` when it has none."""


def address_of(name: str) -> Optional[Tuple[str, str]]:
    """IPv4 address and netmask that the system gave a port."""
    with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("256s", name.encode()[:15])
        found = (fcntl.ioctl(probe.fileno(), code, request)[20:24] for code in (_SIOCGIFADDR, _SIOCGIFNETMASK))
        ip, netmask = (socket.inet_ntoa(each) for each in found)
        return ip, netmask
    return None


def network_ports(root: Path = Path("/"), address: Address = address_of) -> List[NetworkPort]:
    """Those with an address, by name; the loopback is none.

    Args:
        root: what stands for ``/``.
        address: asks the system for addresses.
    """
    try:
        names = sorted(path.name for path in (root / "sys/class/net").iterdir())
    except OSError:
        return []
    gateways, dns = _gateways(root), _dns(root)
    found = []
    for name in [name for name in names if name != "lo"][:MAX_PORTS]:
        told = address(name)
        if told is not None:
            speed = _text(root / "sys/class/net" / name / "speed").strip()
            found.append(
                NetworkPort(
                    name=name,
                    ip=told[0],
                    netmask=told[1],
                    mac=_text(root / "sys/class/net" / name / "address").strip(),
                    gateway=gateways.get(name, ""),
                    dns=dns,
                    speed_mbps=int(speed) if speed.isdigit() and int(speed) else None,
                )
            )
    return found


def _gateways(root: Path) -> Dict[str, str]:
    """Of the default routes, by port; addresses stand in the kernel's table as the processor has them."""
    found: Dict[str, str] = {}
    for line in _text(root / "proc/net/route").splitlines()[1:]:
        columns = line.split()
        if len(columns) >= 8 and columns[1] == columns[7] == "00000000" and columns[2] != "00000000":
            with contextlib.suppress(ValueError, struct.error):
                found.setdefault(columns[0], socket.inet_ntoa(struct.pack("=I", int(columns[2], 16))))
    return found


def _dns(root: Path) -> str:
    """The first server of ``resolv.conf``."""
    for word in re.findall(r"^\s*nameserver\s+(\S+)", _text(root / "etc/resolv.conf"), re.MULTILINE):
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(word.split("%")[0]))
    return ""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES).decode("utf-8", "replace")
    except OSError:  # the speed of a port without a cable cannot be read
        return ""
