"""What the disk has left for the journal, above the reserve that is kept free for others."""

import errno
from pathlib import Path

from sophon_report.delivery.journal.files import Files


class DiskRoom:
    """Looked at before every batch, on the thread that owns the segments."""

    def __init__(self, files: Files, directory: Path) -> None:
        self.free_bytes = 0
        """On the disk, when it was looked at last."""
        self.copy_bytes = 0
        """What a copy of a segment takes now, told by who makes it: no event is to go for that."""
        self._files, self._directory = files, directory
        self._room_bytes = 0

    def look(self) -> bool:
        """Look at the disk; ``False`` when it does not tell."""
        try:
            self.free_bytes = self._files.free_bytes(self._directory)
        except OSError:
            return False
        return True

    def count_anew(self) -> None:
        """Go by what the disk says, and no longer by what was let go."""
        self._room_bytes = 0

    def gained(self, size_bytes: int) -> None:
        """Count a segment that was let go as free at once.

        With a reader at its file the disk says so later, and the next segment must not go for that.
        """
        self._room_bytes += size_bytes

    def heed(self, more_bytes: int, reserve_bytes: int) -> None:
        """Raise ``ENOSPC`` when so many more bytes would leave less than the reserve."""
        if not self.look():
            return  # then the write itself will tell
        self._room_bytes = max(self._room_bytes, self.free_bytes + self.copy_bytes)
        if self._room_bytes - more_bytes < reserve_bytes:
            raise OSError(errno.ENOSPC, "no space left but what is kept free for others")
