"""A fake bmodel: a small JSON file that names the chip, inputs and outputs, and the ONNX file that computes.

What a compiler changes is changed here, too: outputs have other names, which depend on the precision, and may have
another order; inputs and outputs may be int8 with a scale, or float16.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from sophon_report.model import FloatArray
from sophon_report.testing.sail.chip import Array
from sophon_report.testing.sail.tensors import NUMPY_TYPES
from sophon_report.vision.models.session import OnnxSession

MAGIC = "sophon-report fake bmodel"
PRECISIONS = ("fp32", "fp16", "int8")


@dataclass(frozen=True)
class Port:
    """An input or output: what it is to SAIL, and what it is called in the ONNX file."""

    name: str
    source: str
    shape: Tuple[int, ...]
    dtype: str = "BM_FLOAT32"
    scale: float = 1.0
    """Inputs are multiplied with it on the way in, outputs on the way out."""


@dataclass(frozen=True)
class FakeBmodel:
    """All of the file."""

    target: str
    graph: str
    precision: str
    onnx: str
    inputs: Tuple[Port, ...]
    outputs: Tuple[Port, ...]


def write_fake_bmodel(
    path: Path,
    onnx: Path,
    target: str = "BM1684",
    batch: int = 1,
    precision: str = "fp32",
    input_hw: Optional[Tuple[int, int]] = None,
    *,
    native_io: bool = False,
    output_order: Sequence[int] = (),
    graph: str = "",
) -> FakeBmodel:
    """Write a bmodel that gives the results of an ONNX file.

    Args:
        path: where to; its folder is made.
        target: the chip it is for.
        onnx: with one input of n×C×H×W; one that takes single pictures only is run for each of a batch.
        batch: static: any other number is refused by ``process``.
        precision: ``fp32``, ``fp16`` (BM1684X only; values are rounded to half floats) or ``int8``.
        input_hw: height and width, where the ONNX file leaves them open.
        native_io: inputs and outputs are of that precision, not float32: int8 with scales, float16.
        output_order: the outputs' positions in the ONNX file, in the order of the bmodel; empty: the same.
        graph: its name; empty: the file's.

    Raises:
        ValueError: a precision that the chip or the compiler does not have.
    """
    if precision not in PRECISIONS or (precision == "fp16" and target == "BM1684"):
        raise ValueError(f"no {precision} on {target}")
    session = OnnxSession(onnx.read_bytes(), onnx.name)
    dims = [dim if isinstance(dim, int) else None for dim in session.input.dims]
    channels, height, width = (dims[1] or 3, *(input_hw or (dims[2] or 0, dims[3] or 0)))
    ramp = (7 * np.arange(height)[:, None] + 13 * np.arange(width) + 50 * np.arange(channels)[:, None, None]) % 256
    answers = session.run(ramp[None].astype(np.float32))
    dtype = {"fp32": "BM_FLOAT32", "fp16": "BM_FLOAT16", "int8": "BM_INT8"}[precision if native_io else "fp32"]
    ending = "" if precision == "fp32" else "_f32"
    outputs = [
        Port(
            name=f"{name}_Output{ending}",
            source=name,
            shape=(batch, *values.shape[1:]),
            dtype=dtype,
            # Room for twice of what the ramp gives.
            scale=max(float(np.abs(values).max()), 1e-3) / 64 if dtype == "BM_INT8" else 1.0,
        )
        for name, values in answers.items()
    ]
    model = FakeBmodel(
        target=target,
        graph=graph or path.stem,
        precision=precision,
        onnx=str(onnx.resolve()),
        inputs=(
            Port(
                name=session.input.name,
                source=session.input.name,
                shape=(batch, channels, height, width),
                dtype=dtype,
                scale=127 / 255 if dtype == "BM_INT8" else 1.0,
            ),
        ),
        outputs=tuple(outputs[index] for index in output_order or range(len(outputs))),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"magic": MAGIC, **asdict(model)}, indent=1))
    return model


def read_fake_bmodel(path: Path) -> FakeBmodel:
    """Return what the file says.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no fake bmodel.
    """
    values = json.loads(path.read_text())
    if not isinstance(values, dict) or values.pop("magic", "") != MAGIC:
        raise ValueError(f"{path} is no fake bmodel")
    for side in ("inputs", "outputs"):
        values[side] = tuple(Port(**{**port, "shape": tuple(port["shape"])}) for port in values[side])
    return FakeBmodel(**values)


class BmodelRunner:
    """Computes what a fake bmodel answers; not for several threads at once."""

    def __init__(self, model: FakeBmodel) -> None:
        self.model = model
        onnx = Path(model.onnx)
        self._session = OnnxSession(onnx.read_bytes(), onnx.name)

    def run(self, inputs: Dict[str, Array]) -> Dict[str, Array]:
        """Return the outputs, of their dtypes, for inputs of theirs."""
        (port,) = self.model.inputs
        values = self._round(to_float(port, inputs[port.name]))
        answers: List[Dict[str, FloatArray]] = [self._session.run(picture[None]) for picture in values]
        return {
            each.name: from_float(each, self._round(np.concatenate([answer[each.source] for answer in answers])))
            for each in self.model.outputs
        }

    def _round(self, values: FloatArray) -> FloatArray:
        if self.model.precision != "fp16":
            return values
        with np.errstate(over="ignore"):
            return values.astype(np.float16).astype(np.float32)


def to_float(port: Port, values: Array) -> FloatArray:
    """What the chip computes with."""
    floats = np.asarray(values, np.float32)
    return floats / np.float32(port.scale) if port.dtype == "BM_INT8" else floats


def from_float(port: Port, values: FloatArray) -> Array:
    """What the chip stores."""
    if port.dtype != "BM_INT8":
        return values.astype(NUMPY_TYPES[port.dtype])
    return quantise(values, 1 / port.scale)


def quantise(values: Any, scale: float) -> Array:
    """Return int8: times the scale, rounded, halves to even, saturated."""
    scaled = np.rint(np.asarray(values, np.float32) * np.float32(scale))
    stored: Array = np.nan_to_num(scaled).clip(-128, 127).astype(np.int8)
    return stored
