"""An ONNX model ready to run on the CPU: one picture batch in, arrays by name out."""

import os
from dataclasses import dataclass
from typing import Any, Dict, Tuple, Union

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray

Dim = Union[int, str, None]


@dataclass(frozen=True)
class TensorShape:
    """Name and shape of an input or output; a free dimension is a text or ``None``."""

    name: str
    dims: Tuple[Dim, ...]


class OnnxSession:
    """A loaded model with one input. Not for several threads at once: one owner, one session.

    Args:
        model: the file's content, so that what runs is what was hashed.
        label: what errors call it.
        threads: how many cores one run may use. Waiting threads sleep: two models that spin for work on two cores
            take each other's time (24-28 frames/s against 32-43, measured).

    Raises:
        ModelError: onnxruntime is not installed, or the content is no ONNX model it can run.
    """

    def __init__(self, model: bytes, label: str, threads: int = 1) -> None:
        # Before it is imported: its official builds tell their maker about the machine unless this is set (its
        # Privacy.md), and a box speaks to nobody but whom it was told to.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        try:
            import onnxruntime  # noqa: PLC0415 - optional, and half a second of start-up
        except ImportError as error:
            raise ModelError("models run on onnxruntime here: pip install 'sophon-report[cpu]'") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.label = label
        try:
            self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no base of their own
            raise ModelError(f"{label} cannot be loaded: {_first_line(error)}") from error
        self.inputs = _shapes(self._session.get_inputs())
        self.outputs = _shapes(self._session.get_outputs())
        if len(self.inputs) != 1:
            raise ModelError(
                f"{label} has {len(self.inputs)} inputs, not one: {[one.name for one in self.inputs]}"
            )

    @property
    def input(self) -> TensorShape:
        """The one input."""
        return self.inputs[0]

    def run(self, batch: FloatArray) -> Dict[str, FloatArray]:
        """Return every output by name.

        Raises:
            ModelError: the batch is not of the input's shape, or the run failed.
        """
        try:
            values = self._session.run(None, {self.input.name: np.ascontiguousarray(batch, np.float32)})
        except Exception as error:
            raise ModelError(f"{self.label} failed: {_first_line(error)}") from error
        return {output.name: value for output, value in zip(self.outputs, values)}


def _shapes(values: Any) -> Tuple[TensorShape, ...]:
    return tuple(TensorShape(value.name, tuple(value.shape)) for value in values)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
