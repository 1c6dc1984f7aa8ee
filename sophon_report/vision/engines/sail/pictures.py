"""Pictures in the chip's memory: how they get there, what they become, and how they come back.

A decoder's frames may have any form, planes of colours or one of its own (compressed, NV12, YUV420P), and any
length of rows. A frame is turned once, when somebody first needs its colours, into planes of blue, green and red
with rows back to back, and comes into main memory at most once. Models are fed from the frame itself: the video
post-processor reads any of these forms. Nothing in front of the chip checks a size, and a crop past the edge reads
foreign memory: every number given to it is checked here.
"""

from typing import Any, Optional

import cv2
import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import ImageArray
from sophon_report.vision.engines.sail.chip import Chip

ROW_STEP_PX = 64
"""Rows of so many pixels, or of a multiple, begin where the video post-processor wants them."""


class ChipPicture:
    """A picture in the chip's memory; implements :class:`~sophon_report.vision.picture.Picture`.

    Made in any thread, used in the engine's only: that is where its colours are converted.

    Args:
        chip: whose memory it is.
        frame: a ``BMImage`` with a picture in it, which nobody else writes to any more.

    Raises:
        ModelError: the frame is empty.
    """

    def __init__(self, chip: Chip, frame: Any) -> None:
        self._chip = chip
        self._height, self._width = int(frame.height()), int(frame.width())
        if self._height < 1 or self._width < 1:
            raise ModelError("the chip gave an empty picture")
        self._frame: Optional[Any] = frame
        self._planar: Optional[Any] = None
        self._image: Optional[ImageArray] = None

    @property
    def height(self) -> int:
        return self._height

    @property
    def width(self) -> int:
        return self._width

    def source(self) -> Any:
        """Return a ``BMImage`` in any format that the video post-processor can read."""
        return self._planar if self._frame is None else self._frame

    def planar(self) -> Any:
        """Return a ``BMImage`` of planes of blue, green and red.

        Raises:
            ModelError: the picture is beyond the chip's limits, or it failed.
        """
        if self._planar is None:
            if not self._chip.limits.side_fits(self._height, self._width):
                raise ModelError(f"a picture of {self._width}×{self._height} is beyond the chip's limits")
            self._planar = planes_of(self._chip, self._frame)
            if self._width % ROW_STEP_PX == 0:
                # The decoder has few frames: theirs is let go as soon as there are planes to resize from.
                self._frame = None
        return self._planar

    def bgr(self) -> ImageArray:
        if self._image is None:
            self._image = download(self._chip, self.planar())
        return self._image


def new_image(chip: Chip, height: int, width: int, form: str, dtype: str = "DATA_TYPE_EXT_1N_BYTE") -> Any:
    """Return an empty ``BMImage`` of the chip, its rows back to back; ``form`` and ``dtype`` are SAIL's names."""
    sail = chip.sail
    with chip.edge(f"no memory for a picture of {width}×{height}"):
        return sail.BMImage(chip.handle, height, width, getattr(sail.Format, form), getattr(sail.ImgDtype, dtype))


def converted(chip: Chip, image: Any, form: str) -> Any:
    """Return a copy of ``image`` in another format, its rows back to back."""
    made = new_image(chip, image.height(), image.width(), form)
    with chip.edge(f"a picture cannot be made {form}"):
        chip.demand(chip.bmcv.convert_format(image, made), f"a picture cannot be made {form}")
    return made


def planes_of(chip: Chip, image: Any) -> Any:
    """Return a copy of ``image`` as planes of blue, green and red, its rows back to back."""
    return converted(chip, image, "FORMAT_BGR_PLANAR")


def upload(chip: Chip, image: ImageArray) -> Optional[Any]:
    """Return a ``BMImage`` with a BGR picture in its top left corner; ``None``: this SAIL (3.7) cannot make one.

    It is wider than the picture where its rows would be no multiple of what the video post-processor reads.

    Args:
        chip: whose memory.
        image: ``(H, W, 3)`` uint8, its sides within the chip's limits.

    Raises:
        ModelError: the picture is not of that shape and type, or the chip failed.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ModelError(f"a picture must be (H, W, 3) uint8, got {image.shape} {image.dtype}")
    height, width = image.shape[:2]
    if not chip.limits.side_fits(height, width):
        raise ModelError(f"a picture of {width}×{height} is beyond the chip's limits")
    gap = -width % ROW_STEP_PX
    if gap:
        image = np.asarray(cv2.copyMakeBorder(image, 0, 0, 0, gap, cv2.BORDER_REPLICATE), np.uint8)
    sail = chip.sail
    with chip.edge(f"a picture of {width}×{height} cannot be uploaded"):
        try:
            return sail.BMImage(
                chip.handle, np.ascontiguousarray(image), height, width + gap, sail.Format.FORMAT_BGR_PACKED
            )
        except TypeError:  # pybind's word for a form that is not there
            return None


def download(chip: Chip, planar: Any) -> ImageArray:
    """Return planes of blue, green and red, rows back to back, as ``(H, W, 3)`` uint8 in main memory.

    Raises:
        ModelError: the chip failed; also silently, by giving something of another shape.
    """
    height, width = int(planar.height()), int(planar.width())
    with chip.edge("a picture cannot be read from the chip"):
        planes = np.asarray(chip.bmcv.bm_image_to_tensor(planar).asnumpy())
    if planes.size != 3 * height * width or planes.dtype != np.uint8:
        raise ModelError(f"the chip gave {planes.shape} {planes.dtype} for a picture of {width}×{height}")
    blue, green, red = planes.reshape(3, height, width)
    return np.asarray(cv2.merge((blue, green, red)), np.uint8)
