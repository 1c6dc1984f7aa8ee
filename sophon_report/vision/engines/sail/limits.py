"""What the picture units of each chip take; nothing checks it in front of them, so it is checked here.

Read from the vendor's documents. A picture beyond them is not refused by the chip: it comes out wrong.
"""

from dataclasses import dataclass
from typing import Dict


@dataclass(frozen=True)
class ChipLimits:
    """Sides and zoom of pictures, for the video post-processor and for the TPU's own picture functions at once."""

    side_min_px: int
    side_max_px: int
    tensor_side_max_px: int
    """Of a picture whose pixels become numbers for a model."""
    zoom_max: float
    """A side becomes at most so many times as long, or as short."""

    def side_fits(self, *sides_px: int) -> bool:
        """Whether a picture may have these sides."""
        return all(self.side_min_px <= side <= self.side_max_px for side in sides_px)

    def zoom_fits(self, from_px: int, to_px: int) -> bool:
        """Whether a side may be resized so; both sides fit as well."""
        return self.side_fits(from_px, to_px) and 1 / self.zoom_max <= to_px / from_px <= self.zoom_max


LIMITS: Dict[str, ChipLimits] = {
    "BM1684": ChipLimits(16, 4096, 2048, 32.0),
    # Its video post-processor takes sides from 8 and zooms by 128, but turning pixels into numbers begins at 16.
    "BM1684X": ChipLimits(8, 8192, 4096, 32.0),
}
"""By the chip's own name for itself; other chips are not supported."""
