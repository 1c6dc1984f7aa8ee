"""A small file that only its owner may read, whole or not there whatever the power does: a secret, or a note."""

import contextlib
import os
from pathlib import Path

from sophon_report.errors import StoreError


def write(path: Path, text: str) -> None:
    """Have ``path`` hold ``text`` and nothing else, mode 0600; on the disk when this returns.

    Raises:
        StoreError: it cannot be written; what was there before is.
    """
    half = path.with_name(path.name + ".tmp")
    try:
        with contextlib.suppress(FileNotFoundError):
            half.unlink()  # whatever it is, and whoever may read it
        descriptor = os.open(str(half), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(str(half), str(path))
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def remove(path: Path) -> None:
    """Leave no file at ``path``.

    Raises:
        StoreError: it cannot be removed.
    """
    try:
        path.unlink()
        _sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{path} cannot be removed: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(str(folder), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
