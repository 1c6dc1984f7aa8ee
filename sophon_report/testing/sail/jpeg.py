"""JPEGs of pictures on the chip: what ``imencode`` and the video encoder's ``pic_encode`` give."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from sophon_report.testing.sail.binding import does
from sophon_report.testing.sail.chip import Array, Chip
from sophon_report.testing.sail.pictures import to_bgr


class Encoder:
    """JPEGs; of videos it knows nothing here."""

    _chip: Chip

    @does()
    def init(self) -> None:
        """Only for pictures."""

    @does("str", "BMImage")
    def pic_encode(self, ext: str, image: Any) -> npt.NDArray[np.uint8]:
        """By the vendor's OpenCV: what cannot be encoded is an empty row."""
        return encode(self._chip, ext, image)


def encode(chip: Chip, ext: str, image: Any) -> npt.NDArray[np.uint8]:
    """Return the picture as a JPEG, one-dimensional, or nothing; the hardware has no quality to choose."""
    chip.count("imencode")
    fails = chip.hit("jpeg", chip.scenario.jpeg_fails, "")
    if fails or ext != ".jpg" or image._memory is None or image._dtype.name != "DATA_TYPE_EXT_1N_BYTE":
        return np.empty(0, np.uint8)
    if chip.lean:
        return chip.once(("jpeg", image._size), lambda: jpeg_of(np.zeros((*image._size, 3), np.uint8)))
    return jpeg_of(to_bgr(image._memory, image._format.name))


def jpeg_of(bgr: Array) -> npt.NDArray[np.uint8]:
    """Return a JPEG as a row of bytes."""
    return np.asarray(cv2.imencode(".jpg", bgr)[1], np.uint8).reshape(-1)
