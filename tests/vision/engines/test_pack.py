"""A picture becomes planes of floats: against OpenCV's own halving and numpy's conversion, bit for bit."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sophon_report.vision.engines.pack import pack, packed_hw

SIDES = st.integers(1, 70)
"""Blocks are 16 and 32 pixels: none, some, and each possible rest."""


def noise(rows, columns):
    """A picture with every value in it, sooner or later."""
    return np.random.default_rng([rows, columns]).integers(0, 256, (rows, columns, 3), np.uint8)


def packed(picture, height, width, *, halve=False, swap=False):
    """What is written over planes full of what no picture gives."""
    planes = np.full((3, height, width), np.nan, np.float32)
    pack(picture, planes, halve=halve, swap=swap)
    return planes


def expected(picture, height, width, *, halve, swap):
    """The same in the slow way."""
    if halve:
        rows, columns = picture.shape[:2]
        even = np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)), mode="edge")
        picture = cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    planes = np.zeros((3, height, width), np.float32)
    planes[:, : picture.shape[0], : picture.shape[1]] = np.moveaxis(picture, 2, 0)
    return planes[::-1] if swap else planes


@settings(deadline=None)
@given(SIDES, SIDES, st.integers(0, 40), st.integers(0, 40), st.booleans(), st.booleans())
def test_planes_are_those_of_opencv_and_numpy(rows, columns, below, right, halve, swap):
    """Of any size, with any margin, halved or not, in either order of channels."""
    picture = noise(rows, columns)
    height, width = packed_hw(picture, halve=halve)
    size = height + below, width + right
    planes = packed(picture, *size, halve=halve, swap=swap)
    assert np.array_equal(planes, expected(picture, *size, halve=halve, swap=swap))


@pytest.mark.parametrize("halve", [False, True])
@pytest.mark.parametrize(
    "part",
    [
        np.s_[3:48, 5:60],
        np.s_[1::2, 7:],
        np.s_[::-1],
        np.s_[:, ::-1],
        np.s_[..., ::-1],
        np.s_[:, ::3],
    ],
    ids=["cut out", "every other row", "upside down", "mirrored", "rgb", "every third column"],
)
def test_a_view_is_packed_as_its_copy(part, halve):
    """Rows may lie apart and in any order; pixels that do are copied first."""
    view = noise(50, 67)[part]
    assert np.array_equal(packed(view, 64, 96, halve=halve), packed(view.copy(), 64, 96, halve=halve))


def test_an_odd_last_row_and_column_are_in_the_half():
    """Half of 3 is 2: nothing at the picture's edge is lost, and a single pixel stays one."""
    picture = np.zeros((3, 3, 3), np.uint8)
    picture[2, 2] = 200
    assert packed_hw(picture, halve=True) == (2, 2)
    assert packed(picture, 2, 2, halve=True)[0].tolist() == [[0, 0], [0, 200]]
    assert packed(picture[2:, 2:], 1, 1, halve=True).tolist() == [[[200]], [[200]], [[200]]]


def test_an_empty_picture_is_all_margin():
    """No rows, or no columns: zeros."""
    for shape in ((0, 5, 3), (5, 0, 3)):
        assert not packed(np.empty(shape, np.uint8), 8, 8).any()


@pytest.mark.parametrize("halve", [False, True])
@pytest.mark.parametrize("size", [(8, 7), (7, 8)])
def test_a_picture_that_does_not_fit_is_refused(size, halve):
    """One row or column too many, and nothing is written."""
    planes = np.ones((3, *size), np.float32)
    side = 15 if halve else 8
    with pytest.raises(ValueError, match="does not fit"):
        pack(noise(side, side), planes, halve=halve, swap=False)
    assert (planes == 1).all()


@pytest.mark.parametrize(
    "picture",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)],
    ids=["grey", "with alpha", "floats"],
)
def test_what_is_no_colour_picture_is_refused(picture):
    """By its shape and type."""
    with pytest.raises(ValueError, match="a picture must be"):
        pack(picture, np.zeros((3, 8, 8), np.float32), halve=False, swap=False)


@pytest.mark.parametrize(
    "planes",
    [
        np.zeros((1, 3, 8, 8), np.float32),
        np.zeros((4, 8, 8), np.float32),
        np.zeros((3, 8, 8), np.float64),
        np.zeros((3, 8, 16), np.float32)[:, :, ::2],
    ],
    ids=["a batch", "four", "doubles", "apart"],
)
def test_what_are_no_planes_is_refused(planes):
    """Memory is written only where three planes of floats lie."""
    with pytest.raises(ValueError, match="planes must be"):
        pack(noise(4, 4), planes, halve=False, swap=False)


def test_planes_that_may_not_be_written_are_not():
    """A read-only array stays what it is."""
    planes = np.zeros((3, 8, 8), np.float32)
    planes.flags.writeable = False
    with pytest.raises((ValueError, BufferError, TypeError)):
        pack(noise(4, 4), planes, halve=False, swap=False)
