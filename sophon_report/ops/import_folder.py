"""Files that somebody on the network names: only those in the one folder that is meant for it."""

import os
import stat
from pathlib import Path

from sophon_report.errors import NotFound


def confined(folder: Path, name: str) -> Path:
    """Where ``name`` is: a file or folder in the import folder. What counts is where links end.

    Raises:
        NotFound: nothing of that name is in it; the answer says nothing of the rest of the disk.
    """
    refusal = NotFound(f"there is no {name} in the import folder")
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        there = root in path.parents and path.exists()
    except (OSError, ValueError, RuntimeError):  # a NUL byte, a loop of links
        raise refusal from None
    if not there:
        raise refusal
    return path


def read_import(folder: Path, name: str, most_bytes: int) -> bytes:
    """Return the file ``name``, one byte more than ``most_bytes`` when it is too large.

    Args:
        folder: the import folder.
        name: a path in it, relative or absolute. Links are followed and what counts is where they end.
        most_bytes: more is not read.

    Raises:
        NotFound: no readable file in the folder. What lies elsewhere is not there, whatever it is: the answer
            says nothing of the rest of the disk.
    """
    refusal = NotFound(f"{name} is no readable file in the import folder")
    try:
        root = folder.resolve()
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):  # a NUL byte, a loop of links
        raise refusal from None
    if root not in path.parents:
        raise refusal
    try:
        # A pipe would otherwise wait for a writer.
        descriptor = os.open(str(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise refusal from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise refusal
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most_bytes + 1)
    finally:
        os.close(descriptor)
