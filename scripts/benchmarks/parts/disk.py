"""A folder for what is measured, on a real disk."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = frozenset({"tmpfs", "ramfs", "rootfs"})


@contextlib.contextmanager
def folder(free_bytes=0):
    """A folder on a disk with so much room, empty at the start and gone at the end; ``TMPDIR`` may say where."""
    place = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        if file_system(place) in IN_MEMORY:
            raise SystemExit(f"{place} is in memory; set TMPDIR to a folder on a disk")
        room = shutil.disk_usage(place).free
        if room < free_bytes:
            raise SystemExit(f"{place} has {room >> 20} MiB left, {free_bytes >> 20} are needed; set TMPDIR")
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def file_system(place):
    """Its type, such as ``ext4``."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    place = str(place.resolve())
    above = [(point, kind) for point, kind in mounts if os.path.commonpath([place, point]) == point]
    return max(above, key=lambda mount: len(mount[0]))[1]


def heat(place, size_bytes):
    """Have the system hand out and take back as many pages of the file cache as a round writes."""
    path, block = place / "heat", bytes(1 << 20)
    with open(path, "wb", buffering=0) as file:
        file.writelines(block for _ in range(size_bytes >> 20))
    path.unlink()
