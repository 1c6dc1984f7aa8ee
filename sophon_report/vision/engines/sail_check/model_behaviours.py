"""What SAIL does with a model: one function a recorded behaviour, run on a chip with a bmodel of its own kind.

A model with more than one input, or other than float32 inputs and outputs, shows too little and is not used.
"""

from functools import partial
from pathlib import Path
from typing import Any, Dict, Optional

import numpy as np
import numpy.typing as npt

from sophon_report.vision.engines.sail_check.behaviours import Check, Subject, expect, outcome

FloatArray = npt.NDArray[np.float32]


class _Model:
    def __init__(self, subject: Subject, path: Optional[Path], mode: str = "SYSIO") -> None:
        self.sail, self.handle = subject.sail, subject.handle
        self.engine = self.sail.Engine(str(path), 0, getattr(self.sail.IOMode, mode))
        self.graph = self.engine.get_graph_names()[0]
        self.input = self.engine.get_input_names(self.graph)[0]
        self.outputs = list(self.engine.get_output_names(self.graph))
        self.shape = list(self.engine.get_input_shape(self.graph, self.input))

    def given(self) -> FloatArray:
        """An input like a picture."""
        return np.random.default_rng(7).integers(0, 256, self.shape).astype(np.float32)

    def run(self, values: FloatArray) -> Dict[str, FloatArray]:
        answer: Dict[str, FloatArray] = self.engine.process(self.graph, {self.input: values})
        return answer

    def input_tensor(self, *, own_sys: bool = True) -> Any:
        return self.sail.Tensor(self.handle, self.shape, self.sail.Dtype.BM_FLOAT32, own_sys, True)

    def output_tensors(self, *, own_sys: bool = True) -> Dict[str, Any]:
        engine, graph = self.engine, self.graph
        return {
            name: self.sail.Tensor(
                self.handle,
                engine.get_output_shape(graph, name),
                engine.get_output_dtype(graph, name),
                own_sys,
                True,
            )
            for name in self.outputs
        }


def unusable(subject: Subject, path: Path) -> str:
    """Return why a model cannot show the recorded behaviours; empty when it can."""
    model = _Model(subject, path)
    if len(model.engine.get_input_names(model.graph)) != 1:
        return f"{path.name} has several inputs"
    dtypes = {model.engine.get_output_dtype(model.graph, name) for name in model.outputs}
    dtypes.add(model.engine.get_input_dtype(model.graph, model.input))
    if dtypes != {subject.sail.Dtype.BM_FLOAT32}:
        return f"{path.name} has inputs or outputs that are not float32"
    return ""


def batch_of(subject: Subject, path: Path) -> int:
    """Return how many pictures a model takes."""
    return int(_Model(subject, path).shape[0])


def _unknown_tensor(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    get, graph = model.engine, model.graph
    seen = [
        (list(shape(graph, "no such tensor")), dtype(graph, "no such tensor"), scale(graph, "no such tensor"))
        for shape, dtype, scale in (
            (get.get_input_shape, get.get_input_dtype, get.get_input_scale),
            (get.get_output_shape, get.get_output_dtype, get.get_output_scale),
        )
    ]
    return expect(seen, [([], subject.sail.Dtype.BM_FLOAT32, 0.0)] * 2)


def _process_sorted(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    first = model.run(model.given())
    copies = {name: values.copy() for name, values in first.items()}
    model.run(model.given() * 0)
    return (
        expect(list(first), sorted(model.outputs))
        or expect({str(values.dtype) for values in first.values()}, {"float32"})
        or next(filter(None, (expect(first[name], copies[name]) for name in copies)), "")
    )


def _process_bad_input(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    error = subject.error("SailEngineError")
    wider = np.zeros([*model.shape[:-1], model.shape[-1] + 1], np.float32)
    return outcome(lambda: model.run(wider), error) or outcome(
        lambda: model.engine.process(model.graph, {"no such tensor": model.given()}), error
    )


def _process_converts(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    wanted = model.run(model.given())
    doubles: Any = model.given().astype(np.float64)
    return _differences(model.run(doubles), wanted)


def _process_not_contiguous(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    given = model.given()
    wanted = model.run(given.copy())
    base = np.ascontiguousarray(np.moveaxis(given, 1, -1))
    seen = model.run(np.moveaxis(base, -1, 1))
    return _differences(seen, wanted) or expect(base.reshape(-1), given.reshape(-1))


def _process_no_input(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    model.run(model.given())
    return expect(sorted(model.engine.process(model.graph, {})), sorted(model.outputs))


def _process_mode(subject: Subject) -> str:
    for mode in ("SYSO", "DEVIO"):
        model = _Model(subject, subject.model, mode)
        problem = outcome(partial(model.run, model.given()), subject.error("SailEngineError"))
        if problem:
            return f"{mode}: {problem}"
    return ""


def _filled(model: _Model) -> Any:
    """An input tensor whose both memories have one value."""
    tensor = model.input_tensor()
    tensor.memory_set(64.0)
    tensor.sync_s2d()
    return tensor


def _process_tensors(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    wanted = model.run(np.full(model.shape, 64, np.float32))
    outputs = model.output_tensors()
    result = model.engine.process(model.graph, {model.input: _filled(model)}, outputs)
    return expect(result, None) or _differences({name: each.asnumpy() for name, each in outputs.items()}, wanted)


def _process_memory(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    error = subject.error("SailEngineError")
    without = {model.input: model.input_tensor(own_sys=False)}
    return outcome(lambda: model.engine.process(model.graph, without, model.output_tensors()), error) or outcome(
        lambda: model.engine.process(
            model.graph, {model.input: _filled(model)}, model.output_tensors(own_sys=False)
        ),
        error,
    )


def _process_output_left_out(subject: Subject) -> str:
    model = _Model(subject, subject.model)
    outputs = model.output_tensors()
    outputs.pop(model.outputs[-1])
    return expect(model.engine.process(model.graph, {model.input: _filled(model)}, outputs), None)


def _process_device_output(subject: Subject) -> str:
    wanted = _Model(subject, subject.model)
    model = _Model(subject, subject.model, "DEVIO")
    outputs = model.output_tensors(own_sys=False)
    model.engine.process(model.graph, {model.input: _filled(model)}, outputs)
    seen = {name: each.asnumpy() for name, each in outputs.items()}
    return _differences(seen, wanted.run(np.full(model.shape, 64, np.float32)))


def _static_batch(subject: Subject) -> str:
    model = _Model(subject, subject.batch4)
    return outcome(lambda: model.run(model.given()[:1]), subject.error("SailEngineError"))


def _foreign_model(subject: Subject) -> str:
    mode = subject.sail.IOMode.SYSIO
    return outcome(lambda: subject.sail.Engine(str(subject.foreign), 0, mode), subject.error("SailEngineError"))


def _differences(seen: Dict[str, FloatArray], wanted: Dict[str, FloatArray]) -> str:
    return next(
        (f"{name}: {problem}" for name in wanted for problem in [expect(seen[name], wanted[name])] if problem), ""
    )


MODEL_CHECKS: Dict[str, Check] = {
    "unknown-tensor": _unknown_tensor,
    "process-sorted": _process_sorted,
    "process-bad-input": _process_bad_input,
    "process-converts": _process_converts,
    "process-not-contiguous": _process_not_contiguous,
    "process-no-input": _process_no_input,
    "process-mode": _process_mode,
    "process-tensors": _process_tensors,
    "process-memory": _process_memory,
    "process-output-left-out": _process_output_left_out,
    "process-device-output": _process_device_output,
    "static-batch": _static_batch,
    "foreign-model": _foreign_model,
}
