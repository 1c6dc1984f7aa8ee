"""The few file operations the journal is built on, so that a test can put a failing disk underneath.

Every method raises ``OSError`` as the system gives it; :mod:`log` maps it once. What survives a power cut:
bytes of a file after its ``fdatasync``, and names of a folder (created, renamed, unlinked) after ``fsync_dir``.
"""

import os
from pathlib import Path
from typing import List, Protocol, Sequence

MAX_BUFFERS = 512
"""Buffers handed to one ``writev``; Linux takes 1,024."""


class AppendFile(Protocol):
    """A file open for writing at its end."""

    def write(self, buffers: Sequence[bytes]) -> None:
        """Write all buffers one after the other; on an error any part of them may have been written."""

    def fdatasync(self) -> None:
        """Return once everything written is on the disk."""

    def close(self) -> None: ...


class ReadFile(Protocol):
    """A file open for reading; it stays readable when its name goes."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes at ``offset``, fewer only at the end of the file."""

    def close(self) -> None: ...


class Files(Protocol):
    """A file system, as far as the journal needs one."""

    def make_dir(self, path: Path) -> None:
        """Create the folder and its parents unless they are there."""

    def list(self, directory: Path) -> List[str]:
        """Names in the folder, in no order."""

    def size(self, path: Path) -> int: ...

    def create(self, path: Path) -> AppendFile:
        """Open an empty file for writing, whatever was there under the name."""

    def open_read(self, path: Path) -> ReadFile: ...

    def truncate(self, path: Path, size: int) -> None:
        """Cut the file to ``size`` bytes, durably."""

    def overwrite(self, path: Path, offset: int, content: bytes) -> None:
        """Put ``content`` at ``offset`` of a file that is there, durably.

        A power cut meanwhile may leave anything in the blocks that it lies in, and changes no other.
        """

    def rename(self, source: Path, target: Path) -> None:
        """Give the file another name of the same folder, in place of any file of that name."""

    def unlink(self, path: Path) -> None: ...

    def remove_dir(self, path: Path) -> None:
        """Remove an empty folder."""

    def fsync_dir(self, directory: Path) -> None: ...

    def free_bytes(self, directory: Path) -> int:
        """What an ordinary user may still write."""

    def total_bytes(self, directory: Path) -> int:
        """Size of the file system."""


class _RealAppendFile:
    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, buffers: Sequence[bytes]) -> None:
        for start in range(0, len(buffers), MAX_BUFFERS):
            self._write_some(buffers[start : start + MAX_BUFFERS])

    def _write_some(self, buffers: Sequence[bytes]) -> None:
        written = os.writev(self._fd, buffers)
        if written == sum(map(len, buffers)):
            return
        rest = memoryview(b"".join(buffers))[written:]
        while rest:
            rest = rest[os.write(self._fd, rest) :]

    def fdatasync(self) -> None:
        os.fdatasync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


class _RealReadFile:
    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read_at(self, offset: int, size: int) -> bytes:
        return os.pread(self._fd, size, offset)

    def close(self) -> None:
        os.close(self._fd)


class RealFiles:
    """The operating system's."""

    def make_dir(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def list(self, directory: Path) -> List[str]:
        return os.listdir(directory)

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def create(self, path: Path) -> AppendFile:
        return _RealAppendFile(path)

    def open_read(self, path: Path) -> ReadFile:
        return _RealReadFile(path)

    def truncate(self, path: Path, size: int) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(fd, size)
            os.fsync(fd)
        finally:
            os.close(fd)

    def overwrite(self, path: Path, offset: int, content: bytes) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(fd, content, offset)
            os.fdatasync(fd)
        finally:
            os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def unlink(self, path: Path) -> None:
        os.unlink(path)

    def remove_dir(self, path: Path) -> None:
        os.rmdir(path)

    def fsync_dir(self, directory: Path) -> None:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def free_bytes(self, directory: Path) -> int:
        state = os.statvfs(directory)
        return state.f_bavail * state.f_frsize

    def total_bytes(self, directory: Path) -> int:
        state = os.statvfs(directory)
        return state.f_blocks * state.f_frsize


def replace_file(files: Files, path: Path, content: bytes) -> None:
    """Make ``content`` the whole of ``path``: after a power cut the old or the new is there, never a mixture."""
    fresh = path.with_name(path.name + ".tmp")
    file = files.create(fresh)
    try:
        file.write([content])
        file.fdatasync()
    finally:
        file.close()
    files.rename(fresh, path)


def read_whole(files: Files, path: Path, limit_bytes: int) -> bytes:
    """Return the first ``limit_bytes`` of a small file."""
    file = files.open_read(path)
    try:
        return file.read_at(0, limit_bytes)
    finally:
        file.close()
