"""How devices and the machine do, as it is told to who asks to be told. Frozen; sizes in bytes.

``""`` and ``None`` stand for what this machine does not tell: a figure is known or it is not there, never guessed.
"""

from dataclasses import dataclass
from typing import Optional

from sophon_report.model import Device


@dataclass(frozen=True)
class DeviceStatus:
    """A device, and whether it does its work."""

    device: Device
    online: bool


@dataclass(frozen=True)
class Space:
    """Memory or a disk."""

    size_bytes: int
    free_bytes: int

    @property
    def used_bytes(self) -> int:
        """What is not free."""
        return self.size_bytes - self.free_bytes

    @property
    def usage(self) -> float:
        """Share that is used, 0 to 1; of nothing, nothing is."""
        return self.used_bytes / self.size_bytes if self.size_bytes else 0.0


@dataclass(frozen=True)
class NetworkPort:
    """A network port of the machine."""

    name: str
    """``eth0``."""
    ip: str
    """IPv4, with ``netmask`` as an address."""
    netmask: str
    mac: str = ""
    gateway: str = ""
    """Of the default route through it."""
    dns: str = ""
    """The system's first name server."""
    speed_mbps: Optional[int] = None
    """``None`` without a cable."""


@dataclass(frozen=True)
class BoxState:
    """The machine at one moment."""

    name: str = ""
    """Its host name."""
    ip: str = ""
    """Address towards the default route; on a box that is the WAN port's."""
    mac: str = ""
    """Of the interface with the default route."""
    serial: str = ""
    software: str = ""
    """Version of this program."""
    sdk: str = ""
    """Version of the vendor's libraries."""
    cpu: str = ""
    """Model name."""
    cores: int = 0
    cpu_mhz: Optional[float] = None
    """At its fastest."""
    cpu_usage: Optional[float] = None
    """Share of all cores, 0 to 1, since the look before; at the first look since the machine's start."""
    tpu: str = ""
    """Name of the chip, ``""`` for a machine without one."""
    tpu_usage: Optional[float] = None
    """0 to 1."""
    memory: Optional[Space] = None
    """What the system works with: not what is set aside for TPU and video."""
    tpu_memory: Optional[Space] = None
    video_memory: Optional[Space] = None
    disk: Optional[Space] = None
    """Where this program's data are."""
    emmc_bytes: Optional[int] = None
    """Size of the built-in storage, all its partitions."""
    external_disk: Optional[Space] = None
    """The one that the vendor's box mounts at ``/data2``; ``None`` when none is mounted."""
    core_celsius: Optional[float] = None
    board_celsius: Optional[float] = None
    fan_rpm: Optional[float] = None
    uptime_s: Optional[float] = None
