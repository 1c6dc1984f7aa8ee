"""Pictures from outside: checked before they are decoded, decoded within bounds; and those made of them.

As text they come in the four forms of the vendor's samples (:func:`read_picture`); nothing else is guessed. The
size is read from the header before anything is decoded: a file of a few kilobytes can ask for gigabytes of pixels.
Only JPEG, PNG, BMP and WebP are taken, each read here by its few header bytes; OpenCV, which decodes them and is
there anyway, has no call that tells a size without decoding. What it decodes must have the size that was read.
"""

import binascii
import struct
from typing import Optional, Tuple

import numpy as np
import pybase64

from sophon_report.errors import BadImage
from sophon_report.model import Box, ImageArray, Jpeg

MAX_IMAGE_BYTES = 5 << 20
"""The vendor's bound for a decoded upload (firmware V6, message queue pages)."""
MAX_IMAGE_PIXELS = 40_000_000
"""120 MB decoded; the pictures of today's telephones and cameras are below."""
URI_STARTS = ("data:image/jpeg;base64,", "data:image/jpg;base64,")
PORTRAIT_MARGIN = 0.75
"""Of the box's longer side, left around a face: head and shoulders."""
PORTRAIT_PX = 480
PORTRAIT_QUALITY = 90
SMALL_QUALITY = 80

_MAX_SEGMENTS = 1000
"""Before the frame header; five megabytes of filling bytes are not worth a second of work."""
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
_JPEG_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read_picture(text: str) -> bytes:
    """Return the bytes of a picture that came as text; whether they are one is for :func:`decode_image` to say.

    The forms are those of the vendor's samples: a data URI of ``image/jpeg`` or ``image/jpg``, bare base64, and
    base64 with line breaks (LF, CR or both, anywhere). Padding may be left out. Text that would be over the bound
    is refused before it is decoded.

    Raises:
        BadImage: ``too_large``, or ``not_an_image``: empty, or not of these forms.
    """
    start = next((start for start in URI_STARTS if text.startswith(start)), "")
    body = text[len(start) :].replace("\n", "").replace("\r", "")
    digits = body.rstrip("=")
    padding = "=" * (-len(digits) % 4)
    if not digits:
        raise BadImage("not_an_image", "the picture is empty")
    if len(digits) * 3 // 4 > MAX_IMAGE_BYTES:
        raise BadImage("too_large", f"the picture is over {MAX_IMAGE_BYTES} bytes")
    if len(padding) > 2 or body not in (digits, digits + padding):
        raise BadImage("not_an_image", "the picture is no base64: its length is wrong")
    try:
        return pybase64.b64decode(digits + padding, validate=True)
    except (binascii.Error, ValueError):
        raise BadImage(
            "not_an_image", "the picture is neither base64 nor a data:image/jpeg;base64, address"
        ) from None


def decode_image(raw: bytes) -> ImageArray:
    """Return the picture, upright as its EXIF says, ``(H, W, 3)`` uint8 BGR.

    Raises:
        BadImage: ``too_large`` in bytes or pixels, or ``not_an_image``.
    """
    if len(raw) > MAX_IMAGE_BYTES:
        raise BadImage("too_large", f"the picture has {len(raw)} bytes, at most {MAX_IMAGE_BYTES} are taken")
    width, height = image_size(raw)
    if _is_animated(raw):
        raise BadImage("not_an_image", "the picture is animated: one picture is taken, no film")
    if width * height > MAX_IMAGE_PIXELS:
        raise BadImage(
            "too_large", f"the picture has {width}×{height} pixels, at most {MAX_IMAGE_PIXELS} are taken"
        )
    import cv2  # noqa: PLC0415 - 15 MB that the report process lives without until it makes a picture

    try:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise BadImage("not_an_image", "the picture cannot be decoded: it is damaged or cut off") from error
    if image is None or sorted(image.shape[:2]) != sorted((width, height)):
        raise BadImage("not_an_image", "the picture cannot be decoded: it is damaged or cut off")
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
    return encode_jpeg(shrunk(image[top:bottom, left:right], PORTRAIT_PX), PORTRAIT_QUALITY)


def shrunk(image: ImageArray, longest_px: int) -> ImageArray:
    """Return ``image``, smaller when its longer side is over ``longest_px``."""
    height, width = image.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        return image
    import cv2  # noqa: PLC0415 - as above

    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def narrowed(image: ImageArray, width_px: int) -> ImageArray:
    """Return ``image``, shrunk when it is wider than ``width_px``; 0: as it is. For eyes, so fast before fine."""
    height, width = image.shape[:2]
    if not 0 < width_px < width:
        return image
    import cv2  # noqa: PLC0415 - as above

    size = (width_px, max(round(height * width_px / width), 1))
    method = cv2.INTER_LINEAR if 2 * width_px > width else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def small_jpeg(photo: Jpeg, width_px: int) -> Jpeg:
    """Return ``photo`` shrunk to ``width_px``, for a list; as it is when it is no wider, or cannot be decoded."""
    try:
        image = decode_image(photo)
    except BadImage:
        return photo
    small = narrowed(image, width_px)
    return photo if small is image else encode_jpeg(small, SMALL_QUALITY)


def encode_jpeg(image: ImageArray, quality_pct: int) -> Jpeg:
    """JPEG bytes of a BGR picture: pixels only, no metadata."""
    import cv2  # noqa: PLC0415 - as above

    good, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality_pct])
    assert good, "OpenCV was built without a JPEG encoder"
    return data.tobytes()


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


def _is_animated(raw: bytes) -> bool:
    """Whether a WebP or PNG file says so in its header: which of its pictures is meant is not known."""
    if raw[:4] == b"RIFF":
        return raw[12:16] == b"VP8X" and bool(raw[20] & 0x02)
    return raw[:4] == b"\x89PNG" and b"acTL" in raw[: max(raw.find(b"IDAT"), 0)]


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
