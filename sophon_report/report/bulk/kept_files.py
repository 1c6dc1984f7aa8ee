"""What imports and exports leave in the data folder: files that hold people beside the store."""

from pathlib import Path
from typing import Iterator

from sophon_report.ops import durable_file
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.uploads import forget_uploads


def forget_files(place: DataDir) -> None:
    """Remove exports, backups, what browsers gave, notes and reports of imports: all of them. Blocks.

    And copies of the store that an update has kept: the way back to a version that needs one is closed then.

    They have left the disk when this returns.

    An export or backup that is being written fails: its file has gone when it is to get its name. So it is enough
    that the people who must not be in one are out of the store before. An import that is under way loses its
    report so far.

    Raises:
        StoreError: a file cannot be removed.
    """
    for folder in (place.exports, place.backups):
        for path in _whole(folder):
            durable_file.remove(path)
    for path in _store_copies(place):
        durable_file.remove(path)
    forget_uploads(place.import_folder)
    for pattern in ("*.csv", "*.json"):
        for path in place.import_notes.glob(pattern):
            durable_file.remove(path)


def count_files(place: DataDir) -> int:
    """How many of them there are: exports, backups, copies of the store, and reports of imports. Blocks."""
    kept = sum(1 for folder in (place.exports, place.backups) for _ in _whole(folder))
    kept += sum(1 for _ in _store_copies(place))
    return kept + sum(1 for _ in place.import_notes.glob("*.csv"))


def forget_event_files(place: DataDir) -> None:
    """Remove every export of events, and the copies of the history that an update kept; as `forget_files`."""
    for path in (*_whole(place.exports, "events-*"), *_store_copies(place, place.events.name)):
        durable_file.remove(path)


def _store_copies(place: DataDir, name: str = "*.sqlite") -> Iterator[Path]:
    for folder in place.store_copies:
        yield from folder.glob(f"{name}*")


def _whole(folder: Path, names: str = "*") -> Iterator[Path]:
    """Those under way first: one that is renamed meanwhile is found by its name after it."""
    for ending in (".part", ".tar", ".zip", ".csv"):
        yield from folder.glob(names + ending)
