"""How much is written to a disk: sectors of a file system of its own, and which system calls asked for it.

The file system is an ext4 made with the usual options in a file on the disk and mounted by a loop device, whose
counters tell every sector: data, and what the file system writes of its own (its journal, inodes, folders). That
takes root; without it there are only the process's own counters.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import NamedTuple

SIZE_BYTES = 3 << 30
SECTOR_BYTES = 512
CALLS = "write,writev,pwrite64,pwritev,fdatasync,fsync,rename,renameat,renameat2,unlink,ftruncate"
SYNCS = ("fdatasync", "fsync")
_BEGUN = re.compile(r"(\d+) +(\w+)\((?:\d+<([^>]*)>|AT_FDCWD<[^>]*>, \"([^\"]*)\"|\"([^\"]*)\")(.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")
_RESULT = re.compile(r"= (-?\d+)[^=]*$")


class Written(NamedTuple):
    """What a disk has been told to write since it was there."""

    sectors: int
    requests: int
    flushes: int

    @property
    def size_bytes(self):
        return self.sectors * SECTOR_BYTES

    def since(self, before):
        """What has come since then."""
        return Written(*(now - then for now, then in zip(self, before)))


class Disk:
    """A mounted file system that counts."""

    def __init__(self, mount, device):
        self.mount, self._stat = mount, Path("/sys/block") / Path(device).name / "stat"

    def written(self):
        """Until now, with all that waits in the file cache."""
        descriptor = os.open(self.mount, os.O_RDONLY)
        os.sync()
        os.close(descriptor)
        return self.so_far()

    def so_far(self):
        """Until now, without what waits."""
        fields = [int(field) for field in self._stat.read_text().split()]
        return Written(fields[6], fields[4], fields[15] if len(fields) > 15 else 0)


@contextlib.contextmanager
def counted_disk(folder):
    """An ext4 of its own, mounted at ``folder / "d"``; ``None`` where that cannot be."""
    if os.geteuid() or not shutil.which("mkfs.ext4"):
        yield None
        return
    image, mount = folder / "disk", folder / "d"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE_BYTES)
    # Tables are made now and not little by little beside what is measured.
    made = ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image)]
    subprocess.run(made, check=True)
    device = ""
    try:
        shown = subprocess.run(["losetup", "-f", "--show", image], check=True, capture_output=True, text=True)
        device = shown.stdout.strip()
        subprocess.run(["mount", "-t", "ext4", device, mount], check=True)
        try:
            yield Disk(mount, device)
        finally:
            subprocess.run(["umount", mount], check=True)
    finally:
        if device:
            subprocess.run(["losetup", "-d", device], check=True)


class Trace:
    """Looks on while a process asks for writes, by ``strace``; what it is told by :meth:`stop`."""

    def __init__(self, pid, root, log):
        self._root, self._log = str(root), log
        command = ["strace", "-f", "-y", "-q", "-s", "0", "-e", f"trace={CALLS}", "-o", str(log), "-p", str(pid)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def stop(self):
        """Calls, bytes and syncs by kind of file, each a ``Counter``."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        found, begun = {}, {}
        for line in self._log.read_text(errors="replace").splitlines():
            call, path, rest = _read(line, begun)
            result = _RESULT.search(rest)
            if not path.startswith(self._root) or result is None or int(result[1]) < 0:
                continue
            row = found.setdefault(kind_of(path[len(self._root) + 1 :]), Counter())
            row["syncs" if call in SYNCS else "calls"] += 1
            row["bytes"] += int(result[1]) if "write" in call else 0
        return found


def _read(line, begun):
    """Call, path and what follows of a line; one that is unfinished is kept in ``begun`` until it is."""
    resumed = _RESUMED.match(line)
    if resumed:
        call, path = begun.pop(resumed[1], ("", ""))
        return call, path, resumed[2]
    first = _BEGUN.match(line)
    if first is None:
        return "", "", ""
    pid, call, *paths, rest = first.groups()
    path = next((one for one in paths if one), "")
    if rest.endswith("<unfinished ...>"):
        begun[pid] = call, path
    return call, path, rest


def kind_of(name):
    """A file's kind: those of the journal and the cursors are many."""
    name = name.replace(" (deleted)", "")
    if name.endswith((".journal", "next.tmp")) or name == "journal":
        return "journal"
    if "cursors" in name:
        return "cursors"
    return name.split("/")[0] if name else "."
