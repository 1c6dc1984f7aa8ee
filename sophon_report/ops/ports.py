"""Who holds a port: so that "in use" can be told with the name of the program to stop."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Iterator, List, Optional, Set

from sophon_report.errors import PortInUse, Unavailable

FREE_FROM = 1024
"""The first port that any user may open."""
_LISTEN = "0A"


def refusal(error: OSError, host: str, port: int) -> Unavailable:
    """What to raise when listening has failed with ``error``; it names the program that has the port."""
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"port {port} is in use by {holder(port) or 'another program'}")
    words = os.strerror(error.errno or 0)
    if error.errno in (errno.EACCES, errno.EPERM) and port < FREE_FROM:
        words = f"ports below {FREE_FROM} need root or the right CAP_NET_BIND_SERVICE"
    return Unavailable(f"port {port} on {host} cannot be opened: {words}")


def holder(port: int, proc: Path = Path("/proc")) -> Optional[str]:
    """``"name (pid 123)"`` of the program that listens on TCP ``port``.

    ``None`` when nobody listens, or when the program belongs to another user and may not be looked at.
    """
    sockets = {f"socket:[{inode}]" for inode in _listening(port, proc)}
    return next(_programs(sockets, proc), None) if sockets else None


def _listening(port: int, proc: Path) -> Set[str]:
    """Inodes of listening sockets: columns 2 (address:port in hex), 4 (state) and 10 of the kernel's table."""
    found = set()
    for table in ("net/tcp", "net/tcp6"):
        for columns in _rows(proc / table):
            if columns[3] == _LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(columns[9])
    return found


def _rows(table: Path) -> Iterator[List[str]]:
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return iter(())
    return (columns for columns in map(str.split, lines) if len(columns) > 9)


def _programs(sockets: Set[str], proc: Path) -> Iterator[str]:
    for descriptor in proc.glob("[0-9]*/fd/*"):
        with suppress(OSError):  # gone meanwhile, or not ours to read
            if os.readlink(descriptor) in sockets:
                process = descriptor.parent.parent
                yield f"{(process / 'comm').read_text().strip()} (pid {process.name})"
