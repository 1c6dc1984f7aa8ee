"""Engine: a bmodel in use, with the checks that SAIL makes and without those that it does not."""

import ctypes
import zlib
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.testing.sail.binding import does
from sophon_report.testing.sail.bmodel import BmodelRunner, Port, quantise, read_fake_bmodel
from sophon_report.testing.sail.chip import Array, Chip, garbage
from sophon_report.testing.sail.scenario import Canned
from sophon_report.testing.sail.tensors import NUMPY_TYPES

HANG_S = 3600.0
_SYSTEM_INPUT = ("SYSI", "SYSIO")
_SYSTEM_OUTPUT = ("SYSO", "SYSIO")


class Engine:
    """A model on the chip. Unknown graph names, on which the real one crashes, are violations."""

    _chip: Chip
    _types: Mapping[str, Any]

    @does("str", "int", "IOMode")
    def init(self, path: str, tpu_id: int, mode: Any) -> None:
        self._chip.count("Engine")
        self._chip.exit_if_due("open", path)
        if not 0 <= tpu_id < self._chip.scenario.tpus:
            self._chip.fail("SailDeviceError", f"bm_dev_request({tpu_id}) failed")
        self._path, self._mode = path, mode.name
        try:
            model = read_fake_bmodel(Path(path))
        except (OSError, ValueError, KeyError, TypeError):
            self._chip.fail("SailEngineError", "invalid bmodel")
        if model.target != self._chip.scenario.target:
            self._chip.fail("SailEngineError", "invalid bmodel")
        self._model = model
        self._canned = next((each for each in self._chip.scenario.canned if each.of in path), None)
        self._runner: Optional[BmodelRunner] = None
        self._prepared: Dict[str, Array] = {}
        if self._canned:
            self._prepared = _prepared(self._canned, model.outputs)
        else:
            try:
                self._runner = BmodelRunner(model)
            except (OSError, ModelError):
                self._chip.fail("SailEngineError", "invalid bmodel")
        # The memory of its own that the numpy form works in.
        self._inputs = {port.name: _memory(port) for port in model.inputs}
        self._outputs = {port.name: _memory(port) for port in model.outputs}

    @does()
    def get_graph_names(self) -> List[str]:
        return [self._model.graph]

    @does("str")
    def get_input_names(self, graph: str) -> List[str]:
        return [port.name for port in self._ports(graph, self._model.inputs)]

    @does("str")
    def get_output_names(self, graph: str) -> List[str]:
        return [port.name for port in self._ports(graph, self._model.outputs)]

    @does("str", "str")
    def get_input_shape(self, graph: str, name: str) -> List[int]:
        port = self._port(graph, name, self._model.inputs)
        return list(port.shape) if port else []

    @does("str", "str")
    def get_output_shape(self, graph: str, name: str) -> List[int]:
        port = self._port(graph, name, self._model.outputs)
        return list(port.shape) if port else []

    @does("str", "str")
    def get_input_dtype(self, graph: str, name: str) -> Any:
        port = self._port(graph, name, self._model.inputs)
        return self._types["Dtype"][port.dtype if port else "BM_FLOAT32"]

    @does("str", "str")
    def get_output_dtype(self, graph: str, name: str) -> Any:
        port = self._port(graph, name, self._model.outputs)
        return self._types["Dtype"][port.dtype if port else "BM_FLOAT32"]

    @does("str", "str")
    def get_input_scale(self, graph: str, name: str) -> float:
        port = self._port(graph, name, self._model.inputs)
        return port.scale if port else 0.0

    @does("str", "str")
    def get_output_scale(self, graph: str, name: str) -> float:
        port = self._port(graph, name, self._model.outputs)
        return port.scale if port else 0.0

    @does("str", "Dict[str, Tensor]", "Dict[str, Tensor]", "List[int]")
    def process(
        self, graph_name: str, input_: Dict[str, Any], output: Dict[str, Any], core_list: Sequence[int] = ()
    ) -> None:
        del core_list
        if not self._begin(graph_name):
            return
        self._demand_memory(input_, _SYSTEM_INPUT, "bad input")
        self._demand_memory(output, _SYSTEM_OUTPUT, "bad output")
        known = self._inputs
        for name, tensor in input_.items():
            port = self._port(graph_name, name, self._model.inputs)
            if port is None or tuple(tensor._shape) != port.shape:
                self._chip.fail("SailEngineError", "bad input")
            if self._mode in _SYSTEM_INPUT:
                tensor.sync_s2d()
            known = {**known, name: self._as_port(tensor, port)}
        outputs, ready_s = self._launch(known, keep_gil=False)
        stale = outputs is not None and self._is_stale()
        for name, tensor in output.items():
            port = self._port(graph_name, name, self._model.outputs)
            if port is None:
                continue
            if outputs is not None:
                self._store(tensor, port, outputs[name])
            if self._mode in _SYSTEM_OUTPUT and not stale:
                tensor.sync_d2s()
        self._chip.wait(ready_s)

    @does("str", "Dict[str, ndarray[float32]]", "List[int]")
    def process_2(
        self, graph_name: str, input_tensors: Dict[str, Any], core_list: Sequence[int] = ()
    ) -> Dict[str, Array]:
        del core_list
        if not self._begin(graph_name):
            return {}
        if self._mode not in _SYSTEM_INPUT:
            self._chip.fail("SailEngineError", "bad input")
        given = {name: np.array(values, order="C") for name, values in input_tensors.items()}
        for name, values in input_tensors.items():
            if not values.flags.c_contiguous:
                self._chip.violation(
                    f"process of {graph_name} was given {name} as an array that is not contiguous"
                )
                _overwrite(values)
        for name, copy in given.items():
            port = self._port(graph_name, name, self._model.inputs)
            if port is None or copy.shape != port.shape or port.dtype == "BM_FLOAT16":
                self._chip.fail("SailEngineError", "bad input")
            self._inputs[name] = quantise(copy, port.scale) if port.dtype == "BM_INT8" else copy
        outputs, ready_s = self._launch(self._inputs, keep_gil=True)
        self._chip.wait(ready_s, keep_gil=True)
        if outputs is not None and not self._is_stale():
            self._outputs = _swayed(outputs, given) if self._canned else outputs
        ports = sorted(self._model.outputs, key=lambda port: port.name)
        if "process-sorted" in self._chip.scenario.differs:
            ports = list(self._model.outputs)
        return {port.name: self._read(port) for port in ports}

    def _begin(self, graph: str) -> bool:
        self._chip.count("process")
        self._chip.exit_if_due("process", self._path)
        return bool(self._ports(graph, self._model.inputs))

    def _ports(self, graph: str, ports: Tuple[Port, ...]) -> Tuple[Port, ...]:
        if graph != self._model.graph:
            self._chip.violation(f"graph {graph!r} is not in {self._path}: SAIL crashes")
            return ()
        return ports

    def _port(self, graph: str, name: str, ports: Tuple[Port, ...]) -> Optional[Port]:
        return next((port for port in self._ports(graph, ports) if port.name == name), None)

    def _demand_memory(self, tensors: Mapping[str, Any], modes: Tuple[str, ...], error: str) -> None:
        for tensor in tensors.values():
            if (self._mode in modes and tensor._sys is None) or tensor._dev is None:
                self._chip.fail("SailEngineError", error)

    def _as_port(self, tensor: Any, port: Port) -> Array:
        if tensor._dtype.name != port.dtype:
            self._chip.violation(f"input {port.name} is {tensor._dtype.name}, the model takes {port.dtype}")
            return _memory(port)
        memory: Array = tensor._dev
        return memory

    def _store(self, tensor: Any, port: Port, values: Array) -> None:
        if tuple(tensor._shape) != port.shape or tensor._dtype.name != port.dtype:
            self._chip.violation(
                f"output {port.name} is {port.dtype} {port.shape}, was given {tensor._dtype.name} {tensor._shape}"
            )
            return
        tensor._dev[...] = values

    def _launch(self, inputs: Dict[str, Array], *, keep_gil: bool) -> Tuple[Optional[Dict[str, Array]], float]:
        """The outputs, or ``None``: the launch failed and nobody is told. And when they are ready."""
        ready_s = 0.0
        if self._chip.hit("launch", self._chip.scenario.launch_fails, self._path):
            return None, ready_s
        if self._chip.hit("stuck", self._chip.scenario.launch_hangs, self._path):
            self._chip.hang(HANG_S, keep_gil=keep_gil)
        if self._canned:
            batch = self._model.inputs[0].shape[0]
            ready_s = self._chip.begin(self._canned.launch_ms + self._canned.ms * batch)
            outputs = self._prepared
        else:
            runner = self._runner
            assert runner is not None
            outputs = self._chip.compute(lambda: runner.run(inputs))
        if self._chip.hit("nan", self._chip.scenario.launch_nan, self._path):
            floats = {name for name, values in outputs.items() if values.dtype.kind == "f"}
            outputs = {
                name: np.full_like(values, np.nan) if name in floats else values
                for name, values in outputs.items()
            }
        return outputs, ready_s

    def _is_stale(self) -> bool:
        return self._chip.hit("stale", self._chip.scenario.stale_reads, self._path)

    def _read(self, port: Port) -> Array:
        if self._mode == "SYSI":
            return np.full(port.shape, np.nan, np.float32)
        values = self._outputs[port.name]
        if port.dtype == "BM_FLOAT16":
            return garbage(port.shape, np.dtype(np.float32))
        return values.astype(np.float32) * np.float32(port.scale)


def _memory(port: Port) -> Array:
    return garbage(port.shape, NUMPY_TYPES[port.dtype])


def _prepared(canned: Canned, ports: Tuple[Port, ...]) -> Dict[str, Array]:
    """Each output: what was recorded of one picture, for each of the batch."""
    recorded: Mapping[str, Array] = np.load(canned.outputs) if canned.outputs else {}
    made = {}
    for port in ports:
        one = recorded[port.name] if port.name in recorded else np.zeros(port.shape[1:])
        made[port.name] = np.ascontiguousarray(np.broadcast_to(one, port.shape), NUMPY_TYPES[port.dtype])
    return made


def _swayed(outputs: Mapping[str, Array], inputs: Mapping[str, Array]) -> Dict[str, Array]:
    """Canned answers with a trace of the question: who says the same to everything is taken for broken."""
    asked = zlib.crc32(b"".join(values.tobytes() for values in inputs.values())) % 997
    swayed = {}
    for name, values in outputs.items():
        swayed[name] = values.copy()
        if values.dtype.kind == "f":
            swayed[name].flat[0] += (1 + asked) * 1e-5
    return swayed


def _overwrite(values: Array) -> None:
    """Write the contiguous copy to where the first value is, whoever else has it: what the binding does.

    Only within the memory that belongs to the array; the real one goes on behind it.
    """
    base = values
    while isinstance(base.base, np.ndarray):
        base = base.base
    if not base.flags.forc:
        return
    begin = values.__array_interface__["data"][0]
    end = base.__array_interface__["data"][0] + base.nbytes
    content = np.ascontiguousarray(values).tobytes()
    ctypes.memmove(begin, content, min(len(content), end - begin))
