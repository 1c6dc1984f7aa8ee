"""What SAIL does when no model is needed: one function a recorded behaviour, run on a chip.

Each returns ``""`` where the chip does as recorded, else what was seen. None of them does what ends the process.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


@dataclass(frozen=True)
class Subject:
    """What is looked at: the module, its opened chip, and the models that were given."""

    sail: Any
    handle: Any
    target: str
    model: Optional[Path] = None
    batch4: Optional[Path] = None
    foreign: Optional[Path] = None

    def error(self, name: str) -> Any:
        """The module's exception; where it has none, one that is never raised."""
        return getattr(self.sail, name, _Never)

    def image(self, planes: Pixels, form: str = "FORMAT_BGR_PLANAR") -> Any:
        """A picture on the chip, of planes ``(3, h, w)`` or pixels ``(h, w, 3)``."""
        height, width = planes.shape[1:] if form.endswith("PLANAR") else planes.shape[:2]
        pixels = np.ascontiguousarray(planes)
        return self.sail.BMImage(self.handle, pixels, int(height), int(width), getattr(self.sail.Format, form))

    def blank(
        self, height: int, width: int, dtype: str = "DATA_TYPE_EXT_1N_BYTE", form: str = "FORMAT_BGR_PLANAR"
    ) -> Any:
        """A picture to be filled."""
        kinds = self.sail.Format, self.sail.ImgDtype
        return self.sail.BMImage(self.handle, height, width, getattr(kinds[0], form), getattr(kinds[1], dtype))

    def planes(self, image: Any) -> npt.NDArray[Any]:
        """What is in a picture of planes."""
        whole: npt.NDArray[Any] = self.sail.Bmcv(self.handle).bm_image_to_tensor(image).asnumpy()
        return np.asarray(whole[0])


Check = Callable[[Subject], str]


class _Never(Exception):  # noqa: N818 - stands for an exception that is not there
    """Nobody raises it."""


def outcome(call: Callable[[], Any], *errors: Any) -> str:
    """Return ``""`` when the call raises one of the errors, else what it did."""
    try:
        result = call()
    except errors:
        return ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return f"no exception, {_short(result)}"


def expect(seen: Any, wanted: Any) -> str:
    """Return ``""`` when both are equal, arrays within nothing, else what was seen."""
    same = np.array_equal(seen, wanted) if isinstance(wanted, np.ndarray) else bool(seen == wanted)
    return "" if same else f"{_short(seen)}, must be {_short(wanted)}"


def noise(height: int, width: int) -> Pixels:
    """Planes ``(3, h, w)`` that are the same each time."""
    return np.random.default_rng(7).integers(0, 256, (3, height, width), np.uint8)


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)} {value.reshape(-1)[:4].tolist()}..."
    return repr(value)[:80]


def _target(subject: Subject) -> str:
    return "" if subject.target in ("BM1684", "BM1684X") else subject.target


def _handle_bad_id(subject: Subject) -> str:
    return outcome(lambda: subject.sail.Handle(4096), subject.error("SailDeviceError"))


def _engine_arguments(subject: Subject) -> str:
    sail = subject.sail
    two = outcome(lambda: sail.Engine("missing.bmodel", 0), TypeError)
    return two or outcome(lambda: sail.Engine("missing.bmodel", tpu_id=0, mode=sail.IOMode.SYSIO), TypeError)


def _engine_missing_file(subject: Subject) -> str:
    sail = subject.sail
    return outcome(
        lambda: sail.Engine("/nonexistent/missing.bmodel", 0, sail.IOMode.SYSIO), subject.error("SailEngineError")
    )


def _tensor(subject: Subject, dtype: str, *owns: bool) -> Any:
    return subject.sail.Tensor(subject.handle, [1, 8], getattr(subject.sail.Dtype, dtype), *owns)


def _tensor_copy(subject: Subject) -> str:
    tensor = _tensor(subject, "BM_INT32", True, True)
    first = tensor.asnumpy()
    before = first.copy()
    first += 1
    return expect(tensor.asnumpy(), before)


def _tensor_float16(subject: Subject) -> str:
    return expect(str(_tensor(subject, "BM_FLOAT16", True, True).asnumpy().dtype), "uint16")


def _tensor_no_memory(subject: Subject) -> str:
    tensor = _tensor(subject, "BM_FLOAT32")
    return outcome(tensor.asnumpy, subject.error("SailTensorError"))


def _tensor_memory_set(subject: Subject) -> str:
    tensor = _tensor(subject, "BM_FLOAT32", True, True)
    for value in (2.5, float("nan")):
        tensor.memory_set(value)
        tensor.sync_s2d()
        tensor.sync_d2s()
        seen = tensor.asnumpy()
        if not np.array_equal(np.isnan(seen), np.isnan(np.full_like(seen, value))):
            return f"{value}: {_short(seen)}"
    return ""


def _image_empty(subject: Subject) -> str:
    return expect(subject.sail.BMImage().width(), 0)


def _image_height_first(subject: Subject) -> str:
    image = subject.blank(32, 64)
    return expect((image.height(), image.width()), (32, 64))


def _image_buffer(subject: Subject) -> str:
    planes = noise(64, 64)
    return expect(subject.planes(subject.image(planes)), planes)


def _image_float16(subject: Subject) -> str:
    bmcv = subject.sail.Bmcv(subject.handle)
    half = subject.sail.Dtype.BM_FLOAT16
    return outcome(lambda: bmcv.get_bm_image_data_format(half), subject.error("SailBMImageError"))


def _tensor_shares_picture(subject: Subject) -> str:
    image = subject.image(noise(64, 64))
    bmcv = subject.sail.Bmcv(subject.handle)
    tensor = bmcv.bm_image_to_tensor(image)
    rc = bmcv.convert_to(image, image, ((0.0, 7.0),) * 3)
    seen = np.asarray(tensor.asnumpy())
    return expect((rc, int(seen.min()), int(seen.max())), (0, 7, 7))


def _convert_format(subject: Subject) -> str:
    planes = noise(64, 64)
    out = subject.blank(64, 64, form="FORMAT_RGB_PLANAR")
    rc = subject.sail.Bmcv(subject.handle).convert_format(subject.image(planes), out)
    return expect(rc, 0) or expect(subject.planes(out), planes[::-1])


def _converted(subject: Subject, dtype: str, factors: Tuple[float, float]) -> Tuple[str, npt.NDArray[Any]]:
    out = subject.blank(64, 64, dtype)
    rc = subject.sail.Bmcv(subject.handle).convert_to(subject.image(noise(64, 64)), out, (factors,) * 3)
    return expect(rc, 0), subject.planes(out)


def _convert_to_float(subject: Subject) -> str:
    problem, seen = _converted(subject, "DATA_TYPE_EXT_FLOAT32", (0.0078125, -0.99609375))
    wanted = noise(64, 64).astype(np.float32) * np.float32(0.0078125) - np.float32(0.99609375)
    return problem or expect(seen, wanted)


def _convert_to_int8(subject: Subject) -> str:
    problem, seen = _converted(subject, "DATA_TYPE_EXT_1N_BYTE_SIGNED", (1.5, -190.0))
    exact = noise(64, 64) * 1.5 - 190
    away = np.sign(exact) * np.floor(np.abs(exact) + 0.5)
    wanted = (away if subject.target == "BM1684X" else np.rint(exact)).clip(-128, 127).astype(np.int8)
    return problem or expect(seen, wanted)


def _convert_to_packed(subject: Subject) -> str:
    packed = noise(64, 64).transpose(1, 2, 0)
    image, out = subject.image(packed, "FORMAT_BGR_PACKED"), subject.blank(64, 64, form="FORMAT_BGR_PACKED")
    return expect(subject.sail.Bmcv(subject.handle).convert_to(image, out, ((1.0, 0.0),) * 3), 2)


def _crop(subject: Subject) -> str:
    planes = noise(64, 128)
    image, bmcv = subject.image(planes), subject.sail.Bmcv(subject.handle)
    part = bmcv.crop(image, np.int64(32), 8, 64, 32)  # 64 wide: so without gaps
    return outcome(lambda: bmcv.crop(image, 32.0, 8, 64, 32), TypeError) or expect(
        subject.planes(part), planes[:, 8:40, 32:96]
    )


def _padding(subject: Subject) -> str:
    flat = np.empty((3, 64, 128), np.uint8)
    flat[:] = np.array([10, 20, 30], np.uint8)[:, None, None]
    where = subject.sail.PaddingAtrr()
    values = {"stx": 0, "sty": 32, "w": 128, "h": 64, "r": 3, "g": 2, "b": 1}
    for name, value in values.items():
        getattr(where, f"set_{name}")(value)
    out = subject.sail.Bmcv(subject.handle).vpp_crop_and_resize_padding(
        subject.image(flat), 0, 0, 128, 64, 128, 128, where
    )
    wanted = np.empty((3, 128, 128), np.uint8)
    wanted[:] = np.array([1, 2, 3], np.uint8)[:, None, None]
    wanted[:, 32:96] = np.array([10, 20, 30], np.uint8)[:, None, None]
    return expect(out.format(), subject.sail.Format.FORMAT_BGR_PLANAR) or expect(subject.planes(out), wanted)


def _row_gaps(subject: Subject) -> str:
    planes, bmcv = noise(64, 192), subject.sail.Bmcv(subject.handle)
    image = subject.image(planes)
    (listed,) = bmcv.crop(image, [[0, 0, 96, 64]])
    narrow, wide = bmcv.crop(image, 0, 0, 96, 64), bmcv.crop(image, 0, 0, 128, 64)
    for width, part in ((96, listed), (128, wide)):
        problem = expect(subject.planes(part), planes[:, :, :width])
        if problem:
            return f"{width} wide: {problem}"
    return outcome(lambda: bmcv.bm_image_to_tensor(narrow).asnumpy(), subject.error("SailTensorError"))


def _packed_tensor(subject: Subject) -> str:
    image = subject.image(noise(64, 128).transpose(1, 2, 0), "FORMAT_BGR_PACKED")
    tensor = subject.sail.Bmcv(subject.handle).bm_image_to_tensor(image)
    return expect(list(np.asarray(tensor.asnumpy()).shape), [1, 64, 128, 3])


def _moved(subject: Subject, shift: float, *, forward: bool = False) -> npt.NDArray[Any]:
    """Columns of 64 to 191, moved by so many pixels; row 32 of the first plane."""
    ramp = np.broadcast_to(np.arange(64, 192, dtype=np.uint8), (3, 128, 128))
    out = subject.blank(128, 128)
    matrix = ((1.0, 0.0, shift), (0.0, 1.0, 0.0))
    further = (0, True) if forward else ()
    subject.sail.Bmcv(subject.handle).warp(subject.image(np.ascontiguousarray(ramp)), out, matrix, *further)
    return np.asarray(subject.planes(out)[0, 32], np.int64)


def _warp_direction(subject: Subject) -> str:
    seen = [int(_moved(subject, 16, forward=forward)[64]) for forward in (False, True)]
    near = abs(seen[0] - 144) <= 1 and abs(seen[1] - 112) <= 1
    return "" if near else f"column 64 has {seen}, must be [144, 112]"


def _warp_border(subject: Subject) -> str:
    rows = np.array([_moved(subject, shift) for shift in (-32, 32)])
    seen = [int(rows.min()), int(rows.max())]
    return "" if seen[0] >= 63 and seen[1] <= 192 else f"values of {seen}, must be within [64, 191]"


def _warp_packed(subject: Subject) -> str:
    packed = noise(64, 64).transpose(1, 2, 0)
    image, out = subject.image(packed, "FORMAT_BGR_PACKED"), subject.blank(64, 64, form="FORMAT_BGR_PACKED")
    return expect(subject.sail.Bmcv(subject.handle).warp(image, out, IDENTITY), 4008)


def _array_first_slot(subject: Subject) -> str:
    planes = noise(64, 64)
    image, images = subject.image(planes), subject.sail.BMImageArray4D()
    images[2] = image.data()
    tensor = subject.sail.Bmcv(subject.handle).bm_image_to_tensor(images)
    return expect(np.asarray(tensor.asnumpy())[0], planes)


def _array_errors(subject: Subject) -> str:
    image, other = subject.image(noise(64, 64)), subject.image(noise(64, 128))
    images = subject.sail.BMImageArray4D()
    images[0] = image.data()
    wrong: List[Tuple[int, Any, Any]] = [
        (1, other.data(), ValueError),
        (4, image.data(), IndexError),
        (1, image, TypeError),
    ]
    problems = (outcome(partial(images.__setitem__, index, value), error) for index, value, error in wrong)
    return next(filter(None, problems), "")


def _jpeg(subject: Subject) -> str:
    bmcv, image = subject.sail.Bmcv(subject.handle), subject.image(noise(64, 64))
    encode = bmcv.imencode if hasattr(bmcv, "imencode") else subject.sail.Encoder().pic_encode
    jpeg = np.asarray(encode(".jpg", image))
    return expect((jpeg.ndim, str(jpeg.dtype), jpeg[:2].tolist()), (1, "uint8", [0xFF, 0xD8]))


def _decoder_missing_file(subject: Subject) -> str:
    return outcome(lambda: subject.sail.Decoder("/nonexistent/missing.mp4", True, 0), RuntimeError)


CHECKS: Dict[str, Check] = {
    "target": _target,
    "handle-bad-id": _handle_bad_id,
    "engine-arguments": _engine_arguments,
    "engine-missing-file": _engine_missing_file,
    "tensor-copy": _tensor_copy,
    "tensor-float16": _tensor_float16,
    "tensor-no-memory": _tensor_no_memory,
    "tensor-memory-set": _tensor_memory_set,
    "image-empty": _image_empty,
    "image-height-first": _image_height_first,
    "image-buffer": _image_buffer,
    "image-float16": _image_float16,
    "tensor-shares-picture": _tensor_shares_picture,
    "convert-format": _convert_format,
    "convert-to-float": _convert_to_float,
    "convert-to-int8": _convert_to_int8,
    "convert-to-packed": _convert_to_packed,
    "crop": _crop,
    "padding": _padding,
    "row-gaps": _row_gaps,
    "packed-tensor": _packed_tensor,
    "warp-direction": _warp_direction,
    "warp-border": _warp_border,
    "warp-packed": _warp_packed,
    "array-first-slot": _array_first_slot,
    "array-errors": _array_errors,
    "jpeg": _jpeg,
    "decoder-missing-file": _decoder_missing_file,
}
