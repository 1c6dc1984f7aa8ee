"""What imports and exports leave in the data folder: files that hold people beside the store."""

from pathlib import Path
from typing import Iterator

from sophon_report.ops import durable_file
from sophon_report.ops.data_dir import DataDir


def forget_files(place: DataDir) -> None:
    """Remove every export, and every note and report of an import; on the disk when this returns. Blocks.

    An export that is being written fails: its file has gone when it is to get its name. So it is enough that the
    people who must not be in one are out of the store before. An import that is under way loses its report so far.

    Raises:
        StoreError: a file cannot be removed.
    """
    for path in _exports(place.exports):
        durable_file.remove(path)
    for pattern in ("*.csv", "*.json"):
        for path in place.import_notes.glob(pattern):
            durable_file.remove(path)


def _exports(folder: Path) -> Iterator[Path]:
    """Those under way first: one that is renamed meanwhile is found by its name after it."""
    yield from folder.glob("*.part")
    yield from folder.glob("*.tar")
