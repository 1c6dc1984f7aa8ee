"""What the system says of a running process."""

import os
from pathlib import Path


def rss_bytes(pid=0):
    """Memory that it holds now."""
    return status(pid, "VmRSS") << 10


def pss_bytes(pid):
    """Its memory with what it shares with others divided among them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    raise KeyError("Pss")


def peak_rss_bytes(pid):
    """The most memory that it ever held."""
    return status(pid, "VmHWM") << 10


def cpu_s(pid):
    """Time on a core of all its threads so far; ended children do not count."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def written_bytes(pid):
    """What it has made dirty in the file cache so far, less what was given up again before it was written."""
    told = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(told["write_bytes"]) - int(told["cancelled_write_bytes"])


def threads(pid):
    """How many it has."""
    return status(pid, "Threads")


def descriptors(pid):
    """Files and sockets that it has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def status(pid, key):
    """A number of ``/proc/PID/status``."""
    for line in Path(f"/proc/{pid or 'self'}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0])
    raise KeyError(key)
