"""BMImage and BMImageArray4D: pictures in device memory, in the layouts that SAIL has.

========================= ========================================
``FORMAT_*_PLANAR``       ``(3, h, w)``, uint8, int8 or float32
``FORMAT_*_PACKED``       ``(h, w, 3)``
``FORMAT_GRAY``           ``(1, h, w)``
``NV12``, ``YUV420P``     ``(h * 3 / 2, w)``
``FORMAT_COMPRESSED``     the same as NV12 here: nobody may look into it
========================= ========================================

What ``crop`` of one box and the VPP make has rows of a multiple of 64 bytes. The gaps are not in the arrays here,
but noted: who reads the memory as if there were none sees a slanted picture.
"""

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import cv2
import numpy as np
import numpy.typing as npt

from sophon_report.testing.sail.binding import does
from sophon_report.testing.sail.chip import Array, Chip, garbage

PLANAR = ("FORMAT_BGR_PLANAR", "FORMAT_RGB_PLANAR")
PACKED = ("FORMAT_BGR_PACKED", "FORMAT_RGB_PACKED")
YUV = ("FORMAT_NV12", "FORMAT_YUV420P", "FORMAT_COMPRESSED")
PIXEL_TYPES: "Dict[str, np.dtype[Any]]" = {
    "DATA_TYPE_EXT_FLOAT32": np.dtype(np.float32),
    "DATA_TYPE_EXT_1N_BYTE": np.dtype(np.uint8),
    "DATA_TYPE_EXT_1N_BYTE_SIGNED": np.dtype(np.int8),
}
TENSOR_TYPES = {
    "DATA_TYPE_EXT_FLOAT32": "BM_FLOAT32",
    "DATA_TYPE_EXT_1N_BYTE": "BM_UINT8",
    "DATA_TYPE_EXT_1N_BYTE_SIGNED": "BM_INT8",
}
ARRAY_SIZE = 4
ALIGNED_BYTES = 64


def layout(height: int, width: int, form: str) -> Tuple[int, ...]:
    """Return the shape of the memory of a picture."""
    if form in PLANAR:
        return 3, height, width
    if form in PACKED:
        return height, width, 3
    return (1, height, width) if form == "FORMAT_GRAY" else (height + (height + 1) // 2, width)


def to_bgr(memory: Array, form: str) -> Array:
    """Return ``(h, w, 3)`` BGR, contiguous, of the same type of pixels."""
    if form in PLANAR:
        return np.asarray(cv2.merge(list(memory if "BGR" in form else memory[::-1])))
    if form == "FORMAT_GRAY":
        return np.asarray(cv2.merge([memory[0]] * 3))
    if form in YUV:
        code = cv2.COLOR_YUV2BGR_I420 if form == "FORMAT_YUV420P" else cv2.COLOR_YUV2BGR_NV12
        return np.asarray(cv2.cvtColor(memory, code))
    return np.array(memory if "BGR" in form else memory[..., ::-1], order="C")


def from_bgr(pixels: Array, form: str) -> Array:
    """Return the memory of a picture in that format for ``(h, w, 3)`` BGR; nobody else has it."""
    pixels = np.ascontiguousarray(pixels)
    if form in PLANAR:
        return np.stack(cv2.split(pixels)[:: 1 if "BGR" in form else -1])
    if form == "FORMAT_GRAY":
        return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)[None]
    if form in YUV:
        planes = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420), np.uint8)
        return planes if form == "FORMAT_YUV420P" else _nv12(planes)
    return np.array(pixels if "BGR" in form else pixels[..., ::-1], order="C")


def _nv12(planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    rows = planes.shape[0] * 2 // 3
    colours = planes[rows:].reshape(2, -1)
    interleaved = np.ascontiguousarray(colours.T).reshape(planes.shape[0] - rows, -1)
    return np.concatenate([planes[:rows], interleaved])


def row_gap(width: int, itemsize: int) -> int:
    """Return how many pixels there are between the rows of a picture whose rows are multiples of 64 bytes."""
    return -width * itemsize % ALIGNED_BYTES // itemsize


def slanted(memory: Array, gap: int) -> Array:
    """Return what pictures of planes, ``(n, 3, h, w)``, look like to who does not know of the gaps."""
    number, planes, height, width = memory.shape
    whole = garbage((number, planes, height, width + gap), memory.dtype)
    whole[..., :width] = memory
    return whole.reshape(-1)[: memory.size].reshape(memory.shape)


class RawImage:
    """``bm_image``: what ``BMImage.data()`` and the slots of an array are; it keeps no memory alive."""

    _memory: Array
    _format: Any
    _dtype: Any
    _size: Tuple[int, int]
    _gap: int

    @does()
    def width(self) -> int:
        return self._size[1]

    @does()
    def height(self) -> int:
        return self._size[0]

    @does()
    def format(self) -> Any:
        return self._format

    @does()
    def dtype(self) -> Any:
        return self._dtype


class BMImage:
    """A picture; its memory is given back with it, whoever still looks at it."""

    _chip: Chip
    _types: Mapping[str, Any]
    _gap = 0
    _memory: Optional[Array] = None
    _format: Any = None
    _dtype: Any = None
    _size: Tuple[int, int] = (0, 0)
    _decoded = False
    _at_s: float = 0.0
    """Seconds into its stream."""

    @does()
    def init(self) -> None:
        """Empty."""

    @does("Handle", "int", "int", "Format", "ImgDtype")
    def init_2(self, handle: Any, height: int, width: int, form: Any, dtype: Any) -> None:
        del handle
        self._create(height, width, form, dtype)

    @does("Handle", "buffer", "int", "int", "Format", "ImgDtype", "List[int]", "int")
    def init_3(
        self,
        handle: Any,
        buffer: memoryview,
        h: int,
        w: int,
        format_: Any,
        dtype: Any = None,
        strides: Sequence[int] = (),
        offset: int = 0,
    ) -> None:
        del handle
        self._create(h, w, format_, dtype)
        if strides or offset:
            self._chip.violation("BMImage from a buffer with strides or an offset: no behaviour of it is recorded")
        assert self._memory is not None
        if not buffer.c_contiguous:
            self._chip.violation("BMImage from a buffer that is not contiguous")
        given = np.frombuffer(buffer.tobytes(), np.uint8)
        target = self._memory.reshape(-1).view(np.uint8)
        if given.nbytes < target.nbytes:
            self._chip.violation(f"BMImage of {h}x{w} from {given.nbytes} bytes, needs {target.nbytes}")
        target[: given.nbytes] = given[: target.nbytes]

    @does()
    def width(self) -> int:
        return self._size[1]

    @does()
    def height(self) -> int:
        return self._size[0]

    @does()
    def format(self) -> Any:
        return self._format or self._types["Format"]["FORMAT_YUV420P"]

    @does()
    def dtype(self) -> Any:
        return self._dtype or self._types["ImgDtype"]["DATA_TYPE_EXT_FLOAT32"]

    @does()
    def asnumpy(self) -> Array:
        if self._memory is None:
            self._chip.fail("SailBMImageError", "an empty picture")
        if self._dtype.name == "DATA_TYPE_EXT_1N_BYTE_SIGNED":
            self._chip.fail("SailBMImageError", "Not Support")
        if self._gap or self._dtype.name != "DATA_TYPE_EXT_1N_BYTE":
            self._chip.violation("asnumpy of a picture with gaps between its rows, or of floats: of another shape")
        copy = np.array(self._memory)
        return copy.reshape(-1) if self._format.name in YUV else copy

    @does()
    def data(self) -> Any:
        if self._memory is None:
            self._chip.violation("BMImage.data() of an empty picture")
            return _raw(self._types, garbage((3, 16, 16), np.dtype(np.uint8)), self.format(), self.dtype(), (0, 0))
        return _raw(self._types, self._memory, self._format, self._dtype, self._size, self._gap)

    def _create(self, height: int, width: int, form: Any, dtype: Any, *, aligned: bool = False) -> None:
        if height < 1 or width < 1:
            self._chip.fail("SailBMImageError", f"bm_image_create of {height}x{width} failed")
        self._size, self._format, self._dtype = (height, width), form, dtype
        self._gap = row_gap(width, PIXEL_TYPES[dtype.name].itemsize) if aligned else 0
        self._decoded = False
        self._memory = self._chip.memory(layout(height, width, form.name), PIXEL_TYPES[dtype.name])

    @does()
    def get_pts_dts(self) -> List[float]:
        return [self._at_s, self._at_s]

    def _fill(self, memory: Array, form: Any, dtype: Any, size: Tuple[int, int], at_s: float) -> None:
        self._at_s, self._decoded = at_s, True
        self._memory, self._format, self._dtype, self._size, self._gap = memory, form, dtype, size, 0

    def _row_bytes(self) -> int:
        """From one row to the next; what was decoded has the rows that all units want."""
        if self._decoded:
            return ALIGNED_BYTES
        pixels = self._size[1] * 3 if self._format.name in PACKED else self._size[1] + self._gap
        return pixels * PIXEL_TYPES[self._dtype.name].itemsize

    def __del__(self) -> None:
        if self._memory is not None:
            self._chip.give_back(self._memory)


class BMImageArray:
    """``BMImageArray4D``: four pictures behind each other, of one size and format."""

    _chip: Chip
    _gap = 0
    _types: Mapping[str, Any]
    _memory: Optional[Array] = None
    _format: Any = None
    _dtype: Any = None
    _size: Tuple[int, int] = (0, 0)

    @does()
    def init(self) -> None:
        """Without memory: the first picture decides how much."""

    @does("Handle", "int", "int", "Format", "ImgDtype")
    def init_2(self, handle: Any, height: int, width: int, form: Any, dtype: Any) -> None:
        del handle
        self._create((height, width), form, dtype)

    @does()
    def length(self) -> int:
        return ARRAY_SIZE

    @does("int")
    def get(self, index: int) -> Any:
        _check_index(index)
        if self._memory is None:
            self._chip.violation("a picture of an array without memory")
            return _raw(self._types, garbage((3, 16, 16), np.dtype(np.uint8)), None, None, (0, 0))
        return _raw(self._types, self._memory[index], self._format, self._dtype, self._size, self._gap)

    @does("int", "bm_image")
    def set(self, index: int, image: Any) -> None:
        _check_index(index)
        memory = self._memory
        if memory is None:
            memory = self._create(image._size, image._format, image._dtype)
            self._gap = image._gap
            if "array-first-slot" not in self._chip.scenario.differs:
                index = 0
        elif (self._size, self._format, self._dtype) != (image._size, image._format, image._dtype):
            raise ValueError
        if not self._chip.lean:
            memory[index] = image._memory

    def _create(self, size: Tuple[int, int], form: Any, dtype: Any) -> Array:
        self._size, self._format, self._dtype = size, form, dtype
        self._memory = self._chip.memory((ARRAY_SIZE, *layout(*size, form.name)), PIXEL_TYPES[dtype.name])
        return self._memory

    def __del__(self) -> None:
        if self._memory is not None:
            self._chip.give_back(self._memory)


def _raw(
    types: Mapping[str, Any], memory: Array, form: Any, dtype: Any, size: Tuple[int, int], gap: int = 0
) -> Any:
    image = types["bm_image"].__new__(types["bm_image"])
    image._memory, image._format, image._dtype, image._size, image._gap = memory, form, dtype, size, gap
    return image


def _check_index(index: int) -> None:
    if not 0 <= index < ARRAY_SIZE:
        raise IndexError
