"""The machine itself: memory, temperature, disk, clock."""

import ctypes
import os
import platform
import shutil
import time
from pathlib import Path
from typing import Iterator, Optional, Tuple

from sophon_report import __version__
from sophon_report.config import Settings
from sophon_report.doctor.finding import Finding, Look, error, ok, warning
from sophon_report.ops.box import BoxReader
from sophon_report.ops.data_dir import DataDir

FREE_WARNING_BYTES = 2 << 30
FREE_ERROR_BYTES = 64 << 20
FREE_FILES_WARNING = 10_000
MEMORY_WARNING_BYTES = 256 << 20
BUILT_S = 1_735_689_600
"""2025-01-01: a clock before it was never set."""
LATEST_S = 2_208_988_800
"""2040-01-01: a clock past it was set wrong."""
SLOWER_CELSIUS, OFF_CELSIUS = 85.0, 95.0
"""From the vendor's manual: at the first the chip slows TPU and CPU down, at the second it switches itself off."""
_UNSYNCHRONISED = 5
"""``TIME_ERROR`` of ``adjtimex``."""
_TIMEX_BYTES = 512
_DISK = Path("sys/class/block/mmcblk0/device")
_WEAR_WARNING, _WEAR_OVER = 9, 11
"""Tenths of its life that an eMMC says are used; 11 is past its end (JEDEC, ``DEVICE_LIFE_TIME_EST``)."""
ROOT = Path("/")


def _system(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    yield ok("version", "version", f"sophon-report {__version__}, Python {platform.python_version()}")
    box = BoxReader(Path("/")).read()
    told = [platform.machine(), f"{os.cpu_count()} cores", platform.platform(terse=True)]
    told += [f"chip {box.cpu}"] if box.tpu else []
    told += [f"SDK {box.sdk}"] if box.sdk else []
    told += [f"serial {box.serial}"] if box.serial else []
    yield ok("machine", "machine", ", ".join(told))


def _memory(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    memory = BoxReader(Path("/")).read().memory
    if memory is None:
        return
    text = f"{memory.free_bytes >> 20:,} MiB of {memory.size_bytes >> 20:,} MiB are free"
    if memory.free_bytes < MEMORY_WARNING_BYTES:
        yield warning(
            "memory", "memory", text, "see what takes it: `ps aux --sort=-rss | head`; fewer cameras take less"
        )
    else:
        yield ok("memory", "memory", text)


def _temperature(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    yield from temperature(ROOT)


def temperature(root: Path) -> Iterator[Finding]:
    """How hot chip and board are, and whether the machine runs slower for it; nothing where it does not tell."""
    box = BoxReader(root, root=root).read()
    if box.core_celsius is None:
        return
    board = "" if box.board_celsius is None else f", board {box.board_celsius:.0f} °C"
    text = f"chip {box.core_celsius:.0f} °C{board}"
    slowed = _is_slowed(root)
    if box.tpu and (slowed or box.core_celsius >= SLOWER_CELSIUS):
        words = (
            "it runs slower for it" if slowed or box.core_celsius < OFF_CELSIUS else "it will switch itself off"
        )
        yield warning(
            "temperature", "temperature", f"{text}: {words}", "give it air; clean the fan and its filter"
        )
    else:
        yield ok("temperature", "temperature", text)


def _is_slowed(root: Path) -> bool:
    """Whether the kernel holds the processor back because of heat."""
    for device in root.glob("sys/class/thermal/cooling_device*"):
        if "cpufreq" in _text(device / "type") and (_number(device / "cur_state") or 0) > 0:
            return True
    return False


def _disk(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    existing = next(folder for folder in (place.root, *place.root.parents) if _is_there(folder))
    mend = "as the service's user or as root: `sudo sophon-report doctor`; or set data_dir elsewhere"
    if not existing.is_dir():
        yield error("data_folder", "data folder", f"{existing} is no folder", "set data_dir to a folder")
        return
    told = os.statvfs(str(existing))
    if told.f_flag & os.ST_RDONLY:
        text = f"{existing} is on a disk that is mounted read-only"
        yield error(
            "data_folder", "data folder", text, "look into `dmesg` for the reason; a damaged disk is mounted so"
        )
        return
    if not os.access(str(existing), os.W_OK | os.X_OK):
        yield error("data_folder", "data folder", f"{existing} cannot be written by this user", mend)
        return
    yield from _space(place.root, shutil.disk_usage(str(existing)).free, told.f_files, told.f_favail)


def _is_there(folder: Path) -> bool:
    try:
        return folder.exists()
    except OSError:
        return False


def _space(root: Path, free_bytes: int, files: int, free_files: int) -> Iterator[Finding]:
    text = f"{root}, {free_bytes / (1 << 30):.1f} GiB free"
    room = "make room, or lower journal.max_bytes: the oldest events go for it"
    if free_bytes < FREE_ERROR_BYTES:
        yield error("data_folder", "data folder", text, room)
    elif free_bytes < FREE_WARNING_BYTES:
        yield warning("data_folder", "data folder", text, room)
    elif files and free_files < FREE_FILES_WARNING:
        yield warning("data_folder", "data folder", f"{text}, for {free_files} files", "remove small files")
    else:
        yield ok("data_folder", "data folder", text)


def _wear(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    yield from wear(ROOT)


def wear(root: Path) -> Iterator[Finding]:
    """How much of its life the box's eMMC has used, as it tells itself; nothing where there is none."""
    lives = [int(each, 16) for each in _text(root / _DISK / "life_time").split() if _is_hex(each)]
    if not lives or not max(lives):
        return
    used = max(lives)
    words = "past its life" if used >= _WEAR_OVER else f"{10 * (used - 1)} to {10 * used} % of its life are used"
    spare = _number(root / _DISK / "pre_eol_info", 16)
    if used >= _WEAR_WARNING or (spare or 0) >= 2:
        to_do = "plan its replacement: copy the data off with `sophon-report backup`"
        yield warning("wear", "eMMC", words + ("" if (spare or 0) < 2 else ", its spare blocks run out"), to_do)
    else:
        yield ok("wear", "eMMC", words)


def _is_hex(text: str) -> bool:
    try:
        int(text, 16)
    except ValueError:
        return False
    return True


def _clock(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    yield clock(time.time(), synchronised=_is_synchronised())


def clock(now_s: float, *, synchronised: Optional[bool]) -> Finding:
    """What is to be said of a clock that shows ``now_s``; ``None``: whether it is synchronised is not known."""
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_s))
    to_do = "set it, or name a time server: `timedatectl set-ntp true`, NTP= in /etc/systemd/timesyncd.conf"
    if now_s <= BUILT_S:
        return error("clock", "clock", f"{now}: it was never set", to_do)
    if now_s >= LATEST_S:
        return error("clock", "clock", f"{now}: that is too far ahead to be right", to_do)
    if synchronised is False:
        return warning("clock", "clock", f"{now}, not synchronised: no time server is heard", to_do)
    return ok("clock", "clock", now + (", synchronised" if synchronised else ""))


def _is_synchronised() -> Optional[bool]:
    """What the kernel was told last by whichever program keeps the time; reading it needs no right."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return None
    told = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))  # zeros: nothing is to be changed
    return None if told < 0 else told != _UNSYNCHRONISED


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")[:4096]
    except OSError:
        return ""


def _number(path: Path, base: int = 10) -> Optional[int]:
    try:
        return int(_text(path).strip(), base)
    except ValueError:
        return None


LOOKS: Tuple[Look, ...] = (_system, _memory, _temperature, _disk, _wear, _clock)
