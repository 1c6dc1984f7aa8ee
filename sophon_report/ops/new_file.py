"""A large file that somebody asked for: there whole or not at all, whoever else may write into its folder."""

import contextlib
import os
from pathlib import Path
from typing import IO, Iterator

from sophon_report.errors import Unavailable


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, mode 0600, which has the name ``path`` when the block ends, and is on the disk before that.

    What lies where it is written meanwhile, a link too, is neither written into nor followed. A block that raises
    leaves no file.

    Raises:
        Unavailable: the disk refuses, or what the block reads does.
    """
    part = path.with_name(path.name + ".part")
    try:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        descriptor = os.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(str(part), str(path))
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
