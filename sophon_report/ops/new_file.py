"""A large file that somebody asked for: there whole or not at all, whoever else may write into its folder."""

import contextlib
import os
import stat
from pathlib import Path
from typing import IO, Iterator

from sophon_report.errors import BadInput, Unavailable


class LeftOff(Exception):  # noqa: N818 - an end like any other
    """Raised by what writes a file when it is not wanted any more; whoever asked for the file catches it."""


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, mode 0600, which has the name ``path`` when the block ends, and is on the disk before that.

    What lies where it is written meanwhile, a link too, is neither written into nor followed. A block that raises
    leaves no file, and whatever was at ``path`` as it was.

    Raises:
        BadInput: at ``path`` is something else than a file, such as a device.
        Unavailable: the disk refuses, or what the block reads does.
    """
    part = path.with_name(path.name + ".part")
    try:
        _check_replaceable(path)
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        descriptor = os.open(str(part), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(str(part), str(path))
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _check_replaceable(path: Path) -> None:
    """A rename replaces the node itself: root would leave a box without its ``/dev/null``, or the link to one."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadInput(f"{path} is there and is no file: name another one")
