"""A folder of pictures as a film: one after the other, each held up to the camera for a moment.

Pictures of a folder have nothing to do with each other, and a face is told when it stays for some frames. So a
picture stands still for five frames in :data:`SHOWN_MS`, and then nothing is there for longer than the tracker
keeps a face: nobody of one picture is taken for somebody at the same place of the next. A folder of pictures that
were cut out of a film is better put together to one again.

Sorted by name; JPEG, PNG, BMP and WebP; upright as EXIF says; within the bounds of every picture from outside.
What cannot be read is passed over and counted in ``skipped``, the first ones by name in the log; sub-folders,
links and names that begin with a dot are not looked at. Bound: :data:`MAX_PICTURES`; the rest of a larger folder
is left out, with a line in the log.
"""

import os
from pathlib import Path
from typing import List, Optional, Tuple

import structlog

from sophon_report.errors import BadImage, SourceError
from sophon_report.vision.picture import HostPicture
from sophon_report.wire.pictures import MAX_IMAGE_BYTES, decode_image

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
MAX_PICTURES = 100_000
MAX_UNREADABLE = 50
"""So many one after the other end the film: a picture has to come within seconds, or its reader seems to hang."""
FPS = 5.0
FRAMES = 5
SHOWN_MS = 3_000
"""From one picture to the next: a second with its frames, and two with nothing."""
NAMED_SKIPPED = 10

log = structlog.get_logger()


class PictureFolder:
    """The pictures of ``folder``; a :class:`~sophon_report.vision.sources.capture.Capture`.

    Raises:
        SourceError: it cannot be read, or holds no picture.
    """

    codec = "pictures"
    fps = FPS

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._names = _names(folder)
        self._next = self._read = self.skipped = 0
        self._held: Optional[HostPicture] = None
        self._frame = 0

    def read(self) -> Optional[Tuple[int, HostPicture]]:
        """Return ``(milliseconds since the first picture, picture)``, or ``None`` after the last one.

        Raises:
            SourceError: none of the pictures could be read.
        """
        if self._held is None or self._frame == FRAMES:
            self._frame = 0
            self._held = self._turn_over()
        if self._held is None:
            return None
        position_ms = (self._read - 1) * SHOWN_MS + round(self._frame * 1000 / FPS)
        self._frame += 1
        return position_ms, self._held

    def close(self) -> None:
        """Let go of the picture that is held up."""
        self._held = None

    def _turn_over(self) -> Optional[HostPicture]:
        """The next picture that can be read."""
        unreadable = 0
        while self._next < len(self._names):
            if unreadable == MAX_UNREADABLE:
                raise SourceError(
                    f"has {MAX_UNREADABLE} pictures one after the other that cannot be read", "file_unreadable"
                )
            name = self._names[self._next]
            self._next += 1
            try:
                picture = HostPicture(decode_image(_bounded(self._folder / name)))
            except (BadImage, OSError) as error:
                self.skipped += 1
                unreadable += 1
                if self.skipped <= NAMED_SKIPPED:
                    log.warning(
                        "picture_skipped", picture=name, reason=getattr(error, "strerror", None) or str(error)
                    )
                continue
            self._read += 1
            return picture
        log.info("pictures_shown", pictures=self._read, skipped=self.skipped)
        if not self._read:
            raise SourceError(
                f"holds no picture that can be read, of {self.skipped} that are there", "file_no_video"
            )
        return None


def _names(folder: str) -> List[str]:
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.name.lower().endswith(ENDINGS)
                and entry.name[0] != "."
                and entry.is_file(follow_symlinks=False)
            ]
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", "file_unreadable") from error
    if not names:
        raise SourceError("holds no pictures: their names end with " + ", ".join(ENDINGS), "file_no_video")
    if len(names) > MAX_PICTURES:
        log.warning("folder_too_large", pictures=len(names), shown=MAX_PICTURES)
    return sorted(names)[:MAX_PICTURES]


def _bounded(path: Path) -> bytes:
    """All of a file, or one byte more than is taken."""
    with path.open("rb") as file:
        return file.read(MAX_IMAGE_BYTES + 1)
