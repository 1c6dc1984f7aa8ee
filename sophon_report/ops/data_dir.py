"""The one folder that holds all state: which file is where, and who may use it."""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

from sophon_report.errors import ConfigError, Unavailable

LONGEST_SOCKET_PATH = 107
"""Bytes of a Unix socket's path on Linux."""
LOOKS = 5
LOOK_S = 0.02


@dataclass(frozen=True)
class DataDir:
    """Places below one folder."""

    root: Path

    @property
    def store(self) -> Path:
        """SQLite file of people, devices, destinations and settings."""
        return self.root / "store.sqlite"

    @property
    def journal(self) -> Path:
        """Folder of the events."""
        return self.root / "journal"

    @property
    def events(self) -> Path:
        """SQLite file with a row for every event."""
        return self.root / "events.sqlite"

    @property
    def dead_letters(self) -> Path:
        """Folder of the events that a destination refused."""
        return self.root / "dead"

    @property
    def erasing(self) -> Path:
        """Note of an erasing that is not finished; there only meanwhile."""
        return self.root / "erasing.json"

    @property
    def wiping(self) -> Path:
        """Note of a wipe that is not finished; there only meanwhile."""
        return self.root / "wiping.json"

    @property
    def admin_password(self) -> Path:
        """File of the admin password that the service made up; there until it is changed."""
        return self.password_of("admin")

    def password_of(self, user: str) -> Path:
        """File of a password that was made up for ``user``; there until it is changed."""
        return self.root / f"{user}-password"

    @property
    def tls(self) -> Path:
        """File of the certificate, and its key, that the page was given or had made."""
        return self.root / "tls.pem"

    @property
    def models(self) -> Path:
        """Folder of the model files."""
        return self.root / "models"

    @property
    def import_folder(self) -> Path:
        """The one folder whose files somebody on the network may name."""
        return self.root / "import"

    @property
    def import_notes(self) -> Path:
        """Folder of how far imports are and whom they refused."""
        return self.root / "imports"

    @property
    def exports(self) -> Path:
        """Folder of the files that were written to be fetched."""
        return self.root / "exports"

    @property
    def backups(self) -> Path:
        """Folder of backups that were made here or brought here."""
        return self.root / "backups"

    @property
    def store_copies(self) -> Tuple[Path, ...]:
        """Folders with the store as another version had it, kept by the installer; one under way first."""
        return tuple(self.root / name for name in ("before-update.part", "before-update", "after-update"))

    @property
    def vision_socket(self) -> Path:
        """Where the vision process connects."""
        return self.root / "vision.sock"

    @property
    def admin_socket(self) -> Path:
        """Where commands reach a running service."""
        return self.root / "admin.sock"

    def prepare(self) -> None:
        """Make the folder, and the one for imports in it, open to their owner only.

        Raises:
            Unavailable: it cannot be made or written.
            ConfigError: its path is too long for a socket in it.
        """
        if len(os.fsencode(self.vision_socket)) > LONGEST_SOCKET_PATH:
            raise ConfigError(
                [("data_dir", f"path is too long: sockets in it may have {LONGEST_SOCKET_PATH} bytes")]
            )
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.import_folder.mkdir(mode=0o700, exist_ok=True)
            probe = self.root / ".writable"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise Unavailable(f"data_dir {self.root} cannot be written: {error.strerror}") from error

    def lock(self) -> "Lock":
        """Become the one process that changes this folder, until the lock is closed or the process ends.

        Raises:
            Unavailable: a service or an import already runs on it, with its process id.
        """
        descriptor = os.open(str(self._lock_file), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor)
        except OSError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise Unavailable(f"{self.root} is in use by process {holder or 'unknown'}") from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return Lock(descriptor)

    def running(self) -> bool:
        """Whether a process holds the folder now; looking changes nothing."""
        try:
            descriptor = os.open(str(self._lock_file), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False  # nobody was ever here
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    def process_id(self) -> Optional[int]:
        """Of the process that holds the folder, or held it last."""
        try:
            return int(self._lock_file.read_text("ascii", "replace"))
        except (OSError, ValueError):
            return None

    @property
    def _lock_file(self) -> Path:
        return self.root / "lock"


def _lock(descriptor: int) -> None:
    """Lock, or fail after a moment: somebody who only looks whether it is locked holds it that long."""
    for looks_left in reversed(range(LOOKS)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if not looks_left:
                raise
            time.sleep(LOOK_S)
        else:
            return


class Lock:
    """A held folder."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: Optional[int] = descriptor

    def close(self) -> None:
        """Let go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
