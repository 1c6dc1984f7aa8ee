"""Files that somebody on the network names: only those in the one folder that is meant for it."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Tuple

from sophon_report.errors import NotFound
from sophon_report.ops.plain_file import read_plain

DEPTH = 3
"""Folders in folders that a list goes down."""
MOST_SEEN = 20_000
"""Entries that a list looks at."""


@dataclass(frozen=True)
class ImportFile:
    """Something that may be named."""

    name: str
    """Its path in the import folder."""
    is_folder: bool
    size_bytes: int
    """0 of a folder."""
    modified_s: int


def listed(
    folder: Path, suffixes: Sequence[str], inside: Sequence[str], most: int, passed_over: str = ""
) -> Tuple[List[ImportFile], bool]:
    """Files that end so and folders that hold some, by their names; and whether there are more.

    Links are not followed, and what begins with a dot is not shown: nothing outside of the folder is told. Blocks.

    Args:
        folder: the import folder.
        suffixes: of files; lower case, with their dots.
        inside: of files that are not told themselves, such as pictures: a folder of them is.
        most: files and folders.
        passed_over: a folder in it that is not looked into.
    """
    found: Dict[Path, ImportFile] = {}
    ends = (*suffixes, *inside)
    for seen, entry in enumerate(_walk(folder, folder, DEPTH, passed_over)):
        if seen >= MOST_SEEN or len(found) > most:
            break
        place = Path(entry.path).relative_to(folder)
        if not entry.name.lower().endswith(ends) or not _is_text(place):
            continue
        with contextlib.suppress(OSError):  # gone meanwhile
            state = entry.stat(follow_symlinks=False)
            modified_s = int(state.st_mtime)
            if entry.name.lower().endswith(tuple(suffixes)):
                found[place] = ImportFile(place.as_posix(), False, state.st_size, modified_s)
            if place.parent != Path() and place.parent not in found:
                found[place.parent] = ImportFile(place.parent.as_posix(), True, 0, modified_s)
    else:
        return sorted(found.values(), key=lambda each: each.name), False
    return sorted(found.values(), key=lambda each: each.name)[:most], True


def _is_text(place: Path) -> bool:
    """Whether JSON can tell its name."""
    try:
        place.as_posix().encode()
    except UnicodeEncodeError:
        return False
    return True


def _walk(root: Path, folder: Path, depth: int, passed_over: str) -> Iterator["os.DirEntry[str]"]:
    """The files below, as long as they can be looked at."""
    try:
        with os.scandir(folder) as entries:
            here = [entry for entry in entries if not entry.name.startswith(".") and not entry.is_symlink()]
    except OSError:
        return
    for entry in here:
        if entry.is_file(follow_symlinks=False):
            yield entry
        elif depth and entry.is_dir(follow_symlinks=False) and (folder != root or entry.name != passed_over):
            yield from _walk(root, Path(entry.path), depth - 1, passed_over)


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
        return read_plain(str(path), most_bytes + 1, os.O_NOFOLLOW)
    except OSError:
        raise refusal from None
