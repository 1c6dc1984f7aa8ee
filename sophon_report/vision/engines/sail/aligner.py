"""Upright crops of faces, warped on the chip; in main memory they are 37 KB each, and needed there to be measured.

The chip's warp asks where in the picture each pixel of the crop comes from: the inverse of the matrix that OpenCV
takes. It reads planes, repeats the border outside the picture, and is within a grey level of OpenCV's (run on the
vendor's emulator). SAIL 3.7 warps only to the picture's own size: there the part around the face is cut out first.
"""

import math
from typing import Any, Optional, Tuple

import cv2
import numpy as np
import numpy.typing as npt

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray, ImageArray
from sophon_report.vision.align import CROP_PX, align, similarity
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.fallback import Fallback
from sophon_report.vision.engines.sail.pictures import ChipPicture, download, new_image, planes_of

Matrix = npt.NDArray[np.float64]
BILINEAR = 1
MARGIN_PX = 2
"""Around the part of a picture that a crop is made of: what bilinear reads beyond it, and rounding."""


class ChipAligner:
    """Makes crops of pictures on the chip.

    Args:
        chip: where they lie.
    """

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._into = True
        """Whether this SAIL warps into a picture of any size; found out by the first face."""
        self.by_cpu = Fallback("alignment")

    def align(self, picture: ChipPicture, landmarks: FloatArray) -> ImageArray:
        """Return ``(N, 112, 112, 3)`` uint8 BGR for landmarks ``(N, 5, 2)``."""
        crops = np.empty((len(landmarks), CROP_PX, CROP_PX, 3), np.uint8)
        for crop, points in zip(crops, landmarks):
            try:
                crop[:] = self._by_chip(picture, similarity(points))
            except ModelError as error:
                self.by_cpu.note(str(error))
                crop[:] = align(picture.bgr(), points[np.newaxis])[0]
        return crops

    def _by_chip(self, picture: ChipPicture, matrix: Matrix) -> ImageArray:
        zoom = math.hypot(matrix[0, 0], matrix[1, 0])
        limits = self._chip.limits
        if not 1 / limits.zoom_max <= zoom <= limits.zoom_max:
            raise ModelError(f"a face resized by {zoom:.3g} is beyond the chip's limits")
        inverse: Matrix = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
        if self._into:
            made = self._warped_into(picture.planar(), inverse)
            if made is not None:
                return download(self._chip, made)
            self._into = False
        return download(self._chip, self._warped_part(picture, inverse))

    def _warped_into(self, planar: Any, inverse: Matrix) -> Optional[Any]:
        """The crop; ``None``: this SAIL has no such form."""
        crop = new_image(self._chip, CROP_PX, CROP_PX, "FORMAT_BGR_PLANAR")
        with self._chip.edge("warp failed"):
            try:
                rc = self._chip.bmcv.warp(planar, crop, _rows(inverse), BILINEAR)
            except TypeError:  # pybind's word for a form that is not there
                return None
        self._chip.demand(rc, "warp failed")
        return crop

    def _warped_part(self, picture: ChipPicture, inverse: Matrix) -> Any:
        """The same out of a part of the picture, warped to a picture of its size whose corner is the crop."""
        left, top, right, bottom = part_around(inverse, picture.height, picture.width)
        if right - left < CROP_PX or bottom - top < CROP_PX:
            raise ModelError(f"a picture of {picture.width}×{picture.height} is smaller than a crop")
        shifted = inverse - np.array([[0, 0, left], [0, 0, top]])
        bmcv = self._chip.bmcv
        with self._chip.edge("warp failed"):
            part = planes_of(self._chip, bmcv.crop(picture.planar(), left, top, right - left, bottom - top))
            warped = bmcv.warp(part, _rows(shifted), BILINEAR)
            return planes_of(self._chip, bmcv.crop(warped, 0, 0, CROP_PX, CROP_PX))


def part_around(inverse: Matrix, height: int, width: int) -> Tuple[int, int, int, int]:
    """Return what a crop is made of, ``left, top, right, bottom`` in a picture; as large as a crop, if that is.

    Where it ends before the picture does, nothing of the crop comes from beyond: the border repeated outside is
    the picture's own.

    Args:
        inverse: ``(2, 3)``, from coordinates of the crop to those of the picture.
        height: of the picture.
        width: of the picture.
    """
    corners = np.array([[0, 0, 1], [CROP_PX, 0, 1], [0, CROP_PX, 1], [CROP_PX, CROP_PX, 1]]) @ inverse.T
    first, last = corners.min(axis=0) - MARGIN_PX, corners.max(axis=0) + MARGIN_PX
    left, right = _span(first[0], last[0], width)
    top, bottom = _span(first[1], last[1], height)
    return left, top, right, bottom


def _span(first: float, last: float, length: int) -> Tuple[int, int]:
    """Whole pixels within ``0..length`` that hold ``first..last``, and as many as a crop has."""
    begin = int(min(max(math.floor(first), 0), max(length - CROP_PX, 0)))
    end = int(min(max(math.ceil(last), begin + CROP_PX), length))
    return begin, end


def _rows(matrix: Matrix) -> Tuple[Tuple[float, float, float], Tuple[float, float, float]]:
    (a, b, c), (d, e, f) = matrix.tolist()
    return (a, b, c), (d, e, f)
