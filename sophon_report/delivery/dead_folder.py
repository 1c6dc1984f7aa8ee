"""The folder of one destination's dead letters, and what its names say: looked at without changing anything.

A service may be at work on it; what goes in the meantime is passed over. :mod:`dead_letters` gives the promise.
"""

import contextlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Dict, Iterable, List, Tuple

import structlog

from sophon_report.delivery import letter as form
from sophon_report.delivery.journal.files import Files, read_whole
from sophon_report.delivery.letter import LOOK_BYTES, DeadLetter
from sophon_report.errors import BadInput, BadMessage, NotFound
from sophon_report.wire.layouts import Event

MAX_FILE_BYTES = 17 << 20
"""Above the largest record and the largest head."""
MARKED = ".resend"
"""How the name of a letter ends that waits to be sent again."""
_FILE = re.compile(r"([0-9]{20})\.(letter|resend)")
_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")

log = structlog.get_logger()


def destinations(files: Files, folder: Path) -> List[str]:
    """Names of all destinations that have a folder, sorted."""
    return sorted(name for name in names(files, folder) if _FOLDER.fullmatch(name))


def of(folder: Path, destination: str) -> Path:
    """The folder of one destination.

    Raises:
        BadInput: a name that no folder of ours can have.
    """
    if not _FOLDER.fullmatch(destination):
        raise BadInput("a destination's name has 1 to 128 letters, digits, dots, dashes and underscores")
    return folder / destination


def path_of(folder: Path, seq: int, *, resending: bool = False) -> Path:
    """Where the letter of record ``seq`` is."""
    return folder / f"{seq:020d}{MARKED if resending else '.letter'}"


def entries(files: Files, folder: Path) -> List[DeadLetter]:
    """The letters of one destination, oldest first, by their heads; damaged ones as such."""
    return [
        letter
        for seq, resending in sorted(numbers(names(files, folder)).items())
        for letter in _head(files, folder, seq, resending)
    ]


def read(files: Files, folder: Path, seq: int) -> Tuple[DeadLetter, Event]:
    """A letter and its event; raises as :meth:`DeadLetters.read`."""
    for resending in (False, True):
        with contextlib.suppress(FileNotFoundError):
            data = read_whole(files, path_of(folder, seq, resending=resending), MAX_FILE_BYTES)
            letter, event = form.decode(data, seq)
            return replace(letter, resending=resending), event
    raise NotFound(f"there is no dead letter {seq}")


def remove(files: Files, folder: Path) -> int:
    """Remove the folder of one destination with all it holds, durably; returns how many letters went.

    A plain file goes too: a list of before letters held their events.
    """
    found = names(files, folder)
    try:
        for name in found:
            files.unlink(folder / name)
        files.fsync_dir(folder)
        files.remove_dir(folder)
    except FileNotFoundError:
        return 0
    except NotADirectoryError:
        files.unlink(folder)
        log.warning("old_list_of_dead_letters_removed", file=folder.name)
    files.fsync_dir(folder.parent)
    return len(numbers(found))


def names(files: Files, folder: Path) -> List[str]:
    """What is in ``folder``; nothing when it is not there."""
    try:
        return files.list(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def numbers(names: Iterable[str]) -> Dict[int, bool]:
    """By number whether it waits to be sent again; under both names it does not."""
    found: Dict[int, bool] = {}
    for name in names:
        match = _FILE.fullmatch(name)
        if match:
            seq, resending = int(match.group(1)), match.group(2) == "resend"
            found[seq] = resending and found.get(seq, True)
    return found


def _head(files: Files, folder: Path, seq: int, resending: bool) -> List[DeadLetter]:
    """The letter under the name it had, or the one it has got since; none when it has gone."""
    for marked in (resending, not resending):
        try:
            data = read_whole(files, path_of(folder, seq, resending=marked), LOOK_BYTES)
            return [replace(form.decode_head(data, seq), resending=marked)]
        except FileNotFoundError:
            continue
        except (BadMessage, OSError):
            return [DeadLetter(seq, reason="damaged on the disk", resending=marked, damaged=True)]
    return []
