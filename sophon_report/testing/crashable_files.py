"""A file system in memory whose plug can be pulled before any change."""

import errno
import random
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

Fault = Callable[[str, Path], Optional[int]]
"""``fault(operation, path)`` gives an ``errno`` to fail with, ``None`` to go on."""
_SECTOR_BYTES = 512


class PowerCut(BaseException):
    """The plug was pulled; no ``except Exception`` of the code under test catches it."""


class _Inode:
    """One file: what programs see, how much of it is on the disk for sure, and what never will be."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.synced_bytes = len(content)
        self._doomed: List[Tuple[int, int]] = []

    def sync(self) -> None:
        self.synced_bytes = len(self.content)

    def fail_sync(self) -> None:
        """As Linux does: the pages count as clean from now on, and what is in them is not on the disk."""
        self._doomed.append((self.synced_bytes, len(self.content)))

    def truncate(self, size: int) -> None:
        del self.content[size:]
        self.sync()
        self._doomed = [(start, min(end, size)) for start, end in self._doomed if start < size]

    def overwrite(self, offset: int, content: bytes) -> None:
        """Put it there, durably; what lies between the end and it are zeros."""
        self.content.extend(bytes(max(0, offset - len(self.content))))
        self.content[offset : offset + len(content)] = content
        self.sync()

    def after_cut(self, chance: random.Random) -> "_Inode":
        """Of what was not synced any sectors may have reached the disk, any length; others hold what was there."""
        length = chance.randint(self.synced_bytes, len(self.content))
        survived = self.content[:length]
        for start in range(self.synced_bytes, length, _SECTOR_BYTES):
            end, fate = min(start + _SECTOR_BYTES, length), chance.random()
            if fate < 0.2:
                survived[start:end] = bytes(end - start)
            elif fate < 0.3:  # of a file that was there before: maybe this one's own beginning
                survived[start:end] = (bytes(self.content[: end - start]) * 2 + bytes(end - start))[: end - start]
        for start, end in self._doomed:
            survived[start : min(end, length)] = bytes(max(0, min(end, length) - start))
        return _Inode(bytes(survived))


class _Append:
    def __init__(self, files: "CrashableFiles", path: Path, inode: _Inode) -> None:
        self._files, self._path, self._inode = files, path, inode

    def write(self, buffers: Sequence[bytes]) -> None:
        data = b"".join(buffers)
        room = max(0, self._files.capacity_bytes - self._files.used_bytes)
        part = self._files.chance.randint(0, min(room, len(data)))
        try:
            self._files.step("write", self._path)
        except BaseException:
            self._inode.content += data[:part]
            raise
        self._inode.content += data[:room]
        if len(data) > room:
            raise OSError(errno.ENOSPC, "no space left on device")

    def fdatasync(self) -> None:
        try:
            self._files.step("fdatasync", self._path)
        except OSError:
            self._inode.fail_sync()
            raise
        self._inode.sync()

    def close(self) -> None:
        """Nothing is held."""


class _Read:
    def __init__(self, files: "CrashableFiles", path: Path, inode: _Inode) -> None:
        self._files, self._path, self._inode = files, path, inode

    def read_at(self, offset: int, size: int) -> bytes:
        self._files.step("read", self._path)
        start, end = self._files.unreadable.get(self._path, (0, 0))
        if offset < end and start < offset + size:
            raise OSError(errno.EIO, "input/output error")
        return bytes(self._inode.content[offset : offset + size])

    def close(self) -> None:
        """Nothing is held."""


class CrashableFiles:
    """A file system in memory whose plug can be pulled before any change.

    :meth:`after_cut` gives what may be found on the disk then: synced bytes and names for sure, of the rest what
    the seed decides, sectors in any order. Changes of names are on the disk for sure with ``fsync_dir``. Before it
    they reach it in their order with an even seed, as with a journalling file system; with an odd one any of them
    may be missing while later ones are there. A failed ``fdatasync`` loses what it should have written.
    """

    def __init__(
        self, *, cut_after: Optional[int] = None, capacity_bytes: int = 1 << 40, fault: Optional[Fault] = None
    ) -> None:
        """Make an empty file system.

        Args:
            cut_after: instead of the change after so many comes :class:`PowerCut`.
            capacity_bytes: a write over it fails with ``ENOSPC`` after a part of it.
            fault: makes operations fail.
        """
        self.cut_after = cut_after
        self.capacity_bytes = capacity_bytes
        self.fault = fault
        self.changes = 0
        self.unreadable: Dict[Path, Tuple[int, int]] = {}
        """Per file the bytes that give ``EIO``."""
        self.chance = random.Random(0)  # noqa: S311 - to be repeated, not to be secret
        self._names: Dict[Path, _Inode] = {}
        self._synced_names: Dict[Path, _Inode] = {}
        self._renames: List[Dict[Path, Optional[_Inode]]] = []

    @property
    def used_bytes(self) -> int:
        return sum(len(inode.content) for inode in self._names.values())

    def step(self, operation: str, path: Path) -> None:
        """Count one operation; fail it when it is its turn."""
        if self.cut_after is not None and self.changes >= self.cut_after:
            raise PowerCut
        self.changes += operation != "read"
        number = self.fault(operation, path) if self.fault else None
        if number is not None:
            raise OSError(number, errno.errorcode[number])

    def after_cut(self, seed: int) -> "CrashableFiles":
        """Return what may be found when the plug is pulled now."""
        chance = random.Random(seed)  # noqa: S311 - keeps no secret, and repeats
        names = dict(self._synced_names)
        changes = self._renames[: chance.randint(0, len(self._renames))]
        for change in changes if seed % 2 == 0 else [each for each in self._renames if chance.random() < 0.5]:
            _apply(names, change)
        after = CrashableFiles(capacity_bytes=self.capacity_bytes)
        after._names = {path: inode.after_cut(chance) for path, inode in names.items()}
        after._synced_names = dict(after._names)
        return after

    def content(self, path: Path) -> bytearray:
        """The bytes of a file, to look at or to damage."""
        return self._at(path).content

    def paths(self) -> List[Path]:
        """All files, in no order."""
        return list(self._names)

    def _at(self, path: Path) -> _Inode:
        if path not in self._names:
            raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
        return self._names[path]

    def _change(self, change: Dict[Path, Optional[_Inode]]) -> None:
        _apply(self._names, change)
        self._renames.append(change)

    # The file layer

    def make_dir(self, path: Path) -> None:
        """Folders are always there."""

    def list(self, directory: Path) -> List[str]:
        below = [path.relative_to(directory) for path in self._names if directory in path.parents]
        return sorted({path.parts[0] for path in below})

    def size(self, path: Path) -> int:
        return len(self._at(path).content)

    def create(self, path: Path) -> _Append:
        self.step("create", path)
        inode = _Inode()
        self._change({path: inode})
        return _Append(self, path, inode)

    def open_read(self, path: Path) -> _Read:
        self.step("read", path)
        return _Read(self, path, self._at(path))

    def truncate(self, path: Path, size: int) -> None:
        self.step("truncate", path)
        self._at(path).truncate(size)

    def overwrite(self, path: Path, offset: int, content: bytes) -> None:
        inode, fate = self._at(path), self.chance.random()
        try:
            self.step("overwrite", path)
        except BaseException:
            if fate < 0.3:
                inode.overwrite(offset, content)
            elif fate < 0.7:  # a block of it got half way
                inode.overwrite(offset, self.chance.getrandbits(8 * len(content)).to_bytes(len(content), "big"))
            raise
        inode.overwrite(offset, content)

    def rename(self, source: Path, target: Path) -> None:
        self.step("rename", target)
        self._change({target: self._at(source), source: None})

    def unlink(self, path: Path) -> None:
        self.step("unlink", path)
        self._at(path)
        self._change({path: None})

    def remove_dir(self, path: Path) -> None:
        """Folders are there as long as anything is in them."""
        self.step("remove_dir", path)

    def fsync_dir(self, directory: Path) -> None:
        self.step("fsync_dir", directory)
        self._synced_names = dict(self._names)
        self._renames = []

    def free_bytes(self, directory: Path) -> int:
        del directory
        return max(0, self.capacity_bytes - self.used_bytes)

    def total_bytes(self, directory: Path) -> int:
        del directory
        return self.capacity_bytes


def _apply(names: Dict[Path, _Inode], change: Dict[Path, Optional[_Inode]]) -> None:
    for path, inode in change.items():
        if inode is None:
            names.pop(path, None)
        else:
            names[path] = inode
