"""JPEGs by the chip's encoder, by the CPU where it fails or the picture is beyond it."""

from typing import Any, Optional, Tuple

import numpy as np

from sophon_report.errors import BadImage, ModelError
from sophon_report.model import Box, Jpeg
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.fallback import Fallback
from sophon_report.vision.engines.sail.pictures import ChipPicture, converted
from sophon_report.vision.picture import Picture, pixels_of
from sophon_report.wire.pictures import encode_jpeg, image_size, narrowed

SIDE_MIN_PX = 16
"""Of what the encoder takes; one block of a JPEG whose colours are halved."""
JPEG = ".jpg"


class ChipJpeg:
    """Encodes pictures that lie on the chip there. The chip's own quality is fixed.

    Args:
        chip: whose encoder.
    """

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.by_cpu = Fallback("JPEG")
        with chip.edge("the JPEG encoder cannot be opened"):
            # SAIL 3.7 has it as a method of the video encoder.
            self._encode = chip.bmcv.imencode if hasattr(chip.bmcv, "imencode") else chip.sail.Encoder().pic_encode

    def encode(self, picture: Picture, quality: int, box: Optional[Box] = None, width_px: int = 0) -> Jpeg:
        """Return ``picture``, or the part of it in ``box``, at most ``width_px`` wide unless that is 0.

        ``quality`` counts on the CPU only.
        """
        whole = (0, 0, picture.width, picture.height)
        part = whole if box is None else pixels_of(box, picture.height, picture.width)
        if isinstance(picture, ChipPicture):
            try:
                narrow = box is None and 0 < width_px < picture.width
                return self._narrow_by_chip(picture, width_px) if narrow else self._by_chip(picture, part)
            except ModelError as error:
                self.by_cpu.note(str(error))
        left, top, right, bottom = part
        return encode_jpeg(narrowed(picture.bgr()[top:bottom, left:right], width_px), quality)

    def _by_chip(self, picture: ChipPicture, part: Tuple[int, int, int, int]) -> Jpeg:
        left, top, width, height = even_part(part, picture.height, picture.width)
        if min(width, height) < SIDE_MIN_PX:
            raise ModelError(f"a picture of {width}×{height} is below what the chip encodes")
        planar: Any = picture.planar()
        with self._chip.edge("the chip cannot encode a picture"):
            if (width, height) != (picture.width, picture.height):
                planar = self._chip.bmcv.crop(planar, left, top, width, height)
        return self._encoded(planar, width, height)

    def _narrow_by_chip(self, picture: ChipPicture, width_px: int) -> Jpeg:
        """The whole picture, shrunk by the video post-processor, which reads any form that a decoder gives."""
        width, height = width_px - width_px % 2, round(picture.height * width_px / picture.width)
        height -= height % 2
        limits = self._chip.limits
        if min(width, height) < SIDE_MIN_PX or not (
            limits.zoom_fits(picture.width, width) and limits.zoom_fits(picture.height, height)
        ):
            raise ModelError(f"a picture of {width}×{height} is beyond what the chip makes of a larger one")
        with self._chip.edge("the chip cannot shrink a picture"):
            small = self._chip.bmcv.vpp_crop_and_resize_padding(
                picture.source(),
                *(0, 0, picture.width, picture.height, width, height),
                self._no_padding(width, height),
                self._chip.sail.bmcv_resize_algorithm.BMCV_INTER_LINEAR,
            )
        return self._encoded(small, width, height)

    def _no_padding(self, width: int, height: int) -> Any:
        padding = self._chip.sail.PaddingAtrr()
        for put in (padding.set_stx, padding.set_sty, padding.set_r, padding.set_g, padding.set_b):
            put(0)
        padding.set_w(width)
        padding.set_h(height)
        return padding

    def _encoded(self, planar: Any, width: int, height: int) -> Jpeg:
        with self._chip.edge("the chip cannot encode a picture"):
            data = np.asarray(self._encode(JPEG, converted(self._chip, planar, "FORMAT_YUV420P")), np.uint8)
        jpeg = data.tobytes()
        try:
            size = image_size(jpeg)
        except BadImage as error:
            raise ModelError(f"the chip gave no JPEG: {error}") from error
        if size != (width, height):
            raise ModelError(f"the chip gave a JPEG of {size[0]}×{size[1]} for one of {width}×{height}")
        return jpeg


def even_part(part: Tuple[int, int, int, int], height: int, width: int) -> Tuple[int, int, int, int]:
    """Return ``left, top, width, height`` of what holds a part, with even numbers as halved colours need them.

    A picture of odd sides loses its last column or row.
    """
    left, top, right, bottom = part
    left, top = left - left % 2, top - top % 2
    right = min(right + right % 2, width - width % 2)
    bottom = min(bottom + bottom % 2, height - height % 2)
    return left, top, max(right - left, 0), max(bottom - top, 0)
