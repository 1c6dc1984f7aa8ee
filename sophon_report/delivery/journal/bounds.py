"""The bounds of what is kept, from the settings and the disk."""

from pathlib import Path
from typing import Optional

from sophon_report import config
from sophon_report.delivery.journal.files import Files, read_whole, replace_file
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reach import DAY_MS

MAX_AUTO_BYTES = 64 << 30
AUTO_FILE = "auto_bytes"
RESERVE_PART = 20
"""On a small disk no more than this part of it is kept free."""


def limits_of(files: Files, directory: Path, settings: config.Journal, segment_bytes: int) -> Limits:
    """Return the bounds; what ``auto`` means is decided at the first call and kept; ``OSError`` as it comes.

    Args:
        files: file system.
        directory: of the journal.
        settings: as configured.
        segment_bytes: size of segments since the start.
    """
    max_bytes = settings.max_bytes or auto_bytes(files, directory) or _decide(files, directory)
    return Limits(
        max(max_bytes, 2 * segment_bytes),
        int(settings.max_age_days * DAY_MS),
        segment_bytes,
        int(settings.pictures_max_age_days * DAY_MS),
        reserve_bytes(files, directory, settings),
    )


def reserve_bytes(files: Files, directory: Path, settings: config.Journal) -> int:
    """Return what is left free on the disk of ``directory`` for everything else; ``OSError`` as it comes."""
    return min(settings.reserve_bytes, files.total_bytes(directory) // RESERVE_PART)


def room_bytes(limits: Limits, size_bytes: int, free_bytes: int) -> int:
    """Return what the journal may come to: its bound, or what the disk has for it."""
    return min(limits.max_bytes, size_bytes + max(0, free_bytes - limits.reserve_bytes))


def auto_bytes(files: Files, directory: Path) -> Optional[int]:
    """Return the bound that was decided at the first start, ``None`` when there was none."""
    try:
        return int(read_whole(files, directory / AUTO_FILE, 32))
    except (FileNotFoundError, ValueError):
        return None


def _decide(files: Files, directory: Path) -> int:
    """Half of what is free, at most 64 GiB."""
    decided = min(files.free_bytes(directory) // 2, MAX_AUTO_BYTES)
    replace_file(files, directory / AUTO_FILE, b"%d\n" % decided)
    return decided
