"""Pictures from outside."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sophon_report.errors import IMAGE_REASONS, BadImage
from sophon_report.wire.pictures import MAX_IMAGE_BYTES, PORTRAIT_PX, decode_image, image_size, portrait, shrunk

WIDE = np.zeros((20, 30, 3), np.uint8)
WIDE[:, :15] = (0, 0, 255)
"""Left half red."""


def encoded(kind, image=WIDE, *options):
    return cv2.imencode(kind, image, list(options))[1].tobytes()


def png_of(width, height):
    """A PNG header that claims a size, and nearly no data."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def with_orientation(jpeg, orientation):
    """``jpeg`` with an EXIF segment that says how it was held."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + b"\0\0\0\0"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def outcome(raw):
    """The kind of the pixels, or why there are none."""
    try:
        return str(decode_image(raw).dtype)
    except BadImage as error:
        return error.reason


@pytest.mark.parametrize(
    "raw",
    [
        encoded(".jpg"),
        encoded(".jpg", WIDE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        encoded(".png"),
        encoded(".bmp"),
        encoded(".webp", WIDE, cv2.IMWRITE_WEBP_QUALITY, 80),
        encoded(".webp", WIDE, cv2.IMWRITE_WEBP_QUALITY, 101),
    ],
    ids=["jpeg", "progressive", "png", "bmp", "webp", "webp lossless"],
)
def test_each_kind_tells_its_size_and_is_decoded(raw):
    """Width and height of the header are those of the pixels; blue, green, red."""
    assert image_size(raw) == (30, 20)
    image = decode_image(raw)
    assert image.shape == (20, 30, 3)
    assert image[10, 5, 2] > 200
    assert image[10, 25, 2] < 60


def test_grey_and_transparent_pictures_come_with_three_colours():
    """One shape for all that follows."""
    assert decode_image(encoded(".png", WIDE[:, :, 0])).shape == (20, 30, 3)
    assert decode_image(encoded(".png", np.dstack([WIDE, WIDE[:, :, :1]]))).shape == (20, 30, 3)


def test_a_photo_taken_upright_is_upright():
    """The telephone's orientation is honoured: left becomes top."""
    image = decode_image(with_orientation(encoded(".jpg"), 6))
    assert image.shape == (30, 20, 3)
    assert image[5, 10, 2] > 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello, I am a text",
        b"\xff\xd8",
        b"\xff\xd8\xff\xe1\x00",
        b"BM",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"GIF89a" * 9,
        b"\xff\xd8" + b"\xff" * 5000,
    ],
)
def test_what_is_no_picture_is_refused(raw):
    """In words, with a reason of the list."""
    with pytest.raises(BadImage) as refused:
        decode_image(raw)
    assert refused.value.reason == "not_an_image"
    assert str(refused.value)


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_a_film_is_no_picture(kind):
    """Which of its pictures is meant is not known: refused in words, not read by its first."""
    one, raw = Image.fromarray(WIDE), io.BytesIO()
    one.save(raw, kind, save_all=True, append_images=[one.transpose(Image.Transpose.ROTATE_180)])
    with pytest.raises(BadImage, match="animated"):
        decode_image(raw.getvalue())


@pytest.mark.parametrize("kind", [".jpg", ".png", ".bmp", ".webp"])
def test_a_picture_that_is_cut_off_is_refused_and_told_so(kind):
    """Half a face must not be read as a face."""
    raw = encoded(kind, cv2.resize(WIDE, (300, 200)))
    with pytest.raises(BadImage, match="cut off"):
        decode_image(raw[: len(raw) // 2])


def test_a_picture_that_ends_after_its_header_is_refused():
    """The header is whole, the pixels are not there."""
    with pytest.raises(BadImage) as refused:
        decode_image(png_of(30, 20))
    assert refused.value.reason == "not_an_image"


@pytest.mark.parametrize("raw", [png_of(20_000, 20_000), png_of(2**31 - 1, 2**31 - 1), bytes(MAX_IMAGE_BYTES + 1)])
def test_too_many_pixels_or_bytes_are_refused_before_decoding(raw):
    """A few bytes may claim gigabytes: the file has no pixels, so decoding would say another reason."""
    with pytest.raises(BadImage) as refused:
        decode_image(raw)
    assert refused.value.reason == "too_large"


@pytest.mark.parametrize("kind", [".jpg", ".png"])
def test_a_bomb_is_refused_before_decoding(kind):
    """A real picture of a hundred million pixels of one colour: a few hundred kilobytes, 300 MB decoded."""
    raw = encoded(kind, np.zeros((10_000, 10_000), np.uint8))
    assert len(raw) < MAX_IMAGE_BYTES
    assert outcome(raw) == "too_large"


def test_a_header_that_understates_brings_no_more_pixels():
    """What is decoded has the size that was told, or is refused."""
    large, small = encoded(".jpg", np.zeros((400, 600, 3), np.uint8)), encoded(".jpg")
    here, there = large.index(b"\xff\xc0") + 5, small.index(b"\xff\xc0") + 5
    lying = large[:here] + small[there : there + 4] + large[here + 4 :]
    assert image_size(lying) == (30, 20)
    assert outcome(lying) == "not_an_image" or decode_image(lying).shape == (20, 30, 3)


@given(st.sampled_from([encoded(".jpg"), encoded(".png"), encoded(".bmp"), encoded(".webp")]), st.data())
def test_damaged_pictures_are_refused_or_decoded_never_worse(raw, data):
    """Cut anywhere, a few bytes of the header changed."""
    damaged = bytearray(raw[: data.draw(st.integers(0, len(raw)))])
    for at in data.draw(st.lists(st.integers(0, 63), max_size=3)):
        if at < len(damaged):
            damaged[at] = data.draw(st.integers(0, 255))
    assert outcome(bytes(damaged)) in ("uint8", *IMAGE_REASONS)


def test_a_picture_within_the_bound_is_not_touched():
    """Only larger ones shrink; the shape stays."""
    assert shrunk(WIDE, 30) is WIDE
    assert shrunk(WIDE, 15).shape == (10, 15, 3)
    assert shrunk(np.zeros((2, 1000, 3), np.uint8), 10).shape == (1, 10, 3)


class TestPortrait:
    def test_a_portrait_is_small_and_shows_the_face_with_its_surroundings(self):
        """A large photo of many people becomes one person's."""
        image = np.zeros((2000, 3000, 3), np.uint8)
        image[800:1200, 1400:1700] = 255
        taken = decode_image(portrait(image, (1400.0, 800.0, 1700.0, 1200.0)))
        assert max(taken.shape[:2]) == PORTRAIT_PX
        assert taken[taken.shape[0] // 2, taken.shape[1] // 2].min() > 200
        assert taken[5, 5].max() < 50

    def test_a_face_at_the_border_is_clipped(self):
        """A box may reach past the picture."""
        taken = decode_image(portrait(np.full((100, 100, 3), 128, np.uint8), (-20.0, -10.0, 60.0, 120.0)))
        assert taken.shape == (100, 100, 3)

    def test_a_box_beside_the_picture_gives_a_picture_still(self):
        """A detector may be wrong."""
        outside = portrait(np.full((100, 100, 3), 128, np.uint8), (500.0, 500.0, 510.0, 510.0))
        assert decode_image(outside).size > 0
