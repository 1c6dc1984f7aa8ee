"""Pictures from outside: checked before they are decoded, decoded within bounds.

The size is read from the header first: a file of a few kilobytes can ask for gigabytes of pixels. Only JPEG, PNG,
BMP and WebP are taken, each read here by its few header bytes; OpenCV, which decodes them and is there anyway, has
no call that tells a size without decoding. What it decodes must have the size that was read.
"""

import struct
from typing import Optional, Tuple

import cv2
import numpy as np

from sophon_report.errors import BadImage
from sophon_report.model import Box, ImageArray, Jpeg

MAX_IMAGE_BYTES = 5 << 20
"""The vendor's bound for a decoded upload (firmware V6, message queue pages)."""
MAX_IMAGE_PIXELS = 40_000_000
"""120 MB decoded; the pictures of today's telephones and cameras are below."""
PORTRAIT_MARGIN = 0.75
"""Of the box's longer side, left around a face: head and shoulders."""
PORTRAIT_PX = 480
PORTRAIT_QUALITY = 90

_MAX_SEGMENTS = 1000
"""Before the frame header; five megabytes of filling bytes are not worth a second of work."""
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
_JPEG_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def decode_image(raw: bytes) -> ImageArray:
    """Return the picture, upright as its EXIF says, ``(H, W, 3)`` uint8 BGR.

    Raises:
        BadImage: ``too_large`` in bytes or pixels, or ``not_an_image``.
    """
    if len(raw) > MAX_IMAGE_BYTES:
        raise BadImage("too_large", f"the picture has {len(raw)} bytes, at most {MAX_IMAGE_BYTES} are taken")
    width, height = image_size(raw)
    if width * height > MAX_IMAGE_PIXELS:
        raise BadImage(
            "too_large", f"the picture has {width}×{height} pixels, at most {MAX_IMAGE_PIXELS} are taken"
        )
    try:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise BadImage("not_an_image", "the picture cannot be decoded") from error
    if image is None or sorted(image.shape[:2]) != sorted((width, height)):
        raise BadImage("not_an_image", "the picture cannot be decoded")
    return np.asarray(image, np.uint8)


def image_size(raw: bytes) -> Tuple[int, int]:
    """Return width and height as the header of a JPEG, PNG, BMP or WebP file tells them.

    Raises:
        BadImage: ``not_an_image``: empty, of another kind, or cut off within the header.
    """
    if not raw:
        raise BadImage("not_an_image", "the picture is empty")
    try:
        size = _jpeg_size(raw) or _png_size(raw) or _bmp_size(raw) or _webp_size(raw)
    except (struct.error, IndexError):
        raise BadImage("not_an_image", "the picture is cut off") from None
    if size is None or min(size) < 1:
        raise BadImage("not_an_image", "the file is no JPEG, PNG, BMP or WebP picture")
    return size


def portrait(image: ImageArray, box: Box) -> Jpeg:
    """Return the face at ``box`` with head and shoulders as a JPEG of at most 480 px, without metadata."""
    height, width = image.shape[:2]
    margin = PORTRAIT_MARGIN * max(box[2] - box[0], box[3] - box[1])
    left, right = _span(box[0] - margin, box[2] + margin, width)
    top, bottom = _span(box[1] - margin, box[3] + margin, height)
    part = image[top:bottom, left:right]
    scale = PORTRAIT_PX / max(part.shape[:2])
    if scale < 1:
        part = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, PORTRAIT_QUALITY])[1].tobytes()


def _span(begin: float, end: float, length: int) -> Tuple[int, int]:
    """The part of ``0..length`` within the bounds, one pixel at least."""
    first = int(min(max(begin, 0), length - 1))
    return first, max(int(min(end, length)), first + 1)


def _jpeg_size(raw: bytes) -> Optional[Tuple[int, int]]:
    """Walk the segments up to the frame header; thumbnails lie inside segments and are passed over."""
    if raw[:2] != b"\xff\xd8":
        return None
    at = 2
    for _ in range(_MAX_SEGMENTS):
        if raw[at] != 0xFF:
            return None
        marker = raw[at + 1]
        if marker in _JPEG_FRAME:
            height, width = struct.unpack_from(">HH", raw, at + 5)
            return width, height
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_ALONE:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", raw, at + 2)[0]
    return None


def _png_size(raw: bytes) -> Optional[Tuple[int, int]]:
    if raw[:8] != b"\x89PNG\r\n\x1a\n" or raw[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", raw, 16)
    return width, height


def _bmp_size(raw: bytes) -> Optional[Tuple[int, int]]:
    if raw[:2] != b"BM":
        return None
    layout = "<HH" if struct.unpack_from("<I", raw, 14)[0] == 12 else "<ii"
    width, height = struct.unpack_from(layout, raw, 18)
    return width, abs(height)  # a negative height: rows from the top


def _webp_size(raw: bytes) -> Optional[Tuple[int, int]]:
    if raw[:4] != b"RIFF" or raw[8:12] != b"WEBP":
        return None
    kind = raw[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", raw, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", raw, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and len(raw) >= 30:
        return int.from_bytes(raw[24:27], "little") + 1, int.from_bytes(raw[27:30], "little") + 1
    return None
