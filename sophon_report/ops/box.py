"""What the machine tells of itself in ``/proc`` and ``/sys``.

Nothing here fails: a file that is missing, unreadable or other than expected makes its figure unknown. Places on
a box (BM1684 and BM1684X as system on chip), from the vendor's system manual: chip and board temperature in the
thermal zones 0 and 1, in thousandths of a degree; the serial number as JSON from the board's controller; the TPU's
load in ``npu_usage``; what is set aside for TPU and video in the ``ion`` summaries, which root alone may read.
``fan_speed`` is a frequency in Hz at two pulses a turn, and 0 while nobody has switched the measurement on.
"""

import json
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Tuple

from sophon_report import __version__
from sophon_report.condition import BoxState, Space

MAX_FILE_BYTES = 1 << 20
EXTERNAL_DISK = "data2"
"""Where the vendor's box mounts an external disk (``GATE_EVENT_IMAGE_PATH`` = ``remote``)."""
SECTOR_BYTES = 512
"""Unit of ``/sys/class/block/*/size``, whatever the disk's own sectors are."""
_ION_HEAP = re.compile(r"heap size:(\d+) bytes, used:(\d+) bytes")


def source_address() -> str:
    """The address with which this machine would speak to the world, ``""`` for none; nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # an address of documentation: only the route to it is looked up
            return str(probe.getsockname()[0])
    except OSError:
        return ""


@dataclass(frozen=True)
class _CpuTimes:
    idle: int
    total: int


class BoxReader:
    """Looks at the machine; may block for some milliseconds, and must not be used by two threads at once.

    Args:
        data_dir: the disk it is on is the one that is told.
        root: what stands for ``/``.
        host_name: how the machine is named.
        address: see :func:`source_address`.
    """

    def __init__(
        self,
        data_dir: Path,
        root: Path = Path("/"),
        host_name: Callable[[], str] = socket.gethostname,
        address: Callable[[], str] = source_address,
    ) -> None:
        self._data_dir, self._root = data_dir, root
        self._host_name, self._address = host_name, address
        self._before = _CpuTimes(0, 0)

    def read(self) -> BoxState:
        """Return how the machine does now."""
        cpu, cores = self._cpu()
        return BoxState(
            name=self._host_name(),
            ip=self._address(),
            mac=self._mac(),
            serial=self._serial(),
            software=__version__,
            sdk=self._sdk(),
            cpu=cpu,
            cores=cores,
            cpu_mhz=self._number("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", 1000),
            cpu_usage=self._cpu_usage(),
            tpu=cpu.upper() if self._has_tpu() else "",
            tpu_usage=self._tpu_usage(),
            memory=self._memory(),
            tpu_memory=self._heaps("npu"),
            video_memory=self._heaps("vpu", "vpp"),
            disk=_space(self._data_dir),
            emmc_bytes=self._emmc_bytes(),
            external_disk=_space(self._root / EXTERNAL_DISK) if self._has_external_disk() else None,
            core_celsius=self._number("sys/class/thermal/thermal_zone0/temp", 1000),
            board_celsius=self._number("sys/class/thermal/thermal_zone1/temp", 1000),
            fan_rpm=self._fan_rpm(),
            uptime_s=self._number("proc/uptime"),
        )

    def _text(self, name: str) -> str:
        try:
            with (self._root / name).open("rb") as file:
                return file.read(MAX_FILE_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""

    def _number(self, name: str, divisor: float = 1.0) -> Optional[float]:
        """The first number of a file."""
        found = re.search(r"-?\d+(\.\d+)?", self._text(name))
        return float(found.group()) / divisor if found else None

    def _cpu(self) -> Tuple[str, int]:
        """Model name and number of cores."""
        text = self._text("proc/cpuinfo")
        found = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
        return (found.group(1).strip() if found else ""), len(re.findall(r"^processor\s*:", text, re.MULTILINE))

    def _cpu_usage(self) -> Optional[float]:
        found = re.search(r"^cpu +([\d ]+)$", self._text("proc/stat"), re.MULTILINE)
        times = [int(number) for number in found.group(1).split()] if found else []
        if len(times) < 5:
            return None
        # user nice system idle iowait irq softirq steal; what follows is contained in the first two.
        now, before = _CpuTimes(times[3] + times[4], sum(times[:8])), self._before
        self._before = now
        passed = now.total - before.total
        return min(1.0, max(0.0, 1 - (now.idle - before.idle) / passed)) if passed > 0 else None

    def _memory(self) -> Optional[Space]:
        text = self._text("proc/meminfo")
        size, free = (
            re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE) for name in ("MemTotal", "MemAvailable")
        )
        return Space(int(size.group(1)) << 10, int(free.group(1)) << 10) if size and free else None

    def _mac(self) -> str:
        rows = [line.split() for line in self._text("proc/net/route").splitlines()[1:]]
        defaults = [row for row in rows if len(row) >= 8 and row[1] == row[7] == "00000000" and row[6].isdigit()]
        if not defaults:
            return ""
        interface = min(defaults, key=lambda row: int(row[6]))[0]
        return self._text(f"sys/class/net/{interface}/address").strip()

    def _serial(self) -> str:
        try:
            told = json.loads(self._text("sys/bus/i2c/devices/1-0017/information"))
        except (ValueError, RecursionError):
            return ""
        serial = told.get("product sn") if isinstance(told, dict) else None
        return serial.strip() if isinstance(serial, str) else ""

    def _sdk(self) -> str:
        try:
            return os.path.basename(os.readlink(str(self._root / "opt/sophon/libsophon-current")))
        except OSError:
            return ""

    def _has_tpu(self) -> bool:
        return (self._root / "sys/class/bm-tpu/bm-tpu0").exists()

    def _tpu_usage(self) -> Optional[float]:
        usage_pct = self._number("sys/class/bm-tpu/bm-tpu0/device/npu_usage")
        return None if usage_pct is None else min(1.0, max(0.0, usage_pct / 100))

    def _heaps(self, *names: str) -> Optional[Space]:
        """What is set aside under ``names``; a machine without a TPU sets nothing aside."""
        if not self._has_tpu():
            return Space(0, 0)
        size_bytes = free_bytes = 0
        for name in names:
            found = _ION_HEAP.search(self._text(f"sys/kernel/debug/ion/bm_{name}_heap_dump/summary"))
            if found is None:
                return None
            size_bytes += int(found.group(1))
            free_bytes += int(found.group(1)) - int(found.group(2))
        return Space(size_bytes, free_bytes)

    def _emmc_bytes(self) -> Optional[int]:
        sectors = self._number("sys/class/block/mmcblk0/size")
        return None if sectors is None else int(sectors) * SECTOR_BYTES

    def _has_external_disk(self) -> bool:
        mounted = [line.split()[1:2] for line in self._text("proc/mounts").splitlines()]
        return [f"/{EXTERNAL_DISK}"] in mounted

    def _fan_rpm(self) -> Optional[float]:
        frequency = self._number("sys/class/bm-tach/bm-tach-0/fan_speed")
        return frequency * 30 if frequency else None


def _space(place: Path) -> Optional[Space]:
    try:
        told = os.statvfs(str(place))
    except OSError:
        return None
    return Space(told.f_blocks * told.f_frsize, told.f_bavail * told.f_frsize)
