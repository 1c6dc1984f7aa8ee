"""Reading a file that somebody else named: it may be a pipe, a device, or no name that a file can have."""

import errno
import os
import stat


def read_plain(path: str, most_bytes: int, flags: int = 0) -> bytes:
    """Return the first ``most_bytes`` of a regular file; never waits for a writer, as a pipe would have it.

    Args:
        path: its name.
        most_bytes: more is not read.
        flags: further ones of ``os.open``.

    Raises:
        OSError: it cannot be read, or is no regular file; ``strerror`` says why.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags)
    except ValueError:  # a NUL byte, half a character
        raise OSError(errno.EINVAL, "not the name of a file", path) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a file", path)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most_bytes)
    finally:
        os.close(descriptor)
