"""Bmcv and PaddingAtrr: picture processing with the chip's arithmetic, return values and limits.

Calls that give a picture raise; calls that fill one return a number, and only 0 is success. What no chip checks or
tells (a crop past the edge, a side below the smallest) is a violation here. With canned models nothing is done:
pictures have their sizes and formats, and no content.
"""

from typing import Any, List, Mapping, Sequence, Tuple

import cv2
import numpy as np
import numpy.typing as npt

from sophon_report.testing.sail.binding import does
from sophon_report.testing.sail.chip import Array, Chip
from sophon_report.testing.sail.jpeg import encode
from sophon_report.testing.sail.pictures import (
    ALIGNED_BYTES,
    PACKED,
    PIXEL_TYPES,
    PLANAR,
    TENSOR_TYPES,
    YUV,
    from_bgr,
    slanted,
    to_bgr,
)

RC_PACKED_CONVERT_TO = 2
RC_PACKED_WARP = 4008
RC_REFUSED = 4001
"""For what else is not done; which of 4001 to 4999 it is on a box is not recorded."""
VPP_SIDES = {"BM1684": (16, 4096), "BM1684X": (8, 8192)}
VPP_ZOOM = {"BM1684": 32, "BM1684X": 128}
CONVERT_SIDES = {"BM1684": (16, 2048), "BM1684X": (16, 4096)}
CROP_SIDES = {"BM1684": (16, 8192), "BM1684X": (8, 8192)}
_BYTE = "DATA_TYPE_EXT_1N_BYTE"
_CONVERSION = "Tuple[Tuple[float, float], Tuple[float, float], Tuple[float, float]]"
_MATRIX = "Tuple[Tuple[float, float, float], Tuple[float, float, float]]"
Conversion = Tuple[Tuple[float, float], ...]
Matrix = Tuple[Tuple[float, float, float], Tuple[float, float, float]]


class PaddingAtrr:
    """Where the picture is in the padded one, how large, and the colour around it."""

    _x = _y = _w = _h = _r = _g = _b = 0

    @does()
    def init(self) -> None:
        """All zero."""

    @does("int")
    def set_stx(self, value: int) -> None:
        self._x = value

    @does("int")
    def set_sty(self, value: int) -> None:
        self._y = value

    @does("int")
    def set_w(self, value: int) -> None:
        self._w = value

    @does("int")
    def set_h(self, value: int) -> None:
        self._h = value

    @does("int")
    def set_r(self, value: int) -> None:
        self._r = value

    @does("int")
    def set_g(self, value: int) -> None:
        self._g = value

    @does("int")
    def set_b(self, value: int) -> None:
        self._b = value


class Bmcv:
    """Picture processing of one chip."""

    _chip: Chip
    _types: Mapping[str, Any]

    @does("Handle")
    def init(self, handle: Any) -> None:
        del handle

    @does("BMImage", "Format")
    def convert_format(self, input_: Any, image_format: Any = None) -> Any:
        output = self._types["BMImage"]()
        output._create(*self._hw(input_), image_format, input_._dtype)
        self._done(self._convert_format(input_, output), "convert_format")
        return output

    @does("BMImage", "BMImage")
    def convert_format_2(self, input_: Any, output: Any) -> int:
        return self._convert_format(input_, output)

    @does("BMImage", _CONVERSION)
    def convert_to(self, input_: Any, conversion: Conversion) -> Any:
        output = self._types["BMImage"]()
        output._create(*self._hw(input_), input_._format, input_._dtype)
        self._done(self._convert_to(input_, output, conversion), "convert_to")
        return output

    @does("BMImage", "BMImage", _CONVERSION)
    def convert_to_2(self, input_: Any, output: Any, conversion: Conversion) -> int:
        return self._convert_to(input_, output, conversion)

    @does("BMImage", "int", "int", "int", "int")
    def crop(self, input_: Any, x: int, y: int, w: int, h: int) -> Any:
        """By the TPU's resize: planes come out of packed pixels, too."""
        form = input_._format if input_._format in self._planar() else self._format("FORMAT_BGR_PLANAR")
        return self._crop(input_, (x, y, w, h), form, aligned=True)

    @does("BMImage", "List[List[int]]")
    def crop_2(self, input_: Any, boxes: List[List[int]]) -> List[Any]:
        return [self._crop(input_, tuple(box), input_._format, aligned=False) for box in boxes]

    @does("BMImage", "int", "int", "int", "int", "int", "int", "PaddingAtrr", "bmcv_resize_algorithm")
    def vpp_crop_and_resize_padding(
        self,
        input_: Any,
        crop_x0: int,
        crop_y0: int,
        crop_w: int,
        crop_h: int,
        resize_w: int,
        resize_h: int,
        padding_in: Any,
        resize_alg: Any = None,
    ) -> Any:
        self._chip.count("vpp_crop_and_resize_padding")
        pad = padding_in
        self._check_vpp((crop_w, crop_h), (pad._w, pad._h), (resize_w, resize_h))
        if pad._x + pad._w > resize_w or pad._y + pad._h > resize_h:
            self._chip.fail("SailBMImageError", "the padded picture does not fit into the output")
        if self._chip.is_x and resize_alg.name == "BMCV_INTER_BICUBIC":
            self._chip.fail("SailBMImageError", "bicubic is not supported on BM1684X")
        if input_._memory is None or input_._dtype is not self._byte():
            self._chip.fail("SailBMImageError", "VPP: only 8-bit pictures")
        if not self._chip.is_x and input_._row_bytes() % ALIGNED_BYTES:
            self._chip.fail(
                "SailBMImageError", f"VPP: rows of {input_._row_bytes()} bytes, must be multiples of 64"
            )
        form = input_._format if input_._format in self._planar() else self._format("FORMAT_BGR_PLANAR")
        output = self._types["BMImage"]()
        output._create(resize_h, resize_w, form, self._byte(), aligned=True)
        if self._chip.lean:
            return output
        picture = self._clamped(self._bgr(input_), crop_x0, crop_y0, crop_w, crop_h)
        whole: npt.NDArray[np.uint8] = np.empty((resize_h, resize_w, 3), np.uint8)
        whole[:] = (pad._b, pad._g, pad._r)
        whole[pad._y : pad._y + pad._h, pad._x : pad._x + pad._w] = cv2.resize(
            picture, (pad._w, pad._h), interpolation=_METHODS[resize_alg.name]
        )
        output._memory[...] = from_bgr(whole, form.name)
        return output

    @does("BMImage", _MATRIX, "int", "bool")
    def warp(self, input_: Any, matrix: Matrix, use_bilinear: int = 0, similar_to_opencv: bool = False) -> Any:
        output = self._types["BMImage"]()
        output._create(*self._hw(input_), input_._format, input_._dtype)
        self._done(self._warp(input_, output, matrix, use_bilinear, similar_to_opencv), "warp")
        return output

    @does("BMImage", "BMImage", _MATRIX, "int", "bool")
    def warp_2(
        self, input_: Any, output: Any, matrix: Matrix, use_bilinear: int = 0, similar_to_opencv: bool = False
    ) -> int:
        return self._warp(input_, output, matrix, use_bilinear, similar_to_opencv)

    @does("BMImage")
    def bm_image_to_tensor(self, image: Any) -> Any:
        return self._picture_to_tensor(image, self._new_tensor())

    @does("BMImage", "Tensor")
    def bm_image_to_tensor_2(self, image: Any, tensor: Any) -> None:
        self._picture_to_tensor(image, tensor)

    @does("BMImageArray4D")
    def bm_image_to_tensor_3(self, images: Any) -> Any:
        return self._array_to_tensor(images, self._new_tensor())

    @does("BMImageArray4D", "Tensor")
    def bm_image_to_tensor_4(self, images: Any, tensor: Any) -> None:
        self._array_to_tensor(images, tensor)

    @does("Dtype")
    def get_bm_image_data_format(self, dtype: Any) -> Any:
        for name, tensor_type in TENSOR_TYPES.items():
            if tensor_type == dtype.name:
                return self._types["ImgDtype"][name]
        return self._chip.fail("SailBMImageError", f"no picture has pixels of {dtype.name}")

    @does("str", "BMImage")
    def imencode(self, ext: str, image: Any) -> npt.NDArray[np.uint8]:
        jpeg = encode(self._chip, ext, image)
        if not jpeg.size:
            self._chip.fail("SailBMImageError", f"{ext}: not encoded")
        return jpeg

    def _hw(self, image: Any) -> Tuple[int, int]:
        if image._memory is None:
            self._chip.fail("SailBMImageError", "an empty picture")
        height, width = image._size
        return height, width

    def _bgr(self, image: Any) -> Array:
        self._hw(image)
        return to_bgr(image._memory, image._format.name)

    def _format(self, name: str) -> Any:
        return self._types["Format"][name]

    def _byte(self) -> Any:
        return self._types["ImgDtype"][_BYTE]

    def _planar(self) -> List[Any]:
        return [self._format(name) for name in PLANAR]

    def _done(self, rc: int, what: str) -> None:
        """Raise by the thousands of a number, as the module does; small ones are of an unknown kind."""
        if rc:
            self._chip.fail("SailBMImageError" if rc // 1000 == 4 else "SailUnknownError", f"{what} failed: {rc}")

    def _convert_format(self, input_: Any, output: Any) -> int:
        self._chip.count("convert_format")
        if input_._memory is None:
            return RC_REFUSED
        if output._memory is None:
            output._create(*self._hw(input_), self._format("FORMAT_BGR_PLANAR"), input_._dtype)
        elif output._size != input_._size:
            output._create(*self._hw(input_), output._format, output._dtype)
        if output._dtype is not input_._dtype:
            return RC_REFUSED
        if not self._chip.lean:
            output._memory[...] = from_bgr(self._bgr(input_), output._format.name)
        return 0

    def _convert_to(self, input_: Any, output: Any, conversion: Conversion) -> int:
        self._chip.count("convert_to")
        if input_._memory is None:
            return RC_REFUSED
        if output._memory is None:
            output._create(*self._hw(input_), input_._format, input_._dtype)
        elif output._size != input_._size:
            output._create(*self._hw(input_), output._format, output._dtype)
        if input_._format.name == "FORMAT_BGR_PACKED":
            return 0 if self._differs("convert-to-packed") else RC_PACKED_CONVERT_TO
        if input_._format not in self._planar() or output._format is not input_._format:
            names = f"{input_._format.name} into {output._format.name}"
            self._chip.violation(f"convert_to of {names}: fails, leaves the output and returns 0")
            return 0
        self._check_unchecked("convert_to", CONVERT_SIDES, input_._size)
        if self._chip.lean:
            return 0
        factors = np.asarray(conversion, np.float32)
        values = input_._memory.astype(np.float32) * factors[:, :1, None] + factors[:, 1:, None]
        output._memory[...] = self._as_pixels(values, output._dtype.name)
        return 0

    def _as_pixels(self, values: Array, dtype: str) -> Array:
        kind = PIXEL_TYPES[dtype]
        if kind == np.float32:
            return values
        whole = np.sign(values) * np.floor(np.abs(values) + 0.5) if self._chip.is_x else np.rint(values)
        limits = np.iinfo(kind)
        return whole.clip(limits.min, limits.max).astype(kind)

    def _crop(self, image: Any, box: Tuple[int, ...], form: Any, *, aligned: bool) -> Any:
        self._chip.count("crop")
        self._hw(image)
        if image._format.name in YUV:
            self._chip.fail("SailBMImageError", f"crop of {image._format.name}: not supported")
        x, y, w, h = box
        self._check_unchecked("crop", CROP_SIDES, (h, w))
        output = self._types["BMImage"]()
        output._create(h, w, form, image._dtype, aligned=aligned)
        if not self._chip.lean:
            output._memory[...] = from_bgr(self._clamped(self._bgr(image), x, y, w, h), form.name)
        return output

    def _clamped(self, picture: Array, x: int, y: int, w: int, h: int) -> Array:
        """The part of a picture; what is outside of it is another one's memory."""
        height, width = picture.shape[:2]
        if x < 0 or y < 0 or w < 1 or h < 1 or x + w > width or y + h > height:
            self._chip.violation(f"crop of {w}x{h} at {x},{y} from {width}x{height}: reads foreign memory")
            foreign = np.full((max(h, 1), max(w, 1), *picture.shape[2:]), 0xCD, picture.dtype)
            part = picture[max(y, 0) : max(y + h, 0), max(x, 0) : max(x + w, 0)]
            foreign[: part.shape[0], : part.shape[1]] = part
            return foreign
        return picture[y : y + h, x : x + w]

    def _check_unchecked(self, what: str, limits: Mapping[str, Tuple[int, int]], sides: Sequence[int]) -> None:
        low, high = limits[self._chip.scenario.target]
        if not all(low <= side <= high for side in sides):
            self._chip.violation(
                f"{what} of a picture of {sides[0]}x{sides[1]}: sides are {low} to {high}, unchecked"
            )

    def _check_vpp(self, source: Sequence[int], picture: Sequence[int], output: Sequence[int]) -> None:
        target = self._chip.scenario.target
        (low, high), zoom = VPP_SIDES[target], VPP_ZOOM[target]
        if not all(low <= side <= high for side in (*source, *picture, *output)):
            self._chip.fail("SailBMImageError", f"VPP of {target}: a side is not within {low} to {high}")
        if any(max(a, b) > zoom * min(a, b) for a, b in zip(source, picture)):
            self._chip.fail("SailBMImageError", f"VPP of {target}: zoom is above {zoom}")

    def _warp(self, input_: Any, output: Any, matrix: Matrix, use_bilinear: int, forward: bool) -> int:
        self._chip.count("warp")
        if input_._memory is None or output._memory is None:
            return RC_REFUSED
        kinds = {image._format.name in PLANAR and image._dtype.name == _BYTE for image in (input_, output)}
        if kinds != {True}:
            return RC_PACKED_WARP
        if self._chip.lean:
            return 0
        height, width = output._size
        flags = cv2.INTER_LINEAR if use_bilinear else cv2.INTER_NEAREST
        if forward == self._differs("warp-direction"):
            flags |= cv2.WARP_INVERSE_MAP
        for source, target in zip(input_._memory, output._memory):
            target[...] = cv2.warpAffine(
                source,
                np.asarray(matrix, np.float64),
                (width, height),
                flags=flags,
                borderMode=cv2.BORDER_REPLICATE,
            )
        return 0

    def _new_tensor(self) -> Any:
        tensor = self._types["Tensor"].__new__(self._types["Tensor"])
        tensor._sys = tensor._dev = None
        return tensor

    def _picture_to_tensor(self, image: Any, tensor: Any) -> Any:
        """Old versions take planes only, and do not look for gaps between the rows."""
        self._chip.count("bm_image_to_tensor")
        if image._memory is None:
            return tensor
        packed = image._format.name in PACKED and self._chip.raises
        if image._format not in self._planar() and not packed:
            self._chip.fail("SailBMImageError", "not supported")
        if image._gap and self._chip.raises:
            return tensor
        self._attach(tensor, image, image._memory[None])
        return tensor

    def _array_to_tensor(self, images: Any, tensor: Any) -> Any:
        self._chip.count("bm_image_to_tensor")
        if images._memory is not None and images._format in self._planar():
            self._attach(tensor, images, images._memory)
        return tensor

    def _attach(self, tensor: Any, image: Any, memory: Array) -> None:
        if image._gap:
            self._chip.violation(
                f"a tensor of pictures {image._size[1]} wide, with gaps between the rows: slanted"
            )
            memory = slanted(memory, image._gap)
        tensor._attach(memory, self._types["Dtype"][TENSOR_TYPES[image._dtype.name]])

    def _differs(self, behaviour: str) -> bool:
        return behaviour in self._chip.scenario.differs


_METHODS = {
    "BMCV_INTER_NEAREST": cv2.INTER_NEAREST,
    "BMCV_INTER_LINEAR": cv2.INTER_LINEAR,
    "BMCV_INTER_BICUBIC": cv2.INTER_CUBIC,
}
