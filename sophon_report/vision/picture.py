"""A picture of a camera or a photo, wherever its pixels lie: in main memory, or where a chip decoded them."""

from dataclasses import dataclass, field
from typing import Protocol, Tuple

from sophon_report.model import Box, ImageArray


class Picture(Protocol):
    """What an engine looks at. Pixels never change."""

    @property
    def height(self) -> int:
        """In pixels."""

    @property
    def width(self) -> int:
        """In pixels."""

    def bgr(self) -> ImageArray:
        """Return it in main memory, ``(H, W, 3)`` uint8 BGR; from a chip that is a copy of milliseconds."""


@dataclass(frozen=True)
class HostPicture:
    """A picture in main memory.

    Args:
        image: ``(H, W, 3)`` uint8 BGR.
    """

    image: ImageArray = field(repr=False)

    @property
    def height(self) -> int:
        return int(self.image.shape[0])

    @property
    def width(self) -> int:
        return int(self.image.shape[1])

    def bgr(self) -> ImageArray:
        return self.image


@dataclass(frozen=True)
class Frame:
    """One picture of a device."""

    device_id: str
    captured_ms: int
    """When it was taken, by the wall clock; in a recording, where it stands in it."""
    picture: Picture
    arrived_s: float = 0.0
    """When it was read, by the monotonic clock: what its way takes is counted from here."""


def pixels_of(box: Box, height: int, width: int) -> Tuple[int, int, int, int]:
    """Return the part of a picture that a box covers, as whole pixels inside it; at least one each way."""
    x1, y1, x2, y2 = box
    left, top = int(max(0, min(x1, width - 1))), int(max(0, min(y1, height - 1)))
    return left, top, int(min(width, max(x2, left + 1))), int(min(height, max(y2, top + 1)))
